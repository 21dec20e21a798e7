use std::fs;
use std::sync::Arc;

use arrow::array::{Float64Array, Int64Array, StringArray};
use plimsoll_core::project::Features;
use serde_json::json;

use super::*;
use crate::test_models::{fixture, folder, runtime_for_tests};
use crate::{
    ClassScores, FeatureMapping, Inputs, LARGEST_FILE, Model, ModelFile, Output, Tensor, Values,
};

fn wanted(task: Task, positive: Option<&Value>, rows: usize) -> Wanted<'_> {
    Wanted { task, positive, truths: &[], rows }
}

fn signature(classes: &[Class]) -> Signature {
    Signature { inputs: Vec::new(), outputs: Vec::new(), classes: classes.to_vec() }
}

fn outputs(outputs: &[(&str, Output)]) -> Outputs {
    Outputs(outputs.iter().map(|(name, output)| ((*name).to_owned(), output.clone())).collect())
}

fn floats(rows: usize, values: &[f32]) -> Output {
    let shape = vec![rows, values.len() / rows];
    Output::Tensor(Tensor::new(shape, Values::Float(values.to_vec())).unwrap())
}

fn labels(values: &[i64]) -> Output {
    Output::Tensor(Tensor::of_rows(Values::Int64(values.to_vec())))
}

fn text(text: &str) -> Class {
    Class::Text(text.to_owned())
}

/// Answers the committed cases of a model.
fn answers(name: &str) -> Option<(Outputs, Signature)> {
    let runtime = runtime_for_tests()?;
    let file = ModelFile::from_bytes(fixture(name), LARGEST_FILE).unwrap();
    let mut model = Model::load(&file, &runtime, 1).unwrap();
    let cases = fs::read(folder().join("cases.json")).unwrap();
    let cases: Value = serde_json::from_slice(&cases).unwrap();
    let data = cases[name]["inputs"]["input"]["data"].as_array().unwrap();
    #[expect(clippy::cast_possible_truncation, reason = "written from 32-bit numbers")]
    let values: Vec<f32> = data.iter().map(|x| x.as_f64().unwrap() as f32).collect();
    let tensor = Tensor::new(vec![values.len() / 3, 3], Values::Float(values)).unwrap();
    let outputs = model.predict(&Inputs(vec![("input".to_owned(), tensor)])).unwrap();
    Some((outputs, Signature::clone(model.signature())))
}

#[test]
fn exported_models_are_read_by_task() {
    let Some((outputs, signature)) = answers("linear-float") else { return };
    let regression = wanted(Task::Regression, None, 3);
    let Predictions::Regression { values, .. } =
        Predictions::from_outputs(&outputs, &signature, &regression).unwrap()
    else {
        panic!("another task")
    };
    assert!((values[0] - 0.269_130).abs() < 1e-5);

    let one = json!(1);
    for (name, probability) in [("logistic-zipmap", 0.184_706), ("lightgbm-opset9", 0.560_286)] {
        let (outputs, signature) = answers(name).unwrap();
        let Predictions::Binary { predicted, scores: Some(Scores::Probability(values)) } =
            Predictions::from_outputs(&outputs, &signature, &wanted(Task::Binary, Some(&one), 3))
                .unwrap()
        else {
            panic!("{name}: another task")
        };
        assert!((values[0] - probability).abs() < 1e-5, "{name}");
        assert_eq!(predicted[0], probability > 0.5, "{name}");
    }

    let words = ["cold", "mild", "warm"].map(text);
    for (name, expected) in [
        ("logistic-words", words.clone()),
        ("logistic-words-zipmap", words.clone()),
        ("mlp-words", words),
        ("forest-three", [3, 5, 9].map(Class::Int)),
    ] {
        let (outputs, signature) = answers(name).unwrap();
        let Predictions::Multiclass { classes, predicted, probabilities } =
            Predictions::from_outputs(&outputs, &signature, &wanted(Task::Multiclass, None, 3))
                .unwrap()
        else {
            panic!("{name}: another task")
        };
        assert_eq!(classes, expected, "{name}");
        assert_eq!(predicted[..2], [1, 0], "{name}");
        assert_eq!(probabilities.unwrap().len(), 9, "{name}");
    }
}

