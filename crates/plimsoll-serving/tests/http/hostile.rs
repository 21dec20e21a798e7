//! Callers that are wrong, slow, many or malicious.

use std::io::Read;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Connection;
use crate::harness::{Story, TestModel, TestServer};

fn model() -> TestModel {
    TestModel::fixture("mixed-columns").context(&[("instant", "int64")])
}

fn story() -> Option<Story> {
    TestServer::new().serve(model())
}

fn tensor(name: &str, datatype: &str, shape: &Value, data: &Value) -> Value {
    json!({"name": name, "datatype": datatype, "shape": shape, "data": data})
}

/// A question that is answered, with one input changed.
fn with(name: &str, changed: &Value) -> Value {
    let mut inputs = vec![
        tensor("temp", "FP32", &json!([1, 1]), &json!([0.5])),
        tensor("hum", "FP32", &json!([1]), &json!([0.25])),
        tensor("hour", "INT64", &json!([1, 1]), &json!([[7]])),
        tensor("season", "BYTES", &json!([1, 1]), &json!(["winter"])),
    ];
    match inputs.iter_mut().find(|input| input["name"] == *name) {
        Some(input) => *input = changed.clone(),
        None => inputs.push(changed.clone()),
    }
    json!({ "inputs": inputs })
}

#[test]
fn every_mistake_is_told_and_nothing_breaks() {
    let Some(mut story) = story() else { return };
    let whole = with("temp", &tensor("temp", "FP64", &json!([1, 1]), &json!([0.5])));
    assert_eq!(story.infer(&whole).status, 200);
    let one = json!([1, 1]);
    let changed = [
        with("temp", &tensor("temp", "FP32", &json!([1, 2]), &json!([1, 2]))),
        with("temp", &tensor("temp", "FP32", &json!([2, 1]), &json!([1, 2]))),
        with("temp", &tensor("temp", "FP32", &one, &json!([1, 2]))),
        with("temp", &tensor("temp", "FP32", &one, &json!([]))),
        with("temp", &tensor("temp", "FP32", &json!([0, 1]), &json!([]))),
        with(
            "temp",
            &tensor("temp", "FP32", &json!([4_294_967_296_u64, 4_294_967_296_u64, 4]), &json!([1])),
        ),
        with("temp", &tensor("temp", "FP32", &one, &json!([null]))),
        with("temp", &tensor("temp", "FP32", &one, &json!([1e39]))),
        with("temp", &tensor("temp", "FP32", &one, &json!([true]))),
        with("temp", &tensor("temp", "BYTES", &one, &json!(["warm"]))),
        with("temp", &tensor("temp", "FLOAT", &one, &json!([1]))),
        with("hour", &tensor("hour", "INT64", &one, &json!([7.5]))),
        with("hour", &tensor("hour", "INT64", &one, &json!([9_223_372_036_854_775_808_u64]))),
        with("hour", &tensor("hour", "INT8", &one, &json!([200]))),
        with("season", &tensor("season", "BYTES", &one, &json!([7]))),
        with("season", &tensor("season", "BYTES", &one, &json!(["a\u{0}b"]))),
        with("saeson", &tensor("saeson", "BYTES", &one, &json!(["winter"]))),
        with("instant", &tensor("instant", "INT64", &json!([2]), &json!([1, 2]))),
        json!({"inputs": []}),
        json!({"inputs": [tensor("temp", "FP32", &json!([1]), &json!([1])), tensor("temp", "FP32", &json!([1]), &json!([1]))]}),
        json!({"inputs": [{"name": "temp", "datatype": "FP32", "data": [1]}]}),
        json!({"inputs": [{"name": "temp", "datatype": "FP32", "shape": [1]}]}),
        json!({"inputs": {"temp": 1}}),
        json!({"id": 7, "inputs": []}),
        json!({"id": "x".repeat(2000), "inputs": whole["inputs"]}),
        json!({"inputs": [tensor("temp", "FP32", &json!(vec![1; 2000]), &json!([1]))]}),
        json!({"inputs": "x".repeat(2000)}),
        json!([]),
    ];
    let mut told = String::new();
    for question in &changed {
        let answer = story.infer(question);
        assert_eq!(answer.status, 400, "{question}: {}", answer.body);
        assert!(answer.header("connection").is_none(), "{question}");
        told.push_str(&answer.error());
        told.push('\n');
    }
    insta::assert_snapshot!(told, @r#"
    input `temp` takes [n, 1], got shape [1, 2]
    input `hum` has 1 rows, `temp` has 2
    input `temp` of shape [1, 1] has 1 values, got 2
    input `temp` of shape [1, 1] has 1 values, got 0
    input `temp` has no rows
    input `temp` takes [n, 1], got shape [4294967296, 4294967296, 4]
    input `temp`, row 1: expected a number, got null
    input `temp`, row 1: 1e39 does not fit FP32
    input `temp`, row 1: expected a number, got true
    input `temp` takes FP32, got BYTES
    the body is no inference request: datatype of input `temp`: `FLOAT` is no datatype (expected BOOL, INT8 to INT64, UINT8 to UINT64, FP16 to FP64 or BYTES)
    input `hour`, row 1: 7.5 does not fit INT64
    input `hour`, row 1: 9223372036854775808 does not fit INT64
    input `hour`, row 1: 200 does not fit INT8
    input `season`, row 1: expected text, got 7
    input `season` holds a NUL character in value 1, which ONNX Runtime does not take
    the model has no input `saeson` (did you mean `season`?)
    input `instant` has 2 rows, `temp` has 1
    input `temp` (FP32 [n, 1]) is missing
    input `temp` is given twice
    the body is no inference request: missing field `shape` at line 1 column 55
    the body is no inference request: input `temp` has no `data`
    the body is no inference request: invalid type: map, expected a sequence at line 1 column 10
    the body is no inference request: invalid type: integer `7`, expected a string at line 1 column 7
    the body is no inference request: its id has 2000 bytes, at most 1000 are taken
    input `temp` takes [n, 1], got shape [1, 1, 1, 1, 1, 1, 1, 1] and 1992 more
    the body is no inference request: invalid type: string "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
    the body is no inference request: it is a list, expected an object
    "#);
    assert_eq!(story.infer(&whole).status, 200);
}

#[test]
fn what_is_no_json_is_refused() {
    let Some(mut story) = story() else { return };
    let nested = format!(
        r#"{{"inputs":[{{"name":"temp","shape":[1,1],"datatype":"FP32","data":{}1{}}}]}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let mut told = String::new();
    for body in [
        "",
        "{",
        "\u{0}",
        r#"{"inputs":[{"name":"temp","shape":[1,1],"datatype":"FP32","data":[NaN]}]}"#,
        r#"{"inputs":[{"name":"temp","shape":[1,1],"datatype":"FP32","data":[Infinity]}]}"#,
        r#"{"inputs":[{"name":"temp","shape":[1,1],"datatype":"FP32","data":[1e999]}]}"#,
        r#"{"inputs":[{"name":"temp","shape":[1,-1],"datatype":"FP32","data":[1]}]}"#,
        r#"{"inputs":[],"inputs":[]}"#,
        r#"{"inputs":[]} trailing"#,
        &nested,
        &"[".repeat(100_000),
    ] {
        let answer = story.infer_text(body);
        assert_eq!(answer.status, 400, "{}", answer.body);
        told.push_str(&answer.error());
        told.push('\n');
    }
    insta::assert_snapshot!(told, @r"
    the body is no valid JSON: EOF while parsing a value at line 1 column 0
    the body is no valid JSON: EOF while parsing an object at line 1 column 1
    the body is no valid JSON: expected value at line 1 column 1
    the body is no valid JSON: expected value at line 1 column 67
    the body is no valid JSON: expected value at line 1 column 67
    input `temp`: number out of range at line 1 column 6
    the body is no inference request: invalid value: integer `-1`, expected usize at line 1 column 39
    the body is no inference request: duplicate field `inputs` at line 1 column 21
    the body is no valid JSON: trailing characters at line 1 column 15
    input `temp`: its data is nested 3 deep, expected 1 or 2
    the body is no inference request: it is a list, expected an object
    ");
    let answer =
        story.ask("POST", "/v2/models/mixed-columns/infer", &[], b"\xff\xfe{\"inputs\":[]}");
    assert_eq!(answer.status, 400);
}

#[test]
fn a_body_beyond_the_limit_is_not_read() {
    let served = TestServer::new().limits(|limits| limits.body = 1000).serve(model());
    let Some(mut story) = served else { return };
    let head = "POST /v2/models/mixed-columns/infer HTTP/1.1\r\nhost: a\r\n";
    let mut connection = story.connect();
    connection.send(format!("{head}content-length: 1000000000\r\n\r\n").as_bytes()).unwrap();
    let answer = connection.answer().unwrap();
    assert_eq!(answer.status, 413);
    assert_eq!(answer.error(), "the body has more than 1000 bytes, the most that is accepted");

    // A client that sends first and reads later still sees the answer.
    let mut connection = story.connect();
    connection.send(format!("{head}content-length: 3000000\r\n\r\n").as_bytes()).unwrap();
    connection.send(&vec![b' '; 3_000_000]).unwrap();
    assert_eq!(connection.answer().unwrap().status, 413);

    // Pieces of unknown number end at the limit too.
    let mut connection = story.connect();
    connection.send(format!("{head}transfer-encoding: chunked\r\n\r\n").as_bytes()).unwrap();
    let piece = format!("200\r\n{}\r\n", " ".repeat(0x200));
    connection.send(piece.repeat(3).as_bytes()).unwrap();
    assert_eq!(connection.answer().unwrap().status, 413);
    assert_eq!(story.get("/v2/health/ready").status, 200);
}

#[test]
fn who_is_slow_is_not_waited_for() {
    let served = TestServer::new()
        .limits(|limits| {
            limits.head_time = Duration::from_millis(300);
            limits.body_time = Duration::from_millis(300);
            limits.idle_time = Duration::from_millis(300);
        })
        .serve(model());
    let Some(story) = served else { return };
    let began = Instant::now();
    let mut head = story.connect();
    head.send(b"GET /v2/health/li").unwrap();
    let mut body = story.connect();
    body.send(b"POST /v2/models/mixed-columns/infer HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{\"a\"")
        .unwrap();
    let mut idle = story.connect();
    let answer = body.answer().unwrap();
    assert_eq!(answer.status, 408);
    assert_eq!(answer.header("connection"), Some("close"));
    let answer = head.answer().unwrap();
    assert_eq!(answer.status, 408);
    assert_eq!(answer.error(), "the head of the request did not arrive within 0 seconds");
    assert!(idle.answer().is_none());
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_connection_too_many_is_told_so() {
    let served = TestServer::new().limits(|limits| limits.connections = 3).serve(model());
    let Some(mut story) = served else { return };
    assert_eq!(story.get("/v2/health/live").status, 200);
    let mut others: Vec<Connection> = (0..2).map(|_| story.connect()).collect();
    for other in &mut others {
        assert_eq!(other.request("GET", "/v2/health/live", &[], b"").status, 200);
    }
    let mut refused = story.connect();
    let answer = refused.answer().unwrap();
    assert_eq!(
        (answer.status, answer.error().as_str()),
        (503, "the server has 3 connections, as many as it takes; try again later")
    );
    drop((others, refused));
    // Room comes back as soon as the server has seen the others go.
    let again = (0..100).any(|_| {
        std::thread::sleep(Duration::from_millis(10));
        let mut connection = story.connect();
        connection.send(b"GET /v2/health/live HTTP/1.1\r\nhost: a\r\n\r\n").is_ok()
            && connection.answer().is_some_and(|answer| answer.status == 200)
    });
    assert!(again);
}

#[test]
fn what_is_no_http_is_answered_and_closed() {
    let Some(mut story) = story() else { return };
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /v2 HTTP/1.1\r\nbad header\r\n\r\n",
        b"POST /invocations HTTP/1.1\r\nhost: a\r\ncontent-length: x\r\n\r\n",
    ] {
        let mut connection = story.connect();
        connection.send(bytes).unwrap();
        let mut rest = String::new();
        _ = connection.stream.get_mut().take(10_000).read_to_string(&mut rest);
        assert!(rest.is_empty() || rest.starts_with("HTTP/1.1 400"), "{rest}");
    }
    let mut connection = story.connect();
    let head = format!("GET /v2 HTTP/1.1\r\nlarge: {}\r\n\r\n", "a".repeat(100_000));
    _ = connection.send(head.as_bytes());
    let answer = connection.answer();
    assert!(answer.as_ref().is_none_or(|answer| answer.status == 431), "{answer:?}");
    assert_eq!(story.get("/v2/health/live").status, 200);
}
