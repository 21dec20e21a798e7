use std::path::Path;

use super::*;
use crate::model::look::Limits;
use crate::model::report::FileReport;

fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/hdf5");
    std::fs::read(folder.join(name)).unwrap()
}

fn report(bytes: Vec<u8>) -> FileReport {
    let mut seen = Look::new(Limits::default());
    look(&Content::of_bytes(bytes), &mut seen);
    seen.report("model.h5")
}

fn told(name: &str) -> (Verdict, Vec<String>) {
    let report = report(fixture(name));
    (report.verdict, report.findings.into_iter().map(|finding| finding.code).collect())
}

#[test]
fn models_of_both_styles_are_read_to_their_end() {
    assert_eq!(told("dense.h5"), (Verdict::Safe, vec![]));
    assert_eq!(told("dense_latest.h5"), (Verdict::Safe, vec![]));
    for name in ["links_in_heap.h5", "links_in_blocks.h5", "dense_attributes.h5", "sentence.h5"] {
        assert_eq!(told(name), (Verdict::Safe, vec![]), "{name}");
    }
    assert!(is(&Content::of_bytes(fixture("dense.h5"))));
    assert!(is(&Content::of_bytes(fixture("user_block.h5"))));
    assert!(!is(&Content::of_bytes(b"\x89PNG".to_vec())));
}

#[test]
fn lambda_layers_are_found_wherever_a_reader_finds_them() {
    for name in [
        "lambda.h5",
        "lambda_latest.h5",
        "lambda_fixed.h5",
        "lambda_deep.h5",
        "lambda_behind_heap.h5",
        "lambda_in_heap.h5",
    ] {
        let report = report(fixture(name));
        assert_eq!(report.verdict, Verdict::Unsafe, "{name}: {report:?}");
        assert_eq!(report.findings[0].code, "model.lambda");
    }
}

#[test]
fn what_leads_out_of_the_file_is_told() {
    for name in ["external_link.h5", "external_data.h5", "virtual.h5", "external_link_in_heap.h5"] {
        assert_eq!(told(name), (Verdict::Unsafe, vec!["model.external-data".to_owned()]), "{name}");
    }
    let beside = told("external_link_beside.h5");
    assert_eq!(beside, (Verdict::Unknown, vec!["model.external-data".to_owned()]));
    assert_eq!(told("filter.h5"), (Verdict::Unknown, vec!["model.filter".to_owned()]));
}

#[test]
fn pickles_in_attributes_and_rows_are_told() {
    let pickle = report(fixture("pickled_attribute.h5"));
    assert_eq!(pickle.verdict, Verdict::Unsafe, "{pickle:?}");
    assert_eq!(told("pickled_rows.h5"), (Verdict::Unknown, vec!["model.pickle-hidden".to_owned()]));
}

#[test]
fn what_is_hidden_is_told() {
    assert_eq!(told("replaced.h5"), (Verdict::Unknown, vec!["model.hidden-bytes".to_owned()]));
    assert_eq!(told("user_block.h5"), (Verdict::Unknown, vec!["model.hidden-bytes".to_owned()]));
    let mut longer = fixture("dense.h5");
    longer.extend_from_slice(b"PK\x03\x04");
    assert_eq!(report(longer).findings[0].code, "model.hidden-bytes");
}

#[test]
fn what_is_not_read_is_told() {
    let whole = fixture("dense.h5");
    for length in (32..whole.len()).step_by(201) {
        let report = report(whole[..length].to_vec());
        assert_eq!(report.verdict, Verdict::Unknown, "{length} of {} bytes", whole.len());
    }
}

#[test]
fn no_byte_that_is_changed_ends_in_a_panic() {
    for name in ["dense.h5", "dense_latest.h5"] {
        let whole = fixture(name);
        for at in (0..whole.len()).step_by(whole.len() / 500) {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            report(changed);
        }
    }
}

#[test]
fn what_keras_saves_is_safe_and_its_lambda_is_not() {
    let told = |name: &str| {
        let report = report(fixture(&format!("../tensorflow/{name}")));
        (report.verdict, report.formats)
    };
    let formats = ["hdf5", "keras-config"].map(str::to_owned).to_vec();
    assert_eq!(told("functional.h5"), (Verdict::Safe, formats.clone()));
    assert_eq!(told("lambda.h5"), (Verdict::Unsafe, formats));
}

#[test]
fn a_heap_with_impossible_sizes_ends_nothing() {
    let whole = fixture("links_in_blocks.h5");
    let heap = whole.windows(4).position(|window| window == b"FRHP").unwrap();
    // Behind ten lengths and two addresses of eight bytes: the width of a row, and the size of a first block.
    let width = heap + 14 + 10 * 8 + 2 * 8;
    let no_name = (heap + 5, vec![0, 0]);
    let long_rows = (width, vec![0, 0x80, 0, 0, 0, 0, 0, 0, 0, 0x80]);
    let large_blocks =
        (width + 2, [vec![0, 0, 0, 0, 0, 0, 0, 0x80], vec![0, 0, 0, 0, 0, 0, 0, 0x80]].concat());
    for (at, wrong) in [no_name, long_rows, large_blocks] {
        let mut bytes = whole.clone();
        bytes[at..at + wrong.len()].copy_from_slice(&wrong);
        assert_eq!(report(bytes).verdict, Verdict::Unknown, "{at}");
    }
}

#[test]
fn a_heap_or_a_tree_that_cannot_be_followed_is_not_safe() {
    let whole = fixture("links_in_blocks.h5");
    // Each kind of block once: where its letters are, and what follows them, is wrong.
    for letters in [b"FRHP", b"FHIB", b"FHDB", b"BTHD", b"BTLF"] {
        let at = whole.windows(4).position(|window| window == letters).unwrap();
        for wrong in [0, 4, 5] {
            let mut bytes = whole.clone();
            bytes[at + wrong] ^= 0x11;
            // The address of its heap follows the version of a block, and nobody needs it.
            let is_read = wrong < 4 || !letters.starts_with(b"FH");
            let verdict = report(bytes).verdict;
            assert_eq!(verdict != Verdict::Safe, is_read, "{letters:?} {wrong}: {verdict}");
        }
    }
}
