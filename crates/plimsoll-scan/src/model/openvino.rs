//! `OpenVINO`'s intermediate representation: a graph of operators in XML, and a file of nothing but numbers
//! beside it, of which the graph says what is where.
//!
//! Operators are safe by name and opset; those of an extension come with a library that runs its code.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use quick_xml::events::{BytesStart, Event};

use super::content::Content;
use super::look::{Look, printable};
use super::protobuf::Span;
use super::report::{Finding, Verdict};
use super::text;
use super::window::Unread;
use super::xml::{self, entities};

/// An operator a line.
const TABLE: &str = include_str!("../../tables/openvino-operators.txt");

static OPERATORS: LazyLock<BTreeSet<&str>> =
    LazyLock::new(|| TABLE.lines().filter(|line| !line.starts_with('#')).collect());

/// What a graph is made of. Below `rt_info` stand facts, called as whoever made the model liked.
const ELEMENTS: &str = "net layers layer data input output port dim edges edge rt_info body port_map back_edges \
    then_body then_port_map else_body else_port_map";

/// Versions of the representation that are known.
const VERSIONS: [&str; 2] = ["10", "11"];

/// How deep elements may lie in one another.
const DEEPEST: usize = 256;

/// How many constants a model may have.
const MOST_CONSTANTS: usize = 1 << 20;

/// Tells whether a file that begins with `head` is a graph: XML whose outermost element is `net`.
pub(crate) fn is(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    let is_net = |at: &str| at.starts_with(|it: char| it.is_ascii_whitespace());
    text.starts_with('<') && text.split("<net").skip(1).any(is_net) && !text.contains("<PMML")
}

/// Looks at a graph.
pub(crate) fn look(content: &Content, look: &mut Look) {
    if let Err(error) = read(content, look) {
        error.tell("a graph of OpenVINO", look);
    }
}

/// Returns the graph that a file of numbers belongs to: `model.bin` has `model.xml`.
pub(crate) fn graph_of(name: &str) -> Option<String> {
    name.strip_suffix(".bin").map(|stem| format!("{stem}.xml"))
}

/// Looks at a file of numbers, of which the graph says what is where.
pub(crate) fn look_at_data(data: &Content, graph: &Content, look: &mut Look) {
    look.read_as("openvino-data");
    // What is wrong with the graph is a finding of the numbers too: they are nothing without it.
    let mut constants = match read(graph, look) {
        Ok(constants) => constants,
        Err(error) => return error.tell("a graph of OpenVINO", look),
    };
    constants.sort_unstable_by_key(|span| (span.start, span.end));
    let mut covered = 0;
    let mut loose = 0;
    for span in constants {
        loose += span.start.saturating_sub(covered);
        covered = covered.max(span.end);
    }
    loose += data.length().saturating_sub(covered);
    if covered > data.length() {
        let missing = covered - data.length();
        look.unknown("model.unreadable", format!("its last {missing} bytes are missing"));
    } else if loose > 0 {
        look.unknown("model.hidden-bytes", format!("{loose} bytes belong to no constant"));
    }
}

#[derive(Default)]
struct Graph {
    depth: usize,
    /// How deep the facts began that are being read.
    facts: Option<usize>,
    constants: Vec<Span>,
}

