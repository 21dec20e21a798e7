//! A model behind HTTP.
//!
//! Purpose: answer the Open Inference Protocol (version 2, JSON and binary tensors) and `MLflow`'s
//! scoring format with a [`Loaded`] model, have another one take over while requests are in flight
//! ([`Handle::switch`]), count what happens, and record questions and answers without holding them
//! up. The server owns its threads: one that accepts, some that answer, one that writes captures.
//! Deliberately absent: which model is served and whether it may be (the caller verified that), TLS
//! and gRPC (a proxy's work), and routes as data: there are ten, and one function reads them.

mod answer;
mod body;
mod capture;
mod cells;
mod datatype;
mod element;
mod intake;
mod loaded;
mod metrics;
mod mlflow;
mod oip;
mod refusal;
mod route;
mod server;
mod service;
mod settings;
mod state;

pub use intake::ColumnsError;
pub use loaded::{LoadError, Loaded, ServedModel};
pub use server::{Ended, Handle, Running, ServeError, Server};
pub use settings::{CaptureSettings, Clock, Limits, ParseTokenError, Settings, Token};
