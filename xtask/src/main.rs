//! Tasks of this workspace: `cargo xtask check`, `cargo xtask bench`.
//!
//! It has no dependencies, so that a newcomer's first command needs nothing but Rust.

mod bench;
mod check;
mod direction;
mod json;

use std::process::ExitCode;

const USAGE: &str = "usage: cargo xtask check            format, clippy, direction of dependencies
       cargo xtask bench [OPTIONS]  build in release mode and measure; options go to bench/*.py
                                    (--ninja PATH and --dvc PATH measure these beside it)";

fn main() -> ExitCode {
    let task = std::env::args().nth(1);
    let done = match task.as_deref() {
        Some("check") => check::run(),
        Some("bench") => bench::run(&std::env::args().skip(2).collect::<Vec<_>>()),
        _ => Err(USAGE.to_owned()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say(&message);
            ExitCode::FAILURE
        }
    }
}

#[expect(clippy::print_stderr, reason = "the one place where tasks speak")]
fn say(message: &str) {
    eprintln!("{message}");
}
