//! Files of configuration.

use plimsoll_config::{
    FileState, Meaning, Mistakes, Remark, Surroundings, accepted, checks, model_checks, params,
    policy, project_of, prose, table, trust,
};
use plimsoll_core::card::Prose;
use serde_json::Value;

/// The file of every kind of configuration: most bytes are nearly all of them.
pub fn project(bytes: &[u8]) {
    let read = params("params.yaml", bytes);
    let mut surroundings = Surroundings {
        files: &|path| match path.as_str().len() % 4 {
            0 => FileState::Absent,
            1 => FileState::Folder,
            _ => FileState::File,
        },
        params: &mut |_| Ok(read.clone().ok()),
        schema: &mut |path| Ok(table(path.as_str(), bytes, &|_| Meaning::default()).ok()),
        prose: &mut |path, facts| {
            said(facts.and_then(|facts| accepted(facts, bytes).err()));
            let written = prose(path, bytes).ok();
            Ok(written.map(|written| Prose { path: path.clone(), written, accepted: [].into() }))
        },
    };
    said(project_of("plimsoll.yaml", bytes, &mut surroundings).err());
    said(read.err());
    said(policy("policy.yaml", bytes).err());
    said(checks("checks.yaml", bytes).err());
    said(model_checks("model-checks.yaml", bytes).err());
    said(trust("trust.yaml", bytes).err());
}

/// A data schema, in which something is wrong with every text and every part of one.
pub fn schema(bytes: &[u8]) {
    let form = table("schema.yaml", bytes, &|_| Meaning::default());
    let remarked = table("schema.yaml", bytes, &|value| {
        let mut remarks = Vec::new();
        remark(value, &mut Vec::new(), &mut remarks);
        Meaning { remarks, is_of_the_present: false }
    });
    assert!(form.is_ok() || remarked.is_err());
    said(form.err());
    said(remarked.err());
}

/// Finds something wrong with `value`, which `at` leads to, and with all that is in it.
fn remark(value: &Value, at: &mut Vec<String>, remarks: &mut Vec<Remark>) {
    if remarks.len() > 200 {
        return;
    }
    let mut say = |within| {
        let message = "it is wrong".to_owned();
        remarks.push(Remark { at: at.clone(), within, message, help: None });
    };
    match value {
        Value::String(text) => {
            let length = text.chars().count();
            for from in [0, length / 2, length] {
                say(Some(from..length));
            }
        }
        _ => say(None),
    }
    match value {
        Value::Object(entries) => {
            for (key, value) in entries {
                at.push(key.clone());
                remark(value, at, remarks);
                at.pop();
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                at.push(place.to_string());
                remark(value, at, remarks);
                at.pop();
            }
        }
        _ => {}
    }
}

/// Looks at the mistakes that a person is shown.
fn said(mistakes: Option<Mistakes>) {
    let Some(mistakes) = mistakes else { return };
    assert!(mistakes.count() > 0, "what is refused has a mistake");
    let text = mistakes.to_string();
    let is_shown = |character: char| character == '\n' || !character.is_control();
    assert!(text.chars().all(is_shown), "nothing in it is obeyed by a terminal: {text:?}");
    assert!(text.len() < 200_000, "it can be read");
    for mistake in mistakes.iter() {
        assert!(mistake.line >= 1 && mistake.column >= 1);
    }
}
