//! `MLflow`'s scoring format.

use serde_json::{Value, json};

use crate::harness::{Story, TestModel, TestServer};

fn linear() -> Option<Story> {
    let model = TestModel::fixture("linear-float")
        .columns("input", &["temp", "hum", "wind"])
        .context(&[("instant", "int64")]);
    TestServer::new().serve(model)
}

fn mixed() -> Option<Story> {
    TestServer::new().serve(TestModel::fixture("mixed-columns"))
}

fn predictions(story: &mut Story, body: &Value) -> Value {
    let answer = story.invoke(body);
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["predictions"].clone()
}

#[test]
fn every_form_of_a_table_is_the_same_table() {
    let Some(mut story) = linear() else { return };
    let split = json!({"dataframe_split": {"columns": ["wind", "temp", "hum"], "index": [7, 8],
        "data": [[3, 1.0, 2], [6, 4, 5]]}});
    let expected = predictions(&mut story, &split);
    assert_eq!(expected.as_array().unwrap().len(), 2);
    assert!(expected[0].is_f64());
    let row = |temp: i32, hum: i32, wind: i32| json!({"temp": temp, "hum": hum, "wind": wind});
    for same in [
        json!({"dataframe_records": [row(1, 2, 3), {"hum": 5, "wind": 6, "temp": 4}]}),
        json!({"instances": [row(1, 2, 3), row(4, 5, 6)]}),
        json!({"instances": [[1, 2, 3], [4, 5, 6]]}),
        json!({"inputs": [[1, 2, 3], [4, 5, 6]], "params": {"any": 1}}),
        json!({"inputs": {"temp": [1, 4], "hum": [[2], [5]], "wind": [3, 6]}}),
        json!({"inputs": {"input": [[1, 2, 3], [4, 5, 6]]}}),
        json!({"dataframe_split": {"columns": ["temp", "hum", "wind", "instant"],
            "data": [[1, 2, 3, 100], [4, 5, 6, 101]]}}),
        json!({"dataframe_split": {"data": [[1, 2, 3], [4, 5, 6]]}}),
    ] {
        let expected = if same["inputs"]["hum"].is_array() { continue } else { &expected };
        assert_eq!(&predictions(&mut story, &same), expected, "{same}");
    }
    for csv in ["temp,hum,wind\n1,2,3\n4,5,6\n", ",wind,hum,temp\r\n0,3,2.0,1e0\r\n1,6,5,4"] {
        let headers = [("content-type", "text/csv; charset=utf-8")];
        let answer = story.ask("POST", "/invocations", &headers, csv.as_bytes());
        assert_eq!(answer.json()["predictions"], expected, "{csv}");
    }
}

#[test]
fn columns_without_names_are_taken_in_their_order() {
    let Some(mut story) = TestServer::new().serve(TestModel::fixture("linear-float")) else {
        return;
    };
    let expected = predictions(&mut story, &json!({"instances": [[1, 2, 3]]}));
    let named = json!({"dataframe_split": {"columns": ["a", "b", "c"], "data": [[1, 2, 3]]}});
    assert_eq!(predictions(&mut story, &named), expected);
    let csv = story.ask("POST", "/invocations", &[("content-type", "text/csv")], b"a,b,c\n1,2,3\n");
    assert_eq!(csv.json()["predictions"], expected);
}

#[test]
fn several_inputs_and_outputs_are_columns() {
    let Some(mut story) = mixed() else { return };
    let records = json!({"dataframe_records": [
        {"temp": 0.5, "hum": 0.25, "hour": 7, "season": "winter"},
        {"temp": 0.5, "hum": 0.25, "hour": 7, "season": "unheard of"},
    ]});
    let found = predictions(&mut story, &records);
    assert!(found[0].is_f64() && found[1].is_f64());
    let rows = json!({"instances": [[0.5, 0.25, 7, "winter"]]});
    assert_eq!(predictions(&mut story, &rows)[0], found[0]);
    let Some(mut story) = TestServer::new().serve(TestModel::fixture("logistic-words-zipmap"))
    else {
        return;
    };
    let found = predictions(&mut story, &json!({"instances": [[1, 2, 3]]}));
    assert!(found[0]["output_label"].is_string());
    assert!(found[0]["output_probability"]["mild"].is_f64());
}

