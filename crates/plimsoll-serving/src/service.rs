//! One request answered, whatever it asks for.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{self, HeaderValue};
use hyper::{Request, Response, StatusCode};
use plimsoll_core::Timestamp;
use plimsoll_predict::Model;
use serde_json::json;

use crate::answer::{self, Answered};
use crate::body::{self, Held};
use crate::capture::Recorded;
use crate::loaded::{About, Loaded};
use crate::metrics::{self, Endpoint};
use crate::refusal::Refusal;
use crate::route::{OfModel, Route};
use crate::state::State;
use crate::{mlflow, oip};

/// Larger bodies are not answered by the thread that serves other connections.
const INLINE: usize = 32 << 10;

/// Says how many bytes of a body are JSON, where tensors follow as bytes.
const JSON_LENGTH: &str = "inference-header-content-length";

/// An answer to any request.
pub(crate) type Reply = Response<Full<Bytes>>;

/// Answers a request.
pub(crate) async fn respond(
    state: &Arc<State>,
    worker: usize,
    request: Request<Incoming>,
) -> Reply {
    let began = Instant::now();
    let _in_flight = InFlight::new(state);
    let (endpoint, result) = route(state, worker, request, began).await;
    let reply = match result {
        Ok(reply) => reply,
        Err(refusal) => refused(endpoint, &refusal),
    };
    state.metrics.answered(endpoint, reply.status(), began.elapsed());
    reply
}

/// Counts a request that is being answered, until the answer is there or its client is gone.
struct InFlight<'s>(&'s State);

impl<'s> InFlight<'s> {
    fn new(state: &'s State) -> Self {
        state.metrics.in_flight.inc();
        Self(state)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.metrics.in_flight.dec();
    }
}

async fn route(
    state: &Arc<State>,
    worker: usize,
    request: Request<Incoming>,
    began: Instant,
) -> (Endpoint, Result<Reply, Refusal>) {
    let (head, body) = request.into_parts();
    let route = match Route::of(&head.method, head.uri.path()) {
        Ok(route) => route,
        Err(refusal) => return (Endpoint::Other, Err(refusal)),
    };
    let endpoint = route.endpoint();
    if let Some(token) = &state.token
        && !route.is_open()
        && !head.headers.get(header::AUTHORIZATION).is_some_and(|sent| token.is_in(sent.as_bytes()))
    {
        return (endpoint, Err(Refusal::Token));
    }
    let asked = match route {
        Route::Model { what: OfModel::Infer, name, version } => {
            match model(state, &name, version.as_deref()) {
                Ok(model) => Asked::Infer { model, json: json_length(&head.headers) },
                Err(refusal) => return (endpoint, Err(refusal)),
            }
        }
        Route::Invocations => match (state.model(), is_csv(&head.headers)) {
            (Some(model), Ok(csv)) => Asked::Invocations { model, csv },
            (None, _) => return (endpoint, Err(Refusal::NotReady)),
            (_, Err(refusal)) => return (endpoint, Err(refusal)),
        },
        other => return (endpoint, describe(state, &other)),
    };
    let received_at = (state.clock)();
    let reply = match body::read(body, &state.limits, &state.budget).await {
        Ok((body, lent)) => {
            let question = Question { asked, body, received_at, began, _held: lent };
            question.answer(state, worker).await
        }
        Err(refusal) => Err(refusal),
    };
    (endpoint, reply)
}

/// What a prediction was asked for.
enum Asked {
    Infer { model: Arc<Loaded>, json: Option<usize> },
    Invocations { model: Arc<Loaded>, csv: bool },
}

/// A prediction to be made.
struct Question {
    asked: Asked,
    body: Bytes,
    received_at: Timestamp,
    began: Instant,
    _held: Option<Held>,
}

impl Question {
    fn model(&self) -> &Arc<Loaded> {
        match &self.asked {
            Asked::Infer { model, .. } | Asked::Invocations { model, .. } => model,
        }
    }

    /// Answers at once where that is quick, else on a thread where nobody waits for it.
    async fn answer(self, state: &Arc<State>, worker: usize) -> Result<Reply, Refusal> {
        let model = Arc::clone(self.model());
        if model.is_quick()
            && self.body.len() <= INLINE
            && let Some(mut session) = model.free(worker)
        {
            return guarded(|| self.work(state, &mut session));
        }
        let state = Arc::clone(state);
        let work = move || guarded(|| self.work(&state, &mut model.wait(worker)));
        // It only ends early where the process does.
        tokio::task::spawn_blocking(work).await.unwrap_or(Err(Refusal::NotReady))
    }

    fn work(&self, state: &State, session: &mut Model) -> Result<Reply, Refusal> {
        let about = self.model().about();
        let id = || state.request_id();
        let (bytes, answered) = match &self.asked {
            Asked::Infer { json, .. } => {
                let json = json.unwrap_or(self.body.len());
                let question = oip::read(about, &self.body, json)?;
                let id = question.id.unwrap_or_else(id);
                let answered = answer::ask(about, session, id, question.fed)?;
                (oip::reply(&answered, question.wanted.as_deref()), answered)
            }
            Asked::Invocations { csv, .. } => {
                let read = if *csv { mlflow::read_csv } else { mlflow::read_json };
                let fed = read(&about.intake, &self.body)?;
                let answered = answer::ask(about, session, id(), fed)?;
                (mlflow::reply(&answered), answered)
            }
        };
        state.metrics.predictions.inc_by(u64::try_from(answered.rows).unwrap_or(u64::MAX));
        self.record(state, about, answered);
        Ok(json_reply(StatusCode::OK, bytes.into()))
    }

