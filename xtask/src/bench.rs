//! `cargo xtask bench`: what things cost, beside the peers and the limits.

use std::process::Command;

/// The programs, in the order in which they run.
const PROGRAMS: [&str; 2] = ["bench/pipeline.py", "bench/memory.py"];

/// Builds the binary in release mode and runs every program of `bench/` with `options`.
pub(crate) fn run(options: &[String]) -> Result<(), String> {
    call(Command::new("cargo").args(["build", "--release", "--locked", "--package", "plimsoll"]))?;
    for program in PROGRAMS {
        let binary = ["--plimsoll", "target/release/plimsoll"];
        call(Command::new("python3").arg(program).args(binary).args(options))?;
    }
    Ok(())
}

fn call(command: &mut Command) -> Result<(), String> {
    let status = command.status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?} ended with {status}")),
        Err(error) => Err(format!("{command:?} could not be started: {error}")),
    }
}