fn read(content: &Content, look: &mut Look) -> Result<Vec<Span>, Unread> {
    look.read_as("openvino");
    let mut graph = Graph::default();
    let mut reader = xml::reader(content);
    let mut buffer = Vec::new();
    loop {
        look.steps(1)?;
        buffer.clear();
        let at = reader.buffer_position();
        let event = reader.read_event_into(&mut buffer);
        match event.map_err(|error| Unread::broken(error.to_string(), at))? {
            Event::Eof if graph.depth == 0 => return Ok(graph.constants),
            Event::Eof => return Err(Unread::broken("it ends in the middle of an element", at)),
            Event::Start(element) => graph.start(&element, at, look)?,
            Event::End(_) => {
                graph.depth = graph.depth.saturating_sub(1);
                graph.facts = graph.facts.filter(|depth| *depth <= graph.depth);
            }
            // The length of a side of a tensor.
            Event::Text(text)
                if text
                    .chars()
                    .all(|it| it.is_ascii_whitespace() || it == '-' || it.is_ascii_digit()) => {}
            Event::Text(_) | Event::CData(_) => {
                let message =
                    "a text that is no number stands between the elements, which no graph has";
                look.found(Finding::new("model.hidden-bytes", Verdict::Unknown, message).at(at));
            }
            other => xml::judge(&other, at, look),
        }
    }
}

impl Graph {
    fn start(&mut self, element: &BytesStart<'_>, at: u64, look: &mut Look) -> Result<(), Unread> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Unread::broken(format!("elements lie more than {DEEPEST} deep"), at));
        }
        let name = element.local_name();
        let name = name.as_ref().to_owned();
        let is_fact = self.facts.is_some();
        let is_known = ELEMENTS.split_ascii_whitespace().any(|known| known == name);
        if self.depth == 1 && name != "net" {
            return Err(Unread::broken("its outermost element is no `net`", at));
        }
        if !is_fact && !is_known {
            let message = format!("the element `{}` is not one of a graph", printable(&name));
            look.found(Finding::new("model.hidden-bytes", Verdict::Unknown, message).at(at));
        }
        if !is_fact && name == "rt_info" {
            self.facts = Some(self.depth);
        }
        let mut attributes = Vec::new();
        for attribute in element.attributes() {
            let attribute = attribute.map_err(|error| Unread::broken(error.to_string(), at))?;
            entities(&attribute.value, at, look);
            let (key, value) = (attribute.key.as_ref().to_owned(), attribute.value.into_owned());
            if let Some(why) = text::suspicion(&value) {
                let message = format!("the attribute `{}` {why}", printable(&key));
                look.found(Finding::new("model.metadata", Verdict::Unknown, message).at(at));
            }
            attributes.push((key, value));
        }
        let of = |wanted: &str| {
            attributes.iter().find(|(key, _)| key == wanted).map(|(_, value)| value.as_str())
        };
        match name.as_str() {
            _ if is_fact => {}
            "net" if self.depth == 1 && !of("version").is_some_and(|it| VERSIONS.contains(&it)) => {
                let version = printable(of("version").unwrap_or("none"));
                return Err(Unread::broken(format!("the version `{version}` is not known"), at));
            }
            "layer" => layer(of("type"), of("version"), at, look),
            "data" => self.constant(of("offset"), of("size"), at)?,
            _ => {}
        }
        Ok(())
    }

    /// Notes where a constant lies in the file of numbers.
    fn constant(&mut self, from: Option<&str>, size: Option<&str>, at: u64) -> Result<(), Unread> {
        let (Some(from), Some(size)) = (from, size) else { return Ok(()) };
        let (Ok(start), Ok(size)) = (from.parse::<u64>(), size.parse::<u64>()) else {
            return Err(Unread::broken("the place of a constant is no number", at));
        };
        let end = start.checked_add(size);
        let end = end.ok_or_else(|| Unread::broken("a constant is too long", at))?;
        if self.constants.len() >= MOST_CONSTANTS {
            return Err(Unread::broken(format!("more than {MOST_CONSTANTS} constants"), at));
        }
        self.constants.push(Span { start, end });
        Ok(())
    }
}

