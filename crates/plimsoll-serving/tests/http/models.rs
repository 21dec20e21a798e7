//! Every kind of model answers over HTTP what it answers in Python.

use std::fs;

use serde_json::{Map, Value, json};

use crate::harness::{Story, TestModel, TestServer, workspace};

/// Holds an answered output against the recorded one.
fn compare(what: &str, found: &Value, expected: &Value) {
    assert_eq!(found["datatype"], expected["datatype"], "{what}");
    assert_eq!(found["shape"], expected["shape"], "{what}");
    let values = |output: &Value| output["data"].as_array().unwrap().clone();
    let (found, expected) = (values(found), values(expected));
    assert_eq!(found.len(), expected.len(), "{what}");
    for (found, expected) in found.iter().zip(&expected) {
        let same = match (found.as_f64(), expected.as_f64()) {
            (Some(found), Some(expected)) => {
                (found - expected).abs() <= 1e-4 + 1e-4 * expected.abs()
            }
            _ => found == expected,
        };
        assert!(same, "{what}: {found} is not {expected}");
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test says why it is skipped")]
fn the_shared_models_answer_as_recorded() {
    let folder = workspace().join("../shared/data/onnx");
    let Ok(models) = fs::read_dir(&folder) else {
        return eprintln!("skipped, {} is not there", folder.display());
    };
    for model in models {
        let model = model.unwrap().path();
        let read = |name: &str| -> Vec<Value> {
            serde_json::from_slice(&fs::read(model.join(name)).unwrap()).unwrap()
        };
        let name = model.file_name().unwrap().to_str().unwrap();
        let served = TestModel::new(&model.join("model.onnx")).called(name);
        let Some(mut story) = TestServer::new().serve(served) else { return };
        for (question, expected) in read("inputs.json").iter().zip(read("expected.json")) {
            let answer = story.infer(question);
            assert_eq!(answer.status, 200, "{name}: {}", answer.body);
            let answer = answer.json();
            let what = format!("{name}, request {}", question["id"]);
            assert_eq!(answer["id"], question["id"], "{what}");
            assert_eq!(answer["model_name"], expected["model_name"], "{what}");
            let outputs = |answer: &Value| answer["outputs"].as_array().unwrap().clone();
            let (found, expected) = (outputs(&answer), outputs(&expected));
            assert_eq!(found.len(), expected.len(), "{what}");
            for (found, expected) in found.iter().zip(&expected) {
                assert_eq!(found["name"], expected["name"], "{what}");
                compare(&what, found, expected);
            }
        }
    }
}

#[test]
fn the_committed_models_answer_as_recorded() {
    let cases = fs::read(workspace().join("fixtures/onnx/cases.json")).unwrap();
    let cases: Map<String, Value> = serde_json::from_slice(&cases).unwrap();
    for (name, case) in cases {
        let Some(mut story) = TestServer::new().serve(TestModel::fixture(&name)) else { return };
        let inputs: Vec<Value> = case["inputs"]
            .as_object()
            .unwrap()
            .iter()
            .map(|(name, tensor)| {
                let mut tensor = tensor.clone();
                tensor["name"] = json!(name);
                tensor
            })
            .collect();
        let answer = story.infer(&json!({ "inputs": inputs }));
        assert_eq!(answer.status, 200, "{name}: {}", answer.body);
        let answer = answer.json();
        for (output, expected) in case["outputs"].as_object().unwrap() {
            let what = format!("{name}, output {output}");
            let outputs = answer["outputs"].as_array().unwrap();
            let found = outputs.iter().find(|found| found["name"] == **output).unwrap();
            if expected["datatype"] == "MAPS" {
                compare_maps(&what, found, expected);
            } else {
                compare(&what, found, expected);
            }
        }
    }
}

/// Scores by class are a tensor whose parameters say the order of the classes.
fn compare_maps(what: &str, found: &Value, expected: &Value) {
    let rows = expected["data"].as_array().unwrap();
    let pairs: Vec<&Vec<Value>> = rows
        .iter()
        .flat_map(|row| row.as_array().unwrap())
        .map(|pair| pair.as_array().unwrap())
        .collect();
    let classes: Vec<&Value> =
        pairs.iter().take(pairs.len() / rows.len()).map(|pair| &pair[0]).collect();
    let told = found["parameters"]["classes"].as_str().unwrap();
    assert_eq!(serde_json::from_str::<Value>(told).unwrap(), json!(classes), "{what}");
    let scores: Vec<&Value> = pairs.iter().map(|pair| &pair[1]).collect();
    let shape = json!([rows.len(), classes.len()]);
    let as_tensor = json!({"datatype": "FP32", "shape": shape, "data": scores});
    compare(what, found, &as_tensor);
}

/// A server with a model of one tensor whose three columns have names.
fn story() -> Option<Story> {
    let model = TestModel::fixture("linear-float").columns("input", &["temp", "hum", "wind"]);
    TestServer::new().serve(model)
}

#[test]
fn a_tensor_may_be_sent_by_its_columns() {
    let Some(mut story) = story() else { return };
    let whole = json!({"inputs": [{"name": "input", "shape": [2, 3], "datatype": "FP32",
        "data": [[1, 2, 3], [4, 5, 6]]}]});
    let column = |name: &str, shape: Value, datatype: &str, data: Value| json!({"name": name, "shape": shape, "datatype": datatype, "data": data});
    let parts = json!({"inputs": [
        column("wind", json!([2]), "INT64", json!([3, 6])),
        column("temp", json!([2, 1]), "FP64", json!([[1.0], [4.0]])),
        column("hum", json!([2]), "UINT8", json!([2, 5])),
    ]});
    let (whole, parts) = (story.infer(&whole).json(), story.infer(&parts).json());
    assert_eq!(whole["outputs"], parts["outputs"]);
    assert_eq!(whole["outputs"][0]["shape"], json!([2, 1]));
}
