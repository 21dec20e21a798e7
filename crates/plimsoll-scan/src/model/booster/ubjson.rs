//! UBJSON, as `XGBoost` writes models: JSON in bytes.

use crate::model::content::Content;
use crate::model::look::{Look, printable};
use crate::model::report::{Finding, Verdict};
use crate::model::text;
use crate::model::window::{Order, Unread, Window};

/// How deep values may lie in one another.
const DEEPEST: usize = 64;

/// The longest key or text.
const LONGEST_TEXT: u64 = 1 << 20;

/// The marks of numbers, and how many bytes they have.
const NUMBERS: [(u8, u64); 11] = [
    (b'Z', 0),
    (b'N', 0),
    (b'T', 0),
    (b'F', 0),
    (b'i', 1),
    (b'U', 1),
    (b'C', 1),
    (b'I', 2),
    (b'l', 4),
    (b'L', 8),
    (b'd', 4),
];

/// Tells whether a file that begins with `head` is one: an object whose first key has a length of a known kind.
pub(crate) fn is(head: &[u8]) -> bool {
    matches!(head, [b'{', b'i' | b'U' | b'I' | b'l' | b'L' | b'$' | b'#', ..])
}

/// Looks at a model.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("xgboost-ubj");
    let mut reader = Reader { window: Window::new(content), at: 0 };
    let mut keys = Vec::new();
    let read = reader.value(None, 0, &mut keys, look);
    if let Err(error) = read {
        error.tell("UBJSON", look);
        return;
    }
    let behind = content.length().saturating_sub(reader.at);
    if behind > 0 {
        look.unknown(
            "model.hidden-bytes",
            format!("{behind} bytes are behind the end of the model"),
        );
    }
    let has = |wanted: &[&str]| wanted.iter().all(|key| keys.iter().any(|found| found == key));
    // What is pickled, and what skops keeps, has the configuration of its training beside the model.
    if !has(&["learner", "version"]) && !has(&["Config", "Model"]) {
        look.unknown("model.unrecognized", "it is UBJSON, but not a model of XGBoost");
    }
}

struct Reader {
    window: Window,
    at: u64,
}

impl Reader {
    fn byte(&mut self) -> Result<u8, Unread> {
        let byte = self.window.byte(self.at)?;
        self.at += 1;
        Ok(byte)
    }

    fn peek(&mut self) -> Result<u8, Unread> {
        self.window.byte(self.at)
    }

    fn skip(&mut self, count: u64) -> Result<(), Unread> {
        let end = self.at.checked_add(count).filter(|end| *end <= self.window.length());
        self.at = end.ok_or_else(|| Unread::broken("a value is longer than the file", self.at))?;
        Ok(())
    }

    /// Reads a length: a mark, and a number that is not negative.
    fn length(&mut self) -> Result<u64, Unread> {
        let at = self.at;
        let mark = self.byte()?;
        let (width, value) = match mark {
            b'U' | b'i' => (1, self.window.number::<1>(self.at, Order::Big)?),
            b'I' => (2, self.window.number::<2>(self.at, Order::Big)?),
            b'l' => (4, self.window.number::<4>(self.at, Order::Big)?),
            b'L' => (8, self.window.number::<8>(self.at, Order::Big)?),
            _ => return Err(Unread::broken("a length is no number", at)),
        };
        self.skip(width)?;
        let is_negative = mark != b'U' && value >> (8 * width - 1) == 1;
        if is_negative {
            return Err(Unread::broken("a length is negative", at));
        }
        Ok(value)
    }

    fn text(&mut self) -> Result<String, Unread> {
        let length = self.length()?;
        let most = usize::try_from(LONGEST_TEXT).unwrap_or(usize::MAX);
        let text = self.window.text(self.at, length, most)?;
        self.skip(length)?;
        Ok(text)
    }

