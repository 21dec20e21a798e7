//! Two tables held against each other: files and their profiles.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "places in short lists"
)]
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

mod bikes;
mod blocks;
mod facets;
mod methods;
mod scene;
mod sketched;
mod tables;
