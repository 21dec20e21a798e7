//! YAML beside a model, which some loaders read with a reader that builds objects: `!!python/object/apply`.

use std::collections::HashMap;

use serde_saphyr::granit_parser::{Event, Options, Parser, Tag};

use super::content::Content;
use super::document;
use super::json::Json;
use super::keras;
use super::look::{Look, printable};
use super::report::{Finding, Verdict};
use super::window::Unread;

/// The longest file that is read.
const LONGEST: u64 = 8 << 20;

/// How many values a file may have.
const MOST_VALUES: usize = 1 << 20;

/// How deep values may lie in one another.
const DEEPEST: usize = 128;

/// Where YAML keeps its own tags.
const CORE: &str = "tag:yaml.org,2002:";

/// Tags of values, of YAML itself and of `PyYAML`.
const VALUES: &str = "str int float bool null map seq set omap pairs binary timestamp merge value python/tuple \
    python/str python/unicode python/int python/long python/float python/complex python/bool python/none python/list \
    python/dict python/bytes";

/// Looks at a file of YAML.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("yaml");
    let read = text(content).and_then(|text| {
        for document in documents(&text, look)? {
            keras::judge(&document, look);
            document::code::names(&document, look);
            document::code::judge(&document, look)?;
        }
        Ok(())
    });
    if let Err(error) = read {
        error.tell("YAML", look);
    }
}

fn text(content: &Content) -> Result<String, Unread> {
    if content.length() > LONGEST {
        let length = content.length();
        return Err(Unread::broken(format!("{length} bytes of YAML are too many"), 0));
    }
    let bytes = content.head(usize::try_from(LONGEST).unwrap_or(usize::MAX))?;
    String::from_utf8(bytes).map_err(|_| Unread::broken("it is not UTF-8", 0))
}

/// A list or a mapping that is not at its end yet.
enum Open {
    List(Vec<Json>),
    Map(Vec<(String, Json)>, Option<String>),
}

/// Reads the documents of a file. Tags are judged as they come.
fn documents(text: &str, look: &mut Look) -> Result<Vec<Json>, Unread> {
    let mut options = Options::default();
    options.emit_unresolved_aliases = true;
    options.set_emit_comments(false);
    let (mut open, mut documents) = (Vec::new(), Vec::new());
    // Only texts can be names; what else an alias stands for is judged where it is written.
    let mut anchors: HashMap<usize, String> = HashMap::new();
    let mut values = 0;
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, _) = event.map_err(|error| Unread::broken(error.to_string(), 0))?;
        look.steps(1)?;
        values += 1;
        if values > MOST_VALUES || open.len() > DEEPEST {
            return Err(Unread::broken("it has too many values, or they lie too deep", 0));
        }
        if let Some(tag) = event.tag() {
            judge(tag, look);
        }
        let done = match event {
            Event::Scalar(value, _, anchor, _) => {
                if anchor > 0 {
                    anchors.insert(anchor, value.to_string());
                }
                Some(Json::Text(value.into_owned()))
            }
            Event::Alias(anchor) => {
                Some(anchors.get(&anchor).cloned().map_or(Json::Null, Json::Text))
            }
            Event::UnresolvedAlias(_) => {
                return Err(Unread::broken("an alias stands for nothing", 0));
            }
            Event::SequenceStart(..) => {
                open.push(Open::List(Vec::new()));
                None
            }
            Event::MappingStart(..) => {
                open.push(Open::Map(Vec::new(), None));
                None
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().map(|ended| match ended {
                Open::List(items) => Json::List(items),
                Open::Map(entries, _) => Json::Map(entries),
            }),
            _ => None,
        };
        let Some(value) = done else { continue };
        match open.last_mut() {
            None => documents.push(value),
            Some(Open::List(items)) => items.push(value),
            Some(Open::Map(entries, key)) => match key.take() {
                Some(key) => entries.push((key, value)),
                // What is no text is no key that anybody asks for.
                None => *key = Some(value.as_text().unwrap_or_default().to_owned()),
            },
        }
    }
    Ok(documents)
}

/// Judges a tag: a kind of value, or something that a reader builds.
fn judge(tag: &Tag, look: &mut Look) {
    let whole = decoded(&format!("{}{}", tag.handle(), tag.suffix()));
    let shown = printable(&whole);
    let (verdict, message) = match whole.strip_prefix(CORE) {
        Some(kind) if VALUES.split_ascii_whitespace().any(|known| known == kind) => return,
        Some(kind) if kind.starts_with("python/") || kind.contains(['.', '/', ':']) => (
            Verdict::Unsafe,
            format!("the tag `{shown}` makes a reader build or call what it names"),
        ),
        _ if whole == "!" => return,
        _ if whole.contains("python/") || whole.contains("ruby/") => (
            Verdict::Unsafe,
            format!("the tag `{shown}` makes a reader build or call what it names"),
        ),
        _ => (Verdict::Unknown, format!("the tag `{shown}` is not known")),
    };
    look.found(Finding::new("model.code", verdict, message).of(shown));
}

/// Resolves `%70`, as readers of tags do.
fn decoded(tag: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = tag.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| *first == b'%');
        let code = code.and_then(|code| std::str::from_utf8(code).ok());
        if let Some(byte) = code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;

    fn verdict(text: &str) -> Verdict {
        let mut seen = Look::new(Limits::default());
        look(&Content::of_bytes(text.into()), &mut seen);
        seen.report("x.yaml").verdict
    }

    #[test]
    fn values_are_safe_whatever_they_say() {
        for text in [
            "a: 1\nb: [x, y]\nc: &x {d: !!str 5}\ne: *x\n",
            "# !!python/object/apply:os.system\ntext: 'wow !!python/object/apply:os.system'\n",
            "t: !!python/tuple [1, 2]\n---\nsecond: true\n",
            "flavors:\n  python_function:\n    loader_module: mlflow.sklearn\n    code: null\n",
            "",
        ] {
            assert_eq!(verdict(text), Verdict::Safe, "{text}");
        }
    }

    #[test]
    fn tags_that_build_are_unsafe_however_they_are_written() {
        for text in [
            "a: !!python/object/apply:os.system ['id']\n",
            "a: !!python/name:os.system\n",
            "a: !<tag:yaml.org,2002:python/object/apply:os.system> ['id']\n",
            "%TAG !p! tag:yaml.org,2002:python/\n---\na: !p!object/apply:os.system ['id']\n",
            "a: !!%70ython/object/apply:os.system ['id']\n",
            "? !!python/module:os\n: 1\n",
            "a: !!javax.script.ScriptEngineManager []\n",
            "a: !ruby/object:Gem::Installer {}\n",
            "_target_: os.system\n",
            "a: &x os.system\nb: {_target_: *x}\n",
            "class_name: Lambda\nconfig: {function: [4wAA, null, null], function_type: lambda}\n",
        ] {
            assert_eq!(verdict(text), Verdict::Unsafe, "{text}");
        }
    }

    #[test]
    fn what_is_not_known_or_not_read_is_unknown() {
        let deep = "[".repeat(1000);
        for text in [
            "a: !local x\n",
            "loader_module: my_loader\n",
            "loader_module: mlflow.pyfunc.model\n",
            "loader_module: mlflow.sklearn\ncode: code\n",
            "a: [\n",
            "a: *missing\n",
            "a: \u{1}\n",
            &deep,
        ] {
            assert_eq!(verdict(text), Verdict::Unknown, "{text}");
        }
    }
}
