use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::*;
use crate::test_models::{fixture, folder, runtime_for_tests};
use crate::{Class, ClassScores, LARGEST_FILE, Values};

fn load(bytes: Vec<u8>) -> Option<Result<Model, LoadModelError>> {
    let runtime = runtime_for_tests()?;
    let file = ModelFile::from_bytes(bytes, LARGEST_FILE).unwrap();
    Some(Model::load(&file, &runtime, 1))
}

/// Reads a tensor as the Open Inference Protocol writes it.
fn tensor(written: &Value) -> Tensor {
    let data = written["data"].as_array().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "written from 32-bit numbers")]
    let values = match written["datatype"].as_str().unwrap() {
        "FP32" => Values::Float(data.iter().map(|x| x.as_f64().unwrap() as f32).collect()),
        "FP64" => Values::Double(data.iter().map(|x| x.as_f64().unwrap()).collect()),
        "INT64" => Values::Int64(data.iter().map(|x| x.as_i64().unwrap()).collect()),
        "BYTES" => Values::String(data.iter().map(|x| x.as_str().unwrap().to_owned()).collect()),
        other => panic!("{other}"),
    };
    let shape = written["shape"].as_array().unwrap().iter();
    Tensor::new(shape.map(|n| usize::try_from(n.as_u64().unwrap()).unwrap()).collect(), values)
        .unwrap()
}

fn close(a: f64, b: f64) -> bool {
    (a - b).abs() <= 1e-4 + 1e-4 * b.abs()
}

#[track_caller]
fn assert_answers(name: &str, answer: &Output, expected: &Value) {
    match answer {
        Output::Tensor(answer) => {
            let expected = tensor(expected);
            assert_eq!(answer.shape(), expected.shape(), "{name}");
            let near = match (answer.values(), expected.values()) {
                (Values::Float(a), Values::Float(b)) => {
                    a.iter().zip(b).all(|(a, b)| close(f64::from(*a), f64::from(*b)))
                }
                (Values::Double(a), Values::Double(b)) => {
                    a.iter().zip(b).all(|(a, b)| close(*a, *b))
                }
                (a, b) => a == b,
            };
            assert!(near, "{name}: {answer:?} is not {expected:?}");
        }
        Output::ClassScores(answer) => {
            let rows = expected["data"].as_array().unwrap();
            let pairs: Vec<&Vec<Value>> = rows
                .iter()
                .flat_map(|row| row.as_array().unwrap())
                .map(|pair| pair.as_array().unwrap())
                .collect();
            let classes = pairs.iter().map(|pair| Class::of_value(&pair[0]).unwrap());
            assert!(classes.take(answer.classes.len()).eq(answer.classes.clone()), "{name}");
            let scores = pairs.iter().map(|pair| pair[1].as_f64().unwrap());
            assert_eq!(answer.scores.len(), pairs.len());
            assert!(answer.scores.iter().zip(scores).all(|(a, b)| close(*a, b)), "{name}");
        }
    }
}

#[test]
fn every_kind_of_export_answers_as_in_python() {
    let cases = fs::read(folder().join("cases.json")).unwrap();
    let cases: Value = serde_json::from_slice(&cases).unwrap();
    for (name, case) in cases.as_object().unwrap() {
        let Some(model) = load(fixture(name)) else { return };
        let inputs = case["inputs"].as_object().unwrap().iter();
        let inputs = inputs.map(|(name, written)| (name.clone(), tensor(written))).collect();
        let outputs = model.unwrap().predict(&Inputs(inputs)).unwrap();
        for (output, expected) in case["outputs"].as_object().unwrap() {
            assert_answers(name, outputs.get(output).unwrap(), expected);
        }
    }
}

