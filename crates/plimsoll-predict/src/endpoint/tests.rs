use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;

use super::*;
use crate::{Tensor, Values};

/// Status and body; `None` says nothing more.
type Reply = Option<(u16, String)>;

/// Serves each connection's requests by `answer`, which is given a path and a body.
fn server(answer: impl Fn(&str, &str) -> Reply + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || converse(stream.unwrap(), &*answer));
        }
    });
    address
}

fn converse(mut stream: TcpStream, answer: &dyn Fn(&str, &str) -> Reply) {
    let mut bytes = Vec::new();
    let mut piece = [0; 4096];
    loop {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            match stream.read(&mut piece) {
                Ok(0) | Err(_) => return,
                Ok(count) => bytes.extend_from_slice(&piece[..count]),
            }
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().unwrap())
        });
        if body.len() < length.unwrap_or(0) {
            let count = stream.read(&mut piece).unwrap();
            bytes.extend_from_slice(&piece[..count]);
            continue;
        }
        let path = head.split(' ').nth(1).unwrap();
        let Some((status, said)) = answer(path, body) else {
            return thread::sleep(Duration::from_secs(5));
        };
        let reply = format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{said}", said.len());
        if stream.write_all(reply.as_bytes()).is_err() {
            return;
        }
        bytes.clear();
    }
}

const METADATA: &str = r#"{"name":"double","inputs":[{"name":"x","datatype":"FP32","shape":[-1,1]}],
    "outputs":[{"name":"y","datatype":"FP32","shape":[-1,1]}]}"#;

/// Answers twice the input.
#[expect(clippy::unnecessary_wraps, reason = "one of several servers")]
fn double(_: &str, body: &str) -> Reply {
    if body.is_empty() {
        return Some((200, METADATA.to_owned()));
    }
    let question: serde_json::Value = serde_json::from_str(body).unwrap();
    let data = question["inputs"][0]["data"].as_array().unwrap();
    let Some(data) = data.iter().map(|x| Some(2.0 * x.as_f64()?)).collect::<Option<Vec<_>>>()
    else {
        return Some((400, r#"{"error":"a value is missing"}"#.to_owned()));
    };
    let shape = [data.len(), 1];
    let output = serde_json::json!({"name": "y", "datatype": "FP32", "shape": shape, "data": data});
    Some((200, serde_json::json!({"outputs": [output]}).to_string()))
}

fn open(address: SocketAddr, limits: EndpointLimits) -> Result<Endpoint, EndpointError> {
    Endpoint::open(format!("http://{address}/v2/models/double").parse().unwrap(), None, limits)
}

fn column(values: Vec<f32>) -> Inputs {
    let tensor = Tensor::new(vec![values.len(), 1], Values::Float(values)).unwrap();
    Inputs(vec![("x".to_owned(), tensor)])
}

#[test]
fn many_rows_are_answered_in_order() {
    let endpoint = open(server(double), EndpointLimits::default()).unwrap();
    assert_eq!(endpoint.features(), Some(Features::Inputs));
    let rows: Vec<f32> = (0..1201_u16).map(f32::from).collect();
    let outputs = endpoint.predict(&column(rows), None).unwrap();
    let Some(Output::Tensor(tensor)) = outputs.get("y") else { panic!("{outputs:?}") };
    let expected: Vec<f64> = (0..1201).map(|row| f64::from(2 * row)).collect();
    assert_eq!(tensor.values(), &Values::Double(expected));
}

#[test]
fn a_missing_value_is_sent_as_null_and_refused_in_the_servers_words() {
    let endpoint = open(server(double), EndpointLimits::default()).unwrap();
    let refused = endpoint.predict(&column(vec![1.0, f32::NAN]), None).unwrap_err();
    assert!(refused.is_refusal());
    let said = "the server refused with status 400: a value is missing";
    assert_eq!(refused.to_string(), said);
    let infinite = endpoint.predict(&column(vec![1.0, f32::INFINITY]), None).unwrap_err();
    assert!(matches!(infinite, EndpointError::Infinite { row: 2, .. }));
    assert!(matches!(endpoint.predict(&column(vec![]), None), Err(EndpointError::Empty)));
}

#[test]
fn a_server_that_hangs_is_left_in_time() {
    let hangs = |path: &str, body: &str| if body.is_empty() { double(path, body) } else { None };
    let endpoint = open(server(hangs), EndpointLimits::default()).unwrap();
    let started = Instant::now();
    let until = started + Duration::from_millis(200);
    let late = endpoint.predict(&column(vec![1.0]), Some(until)).unwrap_err();
    assert!(matches!(late, EndpointError::Late { .. }), "{late}");
    assert!(started.elapsed() < Duration::from_secs(3));
    let late = endpoint.predict(&column(vec![1.0]), Some(started)).unwrap_err();
    assert!(matches!(late, EndpointError::Late { .. }));
}

#[test]
fn an_answer_may_not_be_as_large_as_it_likes() {
    let limits = EndpointLimits { bytes: 1000, ..EndpointLimits::default() };
    let floods = |path: &str, body: &str| match body {
        "" => double(path, body),
        _ => Some((200, " ".repeat(100_000))),
    };
    let endpoint = open(server(floods), limits).unwrap();
    let flooded = endpoint.predict(&column(vec![1.0]), None).unwrap_err();
    assert!(matches!(flooded, EndpointError::TooLarge { limit: 1000 }), "{flooded}");
}

#[test]
fn rows_that_were_not_asked_for_are_no_answer() {
    let short = |path: &str, body: &str| match body {
        "" => double(path, body),
        _ => double(path, r#"{"inputs":[{"data":[1]}]}"#),
    };
    let endpoint = open(server(short), EndpointLimits::default()).unwrap();
    let wrong = endpoint.predict(&column(vec![1.0, 2.0]), None).unwrap_err();
    assert!(matches!(wrong, EndpointError::Rows { found: 1, expected: 2, .. }), "{wrong}");
}

#[test]
fn where_nothing_listens_nothing_is_asked() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = open(free, EndpointLimits::default()).unwrap_err();
    assert!(matches!(error, EndpointError::Unreachable { .. }), "{error}");
}
