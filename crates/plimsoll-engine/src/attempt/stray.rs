//! Processes that left their command's process group, and are ended with it all the same.
//!
//! They are known by a variable that every process of an attempt inherits and no other has.

#[cfg(target_os = "linux")]
use std::time::Duration;

/// The variable that names the attempt's folder.
pub(crate) const MARK: &str = "PLIMSOLL_ATTEMPT";

/// How often strays are looked for until none is left: they may start others meanwhile.
#[cfg(target_os = "linux")]
const LOOKS: u32 = 50;

/// How long a killed process is given to be gone before the next look.
#[cfg(target_os = "linux")]
const PAUSE: Duration = Duration::from_millis(2);

/// Ends every process whose mark `is_ours`. One that took the mark off is left to itself.
#[cfg(target_os = "linux")]
pub(crate) fn end(is_ours: &dyn Fn(&[u8]) -> bool) {
    for _ in 0..LOOKS {
        let mut found = false;
        for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
            let process = entry.file_name().to_str().and_then(|name| name.parse().ok());
            found |= process.is_some_and(|process| end_one(process, is_ours).is_some());
        }
        if !found {
            return;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Without `/proc` strays cannot be told from others.
#[cfg(not(target_os = "linux"))]
pub(crate) fn end(_: &dyn Fn(&[u8]) -> bool) {}

/// Ends `process` if its mark is ours; `None` where it is not, or the process is gone.
#[cfg(target_os = "linux")]
fn end_one(process: i32, is_ours: &dyn Fn(&[u8]) -> bool) -> Option<()> {
    use rustix::process::{Pid, PidfdFlags, Signal, getpid, pidfd_open, pidfd_send_signal};
    let marked = || {
        let variables = std::fs::read(format!("/proc/{process}/environ")).ok()?;
        let mut values = variables
            .split(|byte| *byte == 0)
            .filter_map(|variable| variable.strip_prefix(MARK.as_bytes())?.strip_prefix(b"="));
        values.any(is_ours).then_some(())
    };
    marked()?;
    let pid = Pid::from_raw(process).filter(|pid| *pid != getpid())?;
    let handle = pidfd_open(pid, PidfdFlags::empty()).ok()?;
    // Read again: what the handle means is alive where the signal arrives, so it was when this was
    // read, and its number was nobody else's.
    marked()?;
    pidfd_send_signal(handle, Signal::KILL).ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use std::os::unix::process::ExitStatusExt;
    use std::process::Command;

    use super::*;

    #[test]
    fn what_has_the_mark_is_ended_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let own = folder.path().join("train-1").display().to_string();
        let sleep = |mark: &str| Command::new("sleep").arg("60").env(MARK, mark).spawn().unwrap();
        let (mut stray, mut other) = (sleep(&own), sleep(&format!("{own}1")));
        // The new processes have their variables once they run `sleep`.
        std::thread::sleep(Duration::from_millis(100));
        end(&|mark| mark == own.as_bytes());
        assert_eq!(stray.wait().unwrap().signal(), Some(9));
        assert!(other.try_wait().unwrap().is_none(), "another attempt's process was ended");
        other.kill().unwrap();
        other.wait().unwrap();
    }
}
