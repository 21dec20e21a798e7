//! `XGBoost`'s binary format, which versions before 3 write as `.deprecated` and older ones as whatever they
//! are told: records of fixed sizes, one behind the other (its `learner.cc`, `gbtree_model.cc`, `tree_model.h`).
//!
//! There is no mark between the records, so that every byte is accounted for or the file is unknown.

use crate::model::content::Content;
use crate::model::look::{Look, printable};
use crate::model::report::{Finding, Verdict};
use crate::model::text;
use crate::model::window::{Order, Unread, Window};

/// What a file begins with, since version 1.
const MAGIC: &[u8] = b"binf";

/// What a model is made of: trees, trees of which some drop out, a linear model.
const KINDS: [&[u8]; 3] = [b"gbtree", b"dart", b"gblinear"];

/// Bytes of what is said of the learner, of its trees, of one tree, and of its linear model.
const LEARNER: u64 = 136;
const TREES: u64 = 160;
const TREE: u64 = 148;
const LINEAR: u64 = 136;

/// Bytes of a node and of what is known of it: parent, children, feature, value; loss, weights, leaves below.
const NODE: u64 = 20 + 16;

/// The longest name or attribute.
const LONGEST_TEXT: usize = 1 << 20;

/// How many attributes or metrics there may be.
const MOST: u64 = 1 << 16;

/// Tells whether a file that begins with `head` is one: by its mark, or by the names of the objective and of
/// what it is made of, where they have to be.
pub(crate) fn is(head: &[u8]) -> bool {
    fn text(rest: &[u8]) -> Option<(&[u8], &[u8])> {
        let (length, rest) = rest.split_first_chunk()?;
        rest.split_at_checked(usize::try_from(u64::from_le_bytes(*length)).ok()?)
    }
    let kind = || {
        let (_, rest) = head.split_at_checked(usize::try_from(LEARNER).ok()?)?;
        let (_, rest) = text(rest)?;
        text(rest).map(|(kind, _)| kind)
    };
    head.starts_with(MAGIC) || kind().is_some_and(|kind| KINDS.contains(&kind))
}

/// Looks at a model.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("xgboost-binary");
    let head = content.head(MAGIC.len()).unwrap_or_default();
    let at = if head == MAGIC { MAGIC.len() as u64 } else { 0 };
    let mut reader = Reader { window: Window::new(content), at };
    if let Err(error) = reader.model(look) {
        return error.tell("a model of XGBoost", look);
    }
    let behind = content.length().saturating_sub(reader.at);
    if behind > 0 {
        let message = format!("{behind} bytes are behind the end of the model");
        look.unknown("model.hidden-bytes", message);
    }
}

struct Reader {
    window: Window,
    at: u64,
}

impl Reader {
    fn model(&mut self, look: &mut Look) -> Result<(), Unread> {
        let learner = self.skip(LEARNER, 1)?;
        let number = |reader: &mut Self, place: u64| {
            reader.window.number::<4>(learner + 4 * place, Order::Little)
        };
        let (has_attributes, has_metrics) = (number(self, 3)? != 0, number(self, 4)? != 0);
        let version = number(self, 5)?;
        let objective = self.text()?;
        match self.text()?.as_str() {
            "gbtree" => _ = self.trees(version, look)?,
            "dart" => {
                if self.trees(version, look)? > 0 {
                    self.numbers()?;
                }
            }
            "gblinear" => {
                self.skip(LINEAR, 1)?;
                self.numbers()?;
            }
            other => {
                let what = format!("it is made of `{}`, which is not known", printable(other));
                return Err(Unread::broken(what, self.at));
            }
        }
        if has_attributes {
            for _ in 0..self.count(look)? {
                let key = self.text()?;
                let at = self.at;
                let value = self.text()?;
                if let Some(why) = text::suspicion(&value) {
                    let message = format!("the attribute `{}` {why}", printable(&key));
                    look.found(Finding::new("model.metadata", Verdict::Unknown, message).at(at));
                }
            }
        }
        // Before attributes were kept for it, this objective wrote its one parameter by itself.
        if version == 0 && objective == "count:poisson" {
            self.text()?;
        }
        if has_metrics {
            for _ in 0..self.count(look)? {
                self.text()?;
            }
        }
        Ok(())
    }

