//! A server's process, and the machine that it runs on.

use std::fs;

use plimsoll_core::evidence::{Budget, Cost};

use super::{known, unknown};

/// Returns the memory that a process holds now, in bytes.
pub(super) fn memory(process: Option<u32>) -> Cost {
    let Some(process) = process else {
        return unknown(Budget::Memory, "the server's process is not on this machine");
    };
    let status = match fs::read_to_string(format!("/proc/{process}/status")) {
        Ok(status) => status,
        Err(error) => {
            return unknown(Budget::Memory, &format!("process {process} has no status: {error}"));
        }
    };
    match resident(&status) {
        Some(bytes) => known(Budget::Memory, bytes),
        None => unknown(Budget::Memory, "the system does not say what the process holds"),
    }
}

/// Reads the resident set from `/proc/PID/status`, `VmRSS:   57100 kB` of 1024 bytes each.
fn resident(status: &str) -> Option<f64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024.0)
}

/// Returns processor, processors and system, as far as the system says.
pub(super) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let about = fs::read_to_string("/proc/cpuinfo").ok();
    let name = about.as_deref().and_then(|about| {
        let line = about.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let name = name.unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    format!("{name}, {cores} processor(s), {}", std::env::consts::OS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_resident_set_is_read_in_bytes() {
        let status = "Name:\tplimsoll\nVmPeak:\t  99 kB\nVmRSS:\t   55800 kB\nThreads:\t4\n";
        assert_eq!(resident(status), Some(57_139_200.0));
        assert_eq!(resident("Name:\tkthreadd\n"), None);
    }

    #[test]
    fn this_process_holds_memory_and_no_process_holds_none() {
        if cfg!(target_os = "linux") {
            assert!(memory(Some(std::process::id())).value.unwrap() > 1e5);
        }
        assert!(memory(None).reason.is_some());
        assert!(memory(Some(u32::MAX)).value.is_none());
        assert!(machine().contains("processor(s)"));
    }
}