    /// Reads a value of the kind that was said already, or that it says itself. Collects the keys of the
    /// outermost object.
    fn value(
        &mut self,
        kind: Option<u8>,
        depth: usize,
        keys: &mut Vec<String>,
        look: &mut Look,
    ) -> Result<(), Unread> {
        look.steps(1)?;
        if depth > DEEPEST {
            return Err(Unread::broken(format!("values lie more than {DEEPEST} deep"), self.at));
        }
        let at = self.at;
        let mark = match kind {
            Some(kind) => kind,
            None => self.byte()?,
        };
        if let Some((_, width)) = NUMBERS.iter().find(|(number, _)| *number == mark) {
            return self.skip(*width);
        }
        match mark {
            b'D' => self.skip(8),
            b'S' | b'H' => {
                let text = self.text()?;
                if let Some(why) = text::suspicion(&text) {
                    let finding = Finding::new(
                        "model.metadata",
                        Verdict::Unknown,
                        format!("the text `{}` {why}", printable(&text)),
                    );
                    look.found(finding.at(at));
                }
                Ok(())
            }
            b'[' | b'{' => self.container(mark == b'{', depth, keys, look),
            _ => Err(Unread::broken(format!("a value has the mark {mark:#04x}"), at)),
        }
    }

    fn container(
        &mut self,
        is_object: bool,
        depth: usize,
        keys: &mut Vec<String>,
        look: &mut Look,
    ) -> Result<(), Unread> {
        let mut kind = None;
        if self.peek()? == b'$' {
            self.skip(1)?;
            kind = Some(self.byte()?);
        }
        let mut count = None;
        if self.peek()? == b'#' {
            self.skip(1)?;
            count = Some(self.length()?);
        }
        if kind.is_some() && count.is_none() {
            return Err(Unread::broken("a container has a kind and no count", self.at));
        }
        if let (false, Some(count), Some(kind)) = (is_object, count, kind) {
            let wide = NUMBERS.iter().chain(&[(b'D', 8)]).find(|(number, _)| *number == kind);
            if let Some((_, width)) = wide {
                let whole = count.checked_mul(*width);
                return self
                    .skip(whole.ok_or_else(|| Unread::broken("an array is too long", self.at))?);
            }
        }
        let end = if is_object { b'}' } else { b']' };
        let mut done = 0;
        while count.is_none_or(|count| done < count) {
            if count.is_none() && self.peek()? == end {
                return self.skip(1);
            }
            if is_object {
                let key = self.text()?;
                if depth == 0 && keys.len() < 256 {
                    keys.push(key);
                }
            }
            self.value(kind, depth + 1, keys, look)?;
            done += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;

    fn told(bytes: &[u8]) -> (Verdict, Vec<String>) {
        let mut seen = Look::new(Limits::default());
        look(&Content::of_bytes(bytes.to_vec()), &mut seen);
        let report = seen.report("m.ubj");
        (report.verdict, report.findings.into_iter().map(|finding| finding.code).collect())
    }

    const MODEL: &[u8] = b"{i\x07learner{i\x01a[$d#i\x02\0\0\0\0\0\0\0\0i\x01b[#i\x01Si\x01xi\x01c[ZT]}i\x07version[$L#i\0}";

    #[test]
    fn a_model_is_safe_and_anything_behind_it_is_not() {
        assert!(is(MODEL) && !is(b"{\"a\":1}") && !is(b"{}"));
        assert_eq!(told(MODEL), (Verdict::Safe, vec![]));
        assert_eq!(told(&[MODEL, b"x"].concat()).1, ["model.hidden-bytes"]);
        assert_eq!(told(b"{i\x01aZ}").1, ["model.unrecognized"]);
        let code = b"{i\x07learnerSi\x0b__import__(i\x07versionZ}";
        assert_eq!(told(code).1, ["model.metadata"]);
    }

    #[test]
    fn what_cannot_be_is_unreadable() {
        for length in 1..MODEL.len() {
            assert_eq!(told(&MODEL[..length]).1, ["model.unreadable"], "{length}");
        }
        let deep = [b"{i\x01a".to_vec(), vec![b'['; 500]].concat();
        let zeros = b"{i\x01a[$Z#L\x7f\xff\xff\xff\xff\xff\xff\xff}";
        assert_eq!(told(zeros).1, ["model.unrecognized"]);
        for bytes in [
            &deep[..],
            b"{i\xff",
            b"{i\x01a[$d]}",
            b"{i\x01a?}",
            b"{i\x01a[$d#L\x7f\xff\xff\xff\xff\xff\xff\xff}",
        ] {
            assert_eq!(told(bytes).1, ["model.unreadable"]);
        }
    }
}
