//! What is recorded of questions and answers.

use std::collections::BTreeMap;
use std::path::Path;
use std::thread;
use std::time::Duration;

use arrow::util::display::array_value_to_string;
use plimsoll_data::capture::{Days, Versions, read};
use serde_json::json;

use crate::harness::{TestModel, TestServer};

fn model() -> TestModel {
    TestModel::fixture("logistic-words-zipmap")
        .called("weather")
        .version("1.2.0")
        .columns("input", &["temp", "hum", "wind"])
        .context(&[("instant", "int64"), ("station", "string"), ("temp", "float64")])
}

/// Returns the cells of every captured column, whatever begins with `latency` left out.
fn captured(folder: &Path) -> BTreeMap<String, Vec<String>> {
    let captured = read(folder, Days::All, Versions::All).unwrap();
    let mut columns: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for batch in &captured.batches {
        for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
            let cells = columns.entry(field.name().clone()).or_default();
            cells.extend((0..array.len()).map(|row| array_value_to_string(array, row).unwrap()));
        }
    }
    columns.retain(|name, _| !name.starts_with("latency"));
    columns
}

#[test]
fn every_column_is_recorded_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut story) = TestServer::new().capture(folder.path()).serve(model()) else { return };
    let answer = story.infer(&json!({
        "id": "first",
        "parameters": {"station": "harbour", "other": 1},
        "inputs": [
            {"name": "input", "shape": [2, 3], "datatype": "FP32", "data": [1, 2, 3, 4, 5, 6]},
            {"name": "instant", "shape": [2], "datatype": "INT64", "data": [17, 18]},
        ],
    }));
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = story.invoke(&json!({"dataframe_records": [
        {"temp": 7, "hum": 8, "wind": 9, "instant": 19, "station": "hill"}]}));
    assert_eq!(answer.status, 200, "{}", answer.body);
    // What is refused is not recorded.
    assert_eq!(story.infer_text("{}").status, 400);
    let ended = story.end();
    assert_eq!((ended.predictions, ended.recorded, ended.lost), (3, 3, 0));
    let columns = captured(folder.path());
    let of = |name: &str| columns[name].clone();
    let names: Vec<&str> = columns.keys().map(String::as_str).collect();
    insta::assert_snapshot!(names.join(" "), @"context:instant context:station event-day event-time event-time-missing input:hum input:temp input:wind model output:output_label output:output_probability received-at request-id row-id version");
    assert_eq!(of("input:temp"), ["1.0", "4.0", "7.0"]);
    assert_eq!(of("input:wind"), ["3.0", "6.0", "9.0"]);
    assert_eq!(of("context:instant"), ["17", "18", "19"]);
    assert_eq!(of("context:station"), ["harbour", "harbour", "hill"]);
    assert_eq!(of("request-id")[..2], ["first", "first"]);
    assert_eq!(of("row-id"), ["17", "18", "19"]);
    assert_eq!(of("version"), ["1.2.0", "1.2.0", "1.2.0"]);
    assert!(of("output:output_label").iter().all(|label| label.chars().all(char::is_alphabetic)));
}

#[test]
fn what_is_recorded_is_on_the_disk_within_a_second() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut story) = TestServer::new().capture(folder.path()).serve(model()) else { return };
    let rows: Vec<_> = (0..5000).map(|row| [row, row + 1, row + 2]).collect();
    let large = json!({ "instances": rows });
    assert!(large.to_string().len() > 1 << 15);
    assert_eq!(story.invoke(&large).status, 200);
    let found = (0..30).any(|_| {
        thread::sleep(Duration::from_millis(50));
        captured(folder.path()).get("row-id").is_some_and(|rows| rows.len() == 5000)
    });
    assert!(found);
    let server = story.get("/v2").json();
    assert_eq!(server["capture"], json!({"recorded": 5000, "lost": 0}));
    assert!(server["extensions"].as_array().unwrap().contains(&json!("capture")));
}

#[test]
fn what_cannot_be_recorded_is_counted_and_answered_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let server = TestServer::new().capture(folder.path()).limits(|limits| limits.capture_bytes = 0);
    let Some(mut story) = server.serve(model()) else { return };
    for _ in 0..3 {
        assert_eq!(story.invoke(&json!({"instances": [[1, 2, 3], [4, 5, 6]]})).status, 200);
    }
    assert_eq!(story.handle().captured(), (0, 6));
    assert!(story.get("/metrics").body.contains("plimsoll_capture_rows_lost_total 6"));
    assert_eq!(story.end().lost, 6);
}

#[test]
fn a_model_that_is_not_to_be_recorded_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let quiet = TestModel::fixture("linear-float");
    let Some(mut story) = TestServer::new().capture(folder.path()).serve(quiet) else { return };
    assert_eq!(story.invoke(&json!({"instances": [[1, 2, 3]]})).status, 200);
    assert_eq!(story.end().recorded, 0);
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none());
}
