//! `CatBoost`'s binary format: a mark, a length, a flat buffer.

use crate::model::content::Content;
use crate::model::flatbuffer::Buffer;
use crate::model::look::{Look, printable};
use crate::model::report::{Finding, Verdict};
use crate::model::text;
use crate::model::window::{Order, Unread, Window};

/// What a file begins with.
const MAGIC: &[u8] = b"CBM1";

/// Tells whether a file that begins with `head` is one.
pub(crate) fn is(head: &[u8]) -> bool {
    head.starts_with(MAGIC)
}

/// Looks at a model.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("catboost");
    if let Err(error) = read(content, look) {
        error.tell("a model of CatBoost", look);
    }
}

fn read(content: &Content, look: &mut Look) -> Result<(), Unread> {
    let size = Window::new(content).number::<4>(4, Order::Little)?;
    let end = 8 + size;
    if end > content.length() {
        return Err(Unread::broken("it is cut off", content.length()));
    }
    let core = content.part(8, size);
    let mut buffer = Buffer::new(&core);
    let root = buffer.root()?;
    // TModelCore: the version, trees, facts, and the kinds of the parts that follow.
    let version = buffer.text(root, 0)?;
    if version != "FlabuffersModel_v1" {
        return Err(Unread::broken(
            format!("the version `{}` is not known", printable(&version)),
            8,
        ));
    }
    if buffer.table(root, 1)?.is_none() {
        return Err(Unread::broken("it has no trees", 8));
    }
    for fact in buffer.tables(root, 2)? {
        look.steps(1)?;
        let (key, value) = (buffer.text(fact, 0)?, buffer.text(fact, 1)?);
        if let Some(why) = text::suspicion(&value) {
            let message = format!("the fact `{}` {why}", printable(&key));
            look.found(Finding::new("model.metadata", Verdict::Unknown, message));
        }
    }
    let parts = buffer.count(root, 3)?;
    let behind = content.length() - end;
    if parts == 0 && behind > 0 {
        look.unknown(
            "model.hidden-bytes",
            format!("{behind} bytes are behind the end of the model"),
        );
    } else if parts > 0 {
        // Tables of categories, and calculators for texts and embeddings.
        let message =
            format!("{parts} parts for texts, categories or embeddings follow, which are not read");
        look.unknown("model.unreadable", message);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::flatbuffer::write::{Part, buffer};
    use crate::model::look::Limits;

    /// A version, an empty table of trees, and one fact.
    fn model(version: &'static str, fact: &'static str) -> Vec<u8> {
        let facts = Part::List(vec![Part::Table(vec![Part::Text("params"), Part::Text(fact)])]);
        let root = Part::Table(vec![Part::Text(version), Part::Table(vec![]), facts]);
        let core = buffer(b"", &root);
        [MAGIC.to_vec(), u32::try_from(core.len()).unwrap().to_le_bytes().to_vec(), core].concat()
    }

    fn told(bytes: Vec<u8>) -> Vec<String> {
        let mut seen = Look::new(Limits::default());
        look(&Content::of_bytes(bytes), &mut seen);
        seen.report("").findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn a_model_is_safe_and_what_does_not_belong_there_is_told() {
        let usual = model("FlabuffersModel_v1", "{\"loss\":\"RMSE\"}");
        assert!(is(&usual) && told(usual.clone()).is_empty(), "{:?}", told(usual));
        let mut longer = usual.clone();
        longer.push(1);
        assert_eq!(told(longer), ["model.hidden-bytes"]);
        assert_eq!(told(model("FlabuffersModel_v1", "__import__('os')")), ["model.metadata"]);
        assert_eq!(told(model("Other", "")), ["model.unreadable"]);
        for length in 4..usual.len() {
            assert_eq!(told(usual[..length].to_vec()), ["model.unreadable"], "{length}");
        }
        for at in 8..usual.len() {
            let mut changed = usual.clone();
            changed[at] ^= 0xff;
            told(changed);
        }
    }
}
