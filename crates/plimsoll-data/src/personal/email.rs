//! E-mail addresses in text.

/// Ends of names that follow an `@` in files and packages, not in addresses.
const FILES: [&str; 14] = [
    "css", "csv", "gif", "html", "ico", "jpeg", "jpg", "js", "json", "pdf", "png", "svg", "txt",
    "webp",
];

/// Tells whether `text` holds an e-mail address: a name, an `@` and a domain that ends in letters.
///
/// Quoted names and domains without a point are left out: what is rare in data and frequent in
/// other text is no evidence. So is what comes behind `://`.
pub(super) fn holds_email(text: &str) -> bool {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|byte| *byte == b'@').map(|at| from + at) {
        let name = bytes[..at].iter().rev().take_while(|byte| is_of_name(**byte)).count();
        let before = &text[..at - name];
        if is_name(&bytes[at - name..at]) && !is_in_url(before) && is_domain(&bytes[at + 1..]) {
            return true;
        }
        from = at + 1;
    }
    false
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"._%+-'".contains(&byte)
}

fn is_name(name: &[u8]) -> bool {
    let ends = (name.first(), name.last());
    matches!(ends, (Some(first), Some(last)) if *first != b'.' && *last != b'.')
        && name.len() <= 64
        && name.iter().any(u8::is_ascii_alphanumeric)
}

fn is_in_url(before: &str) -> bool {
    let word = before.rsplit(char::is_whitespace).next().unwrap_or_default();
    word.contains("://")
}

fn is_domain(rest: &[u8]) -> bool {
    let length =
        rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b".-".contains(byte)).count();
    let mut domain = &rest[..length];
    while let [before @ .., b'.' | b'-'] = domain {
        domain = before;
    }
    let mut labels = domain.split(|byte| *byte == b'.');
    let is_label = |label: &[u8]| {
        (1..=63).contains(&label.len()) && label[0] != b'-' && label[label.len() - 1] != b'-'
    };
    let Some(top) = labels.next_back() else { return false };
    let mut others = labels.peekable();
    others.peek().is_some()
        && others.all(is_label)
        && (2..=24).contains(&top.len())
        && top.iter().all(u8::is_ascii_alphabetic)
        && !FILES.iter().any(|file| file.as_bytes().eq_ignore_ascii_case(top))
}

#[cfg(test)]
mod tests {
    use super::holds_email;

    #[test]
    fn addresses_are_told_from_what_looks_like_them() {
        for text in [
            "ada@example.org",
            "write to Ada.Lovelace+news@mail.example.co.uk, please",
            "<o'neil@x-y.de>.",
            "a@b@c.fr",
        ] {
            assert!(holds_email(text), "{text}");
        }
        for text in [
            "@ada",
            "ada@",
            "ada@localhost",
            "react@18.2.0",
            "icon@2x.png",
            "5 apples @ 2.50 each",
            "image@sha256:0f",
            "https://ada@example.org/x",
            ".@example.org",
            "ada@-x.org",
            "a@b.c",
        ] {
            assert!(!holds_email(text), "{text}");
        }
    }
}
