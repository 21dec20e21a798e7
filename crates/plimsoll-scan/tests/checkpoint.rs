//! Files of nothing but numbers, which another file names.

use std::path::Path;
use std::{fs, io};

use plimsoll_scan::model::{Content, Limits, Verdict, companion, scan, scan_with};

fn fixture(name: &str) -> io::Result<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tensorflow");
    fs::read(folder.join(name))
}

#[test]
fn data_of_a_checkpoint_is_judged_by_its_index() {
    let name = "x/table.data-00000-of-00001";
    assert_eq!(companion(name).as_deref(), Some("x/table.index"));
    assert_eq!(companion("x/model.bin").as_deref(), Some("x/model.xml"));
    assert_eq!(companion("x/model.onnx"), None);
    let data = fixture("table.data-00000-of-00001").unwrap();
    let index = Content::of_bytes(fixture("table.index").unwrap());
    assert_eq!(scan("x/table.index", &index, Limits::default()).verdict, Verdict::Safe);
    let judge = |data: Vec<u8>| {
        scan_with(name, &Content::of_bytes(data), &index, Limits::default()).verdict
    };
    assert_eq!(judge(data.clone()), Verdict::Safe);
    assert_eq!(judge([data.clone(), b"x".to_vec()].concat()), Verdict::Unknown);
    assert_eq!(
        judge(b"cos\nsystem\n(S'echo plimsoll-test-payload'\ntR.".to_vec()),
        Verdict::Unsafe
    );
    // Alone it is of no format that is known.
    assert_eq!(scan(name, &Content::of_bytes(data), Limits::default()).verdict, Verdict::Unknown);
}
