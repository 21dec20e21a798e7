use super::*;
use crate::model::look::Limits;
use crate::model::protobuf::write::{bytes, integer};
use crate::model::report::{FileReport, Verdict};

fn node(domain: &str, name: &str) -> Vec<u8> {
    [bytes(1, "x"), bytes(2, "y"), bytes(4, name), bytes(7, domain)].concat()
}

fn model(graph: &[u8], more: &[u8]) -> Vec<u8> {
    let opset = [bytes(1, ""), integer(2, 17)].concat();
    [integer(1, 8), bytes(7, graph), bytes(8, opset), more.to_vec()].concat()
}

fn tensor(entries: &[(&str, &str)]) -> Vec<u8> {
    let mut tensor = [integer(1, 4), integer(2, 1), bytes(8, "w"), integer(14, 1)].concat();
    for (key, value) in entries {
        tensor.extend(bytes(13, [bytes(1, key), bytes(2, value)].concat()));
    }
    tensor
}

fn report(file: Vec<u8>) -> FileReport {
    let content = Content::of_bytes(file);
    assert!(is(&content));
    let mut seen = Look::new(Limits::default());
    look(&content, &mut seen);
    seen.report("m.onnx")
}

fn told(file: Vec<u8>) -> Vec<String> {
    report(file).findings.into_iter().map(|finding| finding.code).collect()
}

#[test]
fn a_model_of_known_operators_is_safe() {
    let raw = [integer(1, 4), integer(2, 1), bytes(8, "w"), bytes(9, vec![7; 200_000])].concat();
    let graph = [bytes(1, node("", "Gemm")), bytes(1, node("ai.onnx.ml", "Scaler")), bytes(5, raw)];
    let names = bytes(14, [bytes(1, "names"), bytes(2, "{0: 'cat'}")].concat());
    assert_eq!(report(model(&graph.concat(), &names)).verdict, Verdict::Safe);
    assert!(!is(&Content::of_bytes(b"\x80\x04}.".to_vec())));
    assert!(!is(&Content::of_bytes(Vec::new())));
}

#[test]
fn operators_in_branches_functions_and_training_are_seen() {
    let acting = bytes(1, node("x", "PyOp"));
    let attribute = [bytes(1, "then_branch"), bytes(6, &acting)].concat();
    let branch = [node("", "If"), bytes(5, attribute)].concat();
    let function =
        bytes(25, [bytes(1, "F"), bytes(10, "own"), bytes(7, node("x", "PyOp"))].concat());
    let training = bytes(20, bytes(2, &acting));
    for file in [
        model(&acting, &[]),
        model(&bytes(1, branch), &[]),
        model(&bytes(1, node("own", "F")), &function),
        model(&[], &training),
    ] {
        assert_eq!(told(file), ["model.operator"]);
    }
}

#[test]
fn own_functions_are_known_and_custom_operators_are_not() {
    let own = |name: &str, uses: &[u8]| {
        bytes(25, [bytes(1, name), bytes(10, "own"), bytes(7, uses)].concat())
    };
    let calls = bytes(1, node("own", "F"));
    assert_eq!(told(model(&calls, &[])), ["model.custom-operator"]);
    let two = [own("F", &node("own", "G")), own("G", &node("", "Add"))].concat();
    assert!(told(model(&calls, &two)).is_empty());
    let cycle = [own("F", &node("own", "G")), own("G", &node("own", "F"))].concat();
    assert_eq!(told(model(&calls, &cycle)), ["model.recursion"]);
    let named = report(model(&bytes(1, node("evil", "Run")), &[]));
    assert_eq!(named.findings[0].global.as_deref(), Some("evil:Run"));
}

#[test]
fn tensors_elsewhere_are_judged_wherever_they_are() {
    let usual = tensor(&[("location", "m.data"), ("offset", "0")]);
    assert!(told(model(&bytes(5, usual), &[])).is_empty());
    let bad = tensor(&[("location", "../../etc/passwd")]);
    let sparse = bytes(15, bytes(1, &bad));
    let constant = [node("", "Constant"), bytes(5, [bytes(1, "value"), bytes(5, &bad)].concat())];
    for graph in [bytes(5, &bad), sparse, bytes(1, constant.concat())] {
        let report = report(model(&graph, &[]));
        assert_eq!(report.findings[0].code, "model.external-data");
        assert_eq!(report.verdict, Verdict::Unsafe);
    }
    let both = [tensor(&[("location", "m.data")]), bytes(9, [0; 4])].concat();
    assert_eq!(told(model(&bytes(5, both), &[])), ["model.ambiguous"]);
}

#[test]
fn what_is_hidden_or_cut_off_is_told() {
    assert_eq!(told(model(&bytes(99, "payload"), &[])), ["model.hidden-bytes"]);
    let graph = bytes(1, node("", "Gemm"));
    let mut cut = model(&graph, &[]);
    cut.truncate(12);
    assert_eq!(told(cut), ["model.unreadable"]);
    let twice = [node("", "Gemm"), bytes(4, "Add")].concat();
    assert_eq!(told(model(&bytes(1, twice), &[])), ["model.ambiguous"]);
    let code = bytes(14, [bytes(1, "names"), bytes(2, "__import__('os').system('id')")].concat());
    assert_eq!(told(model(&graph, &code)), ["model.metadata"]);
}
