//! The reference page of a format, made from its schema.

use crate::schema::{Additional, Schema, Type};

/// The schema, as a Markdown section with a table of keys for each mapping in it.
pub fn reference(schema: &Schema) -> String {
    let mut lines = Vec::new();
    section(&mut lines, schema, schema, 2);
    for (_, definition) in &schema.definitions.0 {
        if definition.title.is_some() {
            section(&mut lines, definition, schema, 3);
        }
    }
    lines.join("\n")
}

fn section(lines: &mut Vec<String>, schema: &Schema, root: &Schema, level: usize) {
    let title = schema.title.as_deref().unwrap_or_default();
    lines.extend([format!("{} {title}", "#".repeat(level)), String::new()]);
    lines.extend(schema.description.clone().into_iter().chain([String::new()]));
    for (number, branches) in [("Exactly", &schema.one_of), ("At least", &schema.any_of)] {
        let keys: Vec<String> = branches
            .iter()
            .flat_map(|branch| &branch.required)
            .map(|key| format!("`{key}`"))
            .collect();
        if !keys.is_empty() {
            let keys = keys.join(" and ");
            lines.extend([format!("{number} one of {keys} is needed."), String::new()]);
        }
    }
    lines.extend(["| key | value | meaning |", "|---|---|---|"].map(str::to_owned));
    rows(lines, schema, root, "");
    lines.push(String::new());
}

/// Writes a row for each key, with those of mappings that have no section of their own.
fn rows(lines: &mut Vec<String>, schema: &Schema, root: &Schema, prefix: &str) {
    let forms = schema.one_of.iter().flat_map(|form| &form.properties.0);
    for (name, property) in schema.properties.0.iter().chain(forms) {
        let of = property.resolved(root);
        let needed = if schema.required.contains(name) { " (needed)" } else { "" };
        let description = property.description.as_deref().or(of.description.as_deref());
        let description = cell(description.unwrap_or_default());
        let value = cell(&value(property, root));
        lines.push(format!("| `{prefix}{name}`{needed} | {value} | {description} |"));
        if of.title.is_none() {
            rows(lines, of, root, &format!("{prefix}{name}."));
        }
    }
}

/// Returns what a value may be, in words.
fn value(schema: &Schema, root: &Schema) -> String {
    let of = schema.resolved(root);
    if let Some(constant) = of.constant.as_ref().and_then(|constant| constant.as_str()) {
        return format!("`{constant}`");
    }
    if !of.variants.is_empty() {
        let variants: Vec<String> = of.variants.iter().map(|name| format!("`{name}`")).collect();
        return variants.join(", ");
    }
    if of.types.0.is_empty() {
        if let Some(title) = &of.title {
            return format!("[{title}](#{})", anchor(title));
        }
        let branches: Vec<String> = of.one_of.iter().map(|branch| value(branch, root)).collect();
        return branches.join(" or ");
    }
    let words: Vec<String> = of.types.0.iter().map(|name| type_in_words(*name, of, root)).collect();
    let words = words.join(" or ");
    match (of.minimum, of.maximum) {
        (Some(least), Some(most)) => format!("{words} from {least} to {most}"),
        (Some(least), None) => format!("{words}, at least {least}"),
        (None, Some(most)) => format!("{words}, at most {most}"),
        (None, None) => words,
    }
}

fn type_in_words(name: Type, schema: &Schema, root: &Schema) -> String {
    let plain = match name {
        Type::Array => {
            let items = schema.items.as_ref().map(|items| value(items, root));
            return format!("list of: {}", items.unwrap_or_else(|| "anything".to_owned()));
        }
        Type::Object => {
            if let Some(title) = &schema.title {
                return format!("[{title}](#{})", anchor(title));
            }
            return match &schema.additional_properties {
                Additional::Schema(inner) => format!("by name: {}", value(inner, root)),
                Additional::Accepted(_) => "mapping".to_owned(),
            };
        }
        Type::String => match schema.format.as_deref() {
            Some("path") => "path",
            Some("glob") => "pattern",
            Some("duration") => "duration",
            Some("days") => "days",
            Some("percent") => "percentage",
            Some(
                "model-name" | "dataset-name" | "step-name" | "slice-name" | "section-name"
                | "environment-name",
            ) => "name",
            Some("parameter") => "name of a parameter",
            Some("variable") => "name of a variable",
            _ => "text",
        },
        Type::Number => "number",
        Type::Integer => "whole number",
        Type::Boolean => "`true` or `false`",
        Type::Null => "nothing",
    };
    plain.to_owned()
}

/// Returns the anchor that Markdown gives a heading.
fn anchor(title: &str) -> String {
    let kept = |c: char| match c {
        ' ' => Some('-'),
        _ if c.is_alphanumeric() || matches!(c, '-' | '_') => Some(c.to_ascii_lowercase()),
        _ => None,
    };
    title.chars().filter_map(kept).collect()
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

/// The whole page `configuration.md`.
pub fn page(project: &Schema, table: &Schema) -> String {
    let mut page = PREFACE.to_owned();
    page.extend(["```yaml\n", EXAMPLE, "```\n\n"]);
    page.extend([reference(project), "\n".to_owned(), reference(table)]);
    page
}

const PREFACE: &str = "\
# Configuration

This page is made from the schemas that files are checked with, [plimsoll.schema.json](plimsoll.schema.json) and
[table.schema.json](table.schema.json). Editors that know JSON Schema check and complete with the same files: put
`# yaml-language-server: $schema=PATH` on the first line.

Files are YAML 1.2 in UTF-8, at most 1 MiB: `yes` and `no` are texts, dates are texts. Anchors, aliases, tags, merge keys,
several documents in one file and keys given twice are refused. Every mistake is reported at once, with its line and column.
Paths are relative to the folder of `plimsoll.yaml` and stay in it. An unknown key is a mistake.

A whole `plimsoll.yaml`, of which only `model` and `task` must be there:

";

/// A project with every section, which is read in tests.
const EXAMPLE: &str = include_str!("project/example.yaml");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{PROJECT, TABLE};

    #[test]
    fn the_committed_page_says_what_the_schemas_say() {
        let committed = include_str!("../../../docs/src/reference/configuration.md");
        let made = page(&Schema::read(PROJECT).unwrap(), &Schema::read(TABLE).unwrap());
        assert!(
            made == committed,
            "docs/src/reference/configuration.md is out of date: run `cargo run -p plimsoll-config --example reference`"
        );
    }
}