#[test]
#[expect(clippy::print_stderr, reason = "a test says why it is skipped")]
fn models_of_real_data_answer_as_recorded() {
    let recorded = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/onnx");
    let Ok(folders) = fs::read_dir(recorded) else {
        eprintln!("skipped: {recorded} is not there");
        return;
    };
    let folders: Vec<PathBuf> = folders.map(|entry| entry.unwrap().path()).collect();
    let read =
        |path: &Path| -> Vec<Value> { serde_json::from_slice(&fs::read(path).unwrap()).unwrap() };
    let mut answered = 0;
    for folder in folders.iter().filter(|folder| folder.is_dir()) {
        let Some(model) = load(fs::read(folder.join("model.onnx")).unwrap()) else { return };
        let mut model = model.unwrap();
        let expected = read(&folder.join("expected.json"));
        for (request, expected) in read(&folder.join("inputs.json")).iter().zip(&expected) {
            let inputs = request["inputs"].as_array().unwrap().iter();
            let name = |written: &Value| written["name"].as_str().unwrap().to_owned();
            let inputs = inputs.map(|written| (name(written), tensor(written))).collect();
            let outputs = model.predict(&Inputs(inputs)).unwrap();
            for output in expected["outputs"].as_array().unwrap() {
                let shown = format!("{} {}", folder.display(), name(output));
                assert_answers(&shown, outputs.get(&name(output)).unwrap(), output);
                answered += 1;
            }
        }
    }
    assert!(answered >= 3 * 3, "only {answered} answers were compared");
}

/// Returns as many rows of three numbers.
fn rows(count: u16) -> Inputs {
    let values = (0..count).flat_map(|at| [f32::from(at), 1.0, -1.0]).collect();
    let tensor = Tensor::new(vec![count.into(), 3], Values::Float(values)).unwrap();
    Inputs(vec![("input".to_owned(), tensor)])
}

#[test]
fn many_rows_are_answered_in_parts_and_put_together() {
    for name in ["linear-float", "logistic-words-zipmap", "lightgbm-opset9"] {
        let Some(model) = load(fixture(name)) else { return };
        let mut model = model.unwrap();
        let all = model.predict(&rows(2345)).unwrap();
        for (output, answer) in &all.0 {
            assert_eq!(answer.rows(), 2345, "{name} {output}");
        }
        // The last row by itself answers as the last row of all.
        let last = vec![2344.0, 1.0, -1.0];
        let last = Tensor::new(vec![1, 3], Values::Float(last)).unwrap();
        let last = model.predict(&Inputs(vec![("input".to_owned(), last)])).unwrap();
        for ((_, all), (_, one)) in all.0.iter().zip(&last.0) {
            match (all, one) {
                (Output::Tensor(all), Output::Tensor(one)) => match (all.values(), one.values()) {
                    (Values::Float(all), Values::Float(one)) => {
                        assert_eq!(all[all.len() - one.len()..], one[..]);
                    }
                    (all, one) => assert_eq!(all.element(), one.element()),
                },
                (
                    Output::ClassScores(ClassScores { scores: all, .. }),
                    Output::ClassScores(ClassScores { scores: one, .. }),
                ) => assert_eq!(all[all.len() - one.len()..], one[..]),
                _ => panic!("{name} answers differently"),
            }
        }
    }
    let Some(one_row) = load(fixture("one-row")) else { return };
    let outputs = one_row.unwrap().predict(&rows(3)).unwrap();
    assert_eq!(outputs.0[0].1.rows(), 3);
}

