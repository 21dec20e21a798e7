use super::*;
use crate::model::look::Limits;

/// Written by `coremltools` 9: layers, a program, trees, and a layer of the app's.
const LAYERS: &[u8] = include_bytes!("../../../fixtures/coreml/layers.mlmodel");
const PROGRAM: &[u8] = include_bytes!("../../../fixtures/coreml/program.mlmodel");
const TREES: &[u8] = include_bytes!("../../../fixtures/coreml/trees.mlmodel");
const CUSTOM: &[u8] = include_bytes!("../../../fixtures/coreml/custom.mlmodel");

fn told(bytes: &[u8]) -> (Verdict, Vec<String>) {
    let mut seen = Look::new(Limits::default());
    look(&Content::of_bytes(bytes.to_vec()), &mut seen);
    let report = seen.report("");
    (report.verdict, report.findings.into_iter().map(|finding| finding.code).collect())
}

/// The same bytes with another text of the same length.
fn with(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    assert_eq!(old.len(), new.len());
    let at = bytes.windows(old.len()).position(|window| window == old).unwrap();
    [&bytes[..at], new, &bytes[at + old.len()..]].concat()
}

#[test]
fn models_of_each_kind_are_safe() {
    for model in [LAYERS, PROGRAM, TREES] {
        assert!(is(&Content::of_bytes(model.to_vec())));
        assert_eq!(told(model), (Verdict::Safe, vec![]));
    }
    for other in [&b""[..], b"\x08\x01\x12\x00", b"\x08\x08:\x00"] {
        assert!(!is(&Content::of_bytes(other.to_vec())));
    }
}

#[test]
fn what_leads_elsewhere_is_told() {
    let code = |code: &str| vec![code.to_owned()];
    assert_eq!(told(CUSTOM), (Verdict::Unknown, code("model.custom-operator")));
    let operator = with(PROGRAM, b"\x0a\x06linear", b"\x0a\x06system");
    assert_eq!(told(&operator), (Verdict::Unknown, code("model.custom-operator")));
    let path = b"@model_path/weights/weight.bin";
    let out = with(PROGRAM, path, b"@model_path/../../x/weight.bin");
    assert_eq!(told(&out).0, Verdict::Unsafe);
    let absolute = with(PROGRAM, path, b"/model_path/weights/weight.bin");
    assert_eq!(told(&absolute).0, Verdict::Unsafe);
}

#[test]
fn what_no_reader_knows_is_told() {
    let field = [LAYERS, b"\xc2\x3e\x04gASV"].concat();
    assert_eq!(told(&field), (Verdict::Unknown, vec!["model.hidden-bytes".to_owned()]));
    for length in 2..LAYERS.len() {
        told(&LAYERS[..length]);
    }
    for at in 0..PROGRAM.len() {
        let mut changed = PROGRAM.to_vec();
        changed[at] ^= 0xff;
        told(&changed);
    }
}
