//! PMML: models in XML.
//!
//! Elements are safe by name. XML itself can read files and grow without a bound (document types, entities),
//! and a function that is not one of the standard is looked up as a class by some evaluators.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use quick_xml::events::{BytesStart, Event};

use super::content::Content;
use super::look::{Look, printable};
use super::report::{Finding, Verdict};
use super::window::Unread;
use super::xml::{self, entities};

/// An element of the standard a line.
const TABLE: &str = include_str!("../../tables/pmml-elements.txt");

static ELEMENTS: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| TABLE.lines().filter(|line| !line.starts_with('#')).collect());

/// The functions of PMML 4.4, and of the versions before.
const FUNCTIONS: &str = "+ - * / min max sum avg median product log10 ln sqrt abs exp pow threshold floor ceil round \
    modulo isMissing isNotMissing isValid isNotValid equal notEqual lessThan lessOrEqual greaterThan greaterOrEqual and or \
    not isIn isNotIn if uppercase lowercase stringLength substring trimBlanks concat replace matches formatNumber \
    formatDatetime dateDaysSinceYear dateSecondsSinceYear dateSecondsSinceMidnight expm1 hypot ln1p rint sin asin sinh \
    cos acos cosh tan atan tanh normalCDF normalPDF normalIDF stdNormalCDF stdNormalPDF stdNormalIDF erf";

/// How deep elements may lie in one another.
const DEEPEST: usize = 512;

/// How many functions a model may define.
const MOST_FUNCTIONS: usize = 10_000;

/// How many elements that are not known are told, each once.
const MOST_UNKNOWN: usize = 100;

/// Tells whether a file that begins with `head` is one: XML whose outermost element is `PMML`.
pub(crate) fn is(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    text.trim_start_matches('\u{feff}').trim_start().starts_with('<') && text.contains("<PMML")
}

/// Looks at a model.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("pmml");
    let mut model = Model::default();
    if let Err(error) = read(content, &mut model, look) {
        error.tell("PMML", look);
    }
    for function in model.used.difference(&model.defined) {
        let shown = printable(function);
        let message = format!(
            "the function `{shown}` is not one of the standard: an evaluator may look it up as a class"
        );
        look.found(Finding::new("model.custom-operator", Verdict::Unknown, message).of(shown));
    }
}

#[derive(Default)]
struct Model {
    used: BTreeSet<String>,
    defined: BTreeSet<String>,
    unknown: BTreeSet<String>,
    depth: usize,
    /// How deep the extension began that is being read.
    extension: Option<usize>,
}

fn read(content: &Content, model: &mut Model, look: &mut Look) -> Result<(), Unread> {
    let mut reader = xml::reader(content);
    let mut buffer = Vec::new();
    loop {
        look.steps(1)?;
        buffer.clear();
        let at = reader.buffer_position();
        let event = reader.read_event_into(&mut buffer);
        match event.map_err(|error| Unread::broken(error.to_string(), at))? {
            Event::Eof if model.depth == 0 => return Ok(()),
            Event::Eof => return Err(Unread::broken("it ends in the middle of an element", at)),
            Event::Start(element) => start(&element, at, model, look)?,
            Event::End(_) => {
                model.depth = model.depth.saturating_sub(1);
                model.extension = model.extension.filter(|depth| *depth < model.depth + 1);
            }
            Event::Text(text) => {
                let is_filled = text.chars().any(|letter| !letter.is_whitespace());
                if model.extension.is_some() && is_filled {
                    let message = "an extension holds a text, which only its own program reads";
                    look.found(
                        Finding::new("model.hidden-bytes", Verdict::Unknown, message).at(at),
                    );
                }
            }
            other => xml::judge(&other, at, look),
        }
    }
}