    fn record(&self, state: &State, about: &About, answered: Answered) {
        if about.capture
            && let Some(capture) = state.capture.get()
        {
            let latency_us = u32::try_from(self.began.elapsed().as_micros()).unwrap_or(u32::MAX);
            capture.record(Recorded { answered, received_at: self.received_at, latency_us });
        }
    }
}

/// Makes a panic an answer: it is a defect of the program, and other requests go on.
fn guarded(work: impl FnOnce() -> Result<Reply, Refusal>) -> Result<Reply, Refusal> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or(Err(Refusal::Panicked))
}

/// Returns the model that is asked for by name, and by version where one is.
fn model(state: &State, name: &str, version: Option<&str>) -> Result<Arc<Loaded>, Refusal> {
    let model = state.model().ok_or(Refusal::NotReady)?;
    let shown = |text: &str| text.chars().take(100).collect();
    if model.name() != name {
        return Err(Refusal::Model { asked: shown(name), served: model.name().to_owned() });
    }
    match version {
        Some(version) if model.version() != Some(version) => Err(Refusal::Version {
            model: shown(name),
            asked: shown(version),
            served: model.version().map(str::to_owned),
        }),
        _ => Ok(model),
    }
}

fn json_length(headers: &header::HeaderMap) -> Option<usize> {
    headers.get(JSON_LENGTH)?.to_str().ok()?.trim().parse().ok()
}

fn is_csv(headers: &header::HeaderMap) -> Result<bool, Refusal> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(false) };
    let value = String::from_utf8_lossy(value.as_bytes());
    let kind = value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    match kind.as_str() {
        "application/json" | "" => Ok(false),
        "text/csv" => Ok(true),
        _ => Err(Refusal::ContentType(kind.chars().take(100).collect())),
    }
}

/// Answers what is no prediction.
fn describe(state: &State, route: &Route<'_>) -> Result<Reply, Refusal> {
    let ready = |ready: bool| if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(match route {
        Route::Live => document(StatusCode::OK, &json!({"live": true})),
        Route::Ready => {
            let is_ready = state.is_ready();
            document(ready(is_ready), &json!({"live": true, "ready": is_ready}))
        }
        Route::Ping => json_reply(ready(state.is_ready()), Bytes::from_static(b"\n")),
        Route::Version => {
            text_reply("text/plain; charset=utf-8", env!("CARGO_PKG_VERSION").to_owned())
        }
        Route::Metrics => text_reply(metrics::CONTENT_TYPE, state.metrics.text()),
        Route::Server => document(StatusCode::OK, &server(state)),
        Route::Model { what: OfModel::Ready, name, version } => {
            let model = model(state, name, version.as_deref())?;
            let is_ready = state.is_ready();
            document(ready(is_ready), &json!({"name": model.name(), "ready": is_ready}))
        }
        Route::Model { name, version, .. } => {
            let model = model(state, name, version.as_deref())?;
            json_reply(StatusCode::OK, model.about().metadata.clone())
        }
        Route::Invocations => return Err(Refusal::NotReady),
    })
}

fn server(state: &State) -> serde_json::Value {
    let mut extensions = vec!["binary_tensor_data", "mlflow_invocations", "metrics"];
    let mut server = json!({"name": "plimsoll", "version": env!("CARGO_PKG_VERSION")});
    if state.capture.get().is_some() {
        extensions.push("capture");
        let (recorded, lost) = (state.metrics.recorded.get(), state.metrics.lost.get());
        server["capture"] = json!({"recorded": recorded, "lost": lost});
    }
    server["extensions"] = json!(extensions);
    server
}

fn refused(endpoint: Endpoint, refusal: &Refusal) -> Reply {
    let status = refusal.status();
    if status.is_server_error() && !matches!(refusal, Refusal::Busy | Refusal::NotReady) {
        tracing::error!(status = status.as_u16(), %refusal, "a request failed");
    }
    let message = refusal.to_string();
    let body = if endpoint == Endpoint::Invocations {
        json!({"error": message, "error_code": error_code(status), "message": message})
    } else {
        json!({"error": message})
    };
    let mut reply = document(status, &body);
    let headers = reply.headers_mut();
    if refusal.ends_connection() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    match refusal {
        Refusal::Token => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        Refusal::Method { accepted, .. } => {
            headers.insert(header::ALLOW, HeaderValue::from_static(accepted));
        }
        Refusal::Busy | Refusal::NotReady => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        _ => {}
    }
    reply
}

/// Returns the word that `MLflow`'s clients know a status by.
fn error_code(status: StatusCode) -> &'static str {
    match status {
        StatusCode::UNAUTHORIZED => "UNAUTHENTICATED",
        StatusCode::NOT_FOUND => "ENDPOINT_NOT_FOUND",
        StatusCode::SERVICE_UNAVAILABLE => "TEMPORARILY_UNAVAILABLE",
        StatusCode::INTERNAL_SERVER_ERROR => "INTERNAL_ERROR",
        _ => "BAD_REQUEST",
    }
}

fn document(status: StatusCode, document: &serde_json::Value) -> Reply {
    json_reply(status, document.to_string().into())
}

fn json_reply(status: StatusCode, body: Bytes) -> Reply {
    let mut reply = Response::new(Full::new(body));
    *reply.status_mut() = status;
    let json = HeaderValue::from_static("application/json");
    reply.headers_mut().insert(header::CONTENT_TYPE, json);
    reply
}

fn text_reply(kind: &'static str, body: String) -> Reply {
    let mut reply = Response::new(Full::new(body.into()));
    reply.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    reply
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_answer() {
        let refusal = guarded(|| panic!("a defect")).unwrap_err();
        let reply = refused(Endpoint::Infer, &refusal);
        assert_eq!(reply.status(), StatusCode::INTERNAL_SERVER_ERROR);
    }
}
