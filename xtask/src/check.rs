//! `cargo xtask check`: what has to hold before a change is looked at.

use std::process::Command;

use crate::{direction, say};

type Check = fn() -> Result<(), String>;

/// Runs every check, so that one run shows everything, and fails if one failed.
pub(crate) fn run() -> Result<(), String> {
    let checks: [(&str, Check); 3] = [
        ("format", || cargo(&["fmt", "--all", "--check"])),
        ("clippy", || {
            cargo(&["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"])
        }),
        ("direction of dependencies", direction::check),
    ];
    let mut failed = Vec::new();
    for (name, check) in checks {
        match check() {
            Ok(()) => say(&format!("ok: {name}")),
            Err(problem) => {
                say(&format!("failed: {name}\n{problem}"));
                failed.push(name);
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("check failed: {}", failed.join(", "))) }
}

fn cargo(arguments: &[&str]) -> Result<(), String> {
    let status = Command::new("cargo").args(arguments).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`cargo {}` ended with {status}", arguments.join(" "))),
        Err(error) => Err(format!("`cargo` could not be started: {error}")),
    }
}
