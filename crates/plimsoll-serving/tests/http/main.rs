//! The server over HTTP, as callers meet it.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by a panic")]

mod access;
mod captures;
mod client;
mod harness;
mod hostile;
mod models;
mod protocol;
mod scoring;
mod switching;
