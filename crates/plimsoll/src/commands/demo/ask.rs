//! The callers of the served model: one connection that asks hour by hour.

use std::net::SocketAddr;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::error::CommandError;

/// A connection to a server.
pub(super) struct Caller {
    address: SocketAddr,
    sender: SendRequest<Full<Bytes>>,
}

impl Caller {
    /// Connects.
    pub(super) async fn connect(address: SocketAddr) -> Result<Self, CommandError> {
        Ok(Self { address, sender: connection(address).await? })
    }

    /// Asks the model called `name`, and returns the version that answered.
    ///
    /// # Errors
    /// The answer is no answer: in this story every request must be answered.
    pub(super) async fn ask(&mut self, name: &str, body: &[u8]) -> Result<String, CommandError> {
        if self.sender.is_closed() {
            self.sender = connection(self.address).await?;
        }
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/v2/models/{name}/infer"))
            .header("host", self.address.to_string())
            .header("content-type", "application/json")
            .body(Full::new(Bytes::copy_from_slice(body)))
            .map_err(|error| failed(&error))?;
        self.sender.ready().await.map_err(|error| failed(&error))?;
        let response = self.sender.send_request(request).await.map_err(|error| failed(&error))?;
        let status = response.status();
        let bytes =
            response.into_body().collect().await.map_err(|error| failed(&error))?.to_bytes();
        let answer: serde_json::Value =
            serde_json::from_slice(&bytes).map_err(|error| failed(&error))?;
        match answer["model_version"].as_str() {
            Some(version) if status.is_success() => Ok(version.to_owned()),
            _ => Err(CommandError::world(format!("the server answered {status}: {answer}"))),
        }
    }
}

async fn connection(address: SocketAddr) -> Result<SendRequest<Full<Bytes>>, CommandError> {
    let stream = TcpStream::connect(address).await.map_err(|error| failed(&error))?;
    let handshake = http1::handshake(TokioIo::new(stream)).await;
    let (sender, connection) = handshake.map_err(|error| failed(&error))?;
    // It ends with the sender; what goes wrong in it is seen by whoever asks.
    tokio::spawn(async move { _ = connection.await });
    Ok(sender)
}

fn failed(error: &dyn std::fmt::Display) -> CommandError {
    CommandError::world(format!("the server could not be asked: {error}"))
}
