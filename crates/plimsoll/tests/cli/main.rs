//! The real binary in a clean folder: what a person types and sees.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its scene fails")]
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]
#![expect(clippy::disallowed_methods, reason = "what the tests are called with goes to the binary")]

mod approve;
mod audit;
mod bad_input;
mod check;
mod clients;
mod copied;
mod data;
mod database;
mod docker_registry;
mod gate;
mod help;
mod json;
mod live;
mod package;
mod pipeline;
mod profile;
mod release;
mod reproduce;
mod sandbox;
mod sbom;
mod scan;
mod signing;
mod story;
mod tutorial;