fn layer(kind: Option<&str>, version: Option<&str>, at: u64, look: &mut Look) {
    let (kind, version) = (kind.unwrap_or_default(), version.unwrap_or_default());
    let number = version.strip_prefix("opset").unwrap_or_default();
    let is_opset = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_opset && OPERATORS.contains(kind) {
        return;
    }
    let shown = printable(&format!("{version}:{kind}"));
    let message =
        format!("the operator `{shown}` is not known: a library that brings it runs its code");
    let finding = Finding::new("model.custom-operator", Verdict::Unknown, message);
    look.found(finding.of(shown).at(at));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;
    use crate::model::{companion, scan_with};

    /// Written by `OpenVINO` 2026.4: a product with a matrix of 48 bytes, and one of two branches.
    const GRAPH: &str = include_str!("../../fixtures/openvino/model.xml");
    const NUMBERS: &[u8] = include_bytes!("../../fixtures/openvino/model.bin");

    fn told(text: &str) -> Vec<String> {
        let mut seen = Look::new(Limits::default());
        look(&Content::of_bytes(text.into()), &mut seen);
        seen.report("").findings.into_iter().map(|finding| finding.code).collect()
    }

    fn verdict_of_numbers(numbers: &[u8], graph: &str) -> Verdict {
        assert_eq!(companion("a/model.bin").as_deref(), Some("a/model.xml"));
        let (numbers, graph) = (numbers.to_vec(), graph.as_bytes().to_vec());
        let (numbers, graph) = (Content::of_bytes(numbers), Content::of_bytes(graph));
        scan_with("a/model.bin", &numbers, &graph, Limits::default()).verdict
    }

    #[test]
    fn a_graph_and_its_numbers_are_safe() {
        assert!(is(GRAPH.as_bytes()) && !is(b"<network>") && !is(b"net "));
        assert_eq!(told(GRAPH), Vec::<String>::new());
        assert_eq!(verdict_of_numbers(NUMBERS, GRAPH), Verdict::Safe);
    }

    #[test]
    fn what_is_not_of_the_format_is_told() {
        let custom = GRAPH.replacen(
            "type=\"MatMul\" version=\"opset1\"",
            "type=\"MatMul\" version=\"extension\"",
            1,
        );
        assert_eq!(told(&custom), ["model.custom-operator"]);
        assert_eq!(told(&GRAPH.replacen("MatMul\" v", "Mine\" v", 1)), ["model.custom-operator"]);
        assert_eq!(
            told(&GRAPH.replacen("<edges>", "<edges><script />", 1)),
            ["model.hidden-bytes"]
        );
        for text in ["<edges>import os", "<edges><![CDATA[1]]>", "<edges>7 x"] {
            assert_eq!(told(&GRAPH.replacen("<edges>", text, 1)), ["model.hidden-bytes"]);
        }
        assert_eq!(told(&GRAPH.replacen("<net ", "<net\n", 1)), [""; 0]);
        assert_eq!(
            told(&GRAPH.replacen("version=\"11\"", "version=\"99\"", 1)),
            ["model.unreadable"]
        );
        assert_eq!(told(&GRAPH.replacen("relu", "__import__('os')", 1)), ["model.metadata"]);
        let typed =
            GRAPH.replacen("<net ", "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///x\">]><net ", 1);
        assert_eq!(told(&typed), ["model.external-data"]);
        for length in (200..GRAPH.len() - 8).step_by(61) {
            assert_eq!(told(&GRAPH[..length]), ["model.unreadable"], "{length}");
        }
    }

    #[test]
    fn numbers_are_what_the_graph_says_and_nothing_else() {
        assert_eq!(verdict_of_numbers(&NUMBERS[1..], GRAPH), Verdict::Unknown);
        assert_eq!(verdict_of_numbers(&[NUMBERS, b"more"].concat(), GRAPH), Verdict::Unknown);
        assert_eq!(verdict_of_numbers(NUMBERS, "<pre>"), Verdict::Unknown);
        let payload = [&b"cposix\nsystem\n(S'echo'\ntR."[..], &[0; 48]].concat();
        assert_eq!(verdict_of_numbers(&payload[..NUMBERS.len()], GRAPH), Verdict::Unsafe);
    }
}
