//! A call as it would be written in Python.

use std::fmt::Write as _;

use super::value::Value;

/// Longest text of a call that is shown.
const LONGEST: usize = 240;

/// Longest text of one value.
const LONGEST_VALUE: usize = 80;

/// Returns `callee(arguments)`, shortened and without control characters.
pub(super) fn call(callee: &Value, arguments: &Value) -> String {
    let mut text = String::new();
    write_call(&mut text, callee, arguments);
    if text.chars().count() > LONGEST {
        text = text.chars().take(LONGEST).collect();
        text.push('…');
    }
    text
}

fn write_call(text: &mut String, callee: &Value, arguments: &Value) {
    write_value(text, callee);
    text.push('(');
    match arguments {
        Value::Tuple(items) => write_items(text, &items.kept, items.count),
        Value::None => {}
        other => {
            text.push('*');
            write_value(text, other);
        }
    }
    text.push(')');
}

fn write_items(text: &mut String, kept: &[Value], count: u64) {
    for (at, item) in kept.iter().enumerate() {
        if at > 0 {
            text.push_str(", ");
        }
        write_value(text, item);
        if text.len() > 4 * LONGEST {
            break;
        }
    }
    if count > kept.len() as u64 {
        text.push_str(if kept.is_empty() { "…" } else { ", …" });
    }
}

fn write_value(text: &mut String, value: &Value) {
    if text.len() > 4 * LONGEST {
        return;
    }
    match value {
        Value::Forgotten | Value::ForgottenText | Value::ElementType(_) => text.push('…'),
        Value::None => text.push_str("None"),
        Value::Bool(true) => text.push_str("True"),
        Value::Bool(false) => text.push_str("False"),
        Value::Int(int) => _ = write!(text, "{int}"),
        Value::Float(float) => _ = write!(text, "{float:?}"),
        Value::Text(whole) => write_text(text, whole, false),
        Value::LongText(beginning) => write_text(text, beginning, true),
        Value::Bytes(blob) => {
            text.push_str("b'");
            for byte in blob.kept.iter().take(LONGEST_VALUE / 2) {
                text.extend(byte.escape_ascii().map(char::from));
            }
            text.push_str(if blob.length > LONGEST_VALUE as u64 / 2 { "…'" } else { "'" });
        }
        Value::Tuple(items) => {
            text.push('(');
            write_items(text, &items.kept, items.count);
            text.push_str(if items.count == 1 { ",)" } else { ")" });
        }
        Value::List(items) => {
            let items = items.borrow();
            text.push('[');
            write_items(text, &items.kept, items.count);
            text.push(']');
        }
        Value::Dict(entries) => {
            let entries = entries.borrow();
            text.push('{');
            for (at, (key, value)) in entries.kept.iter().enumerate() {
                if at > 0 {
                    text.push_str(", ");
                }
                write_text(text, key, false);
                text.push_str(": ");
                write_value(text, value);
            }
            if entries.count > entries.kept.len() as u64 {
                text.push('…');
            }
            text.push('}');
        }
        Value::Set => text.push_str("{…}"),
        Value::Global(global) => text.push_str(&global.full),
        Value::Call(call) => write_call(text, &call.callee, &call.arguments),
        Value::Persistent => text.push_str("<persistent>"),
    }
}

fn write_text(text: &mut String, shown: &str, is_cut: bool) {
    text.push('\'');
    for character in shown.chars().take(LONGEST_VALUE) {
        match character {
            '\'' => text.push_str("\\'"),
            '"' => text.push('"'),
            other => text.extend(other.escape_debug()),
        }
    }
    text.push_str(if is_cut || shown.chars().nth(LONGEST_VALUE).is_some() { "…'" } else { "'" });
}