#[test]
fn the_positive_class_may_be_the_first() {
    let zero = json!(0);
    let answers =
        outputs(&[("label", labels(&[0, 1])), ("probabilities", floats(2, &[0.9, 0.1, 0.4, 0.6]))]);
    let wanted = wanted(Task::Binary, Some(&zero), 2);
    let classes = signature(&[Class::Int(0), Class::Int(1)]);
    let read = Predictions::from_outputs(&answers, &classes, &wanted).unwrap();
    let scores = vec![f64::from(0.9_f32), f64::from(0.4_f32)];
    let scores = Some(Scores::Probability(scores));
    assert_eq!(read, Predictions::Binary { predicted: vec![true, false], scores });
}

#[test]
fn the_order_of_classes_is_read_from_labels_or_refused() {
    let multiclass = wanted(Task::Multiclass, None, 2);
    let crossed =
        outputs(&[("label", labels(&[9, 3])), ("probabilities", floats(2, &[0.8, 0.2, 0.3, 0.7]))]);
    let read = Predictions::from_outputs(&crossed, &signature(&[]), &multiclass).unwrap();
    let Predictions::Multiclass { classes, predicted, .. } = read else { panic!("another task") };
    assert_eq!((classes, predicted), (vec![Class::Int(9), Class::Int(3)], vec![0, 1]));

    let half =
        outputs(&[("label", labels(&[9, 9])), ("probabilities", floats(2, &[0.8, 0.2, 0.7, 0.3]))]);
    let error = Predictions::from_outputs(&half, &signature(&[]), &multiclass).unwrap_err();
    assert!(error.to_string().ends_with("its labels show only `9`"), "{error}");
    let mixed =
        outputs(&[("label", labels(&[9, 3])), ("probabilities", floats(2, &[0.8, 0.2, 0.7, 0.3]))]);
    let error = Predictions::from_outputs(&mixed, &signature(&[]), &multiclass).unwrap_err();
    assert!(error.to_string().contains("for label `3` in row 2, and for label `9` before"));
}

