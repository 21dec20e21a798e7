//! Keeping passwords in addresses out of what is shown and stored.

/// Characters that end the part of an address that may hold a password.
const ENDS: [char; 10] = ['/', '?', '#', '"', '\'', '<', '>', '`', ' ', '\t'];

/// Returns `text` with `***` in place of every user and password in an address.
pub(super) fn redact(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        redacted.push_str(before);
        let authority = &after[..after.find(ENDS).unwrap_or(after.len())];
        rest = after;
        if let Some(at) = authority.rfind('@') {
            redacted.push_str("***");
            rest = &after[at..];
        }
    }
    redacted.push_str(rest);
    redacted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_password_is_left() {
        let cases = [
            ("Looking in indexes: https://me:s3cret@host/simple", "https://***@host/simple"),
            ("error at https://token@host:8080", "https://***@host:8080"),
            ("'http://a:b@c@h/x' and http://u:p@g/y", "'http://***@h/x' and http://***@g/y"),
            ("https://pypi.org/simple/six@1", "https://pypi.org/simple/six@1"),
            ("no address, me@host", "no address, me@host"),
        ];
        for (text, expected) in cases {
            assert!(redact(text).ends_with(expected), "{}", redact(text));
        }
    }
}
