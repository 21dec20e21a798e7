//! Seeing that a lock file names every package with its hashes.

use plimsoll_core::RepoPath;

use super::PrepareError;
use super::redact::redact;

/// Options whose file or folder is not part of the lock file's digest.
const ELSEWHERE: [&str; 6] = ["-r", "--requirement", "-c", "--constraint", "-e", "--editable"];

/// How much of a line a message shows.
const SHOWN: usize = 80;

/// Refuses a lock file that could install something else tomorrow.
pub(super) fn check(path: &RepoPath, bytes: &[u8]) -> Result<(), PrepareError> {
    let not_locked = |line, text: &str, problem| {
        let text = redact(&text.chars().take(SHOWN).collect::<String>());
        Err(PrepareError::NotLocked { path: path.clone(), line, text, problem })
    };
    let text = match str::from_utf8(bytes) {
        Ok(text) => text.trim_start_matches('\u{feff}'),
        Err(error) => {
            let before = &bytes[..error.valid_up_to()];
            let line = before.split(|&byte| byte == b'\n').count();
            return not_locked(line, "the line", "is not UTF-8");
        }
    };
    for (line, text) in logical_lines(text) {
        let first = text.split([' ', '=', '\t']).next().unwrap_or_default();
        if ELSEWHERE.contains(&first) || is_short_with_value(&text) {
            return not_locked(line, &text, "names another file, which may change unseen");
        }
        if text.starts_with('-') {
            continue;
        }
        if text.starts_with('.') || text.starts_with('/') || text.contains("@ file:") {
            return not_locked(line, &text, "names a local file, which other machines lack");
        }
        if !text.contains("--hash") {
            let requirement = redact(&text.chars().take(SHOWN).collect::<String>());
            return Err(PrepareError::NoHash { path: path.clone(), line, requirement });
        }
    }
    Ok(())
}

/// Tells whether it is `-rfile`, which pip takes for `-r file`.
fn is_short_with_value(text: &str) -> bool {
    let mut letters = text.chars();
    letters.next() == Some('-') && matches!(letters.next(), Some('r' | 'c' | 'e'))
}

/// Returns the lines that say something, joined where one ends in `\`, with the number of the
/// first and without comments.
fn logical_lines(text: &str) -> Vec<(usize, String)> {
    let mut lines = Vec::new();
    let mut begun: Option<(usize, String)> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let is_comment = line.trim_start().starts_with('#');
        let said = if is_comment { "" } else { line.split(" #").next().unwrap_or_default() };
        let (said, goes_on) = match said.trim_end().strip_suffix('\\') {
            Some(said) => (said, true),
            // pip goes on after a comment between the parts of a line, too.
            None => (said, is_comment && begun.is_some()),
        };
        let (_, joined) = begun.get_or_insert_with(|| (number, String::new()));
        if !said.trim().is_empty() {
            joined.push_str(said.trim());
            joined.push(' ');
        }
        if !goes_on {
            lines.extend(begun.take());
        }
    }
    lines.extend(begun);
    let trimmed = lines.into_iter().map(|(number, line)| (number, line.trim().to_owned()));
    trimmed.filter(|(_, line)| !line.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Option<String> {
        let path = "requirements.lock".parse().unwrap();
        check(&path, text.as_bytes()).err().map(|error| error.to_string())
    }

    #[test]
    fn every_package_has_a_hash() {
        let sound = "# made by uv\n--index-url https://host/simple\n\nsix==1.17.0 ; python_version > '3' \\\n    --hash=sha256:aa \\\n    --hash=sha256:bb  # via x\n";
        assert_eq!(refusal(sound), None);
        assert_eq!(refusal(""), None);
        assert_eq!(refusal(&sound.replace('\n', "\r\n")), None);
        assert_eq!(
            refusal(&format!("{sound}idna==3.1 \\\n  # a comment\n  ; x\n")).as_deref(),
            Some("requirements.lock:7: `idna==3.1 ; x` has no hash")
        );
    }

    #[test]
    fn nothing_is_named_that_lies_elsewhere() {
        let cases = [
            ("-r other.txt", "names another file"),
            ("-rother.txt", "names another file"),
            ("--constraint=c.txt", "names another file"),
            ("-e .", "names another file"),
            ("./x.whl --hash=sha256:aa", "names a local file"),
            ("x @ file:///x.whl --hash=sha256:aa", "names a local file"),
            ("git+https://me:secret@host/x", "`git+https://***@host/x` has no hash"),
        ];
        for (text, expected) in cases {
            let refusal = refusal(&format!("\n{text}\n")).unwrap();
            assert!(refusal.starts_with("requirements.lock:2: `"), "{refusal}");
            assert!(refusal.contains(expected), "{refusal}");
        }
    }
}