    /// Reads trees, and returns how many there are.
    fn trees(&mut self, version: u64, look: &mut Look) -> Result<u64, Unread> {
        let trees = self.skip(TREES, 1)?;
        let count = self.window.number::<4>(trees, Order::Little)?;
        // Old versions kept predictions, and vectors in leaves.
        if self.window.number::<8>(trees + 16, Order::Little)? != 0 {
            return Err(Unread::broken("it keeps predictions, which are not read", trees));
        }
        for _ in 0..count {
            look.steps(1)?;
            let tree = self.skip(TREE, 1)?;
            let nodes = self.window.number::<4>(tree + 4, Order::Little)?;
            let in_leaf = self.window.number::<4>(tree + 20, Order::Little)?;
            if in_leaf > u64::from(version > 0) {
                return Err(Unread::broken("its leaves are vectors, which are not read", tree));
            }
            self.skip(NODE, nodes)?;
        }
        // To which class each tree belongs.
        self.skip(4, count)?;
        Ok(count)
    }

    /// Leaves out `count` records, and returns where they begin.
    fn skip(&mut self, size: u64, count: u64) -> Result<u64, Unread> {
        let start = self.at;
        let end = size.checked_mul(count).and_then(|size| start.checked_add(size));
        let end = end.filter(|end| *end <= self.window.length());
        self.at = end.ok_or_else(|| Unread::broken("it ends in the middle of a record", start))?;
        Ok(start)
    }

    /// Leaves out numbers, of which it is said how many there are.
    fn numbers(&mut self) -> Result<(), Unread> {
        let length = self.skip(8, 1)?;
        let count = self.window.number::<8>(length, Order::Little)?;
        self.skip(4, count).map(drop)
    }

    fn count(&mut self, look: &mut Look) -> Result<u64, Unread> {
        let at = self.skip(8, 1)?;
        let count = self.window.number::<8>(at, Order::Little)?;
        if count > MOST {
            return Err(Unread::broken(format!("it has more than {MOST} attributes"), at));
        }
        look.steps(count)?;
        Ok(count)
    }

    fn text(&mut self) -> Result<String, Unread> {
        let length = self.skip(8, 1)?;
        let length = self.window.number::<8>(length, Order::Little)?;
        let at = self.skip(1, length)?;
        self.window.text(at, length, LONGEST_TEXT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;

    /// Written by `XGBoost` 2.1.4: three trees with an attribute, trees that drop out, and a linear model.
    const MODELS: [(&str, &[u8]); 3] = [
        ("gbtree", include_bytes!("../../../fixtures/xgboost/gbtree.deprecated")),
        ("dart", include_bytes!("../../../fixtures/xgboost/dart.deprecated")),
        ("gblinear", include_bytes!("../../../fixtures/xgboost/gblinear.deprecated")),
    ];

    fn told(bytes: &[u8]) -> Vec<String> {
        let mut seen = Look::new(Limits::default());
        look(&Content::of_bytes(bytes.to_vec()), &mut seen);
        seen.report("").findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn models_are_read_to_their_last_byte() {
        assert!(!is(&[0; 4096]) && !is(b"bin"));
        for (name, model) in MODELS {
            assert!(is(model));
            // Version 0.90 writes no mark.
            assert!(is(&model[4..]) && told(&model[4..]).is_empty(), "{name}");
            assert_eq!(told(model), Vec::<String>::new(), "{name}");
            assert_eq!(told(&[model, b"x"].concat()), ["model.hidden-bytes"], "{name}");
            for length in 4..model.len() {
                assert_eq!(told(&model[..length]), ["model.unreadable"], "{name} {length}");
            }
        }
    }

    #[test]
    fn what_does_not_belong_there_is_told() {
        let (_, model) = MODELS[0];
        let at = model.windows(5).position(|window| window == b"hello").unwrap();
        let mut hostile = model[..at - 8].to_vec();
        let text = b"__import__('os').system('true')";
        hostile.extend(31_u64.to_le_bytes());
        hostile.extend(text);
        hostile.extend(&model[at + 5..]);
        assert_eq!(told(&hostile), ["model.metadata"]);
        for at in 4..model.len() {
            let mut changed = model.to_vec();
            changed[at] ^= 0xff;
            told(&changed);
        }
    }
}
