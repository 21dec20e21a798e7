//! The least that axum and ONNX Runtime can do: what the server is measured against.
//!
//! It knows its model's names, checks nothing, records nothing, and panics where something is amiss.
//! `bare LIBRARY MODEL PORT WORKERS`
#![expect(clippy::unwrap_used, reason = "a yardstick, not a program")]

use std::borrow::Cow;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;
use axum::routing::{get, post};
use ort::session::Session;
use ort::value::TensorRef;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Request<'r> {
    #[serde(borrow)]
    inputs: Vec<Input<'r>>,
}

#[derive(Deserialize)]
struct Input<'r> {
    name: &'r str,
    shape: Vec<usize>,
    data: Vec<f32>,
}

#[derive(Serialize)]
struct Reply<'r> {
    model_name: &'static str,
    outputs: (Output<'r, i64>, Output<'r, f32>),
}

#[derive(Serialize)]
struct Output<'r, T> {
    name: &'static str,
    datatype: &'static str,
    shape: &'r [i64],
    data: &'r [T],
}

type Pool = Arc<Vec<Mutex<Session>>>;

async fn infer(State(pool): State<Pool>, body: Bytes) -> impl IntoResponse {
    let request: Request<'_> = serde_json::from_slice(&body).unwrap();
    let input = &request.inputs[0];
    let mut session = pool.iter().find_map(|session| session.try_lock().ok()).unwrap();
    let tensor = TensorRef::from_array_view((input.shape.clone(), &input.data[..])).unwrap();
    let outputs = session.run(vec![(Cow::Borrowed(input.name), tensor)]).unwrap();
    let (label_shape, label) = outputs["label"].try_extract_tensor::<i64>().unwrap();
    let (shape, scores) = outputs["probabilities"].try_extract_tensor::<f32>().unwrap();
    let reply = Reply {
        model_name: "m",
        outputs: (
            Output { name: "label", datatype: "INT64", shape: label_shape, data: label },
            Output { name: "probabilities", datatype: "FP32", shape, data: scores },
        ),
    };
    ([(CONTENT_TYPE, "application/json")], serde_json::to_vec(&reply).unwrap())
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let [_, library, model, port, workers] = &arguments[..] else {
        panic!("bare LIBRARY MODEL PORT WORKERS")
    };
    let environment = ort::init_from(library).unwrap().with_telemetry(false).build().unwrap();
    let workers: usize = workers.parse().unwrap();
    let load = |_| {
        let options = Session::builder(&environment).unwrap().with_intra_threads(1).unwrap();
        Mutex::new(options.with_intra_op_spinning(false).unwrap().commit_from_file(model).unwrap())
    };
    let pool: Pool = Arc::new((0..workers).map(load).collect());
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let routes = Router::new()
            .route("/v2/health/ready", get(|| async { "{}" }))
            .route("/v2/models/{name}/infer", post(infer))
            .with_state(pool);
        let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await.unwrap();
        axum::serve(listener, routes).await.unwrap();
    });
}
