//! Why an installer failed, and what may help.

use super::Network;

/// Why an installer failed, as far as its words tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InstallCause {
    /// What the index serves is not what the lock file names.
    Hash,
    /// A package is not on this machine, and the network was forbidden.
    Offline,
    /// The index was not reached.
    Network,
    /// The disk is full.
    Disk,
    /// No file of a package was found that fits.
    Missing,
    /// Something else.
    Other,
}

/// Parts of what installers say in lower case, what that means, and what to do about it.
type Known = (&'static [&'static str], InstallCause, &'static str);

const NO_FILE: &str = "a package has no file for this interpreter or platform: use the Python version that the lock file was made for, or make it again with this one";

const OFFLINE: &str = "`--offline` fetches nothing, and a package is neither cached nor in a local folder: run once without `--offline`";

/// The first that fits counts.
const KNOWN: [Known; 7] = [
    (
        &["ensurepip is not", "no module named ensurepip", "no module named venv"],
        InstallCause::Other,
        "this Python cannot make environments: `apt install python3-venv` (Debian, Ubuntu), or install uv",
    ),
    (
        &["no space left on device", "disk quota exceeded"],
        InstallCause::Disk,
        "the disk is full: `plimsoll store gc` frees what is no longer needed",
    ),
    (
        &["do not match the hashes", "hash mismatch", "hashes are required"],
        InstallCause::Hash,
        "what the index serves is not what the lock file names: make the lock file again, and find out why it changed",
    ),
    (
        &[
            "temporary failure in name resolution",
            "name or service not known",
            "failed to establish a new connection",
            "network is unreachable",
            "network connectivity is disabled",
            "network was disabled",
            "dns error",
            "connection refused",
            "connection timed out",
            "certificate_verify_failed",
            "client error (connect)",
            "error sending request",
            "proxyerror",
        ],
        InstallCause::Network,
        "the package index cannot be reached: check the network, and proxy, index and certificate in pip.conf or PIP_* and UV_* variables",
    ),
    (
        &[
            "is not a supported wheel on this platform",
            "requires a different python",
            "require a different python",
            "has no wheels with a matching",
        ],
        InstallCause::Other,
        NO_FILE,
    ),
    (&["no matching distribution found", "no solution found"], InstallCause::Missing, NO_FILE),
    (
        &["failed building wheel", "failed to build", "error: subprocess-exited-with-error"],
        InstallCause::Other,
        "a package would have to be compiled: choose a version that has a wheel for this interpreter, or install its build tools",
    ),
];

/// Returns why an installer failed and what may help, by the last lines that it wrote.
pub(super) fn advice(lines: &[String], network: Network) -> (InstallCause, Option<&'static str>) {
    let said = lines.join("\n").to_lowercase();
    let fits = |(signs, ..): &&Known| signs.iter().any(|sign| said.contains(sign));
    match KNOWN.iter().find(fits) {
        Some((_, InstallCause::Network | InstallCause::Missing, _))
            if network == Network::Forbidden =>
        {
            (InstallCause::Offline, Some(OFFLINE))
        }
        Some((_, cause, advice)) => (*cause, Some(advice)),
        None => (InstallCause::Other, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_installers_say() {
        // As pip 23.2, venv of Debian 12 and uv 0.9 say it.
        let cases = [
            (
                "The virtual environment was not created successfully because ensurepip is not\navailable.",
                "apt install python3-venv",
            ),
            (
                "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.",
                "not what the lock file names",
            ),
            ("error: Hash mismatch for `six==1.17.0`", "not what the lock file names"),
            ("OSError: [Errno 28] No space left on device", "the disk is full"),
            ("ERROR: No matching distribution found for x==1", "no file for this interpreter"),
            (
                "WARNING: Retrying ... [Errno -3] Temporary failure in name resolution\nERROR: No matching distribution found for six==1.17.0",
                "cannot be reached",
            ),
        ];
        for (said, expected) in cases {
            let (_, advice) = advice(&[said.to_owned()], Network::Allowed);
            assert!(advice.unwrap().contains(expected), "{said}");
        }
        let killed = advice(&["Killed".to_owned()], Network::Forbidden);
        assert_eq!(killed, (InstallCause::Other, None));
    }

    #[test]
    fn what_is_missing_offline_is_missing_because_of_that() {
        use InstallCause::{Disk, Hash, Missing, Offline, Other};
        // As pip 23.2 says it with `--no-index`, and uv 0.9 with `--offline`.
        let cases = [
            ("ERROR: No matching distribution found for x==1", Missing, Offline),
            (
                "No solution found when resolving dependencies:\nhint: Packages were unavailable because the network was disabled.",
                InstallCause::Network,
                Offline,
            ),
            (
                "ERROR: Ignored the following versions that require a different python version: 1\nERROR: No matching distribution found for x==1",
                Other,
                Other,
            ),
            ("error: Hash mismatch for `six==1.17.0`", Hash, Hash),
            ("OSError: [Errno 28] No space left on device", Disk, Disk),
        ];
        for (said, online, offline) in cases {
            let lines = [said.to_owned()];
            assert_eq!(advice(&lines, Network::Allowed).0, online, "{said}");
            assert_eq!(advice(&lines, Network::Forbidden).0, offline, "{said}");
        }
        let (_, said) = advice(&[cases[0].0.to_owned()], Network::Forbidden);
        assert!(said.unwrap().contains("run once without `--offline`"));
    }
}
