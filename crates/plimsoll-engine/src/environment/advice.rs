//! What may help when an installer fails.

/// Parts of what installers say, in lower case, and what to do about each; the first that fits.
const KNOWN: [(&[&str], &str); 6] = [
    (
        &["ensurepip is not", "no module named ensurepip", "no module named venv"],
        "this Python cannot make environments: `apt install python3-venv` (Debian, Ubuntu), or install uv",
    ),
    (
        &["no space left on device", "disk quota exceeded"],
        "the disk is full: `plimsoll store gc` frees what is no longer needed",
    ),
    (
        &["do not match the hashes", "hash mismatch", "hashes are required"],
        "what the index serves is not what the lock file names: make the lock file again, and find out why it changed",
    ),
    (
        &[
            "temporary failure in name resolution",
            "name or service not known",
            "failed to establish a new connection",
            "network is unreachable",
            "network connectivity is disabled",
            "dns error",
            "connection refused",
            "connection timed out",
            "certificate_verify_failed",
            "client error (connect)",
            "error sending request",
            "proxyerror",
        ],
        "the package index cannot be reached: check the network, and proxy, index and certificate in pip.conf or PIP_* and UV_* variables",
    ),
    (
        &[
            "no matching distribution found",
            "is not a supported wheel on this platform",
            "no solution found",
            "requires a different python",
            "has no wheels with a matching",
        ],
        "a package has no file for this interpreter or platform: use the Python version that the lock file was made for, or make it again with this one",
    ),
    (
        &["failed building wheel", "failed to build", "error: subprocess-exited-with-error"],
        "a package would have to be compiled: choose a version that has a wheel for this interpreter, or install its build tools",
    ),
];

/// Returns what may help, by the last lines that an installer wrote.
pub(super) fn advice(lines: &[String]) -> Option<&'static str> {
    let said = lines.join("\n").to_lowercase();
    let fits = |(signs, _): &&(&[&str], &str)| signs.iter().any(|sign| said.contains(sign));
    KNOWN.iter().find(fits).map(|(_, advice)| *advice)
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
            assert!(advice(&[said.to_owned()]).unwrap().contains(expected), "{said}");
        }
        assert_eq!(advice(&["Killed".to_owned()]), None);
    }
}
