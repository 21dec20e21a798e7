//! Two tables held against each other: files and their profiles.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod bikes;
mod blocks;
mod facets;
mod methods;
mod scene;
mod sketched;
mod tables;
