use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;

use arrow::array::Float64Array;

use super::*;

/// Serves a model of one column that takes `time` for each answer.
fn server(time: Duration) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for stream in listener.incoming() {
            thread::spawn(move || converse(&stream.unwrap(), time));
        }
    });
    address
}

fn converse(stream: &TcpStream, time: Duration) {
    stream.set_nodelay(true).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|count| count > 0) {
        let mut length = 0;
        let asks = line.starts_with("POST");
        while line.trim_end() != "" {
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let said = if asks {
            thread::sleep(time);
            r#"{"outputs":[{"name":"y","datatype":"FP32","shape":[1,1],"data":[1]}]}"#
        } else {
            r#"{"inputs":[{"name":"x","datatype":"FP32","shape":[-1,1]}],"outputs":[]}"#
        };
        let reply = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{said}", said.len());
        (&*stream).write_all(reply.as_bytes()).unwrap();
        line.clear();
    }
}

fn table(rows: u32) -> RecordBatch {
    let x = Float64Array::from_iter_values((0..rows).map(f64::from));
    RecordBatch::try_from_iter([("x", Arc::new(x) as arrow::array::ArrayRef)]).unwrap()
}

fn request(address: SocketAddr, table: &RecordBatch, time: Duration) -> BudgetRequest<'_> {
    BudgetRequest {
        address: format!("http://{address}/v2/models/m").parse().unwrap(),
        token: None,
        limits: EndpointLimits::default(),
        process: Some(std::process::id()),
        start_up: Some(Duration::from_millis(120)),
        file: None,
        table,
        features: None,
        target: "y".to_owned(),
        time,
    }
}

#[test]
fn a_slow_server_is_seen_to_be_slow() {
    let table = table(40);
    let server = server(Duration::from_millis(1));
    let spent = measure(&request(server, &table, Duration::from_secs(4))).unwrap();
    let cost = |budget| spent.costs.iter().find(|cost| cost.budget == budget).unwrap();
    let median = cost(Budget::LatencyP50);
    let [low, high] = median.interval.unwrap();
    assert!(low >= 0.001 && high < 0.5 && low <= high, "{median:?}");
    assert!(cost(Budget::LatencyP99).value >= median.value);
    let rate = cost(Budget::Throughput).value.unwrap();
    let callers = thread::available_parallelism().unwrap().get();
    assert!(rate > 0.0 && rate <= 1000.0 * f64::from(u32::try_from(callers).unwrap()), "{rate}");
    assert_eq!(cost(Budget::StartUp).value, Some(0.12));
    assert!(cost(Budget::FileSize).reason.is_some());
    assert_eq!(Budget::ALL.len(), spent.costs.len());
}

#[test]
fn without_time_there_is_no_number_to_pass_by() {
    let table = table(40);
    let server = server(Duration::from_millis(2));
    let spent = measure(&request(server, &table, Duration::from_millis(250))).unwrap();
    let cost = |budget| spent.costs.iter().find(|cost| cost.budget == budget).unwrap();
    assert_eq!(cost(Budget::LatencyP99).value, None, "{spent:?}");
    assert!(cost(Budget::LatencyP99).reason.as_ref().unwrap().contains("at least 368"));
}

#[test]
fn where_nothing_listens_nothing_is_measured() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let table = table(3);
    let error = measure(&request(free, &table, Duration::from_secs(1))).unwrap_err();
    assert!(matches!(error, BudgetError::Endpoint(EndpointError::Unreachable { .. })));
}
