//! Templates of chats, which many loaders render without a sandbox (CVE-2024-34359).
//!
//! A template is safe if all of it is known: tags, filters, tests, functions and methods that only make texts,
//! and attributes and keys that lead to data. The judgement reads the template as the engine does, so that
//! escapes, joined texts and names in variables hide nothing.

mod call;
mod expression;
mod judge;
mod kind;
mod lexer;
mod names;
mod parser;

use super::content::Content;
use super::json::Json;
use super::look::{Look, printable};
use super::report::{Finding, Verdict};

/// The longest template that is judged.
const LONGEST: usize = 1 << 20;

/// A template cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
struct Fault(String);

impl Fault {
    fn new(what: impl Into<String>) -> Self {
        Self(what.into())
    }
}

/// Tells whether a text has tags, so that rendering it does something.
pub(crate) fn is_template(text: &str) -> bool {
    (text.contains("{{") && text.contains("}}")) || (text.contains("{%") && text.contains("%}"))
}

/// Looks at a template in a file of its own.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("jinja");
    let text = content.head(LONGEST + 1).map(String::from_utf8);
    match text {
        Ok(Ok(text)) => judge("the template", &text, look),
        Ok(Err(_)) => look.unknown("model.unreadable", "a template is not UTF-8"),
        Err(error) => {
            look.unknown("model.unreadable", format!("a template cannot be read: {error}"));
        }
    }
}

/// Looks at what a configuration has under the key of its templates: one, several with names, an object of them.
pub(crate) fn look_at_value(key: &str, value: &Json, look: &mut Look) {
    match value {
        Json::Null => {}
        Json::Text(template) => judge(key, template, look),
        Json::List(_) | Json::Map(_) => {
            for template in value.children() {
                let text = template.as_text().or_else(|| template.text("template"));
                match text {
                    Some(text) => judge(key, text, look),
                    None => look.unknown("model.template", "a template of a chat is no text"),
                }
            }
        }
        _ => look.unknown("model.template", "a template of a chat is no text"),
    }
}

/// Judges a template that was found under `name`.
pub(crate) fn judge(name: &str, template: &str, look: &mut Look) {
    let name = printable(name);
    let mut say = |verdict, what: &str| {
        let message = format!("the chat template in `{name}` is not only text: {what}");
        look.found(Finding::new("model.template", verdict, message));
    };
    if template.len() > LONGEST {
        say(Verdict::Unknown, &format!("it is longer than {LONGEST} bytes"));
        return;
    }
    let statements = lexer::tags(template).and_then(parser::statements);
    match statements {
        Ok(statements) => {
            let reproaches = judge::judge(&statements);
            for reproach in &reproaches {
                say(reproach.verdict, &reproach.what);
            }
            // Text outside of tags can be captured, and be the name that is computed.
            if !reproaches.is_empty() && names::names_machinery(template) {
                say(Verdict::Unsafe, "it names Python's machinery");
            }
        }
        Err(fault) => {
            say(Verdict::Unknown, &format!("it cannot be read ({fault})"));
            // An engine that reads more than this one would find these.
            if names::names_machinery(template) {
                say(Verdict::Unsafe, "it names Python's machinery");
            }
        }
    }
}

#[cfg(test)]
mod tests;