fn start(
    element: &BytesStart<'_>,
    at: u64,
    model: &mut Model,
    look: &mut Look,
) -> Result<(), Unread> {
    model.depth += 1;
    if model.depth > DEEPEST {
        return Err(Unread::broken(format!("elements lie more than {DEEPEST} deep"), at));
    }
    let name = element.local_name();
    let name = name.as_ref().to_owned();
    if model.extension.is_some() {
        let message = format!("an extension holds the element `{}`", printable(&name));
        look.found(Finding::new("model.hidden-bytes", Verdict::Unknown, message).at(at));
    } else if name == "Extension" {
        model.extension = Some(model.depth);
    } else if !(ELEMENTS.contains(name.as_str()) || in_table(element))
        && model.unknown.len() < MOST_UNKNOWN
        && model.unknown.insert(name.clone())
    {
        let message = format!("the element `{}` is not one of PMML", printable(&name));
        look.found(Finding::new("model.hidden-bytes", Verdict::Unknown, message).at(at));
    }
    for attribute in element.attributes() {
        let attribute = attribute.map_err(|error| Unread::broken(error.to_string(), at))?;
        if attribute.value.contains('&') {
            entities(&attribute.value, at, look);
        }
        let key = attribute.key.as_ref();
        let value = attribute.value.into_owned();
        match (name.as_str(), key) {
            ("Apply", "function")
                if !FUNCTIONS.split_ascii_whitespace().any(|known| known == value) =>
            {
                model.used.insert(value);
            }
            ("DefineFunction", "name") => {
                model.defined.insert(value);
            }
            ("TextDictionary" | "TableLocator", _) | (_, "href" | "schemaLocation")
                if value.contains("://") && !is_namespace(key) =>
            {
                let message = format!("`{}` is somewhere else", printable(&value));
                look.found(Finding::new("model.external-data", Verdict::Unknown, message).at(at));
            }
            _ => {}
        }
    }
    if model.used.len() + model.defined.len() > MOST_FUNCTIONS {
        return Err(Unread::broken(format!("more than {MOST_FUNCTIONS} functions"), at));
    }
    Ok(())
}

/// Where the schema of the document is said to be, which evaluators do not fetch.
fn is_namespace(key: &str) -> bool {
    key == "schemaLocation" || key == "xsi:schemaLocation"
}

/// Rows of a table name their cells as they like, in a namespace of their own.
fn in_table(element: &BytesStart<'_>) -> bool {
    element.name().prefix().is_some_and(|prefix| prefix.as_ref() == "data")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;

    fn model(inside: &str) -> String {
        format!(
            "<?xml version=\"1.0\"?>\n<PMML xmlns=\"http://www.dmg.org/PMML-4_4\" version=\"4.4\"><Header>\
             <Extension name=\"user\" value=\"x\"/><Timestamp>2026-11-29 &amp; later</Timestamp></Header>\
             <DataDictionary/><TransformationDictionary>{inside}</TransformationDictionary></PMML>"
        )
    }

    fn told(text: &str) -> (Verdict, Vec<String>) {
        let mut seen = Look::new(Limits::default());
        look(&Content::of_bytes(text.into()), &mut seen);
        let report = seen.report("m.pmml");
        (report.verdict, report.findings.into_iter().map(|finding| finding.code).collect())
    }

    #[test]
    fn models_of_the_standard_are_safe() {
        assert!(is(model("").as_bytes()) && !is(b"<html>") && !is(b"PMML"));
        let function = "<DefineFunction name=\"own\"><Apply function=\"ln\"/></DefineFunction>";
        let used = "<DerivedField><Apply function=\"own\"/><Constant>1</Constant></DerivedField>";
        assert_eq!(told(&model(&format!("{function}{used}"))), (Verdict::Safe, vec![]));
    }

    #[test]
    fn what_xml_can_do_is_unsafe() {
        let typed = model("")
            .replace("\n<PMML", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]><PMML");
        assert_eq!(told(&typed).0, Verdict::Unsafe);
        assert_eq!(told(&model("<Constant>&e;</Constant>")).0, Verdict::Unsafe);
        assert_eq!(told(&model("<Constant name=\"&e;\"/>")).0, Verdict::Unsafe);
    }

    #[test]
    fn what_is_not_of_the_standard_is_unknown() {
        for inside in [
            "<Apply function=\"com.example.Evil\"/>",
            "<script>x</script>",
            "<Extension>code</Extension>",
            "<Extension><Constant>1</Constant></Extension>",
            "<?php x ?>",
        ] {
            assert_eq!(told(&model(inside)).0, Verdict::Unknown, "{inside}");
        }
        let whole = model("");
        for length in (60..whole.len()).step_by(7) {
            assert_eq!(told(&whole[..length]).1, ["model.unreadable"], "{length}");
        }
        assert_eq!(told(&model(&"<Array>".repeat(600))).1, ["model.unreadable"]);
    }
}
