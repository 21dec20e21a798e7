use super::*;
use crate::model::look::Limits;
use crate::model::protobuf::write::{bytes, integer};
use crate::model::report::{FileReport, Verdict};

fn node(name: &str, operator: &str, inputs: &[&str]) -> Vec<u8> {
    let mut node = [bytes(1, name), bytes(2, operator)].concat();
    for input in inputs {
        node.extend(bytes(3, input));
    }
    node
}

fn constant(name: &str, text: &str) -> Vec<u8> {
    let tensor = [integer(1, 7), bytes(2, []), bytes(8, text)].concat();
    let value = bytes(5, [bytes(1, "value"), bytes(2, bytes(8, tensor))].concat());
    [node(name, "Const", &[]), value].concat()
}

fn graph(nodes: &[Vec<u8>]) -> Vec<u8> {
    nodes.iter().flat_map(|node| bytes(1, node)).collect()
}

fn in_function(nodes: &[Vec<u8>]) -> Vec<u8> {
    let body: Vec<u8> = nodes.iter().flat_map(|node| bytes(3, node)).collect();
    bytes(2, bytes(1, [bytes(1, bytes(1, "f")), body].concat()))
}

fn saved_model(graph: &[u8], more: &[u8]) -> Vec<u8> {
    let info = bytes(1, [bytes(4, "serve"), bytes(5, "2.21.0")].concat());
    [integer(1, 1), bytes(2, [info, bytes(2, graph), more.to_vec()].concat())].concat()
}

fn report(file: Vec<u8>) -> FileReport {
    let content = Content::of_bytes(file);
    let mut seen = Look::new(Limits::default());
    look(&content, kind(&content).unwrap(), &mut seen);
    seen.report("saved_model.pb")
}

fn told(file: Vec<u8>) -> (Verdict, Vec<String>) {
    let report = report(file);
    (report.verdict, report.findings.into_iter().map(|finding| finding.code).collect())
}

fn saver(name_of_file: Vec<u8>) -> Vec<u8> {
    graph(&[
        name_of_file,
        constant("part", "_temp/part"),
        node("join", "StringJoin", &["name", "part"]),
        node("w", "VarHandleOp", &[]),
        node("read", "ReadVariableOp", &["w"]),
        node("save", "SaveV2", &["join", "names", "slices", "read"]),
        node("all", "Pack", &["join", "^save"]),
        node("merge", "MergeV2Checkpoints", &["all", "name", "^save"]),
        node("restore", "RestoreV2", &["name:0", "names", "slices"]),
    ])
}

#[test]
fn kinds_are_told_by_their_fields() {
    let plain = graph(&[node("x", "Placeholder", &[]), node("y", "Relu", &["x"])]);
    let of = |file: Vec<u8>| kind(&Content::of_bytes(file));
    assert_eq!(of(plain.clone()), Some(Kind::Graph));
    assert_eq!(of(saved_model(&plain, &[])), Some(Kind::SavedModel));
    let meta = [bytes(1, bytes(5, "2.1")), bytes(2, &plain)].concat();
    assert_eq!(of(meta), Some(Kind::MetaGraph));
    let keras =
        [integer(2, 0), bytes(3, "root"), bytes(4, "_tf_keras_model"), bytes(5, "{}")].concat();
    assert_eq!(of(bytes(1, keras)), Some(Kind::KerasMetadata));
    let hashes: Vec<u8> = (1..=5).flat_map(|number| integer(number, 99)).collect();
    assert_eq!(of([hashes, bytes(7, "id")].concat()), Some(Kind::Fingerprint));
    assert_eq!(of(b"\x80\x04K\x01.".to_vec()), None);
    assert_eq!(of(Vec::new()), None);
}

#[test]
fn computing_saving_and_restoring_are_safe() {
    let plain = graph(&[node("x", "Placeholder", &[]), node("y", "MatMul", &["x", "x"])]);
    assert_eq!(told(plain), (Verdict::Safe, vec![]));
    let given = node("name", "Placeholder", &[]);
    assert_eq!(told(saved_model(&saver(given), &[])), (Verdict::Safe, vec![]));
    assert_eq!(told(saver(constant("name", "model"))), (Verdict::Safe, vec![]));
}

#[test]
fn savers_do_not_choose_a_file_elsewhere() {
    let away = saver(constant("name", "/home/ada/.ssh/authorized_keys"));
    assert_eq!(told(saved_model(&away, &[])).0, Verdict::Unsafe);
    let computed = saver(node("name", "DecodeBase64", &["x"]));
    assert_eq!(told(computed).0, Verdict::Unknown);
    let inner = [constant("name", "../x"), node("r", "RestoreV2", &["name:output:0", "n", "s"])];
    let file = graph(&[node("x", "Placeholder", &[])]);
    assert_eq!(told([file, in_function(&inner)].concat()).0, Verdict::Unsafe);
}

