//! Parameters as YAML that every reader takes for the same values.
//!
//! Readers differ: `PyYAML` follows YAML 1.1, where `1e-5` and `0o7` are texts, `yes` is true, `1:30`
//! is 90 and `2024-01-01` a date. So texts are quoted unless they are plain words, numbers carry a
//! point and a sign where 1.1 asks for them, and everything is ASCII, whatever the locale.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Map, Number, Value};

/// `PyYAML` takes a key for one only if it ends within 1024 characters; longer ones are announced.
const LONGEST_KEY: usize = 1000;

/// Words that some reader takes for something else than a text.
const RESERVED: [&str; 10] =
    ["y", "n", "yes", "no", "on", "off", "true", "false", "null", "undefined"];

/// Returns `params`, by dotted names as [`super::flatten`] gives them, as the text of a nested
/// `params.yaml`.
pub fn render(params: &BTreeMap<String, Value>) -> String {
    let mut nested = Map::new();
    for (name, value) in params {
        insert(&mut nested, name, value);
    }
    let mut text = String::new();
    if nested.is_empty() {
        text.push_str("{}\n");
    } else {
        block(&mut text, 0, &nested);
    }
    text
}

fn insert(into: &mut Map<String, Value>, name: &str, value: &Value) {
    if let Some((first, rest)) = name.split_once('.') {
        let inner = into.entry(first).or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(inner) = inner {
            return insert(inner, rest, value);
        }
    }
    into.insert(name.to_owned(), value.clone());
}

fn block(text: &mut String, depth: usize, map: &Map<String, Value>) {
    for (name, value) in map {
        let indent = "  ".repeat(depth);
        let name = scalar(name);
        text.push_str(&indent);
        if name.len() > LONGEST_KEY {
            text.push_str("? ");
            text.push_str(&name);
            text.push('\n');
            text.push_str(&indent);
        } else {
            text.push_str(&name);
        }
        text.push(':');
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                text.push('\n');
                block(text, depth + 1, inner);
            }
            _ => {
                text.push(' ');
                flow(text, value);
                text.push('\n');
            }
        }
    }
}

fn flow(text: &mut String, value: &Value) {
    match value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(value) => text.push_str(&number(value)),
        Value::String(value) => text.push_str(&scalar(value)),
        Value::Array(items) => {
            text.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    text.push_str(", ");
                }
                flow(text, item);
            }
            text.push(']');
        }
        Value::Object(map) => {
            text.push('{');
            for (at, (name, value)) in map.iter().enumerate() {
                if at > 0 {
                    text.push_str(", ");
                }
                let name = scalar(name);
                if name.len() > LONGEST_KEY {
                    text.push_str("? ");
                }
                text.push_str(&name);
                text.push_str(" : ");
                flow(text, value);
            }
            text.push('}');
        }
    }
}

/// YAML 1.1 wants a point in the mantissa and a sign before the exponent.
fn number(number: &Number) -> String {
    let Some(value) = number.as_f64().filter(|_| number.is_f64()) else {
        return number.to_string();
    };
    let plain = format!("{value:?}");
    let Some((mantissa, exponent)) = plain.split_once('e') else {
        return plain;
    };
    let point = if mantissa.contains('.') { "" } else { ".0" };
    let (sign, digits) = match exponent.strip_prefix('-') {
        Some(digits) => ('-', digits),
        None => ('+', exponent),
    };
    format!("{mantissa}{point}e{sign}{digits:0>2}")
}

fn scalar(value: &str) -> String {
    if is_plain(value) { value.to_owned() } else { quoted(value) }
}

/// Tells whether no reader takes `value` for anything but this text.
fn is_plain(value: &str) -> bool {
    let is_inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '/' | '.');
    value.starts_with(|c: char| c.is_ascii_alphabetic())
        && value.chars().all(is_inner)
        && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(value))
        && value.len() <= 100
}

fn quoted(value: &str) -> String {
    let mut text = String::with_capacity(value.len() + 2);
    text.push('"');
    for c in value.chars() {
        // Writing to a text cannot fail.
        _ = match c {
            '"' | '\\' => write!(text, "\\{c}"),
            '\n' => write!(text, "\\n"),
            '\t' => write!(text, "\\t"),
            '\r' => write!(text, "\\r"),
            ' '..='~' => write!(text, "{c}"),
            '\0'..='\u{ff}' => write!(text, "\\x{:02X}", u32::from(c)),
            '\u{100}'..='\u{ffff}' => write!(text, "\\u{:04X}", u32::from(c)),
            _ => write!(text, "\\U{:08X}", u32::from(c)),
        };
    }
    text.push('"');
    text
}