#[test]
fn mistakes_are_told_by_column_and_row() {
    let Some(mut story) = mixed() else { return };
    let row = |season: Value| json!({"temp": 1, "hum": 2, "hour": 3, "season": season});
    let mut told = String::new();
    for body in [
        json!({}),
        json!({"instances": [], "inputs": []}),
        json!({"instances": []}),
        json!({"dataframe_records": [row(json!("a")), row(json!(4))]}),
        json!({"dataframe_records": [row(json!("a")), {"temp": 1}]}),
        json!({"dataframe_records": [{"temp": 1}, row(json!("a"))]}),
        json!({"dataframe_records": [{"temp": 1}]}),
        json!({"dataframe_records": [{"tmep": 1}]}),
        json!({"dataframe_records": {"temp": 1}}),
        json!({"instances": [[1, 2, null, "a"]]}),
        json!({"instances": [[1, 2, 3.5, "a"]]}),
        json!({"instances": [[1, 2, 3]]}),
        json!({"instances": [1, 2]}),
        json!({"inputs": {"temp": [1], "hum": [1, 2], "hour": [1], "season": ["a"]}}),
        json!({"dataframe_split": {"columns": ["temp", "temp"], "data": []}}),
        json!({"dataframe_split": {"columns": ["temp", "hum", "hour", "season"], "data": [[1, 2, 3, "a", 5]]}}),
    ] {
        let answer = story.invoke(&body);
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        let json = answer.json();
        assert_eq!(
            (&json["error_code"], &json["message"]),
            (&json!("BAD_REQUEST"), &json["error"])
        );
        told.push_str(&answer.error());
        told.push('\n');
    }
    for csv in
        ["", "temp\n", "temp,hum,hour,season\n1,2,3,a\n1,x,3,a\n", "temp,hum\n1\n", "a,b\n1,2\n"]
    {
        let answer =
            story.ask("POST", "/invocations", &[("content-type", "text/csv")], csv.as_bytes());
        assert_eq!(answer.status, 400, "{csv}: {}", answer.body);
        told.push_str(&answer.error());
        told.push('\n');
    }
    insta::assert_snapshot!(told, @r"
    the body is no scoring request: exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs` is expected, got 0
    the body is no scoring request: exactly one of `dataframe_split`, `dataframe_records`, `instances` and `inputs` is expected, got 2
    input `temp` has no rows
    input `season`, row 2: expected text, got 4
    the body is no scoring request: row 2 has no `hour` at line 1 column 52
    the body is no scoring request: row 2 has `hour`, the first row has not at line 1 column 19
    input `hum` (FP32 [n, 1]) is missing
    the model has no input `tmep` (did you mean `temp`?)
    the body is no scoring request: invalid type: map, expected a list of rows at line 1 column 0
    input `hour`, row 1: expected a number, got null
    input `hour`, row 1: 3.5 does not fit INT64
    the body is no scoring request: row 1 has 3 values, expected 4 at line 1 column 8
    the body is no scoring request: row 1 has 1 values, expected 4 at line 1 column 1
    input `hum` has 2 rows, `hour` has 1
    input `temp` is given twice
    the body is no scoring request: row 1 has 5 values, expected 4 at line 1 column 14
    input `temp` has no rows
    input `temp` has no rows
    input `hum`, row 2: expected a number, got `x`
    the body is no scoring request: CSV error: record 1 (line: 2, byte: 9): found record with 1 fields, but the previous record has 2 fields
    the model has no input `a` (it takes `temp`, `hum`, `hour`, `season`)
    ");
    let answer = story.ask("POST", "/invocations", &[("content-type", "text/html")], b"");
    assert_eq!(answer.status, 415);
}
