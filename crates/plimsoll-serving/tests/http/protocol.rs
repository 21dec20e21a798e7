//! The Open Inference Protocol beside predictions: what is served, and whether it is ready.

use serde_json::{Value, json};

use crate::harness::{Story, TestModel, TestServer};

fn story() -> Option<Story> {
    let model = TestModel::fixture("logistic-words-zipmap")
        .called("weather")
        .version("1.2.0")
        .columns("input", &["temp", "hum", "wind"])
        .context(&[("instant", "int64")]);
    TestServer::new().serve(model)
}

fn question() -> Value {
    json!({"inputs": [{"name": "input", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]})
}

#[test]
fn says_what_it_serves() {
    let Some(mut story) = story() else { return };
    let server = story.get("/v2").json();
    assert_eq!(server["name"], "plimsoll");
    assert!(server["extensions"].as_array().unwrap().contains(&json!("binary_tensor_data")));
    for path in ["/v2/models/weather", "/v2/models/weather/versions/1.2.0"] {
        assert_eq!(
            story.get(path).json(),
            json!({
                "name": "weather",
                "versions": ["1.2.0"],
                "platform": "onnxruntime_onnx",
                "inputs": [{"name": "input", "datatype": "FP32", "shape": [-1, 3],
                    "parameters": {"columns": "temp,hum,wind"}}],
                "outputs": [
                    {"name": "output_label", "datatype": "BYTES", "shape": [-1]},
                    {"name": "output_probability", "datatype": "FP32", "shape": [-1, 3]},
                ],
                "parameters": {"released": false, "version": "1.2.0", "subject": "sha256:5ab1",
                    "context": "instant"},
            })
        );
    }
}

#[test]
fn says_whether_it_is_ready() {
    let Some(mut story) = story() else { return };
    assert_eq!(story.get("/v2/health/live").json(), json!({"live": true}));
    assert_eq!(story.get("/v2/health/ready").json(), json!({"live": true, "ready": true}));
    let ready = story.get("/v2/models/weather/versions/1.2.0/ready").json();
    assert_eq!(ready, json!({"name": "weather", "ready": true}));
    assert_eq!(story.get("/ping").status, 200);
    assert_eq!(story.get("/health").status, 200);
    assert_eq!(story.get("/version").body, env!("CARGO_PKG_VERSION"));
}

#[test]
fn other_names_and_versions_are_not_found() {
    let Some(mut story) = story() else { return };
    for (path, error) in [
        ("/v2/models/wether", "there is no model `wether` here, `weather` is served"),
        (
            "/v2/models/weather/versions/1.1.0",
            "version `1.1.0` of `weather` is not served here, 1.2.0 is",
        ),
        ("/v3", "there is nothing at `/v3`"),
    ] {
        let answer = story.get(path);
        assert_eq!((answer.status, answer.error().as_str()), (404, error));
    }
    let answer = story.get("/v2/models/weather/infer");
    assert_eq!((answer.status, answer.header("allow")), (405, Some("POST")));
    let answer = story.ask("POST", "/v2/models/weather/versions/2/infer", &[], b"{}");
    assert_eq!(answer.status, 404);
}

#[test]
fn an_answer_names_its_request_and_model() {
    let Some(mut story) = story() else { return };
    let mut asked = question();
    let answer = story.infer(&asked).json();
    assert_eq!(
        (&answer["model_name"], &answer["model_version"]),
        (&json!("weather"), &json!("1.2.0"))
    );
    let made = answer["id"].as_str().unwrap().to_owned();
    assert_ne!(story.infer(&asked).json()["id"], made);
    asked["id"] = json!("a \"quoted\" id");
    assert_eq!(story.infer(&asked).json()["id"], "a \"quoted\" id");
}

#[test]
fn only_the_outputs_asked_for_are_answered() {
    let Some(mut story) = story() else { return };
    let mut asked = question();
    asked["outputs"] =
        json!([{"name": "output_probability", "parameters": {"binary_data": false}}]);
    let outputs = story.infer(&asked).json()["outputs"].clone();
    assert_eq!(outputs.as_array().unwrap().len(), 1);
    assert_eq!(outputs[0]["name"], "output_probability");
    assert_eq!(outputs[0]["parameters"]["classes"], r#"["cold","mild","warm"]"#);
    asked["outputs"] = json!([]);
    assert_eq!(story.infer(&asked).json()["outputs"].as_array().unwrap().len(), 2);
    asked["outputs"] = json!([{"name": "label"}]);
    let answer = story.infer(&asked);
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.error(),
        "the model has no output `label` (it has `output_label`, `output_probability`)"
    );
}

#[test]
fn tensors_may_follow_as_bytes() {
    let Some(mut story) = story() else { return };
    let expected = story.infer(&question()).json()["outputs"].clone();
    let head = json!({"inputs": [{"name": "input", "shape": [1, 3], "datatype": "FP32",
        "parameters": {"binary_data_size": 12}}]});
    let head = head.to_string();
    let mut body = head.clone().into_bytes();
    body.extend([1.0_f32, 2.0, 3.0].iter().flat_map(|value| value.to_le_bytes()));
    let length = head.len().to_string();
    let headers = [("inference-header-content-length", length.as_str())];
    let answer = story.ask("POST", "/v2/models/weather/infer", &headers, &body);
    assert_eq!(answer.json()["outputs"], expected);
    let answer = story.ask("POST", "/v2/models/weather/infer", &headers, &body[..body.len() - 4]);
    assert_eq!(answer.status, 400);
    assert_eq!(
        answer.error(),
        "the body is no inference request: input `input` has 12 bytes, 8 follow the JSON"
    );
}

#[test]
fn what_happens_is_counted() {
    let Some(mut story) = story() else { return };
    story.infer(&question());
    story.infer_text("{}");
    let metrics = story.get("/metrics");
    assert!(metrics.header("content-type").unwrap().starts_with("application/openmetrics-text"));
    for line in [
        r#"plimsoll_requests_total{endpoint="infer",code="200"} 1"#,
        r#"plimsoll_requests_total{endpoint="infer",code="400"} 1"#,
        r#"plimsoll_request_duration_seconds_count{endpoint="infer"} 2"#,
        "plimsoll_predictions_total 1",
        "plimsoll_requests_in_flight 1",
        "plimsoll_capture_rows_lost_total 0",
        r#"plimsoll_model_info{model="weather",version="1.2.0",subject="sha256:5ab1",released="false"} 1"#,
    ] {
        assert!(metrics.body.contains(line), "{line} in {}", metrics.body);
    }
}
