//! Another model takes over, and the server ends, without a failed request.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::harness::{TestModel, TestServer};

fn model(version: &str) -> TestModel {
    TestModel::fixture("linear-float").called("demand").version(version)
}

fn question() -> Value {
    json!({"inputs": [{"name": "input", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}]})
}

#[test]
fn no_request_fails_while_models_take_over() {
    let Some(story) = TestServer::new().serve(model("1.0.0")) else { return };
    let (done, asked) = (AtomicBool::new(false), AtomicUsize::new(0));
    let versions = thread::scope(|scope| {
        let callers: Vec<_> = (0..4)
            .map(|_| {
                scope.spawn(|| {
                    let (mut connection, mut seen) = (story.connect(), Vec::new());
                    let body = question().to_string();
                    while !done.load(Ordering::Relaxed) {
                        let path = "/v2/models/demand/infer";
                        let answer = connection.request("POST", path, &[], body.as_bytes());
                        assert_eq!(answer.status, 200, "{}", answer.body);
                        asked.fetch_add(1, Ordering::Relaxed);
                        let version = answer.json()["model_version"].as_str().unwrap().to_owned();
                        if seen.last() != Some(&version) {
                            seen.push(version);
                        }
                        thread::sleep(Duration::from_millis(2));
                    }
                    seen
                })
            })
            .collect();
        let began = Instant::now();
        for switch in 1..=20 {
            let version = if switch % 2 == 0 { "1.0.0" } else { "1.1.0" };
            story.handle().switch(model(version).load(&story.runtime));
            let next = Duration::from_millis(25 * switch);
            thread::sleep(next.saturating_sub(began.elapsed()));
        }
        done.store(true, Ordering::Relaxed);
        callers.into_iter().flat_map(|caller| caller.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(versions.iter().any(|version| version == "1.1.0"));
    assert!(versions.iter().filter(|version| *version == "1.0.0").count() > 4);
    assert!(asked.into_inner() >= 100);
    assert_eq!(story.handle().serves(), Some(("demand".to_owned(), Some("1.0.0".to_owned()))));
    assert_eq!(story.end().cut_off, 0);
}

#[test]
fn the_version_before_is_not_found_any_more() {
    let Some(mut story) = TestServer::new().serve(model("1.0.0")) else { return };
    let before = "/v2/models/demand/versions/1.0.0";
    assert_eq!(story.get(before).status, 200);
    story.handle().switch(model("1.1.0").load(&story.runtime));
    assert_eq!(story.get(before).status, 404);
    assert_eq!(story.get("/v2/models/demand").json()["versions"], json!(["1.1.0"]));
}

#[test]
fn requests_in_flight_are_answered_when_the_server_ends() {
    let Some(story) = TestServer::new().serve(model("1.0.0")) else { return };
    let (mut begun, mut idle) = (story.connect(), story.connect());
    assert_eq!(idle.request("GET", "/v2/health/live", &[], b"").status, 200);
    let body = question().to_string();
    let head = format!(
        "POST /v2/models/demand/infer HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    begun.send(head.as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(100));
    let address = story.running.local_addr();
    let ending = thread::spawn(move || story.end());
    thread::sleep(Duration::from_millis(100));
    assert!(std::net::TcpStream::connect(address).is_err());
    begun.send(body.as_bytes()).unwrap();
    let answer = begun.answer().unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("connection"), Some("close"));
    assert!(idle.answer().is_none());
    let ended = ending.join().unwrap();
    assert_eq!((ended.cut_off, ended.predictions), (0, 1));
}

#[test]
fn who_never_finishes_does_not_hold_up_the_end() {
    let served = TestServer::new()
        .limits(|limits| limits.drain_time = Duration::from_millis(200))
        .serve(model("1.0.0"));
    let Some(story) = served else { return };
    let mut unfinished = story.connect();
    unfinished
        .send(b"POST /v2/models/demand/infer HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{")
        .unwrap();
    thread::sleep(Duration::from_millis(100));
    let began = Instant::now();
    assert_eq!(story.end().cut_off, 1);
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[test]
fn it_runs_inside_of_another_runtime() {
    let Some(story) = TestServer::new().serve(model("1.0.0")) else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let ended = runtime.block_on(async {
        let server = plimsoll_serving::Server::bind(TestServer::new().settings()).unwrap();
        let address = server.local_addr();
        let loaded = model("2.0.0").load(&story.runtime);
        let asked = async {
            let mut connection = crate::client::Connection::open(address);
            let path = "/v2/models/demand/infer";
            let body = question().to_string();
            let answer = connection.request("POST", path, &[], body.as_bytes());
            assert_eq!(answer.json()["model_version"], "2.0.0");
        };
        server.run(loaded, asked).await.unwrap()
    });
    assert_eq!(ended.predictions, 1);
}