#[test]
fn functions_are_not_given_a_file_elsewhere() {
    let function = [bytes(1, "f"), bytes(2, bytes(10, bytes(1, "f")))].concat();
    let call = |operator: &str| {
        let node = [node("call", operator, &["path"]), bytes(5, &function)].concat();
        graph(&[constant("path", "/etc/passwd"), node])
    };
    assert_eq!(told(call("StatefulPartitionedCall")).0, Verdict::Unknown);
    assert_eq!(told(call("If")).0, Verdict::Unknown);
    let rewritten = graph(&[
        constant("x", "x"),
        node("name", "StaticRegexReplace", &["x"]),
        node("r", "RestoreV2", &["name", "n", "s"]),
    ]);
    assert_eq!(told(rewritten).0, Verdict::Unknown);
}

#[test]
fn tables_are_filled_from_assets_and_from_nothing_else() {
    let nodes = graph(&[
        constant("path", "/home/somebody/vocabulary.txt"),
        node("table", "HashTableV2", &[]),
        node("fill", "InitializeTableFromTextFileV2", &["table", "path"]),
    ]);
    assert_eq!(told(saved_model(&nodes, &[])).0, Verdict::Unsafe);
    let asset = |file: &str| bytes(6, [bytes(1, bytes(1, "path:0")), bytes(2, file)].concat());
    assert_eq!(told(saved_model(&nodes, &asset("vocabulary.txt"))).0, Verdict::Safe);
    assert_eq!(told(saved_model(&nodes, &asset("../../etc/passwd"))).0, Verdict::Unsafe);
}

#[test]
fn acting_operators_are_found_in_graphs_and_functions() {
    for operator in ["ReadFile", "WriteFile", "PyFunc", "DebugIdentityV2"] {
        let first = node("x", "Placeholder", &[]);
        let flat = graph(&[first.clone(), node("y", operator, &["x"])]);
        let nested = [graph(&[first]), in_function(&[node("y", operator, &["x"])])].concat();
        for file in [flat, saved_model(&nested, &[])] {
            assert_eq!(
                told(file),
                (Verdict::Unsafe, vec!["model.operator".to_owned()]),
                "{operator}"
            );
        }
    }
    let own = graph(&[node("x", "Evil>Op", &[])]);
    assert_eq!(told(own), (Verdict::Unknown, vec!["model.custom-operator".to_owned()]));
    let stream = |to: &str| bytes(5, [bytes(1, "output_stream"), bytes(2, bytes(2, to))].concat());
    let prints = |to: &str| graph(&[[node("p", "PrintV2", &[]), stream(to)].concat()]);
    assert_eq!(told(prints("stderr")).0, Verdict::Safe);
    assert_eq!(told(prints("file:///home/ada/.bashrc")).0, Verdict::Unsafe);
}

#[test]
fn what_keras_keeps_is_judged_as_its_configuration() {
    let lambda = r#"{"class_name":"Lambda","config":{"function":["4wAAAA",null,null]}}"#;
    let keras = [integer(2, 0), bytes(3, "root"), bytes(4, "_tf_keras_layer"), bytes(5, lambda)];
    assert_eq!(told(bytes(1, keras.concat())).0, Verdict::Unsafe);
    let object =
        bytes(7, bytes(1, bytes(4, [bytes(1, "_tf_keras_layer"), bytes(3, lambda)].concat())));
    let plain = graph(&[node("x", "Placeholder", &[])]);
    assert_eq!(told(saved_model(&plain, &object)).0, Verdict::Unsafe);
}

#[test]
fn what_is_hidden_or_cut_off_is_told() {
    let plain = graph(&[node("x", "Placeholder", &[]), node("y", "Relu", &["x"])]);
    assert_eq!(told(saved_model(&plain, &bytes(77, "x"))).0, Verdict::Unknown);
    let mut cut = plain;
    cut.pop();
    assert_eq!(told(cut), (Verdict::Unknown, vec!["model.unreadable".to_owned()]));
}

fn fixture(name: &str) -> Content {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tensorflow");
    Content::of_bytes(std::fs::read(folder.join(name)).unwrap())
}

#[test]
fn what_tensorflow_saves_is_safe_and_what_acts_in_it_is_not() {
    let told = |name: &str| {
        let content = fixture(name);
        let mut seen = Look::new(Limits::default());
        look(&content, kind(&content).unwrap(), &mut seen);
        let report = seen.report(name);
        let globals = report.findings.into_iter().filter_map(|finding| finding.global);
        (report.verdict, globals.collect::<Vec<_>>())
    };
    for name in ["table.pb", "loop.pb", "graph.pb", "first.meta", "fingerprint.pb"] {
        assert_eq!(told(name), (Verdict::Safe, vec![]), "{name}");
    }
    let acting = ["WriteFile", "ReadFile"].map(str::to_owned).to_vec();
    assert_eq!(told("files.pb"), (Verdict::Unsafe, acting));
    assert_eq!(told("python.pb"), (Verdict::Unsafe, vec!["PyFunc".to_owned()]));
}

#[test]
fn the_index_of_a_checkpoint_covers_its_data() {
    let mut seen = Look::new(Limits::default());
    let (index, data) = (fixture("table.index"), fixture("table.data-00000-of-00001"));
    checkpoint::look_at_index(&index, &mut seen);
    checkpoint::look_at_data(&data, &index, 0, &mut seen);
    assert_eq!(seen.report("table").findings, []);
}
