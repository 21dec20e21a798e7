//! One line of JSON lines: an object, taken apart into keys and values.

use super::value::{Broken, Kind, Text, behind_blanks, string, value};

/// A key and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) key: Text,
    /// What is between the quotes of a string, else the value as it is written.
    pub(super) value: Text,
    /// None of `null`.
    pub(super) kind: Option<Kind>,
}

/// What a line holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Line {
    /// An object, whose members were handed out.
    Object,
    /// Nothing but blanks.
    Blank,
    /// Another value.
    Other,
    /// No JSON.
    Broken(Broken),
}

/// Takes `bytes` apart and puts the members into `members`.
pub(super) fn take_apart(bytes: &[u8], members: &mut Vec<Member>) -> Line {
    members.clear();
    let at = behind_blanks(bytes, 0);
    match bytes.get(at) {
        None => Line::Blank,
        Some(b'{') => match object(bytes, at + 1, members) {
            Ok(()) => Line::Object,
            Err(broken) => Line::Broken(broken),
        },
        Some(b'"') => other(bytes, string(bytes, at + 1).map(|(_, end)| end)),
        Some(_) => other(bytes, value(bytes, at).map(|(_, end)| end)),
    }
}

fn other(bytes: &[u8], end: Result<usize, Broken>) -> Line {
    match end.and_then(|end| to_the_end(bytes, end)) {
        Ok(()) => Line::Other,
        Err(broken) => Line::Broken(broken),
    }
}

fn to_the_end(bytes: &[u8], at: usize) -> Result<(), Broken> {
    let at = behind_blanks(bytes, at);
    if at == bytes.len() { Ok(()) } else { Err(Broken::Expected(at, "the end of the line")) }
}

fn object(bytes: &[u8], at: usize, members: &mut Vec<Member>) -> Result<(), Broken> {
    let mut at = behind_blanks(bytes, at);
    if bytes.get(at) == Some(&b'}') {
        return to_the_end(bytes, at + 1);
    }
    loop {
        if bytes.get(at) != Some(&b'"') {
            return Err(Broken::Expected(at, "a key in quotes"));
        }
        let (key, end) = string(bytes, at + 1)?;
        at = behind_blanks(bytes, end);
        if bytes.get(at) != Some(&b':') {
            return Err(Broken::Expected(at, "a colon"));
        }
        at = behind_blanks(bytes, at + 1);
        let (kind, text, end) = if bytes.get(at) == Some(&b'"') {
            let (text, end) = string(bytes, at + 1)?;
            (Some(Kind::Text), text, end)
        } else {
            let (kind, end) = value(bytes, at)?;
            (kind, Text { start: at, end, escaped: false }, end)
        };
        members.push(Member { key, value: text, kind });
        at = behind_blanks(bytes, end);
        match bytes.get(at) {
            Some(b',') => at = behind_blanks(bytes, at + 1),
            Some(b'}') => return to_the_end(bytes, at + 1),
            _ => return Err(Broken::Expected(at, "a comma or `}`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(text: &str) -> String {
        let mut members = Vec::new();
        let line = take_apart(text.as_bytes(), &mut members);
        let said = members.iter().map(|of| {
            let kind = of.kind.map_or("null".to_owned(), |kind| kind.to_string());
            let (key, value) = (of.key, of.value);
            format!("{}={} {kind}", &text[key.start..key.end], &text[value.start..value.end])
        });
        let said: Vec<_> = said.collect();
        format!("{line:?} {}", said.join(", "))
    }

    #[test]
    fn objects_are_taken_apart() {
        let text = "{\"a\": \"x\\n\" ,\"b\":-1.50, \"\":null,\"c\":[1, {}],\"d\":true }\r";
        let expected = "Object a=x\\n string, b=-1.50 number, =null null, c=[1, {}] object or array, d=true boolean";
        assert_eq!(members(text), expected);
        assert_eq!(members(" {} "), "Object ");
    }

    #[test]
    fn everything_else_is_told_apart() {
        assert_eq!(members(" \r"), "Blank ");
        assert_eq!(members("[1]"), "Other ");
        assert_eq!(members("\"a\""), "Other ");
        assert_eq!(members("{\"a\":1"), "Broken(Expected(6, \"a comma or `}`\")) a=1 number");
        assert_eq!(
            members("{\"a\":1}}"),
            "Broken(Expected(7, \"the end of the line\")) a=1 number"
        );
        assert_eq!(members("{a:1}"), "Broken(Expected(1, \"a key in quotes\")) ");
        assert_eq!(members("a,b"), "Broken(Expected(0, \"a value\")) ");
        assert_eq!(members("1 2"), "Broken(Expected(2, \"the end of the line\")) ");
    }
}