#[test]
fn answers_that_do_not_fit_the_task_are_refused() {
    let (one, yes, zero) = (json!(1), json!("yes"), json!(0));
    let error = |task, positive, answers: &[(&str, Output)], classes: &[Class]| {
        let wanted = wanted(task, positive, 2);
        let read = Predictions::from_outputs(&outputs(answers), &signature(classes), &wanted);
        read.unwrap_err().to_string()
    };
    let (zero_one, a_b_c) = ([Class::Int(0), Class::Int(1)], ["a", "b", "c"].map(text));
    let two = [("label", labels(&[0, 1])), ("probabilities", floats(2, &[0.9, 0.1, 0.4, 0.6]))];
    let logits = [("logits", floats(2, &[-0.66, 0.66, 2.0, -2.0]))];
    let sigmoid = [("out", floats(2, &[0.3, 0.7]))];
    let three = [("probabilities", floats(2, &[0.2, 0.3, 0.5, 0.1, 0.1, 0.8]))];
    let scores = ClassScores { classes: a_b_c.to_vec(), scores: vec![0.2, 0.3, 0.5] };
    let errors = [
        error(Task::Regression, None, &two, &zero_one),
        error(Task::Regression, None, &[("variable", floats(2, &[1.0; 4]))], &[]),
        error(Task::Regression, None, &[("variable", floats(3, &[1.0; 3]))], &[]),
        error(Task::Regression, None, &[("variable", floats(2, &[1.0, f32::NAN]))], &[]),
        error(
            Task::Regression,
            None,
            &[("a", floats(2, &[1.0; 2])), ("b", floats(2, &[1.0; 2]))],
            &[],
        ),
        error(Task::Binary, None, &two, &zero_one),
        error(Task::Binary, Some(&yes), &two, &zero_one),
        error(Task::Binary, Some(&one), &logits, &[]),
        error(Task::Binary, Some(&one), &[("out", floats(2, &[0.3, 1.7]))], &[]),
        error(Task::Binary, Some(&zero), &sigmoid, &[]),
        error(Task::Binary, Some(&one), &three, &a_b_c),
        error(Task::Multiclass, None, &sigmoid, &[]),
        error(Task::Multiclass, None, &[("scores", Output::ClassScores(scores))], &[]),
        error(Task::Multiclass, None, &[], &[]),
    ];
    insta::assert_snapshot!(errors.join("\n"), @r"
    the model's outputs (`label` int64 [2], `probabilities` float [2, 2]) are no answer to a regression task: one number for each row is expected
    output `variable` gives 2 values for each row, a regression needs one
    output `variable` has 3 rows, the test set has 2
    output `variable` is NaN or infinite in 1 of 2 rows, the first is row 2
    the model's outputs (`a` float [2, 1], `b` float [2, 1]) are no answer to a regression task: several could be meant, and none has a usual name
    the task is binary, and no class is declared to be `positive`
    the positive class `yes` is none of the model's (`0`, `1`)
    output `logits` holds no probabilities: row 1 has -0.6600000262260437, 0.6600000262260437, expected numbers from 0 to 1 that add up to 1; logits and other scores are not turned into probabilities by guessing
    output `out` holds no probabilities: row 2 has 1.7000000476837158, expected numbers from 0 to 1; logits and other scores are not turned into probabilities by guessing
    which class a score of output `out` (1 for each row) is for cannot be told: by custom it is the probability of class 1, and 0 is declared to be positive
    the task is binary, and the model tells apart 3 classes (`a`, `b`, `c`)
    output `out` gives 1 values for each row, a multiclass task needs one for each class
    output `scores` has 1 rows, the test set has 2
    the model's outputs () are no answer to a multiclass task: labels or probabilities are expected
    ");
    let read = Predictions::from_outputs(
        &outputs(&sigmoid),
        &signature(&[]),
        &wanted(Task::Binary, Some(&one), 2),
    );
    let Predictions::Binary { predicted, .. } = read.unwrap() else { panic!("another task") };
    assert_eq!(predicted, [false, true]);
}

fn table(columns: &[(&str, ArrayRef)]) -> RecordBatch {
    RecordBatch::try_from_iter(columns.iter().cloned()).unwrap()
}

fn numbers(values: &[f64]) -> ArrayRef {
    Arc::new(Float64Array::from(values.to_vec()))
}

fn integers(values: &[i64]) -> ArrayRef {
    Arc::new(Int64Array::from(values.to_vec()))
}

fn texts(values: &[Option<&str>]) -> ArrayRef {
    Arc::new(StringArray::from(values.to_vec()))
}

#[test]
fn files_are_read_by_task() {
    let (one, yes) = (json!(1), json!("yes"));
    let read = |columns: &[(&str, ArrayRef)], task, positive| {
        Predictions::from_table(&table(columns), None, &wanted(task, positive, 2)).unwrap()
    };
    let regression = read(&[("prediction", integers(&[3, 4]))], Task::Regression, None);
    assert_eq!(regression, Predictions::numbers(vec![3.0, 4.0]));
    let probability = [("probability", numbers(&[0.5, 0.7]))];
    let scores = Some(Scores::Probability(vec![0.5, 0.7]));
    assert_eq!(
        read(&probability, Task::Binary, Some(&one)),
        Predictions::Binary { predicted: vec![false, true], scores }
    );
    let score =
        [("score", numbers(&[-3.0, 7.0])), ("prediction", texts(&[Some("yes"), Some("no")]))];
    let scores = Some(Scores::Ranking(vec![-3.0, 7.0]));
    assert_eq!(
        read(&score, Task::Binary, Some(&yes)),
        Predictions::Binary { predicted: vec![true, false], scores }
    );
    let many = [
        ("probability_3", numbers(&[0.2, 0.9])),
        ("probability_5", numbers(&[0.8, 0.1])),
        ("prediction", integers(&[5, 3])),
    ];
    assert_eq!(
        read(&many, Task::Multiclass, None),
        Predictions::Multiclass {
            classes: vec![text("3"), text("5")],
            predicted: vec![1, 0],
            probabilities: Some(vec![0.2, 0.8, 0.9, 0.1]),
        }
    );
    assert_eq!(
        read(&[("prediction", texts(&[Some("b"), Some("a")]))], Task::Multiclass, None),
        Predictions::Multiclass {
            classes: vec![text("a"), text("b")],
            predicted: vec![1, 0],
            probabilities: None,
        }
    );
}

#[test]
fn files_that_are_no_predictions_are_refused() {
    let one = json!(1);
    let error = |columns: &[(&str, ArrayRef)], task, positive| {
        let wanted =
            Wanted { truths: &[Class::Int(0), Class::Int(1)], ..wanted(task, positive, 2) };
        Predictions::from_table(&table(columns), None, &wanted).unwrap_err().to_string()
    };
    let errors = [
        error(&[("prediction", numbers(&[1.0]))], Task::Regression, None),
        error(&[("pred", numbers(&[1.0, 2.0]))], Task::Regression, None),
        error(&[("prediction", texts(&[Some("1"), Some("a")]))], Task::Regression, None),
        error(&[("prediction", numbers(&[1.0, f64::INFINITY]))], Task::Regression, None),
        error(&[("prediction", texts(&[Some("1"), None]))], Task::Multiclass, None),
        error(&[("prediction", numbers(&[1.0, 0.5]))], Task::Multiclass, None),
        error(&[("prediction", integers(&[1, 2]))], Task::Binary, Some(&one)),
        error(&[("probability", numbers(&[0.2, 1.2]))], Task::Binary, Some(&one)),
        error(&[("score", numbers(&[0.2, 1.2]))], Task::Binary, Some(&one)),
        error(
            &[("probability_a", numbers(&[0.5, 0.4])), ("probability_b", numbers(&[0.5, 0.5]))],
            Task::Multiclass,
            None,
        ),
    ];
    insta::assert_snapshot!(errors.join("\n"), @r"
    the file of predictions has 1 rows, the test set has 2
    the predictions have no column `prediction` (they have `pred`)
    column `prediction` of the predictions holds Utf8, expected numbers
    column `prediction` of the predictions is NaN or infinite in 1 of 2 rows, the first is row 2
    column `prediction` of the predictions is empty in 1 of 2 rows, the first is row 2
    column `prediction` of the predictions holds Float64, expected labels (text, whole numbers, true or false)
    column `prediction` of the predictions is `2` in row 2, which is none of `0`, `1`
    column `probability` of the predictions holds no probabilities: row 2 has 1.2, expected numbers from 0 to 1; logits and other scores are not turned into probabilities by guessing
    the predictions have no column `prediction`, or `probability` instead of `score`, to decide by (they have `score`)
    `probability_CLASS` holds no probabilities: row 2 has 0.4, 0.5, expected numbers from 0 to 1 that add up to 1; logits and other scores are not turned into probabilities by guessing
    ");
}

#[test]
fn rows_are_matched_by_their_ids() {
    let predictions = table(&[("prediction", numbers(&[1.0, 2.0])), ("id", integers(&[7, 8]))]);
    let read = |ids: &ArrayRef| {
        let ids = Some(Ids { name: "id", column: ids });
        Predictions::from_table(&predictions, ids, &wanted(Task::Regression, None, 2))
    };
    assert!(read(&integers(&[7, 8])).is_ok());
    let error = read(&integers(&[7, 9])).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column `id` of the predictions has `8` in row 2, the test set has `9`: the rows are not in \
         the same order"
    );
}

#[test]
fn a_table_goes_through_a_model_to_predictions() {
    let Some(runtime) = runtime_for_tests() else { return };
    let file = ModelFile::from_bytes(fixture("mixed-columns"), LARGEST_FILE).unwrap();
    let mut model = Model::load(&file, &runtime, 1).unwrap();
    let cases = fs::read(folder().join("cases.json")).unwrap();
    let cases: Value = serde_json::from_slice(&cases).unwrap();
    let case = &cases["mixed-columns"];
    let of = |case: &Value| -> Vec<f64> {
        case["data"].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    };
    let rows = table(&[
        ("season", texts(&[Some("spring"), Some("summer"), Some("monsoon")])),
        ("temp", numbers(&of(&case["inputs"]["temp"]))),
        ("hour", integers(&[8, 17, 3])),
        ("hum", numbers(&of(&case["inputs"]["hum"]))),
        ("cnt", integers(&[0, 0, 0])),
    ]);
    let mapping = FeatureMapping::new(&Features::Inputs, "cnt", model.signature()).unwrap();
    let fed = mapping.feed(&rows, 1).unwrap();
    let outputs = model.predict(&fed.inputs).unwrap();
    let wanted = wanted(Task::Regression, None, 3);
    let read = Predictions::from_outputs(&outputs, model.signature(), &wanted).unwrap();
    let Predictions::Regression { values, .. } = read else { panic!("another task") };
    let expected = of(&case["outputs"]["variable"]);
    assert!(values.iter().zip(&expected).all(|(a, b)| (a - b).abs() <= 1e-4 + 1e-4 * b.abs()));
}

#[test]
fn the_order_of_classes_that_many_labels_show_holds_for_one_row() {
    let scores = [0.9, 0.1, 0.2, 0.8];
    let named = |labels: &[i64], scores: &[f32]| {
        let rows = labels.len();
        outputs(&[("label", self::labels(labels)), ("probabilities", floats(rows, scores))])
    };
    let one = json!(7);
    let of = |rows| wanted(Task::Binary, Some(&one), rows);
    let many = named(&[7, 3], &scores);
    let order = Predictions::class_order(&many, &signature(&[]), &of(2)).unwrap();
    assert_eq!(order, [Class::Int(7), Class::Int(3)]);
    let single = named(&[3], &scores[2..]);
    assert!(Predictions::from_outputs(&single, &signature(&[]), &of(1)).is_err());
    let Predictions::Binary { scores: Some(Scores::Probability(positive)), .. } =
        Predictions::from_outputs(&single, &signature(&order), &of(1)).unwrap()
    else {
        panic!("no probability")
    };
    assert!((positive[0] - 0.2).abs() < 1e-6);
}

#[test]
fn rows_are_taken_whole_and_in_any_order() {
    let all = Predictions::Multiclass {
        classes: vec![text("a"), text("b")],
        predicted: vec![0, 1, 0],
        probabilities: Some(vec![0.9, 0.1, 0.4, 0.6, 0.7, 0.3]),
    };
    let Predictions::Multiclass { predicted, probabilities, .. } = all.take(&[2, 1, 2]) else {
        panic!("another task")
    };
    assert_eq!(predicted, [0, 1, 0]);
    assert_eq!(probabilities.unwrap(), [0.7, 0.3, 0.4, 0.6, 0.7, 0.3]);
}

#[test]
fn quantiles_are_told_by_their_names() {
    let table = |columns: &[(&str, Vec<f64>)]| {
        let column = |values: &Vec<f64>| Arc::new(Float64Array::from(values.clone())) as ArrayRef;
        RecordBatch::try_from_iter(columns.iter().map(|(name, all)| (*name, column(all)))).unwrap()
    };
    let wanted = Wanted { task: Task::Regression, positive: None, truths: &[], rows: 2 };
    let read =
        |columns: &[(&str, Vec<f64>)]| Predictions::from_table(&table(columns), None, &wanted);
    let given = [
        ("quantile_0.9", vec![5.0, 6.0]),
        ("quantile_0.1", vec![1.0, 2.0]),
        ("quantile_0.5", vec![3.0, 4.0]),
    ];
    let Predictions::Regression { values, quantiles } = read(&given).unwrap() else { panic!() };
    let quantiles = quantiles.unwrap();
    assert_eq!((values, &quantiles.levels), (vec![3.0, 4.0], &vec![0.1, 0.5, 0.9]));
    assert_eq!(quantiles.values, [1.0, 3.0, 5.0, 2.0, 4.0, 6.0]);
    let all = Predictions::Regression { values: vec![0.0; 2], quantiles: Some(quantiles) };
    let Predictions::Regression { quantiles: Some(taken), .. } = all.take(&[1]) else { panic!() };
    assert_eq!(taken.values, [2.0, 4.0, 6.0]);

    let error = |columns: &[(&str, Vec<f64>)]| read(columns).unwrap_err().to_string();
    assert!(error(&given[..2]).contains("`prediction`"));
    for (first, second) in [("quantile_1.5", "prediction"), ("quantile_x", "prediction")] {
        let told = error(&[(first, vec![1.0; 2]), (second, vec![1.0; 2])]);
        assert!(told.contains("names no level of its own"), "{told}");
    }
    let twice = error(&[("quantile_0.5", vec![1.0; 2]), ("quantile_0.50", vec![1.0; 2])]);
    assert!(twice.contains("names no level of its own"), "{twice}");
}