#[test]
fn wrong_inputs_are_named() {
    let Some(model) = load(fixture("mixed-columns")) else { return };
    let mut model = model.unwrap();
    let floats = |shape: [usize; 2]| {
        Tensor::new(shape.into(), Values::Float(vec![1.0; shape.iter().product()])).unwrap()
    };
    let hours = |count: usize| Tensor::new(vec![count, 1], Values::Int64(vec![8; count])).unwrap();
    let season = |count: usize| {
        Tensor::new(vec![count, 1], Values::String(vec!["summer".to_owned(); count])).unwrap()
    };
    let mut error = |inputs: Vec<(&str, Tensor)>| {
        let inputs = inputs.into_iter().map(|(name, tensor)| (name.to_owned(), tensor)).collect();
        model.predict(&Inputs(inputs)).unwrap_err().to_string()
    };
    let (one, two) = (floats([1, 1]), floats([2, 1]));
    let whole = vec![
        ("temp", one.clone()),
        ("hum", one.clone()),
        ("hour", hours(1)),
        ("season", season(1)),
    ];
    let with = |at: usize, name: &'static str, tensor: Tensor| {
        let mut inputs = whole.clone();
        inputs[at] = (name, tensor);
        inputs
    };
    let errors = [
        error(vec![]),
        error(whole[..3].to_vec()),
        error(with(1, "humidity", one.clone())),
        error(with(1, "temp", one.clone())),
        error(with(2, "hour", one.clone())),
        error(with(0, "temp", floats([1, 2]))),
        error(with(0, "temp", Tensor::of_rows(Values::Float(vec![1.0])))),
        error(with(1, "hum", two)),
        error(vec![
            ("temp", floats([0, 1])),
            ("hum", floats([0, 1])),
            ("hour", hours(0)),
            ("season", season(0)),
        ]),
        error(with(
            3,
            "season",
            Tensor::new(vec![1, 1], Values::String(vec!["a\0b".to_owned()])).unwrap(),
        )),
    ];
    insta::assert_snapshot!(errors.join("\n"), @r"
    input `temp` float [n, 1] is missing (given: none)
    input `season` string [n, 1] is missing (given: `temp`, `hum`, `hour`)
    the model has no input `humidity` (it has `temp`, `hum`, `hour`, `season`)
    input `temp` is given twice
    input `hour` takes int64 [n, 1], got float [1, 1]
    input `temp` takes float [n, 1], got float [1, 2]
    input `temp` takes float [n, 1], got float [1]
    input `hum` has 2 rows, `temp` has 1
    there are no rows to predict
    input `season` holds a NUL character in value 1, which ONNX Runtime does not take
    ");
}

#[test]
fn hostile_models_are_refused_and_the_process_lives() {
    let Some(runtime) = runtime_for_tests() else { return };
    let refused = |bytes: Vec<u8>| {
        let file = ModelFile::from_bytes(bytes, LARGEST_FILE).unwrap();
        Model::load(&file, &runtime, 1).unwrap_err().to_string()
    };
    let future = refused(fixture("future-opset"));
    assert!(future.contains("900") && future.contains("opset"), "{future}");
    let custom = refused(fixture("custom-operator"));
    assert!(custom.contains("com.example"), "{custom}");
    // Cut off anywhere, or with bytes changed: an error or a model, never the end of the process.
    let whole = fixture("forest-three");
    let mut random = 7_u32;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        if at % 2 == 0 {
            bytes.truncate(at);
        } else {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            bytes[at] ^= random.to_be_bytes()[0] | 1;
        }
        let Ok(file) = ModelFile::from_bytes(bytes, LARGEST_FILE) else { continue };
        if at % 5 == 0 {
            _ = Model::load(&file, &runtime, 1);
        }
    }
}

#[test]
fn a_signature_says_what_the_file_declares() {
    let Some(model) = load(fixture("lightgbm-opset9")) else { return };
    let signature = Arc::clone(model.unwrap().signature());
    let written = serde_json::to_string(&*signature).unwrap();
    insta::assert_snapshot!(written, @r#"{"inputs":[{"name":"input","tensor":{"element":"float","shape":[null,3]}}],"outputs":[{"name":"label","tensor":{"element":"int64","shape":[1]}},{"name":"probabilities","tensor":{"element":"float","shape":[null,2]}}],"classes":[0,1]}"#);
    assert_eq!(serde_json::from_str::<Signature>(&written).unwrap(), *signature);
}

#[test]
fn models_move_between_threads() {
    fn is_send<T: Send>() {}
    is_send::<Model>();
}
