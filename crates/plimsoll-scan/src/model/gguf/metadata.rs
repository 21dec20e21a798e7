//! The metadata: names and values of twelve kinds, and lists of them.

use std::collections::HashSet;

use super::File;
use crate::model::jinja;
use crate::model::look::{Look, printable};
use crate::model::report::{Finding, Verdict};
use crate::model::text;
use crate::model::window::Unread;

/// How many entries there may be; models have about 50.
const MOST_ENTRIES: u64 = 1 << 16;

/// The longest name.
const LONGEST_NAME: usize = 1 << 16;

/// The longest text that is looked at.
const LONGEST_TEXT: u64 = 2 << 20;

/// How deep lists may lie in one another. Writers never nest them.
const DEEPEST: usize = 2;

/// How the bytes of tensors are aligned where nothing is said.
const ALIGNMENT: u64 = 32;

/// Words of the vocabulary, in which brackets are words like any other.
const VOCABULARY: [&str; 3] =
    ["tokenizer.ggml.tokens", "tokenizer.ggml.merges", "tokenizer.ggml.added_tokens"];

/// What a tokenizer's own file holds, as JSON: no reader of GGUF renders it.
const WHOLE_FILES: [&str; 1] = ["tokenizer.huggingface.json"];

/// Reads all entries, and returns how the bytes of tensors are aligned.
pub(super) fn read(file: &mut File, look: &mut Look) -> Result<u64, Unread> {
    if file.entries > MOST_ENTRIES {
        let what = format!("{} entries are more than {MOST_ENTRIES}", file.entries);
        return Err(Unread::broken(what, 16));
    }
    let mut alignment = ALIGNMENT;
    let mut names = HashSet::new();
    for _ in 0..file.entries {
        look.steps(1)?;
        let name = file.text(LONGEST_NAME)?;
        let kind = file.number::<4>()?;
        let at = file.at;
        let value = value(file, &name, kind, 0, look)?;
        if name == "general.alignment" {
            alignment = value
                .filter(|value| value.is_power_of_two())
                .ok_or_else(|| Unread::broken("the alignment of tensors is no power of two", at))?;
        }
        if !names.insert(name.clone()) {
            let message =
                format!("`{}` is there twice: readers differ in which they take", printable(&name));
            look.found(Finding::new("model.ambiguous", Verdict::Unknown, message).at(at));
        }
    }
    Ok(alignment)
}

/// Reads a value; returns it where it is an integer.
fn value(
    file: &mut File,
    name: &str,
    kind: u64,
    depth: usize,
    look: &mut Look,
) -> Result<Option<u64>, Unread> {
    match kind {
        0 | 1 => file.number::<1>().map(Some),
        2 | 3 => file.number::<2>().map(Some),
        4 | 5 => file.number::<4>().map(Some),
        10 | 11 => file.number::<8>().map(Some),
        6 => file.skip(4).map(|()| None),
        12 => file.skip(8).map(|()| None),
        7 => {
            if file.number::<1>()? > 1 {
                return Err(Unread::broken("a truth is neither true nor false", file.at));
            }
            Ok(None)
        }
        8 => text_value(file, name, look).map(|()| None),
        9 => list(file, name, depth, look).map(|()| None),
        _ => Err(Unread::broken(format!("the kind of value {kind} is not known"), file.at)),
    }
}

fn list(file: &mut File, name: &str, depth: usize, look: &mut Look) -> Result<(), Unread> {
    if depth >= DEEPEST {
        return Err(Unread::broken("lists lie too deep in one another", file.at));
    }
    let kind = file.number::<4>()?;
    let count = file.size()?;
    let width = match kind {
        0 | 1 | 7 => Some(1),
        2 | 3 => Some(2),
        4..=6 => Some(4),
        10..=12 => Some(8),
        _ => None,
    };
    if let Some(width) = width {
        let whole = count.checked_mul(width);
        let whole =
            whole.ok_or_else(|| Unread::broken("a list is longer than the file", file.at))?;
        return file.skip(whole);
    }
    for _ in 0..count {
        look.steps(1)?;
        if kind == 8 && VOCABULARY.contains(&name) {
            let length = file.size()?;
            file.skip(length)?;
        } else {
            value(file, name, kind, depth + 1, look)?;
        }
    }
    Ok(())
}

fn text_value(file: &mut File, name: &str, look: &mut Look) -> Result<(), Unread> {
    let length = file.size()?;
    let at = file.at;
    file.skip(length)?;
    if WHOLE_FILES.contains(&name) {
        return Ok(());
    }
    if length > LONGEST_TEXT {
        let message = format!("the text `{}` is too long to be looked at", printable(name));
        look.found(Finding::new("model.unreadable", Verdict::Unknown, message).at(at));
        return Ok(());
    }
    let count = usize::try_from(length).unwrap_or(usize::MAX);
    let bytes = file.window.bytes(at, count)?.to_vec();
    // Readers take what is no UTF-8 as well, and so does the judgement.
    let value = String::from_utf8_lossy(&bytes);
    if name.starts_with("tokenizer.chat_template") || jinja::is_template(&value) {
        jinja::judge(name, &value, look);
    } else if let Some(why) = text::suspicion(&value) {
        let message = format!("the metadata `{}` {why}", printable(name));
        look.found(Finding::new("model.metadata", Verdict::Unknown, message).at(at));
    }
    Ok(())
}
