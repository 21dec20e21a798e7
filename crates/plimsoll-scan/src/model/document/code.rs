//! Keys by which a document names code.

use super::paths::{self, Named};
use crate::model::globals;
use crate::model::jinja;
use crate::model::json::Json;
use crate::model::look::{Look, printable};
use crate::model::place::way_out;
use crate::model::python;
use crate::model::report::{Finding, Verdict};
use crate::model::text;
use crate::model::window::Unread;

/// Libraries whose classes a pipeline of `diffusers` may name.
const PIPELINE_LIBRARIES: [&str; 6] =
    ["diffusers", "transformers", "onnxruntime", "flax", "optimum", "k_diffusion"];

/// Judges every object of a document.
pub(in crate::model) fn judge(json: &Json, look: &mut Look) -> Result<(), Unread> {
    look.steps(1)?;
    let is_pipeline =
        ["_diffusers_version", "_class_name"].iter().any(|key| json.get(key).is_some());
    for (key, value) in json.entries() {
        match key.as_str() {
            "auto_map" | "custom_pipelines" => named(key, value, look),
            // A pipeline of somebody's own: a module beside it, and the class.
            "_class_name" if value.as_text().is_none() => named(key, value, look),
            // Layers of YOLO: early releases evaluate the names of modules and their arguments.
            "backbone" | "head" => layers(value, look),
            "weight_map" => shards(value, look),
            "trust_remote_code" if *value != Json::Bool(false) && *value != Json::Null => {
                let message = "the configuration asks for code from elsewhere to be trusted";
                look.unknown("model.code", message);
            }
            // Configurations of Hydra, PEFT, MLflow and jsonpickle: loading imports what is named.
            "_target_" | "parent_library" | "loader_module" | "py/object" | "py/function"
            | "py/type" => {
                imported(key, value, look);
            }
            "chat_template" => jinja::look_at_value(key, value, look),
            // Prompts of LangChain are templates if they say so.
            "template" if json.text("template_format") == Some("jinja2") => {
                jinja::look_at_value(key, value, look);
            }
            // Objects of LangChain, made by the path of their class; or a secret of whoever loads it.
            "lc" if matches!(json.text("type"), Some("constructor" | "secret")) => {
                named("lc", json.get("id").unwrap_or(&Json::Null), look);
            }
            // A library that ONNX Runtime loads for its operators.
            "custom_ops_library" if has_name(value) => library(value, look),
            "py/reduce" | "py/repr" | "__reduce__" => {
                look.acts("model.code", format!("`{key}` makes a loader call what it names"));
            }
            // A folder of modules that MLflow puts on the path.
            "code" if json.get("loader_module").is_some() && has_name(value) => {
                named(key, value, look);
            }
            _ if is_pipeline => part(key, value, look),
            _ => {}
        }
        match value.as_text().and_then(|text| paths::named(json, key, text)) {
            Some(Named::Imported) => imported(key, value, look),
            Some(Named::Fetched) => named(key, value, look),
            None => {}
        }
    }
    module(json, look);
    for child in json.children() {
        judge(child, look)?;
    }
    Ok(())
}

/// Tells of every text that is the path of a function which acts.
pub(in crate::model) fn names(json: &Json, look: &mut Look) {
    if let Some(text) = json.as_text().filter(|text| paths::acts(text)) {
        acts(text, look);
    }
    for child in json.children() {
        names(child, look);
    }
}

/// Tells of a path of a function which acts. No key is known to make a loader import it, but nothing else can
/// be done with it.
pub(super) fn acts(path: &str, look: &mut Look) {
    let shown = printable(path);
    let message = format!("it names `{shown}`, which acts, and which a loader may import");
    look.found(Finding::new("model.code", Verdict::Unknown, message).of(shown));
}

/// Tells of classes that are in files beside the model: `{"AutoModel": "modeling_x.Model"}`.
fn named(key: &str, value: &Json, look: &mut Look) {
    let one = std::iter::once(value).chain(value.children());
    let names: Vec<&str> = one.filter_map(Json::as_text).collect();
    if names.is_empty() && value.children().next().is_none() {
        return;
    }
    let shown = printable(&names.join(", "));
    let message = format!("`{key}` names code that a loader may run: {shown}");
    look.found(Finding::new("model.code", Verdict::Unknown, message).of(shown));
}

/// Tells of a library that a loader opens.
fn library(value: &Json, look: &mut Look) {
    let name = value.as_text().unwrap_or_default();
    let shown = printable(name);
    let (verdict, why) = match way_out(name) {
        Some(why) => (Verdict::Unsafe, why),
        None => (Verdict::Unknown, "is a program"),
    };
    let message = format!("loading opens the library `{shown}`, which {why}");
    look.found(Finding::new("model.code", verdict, message).of(shown));
}

/// Tells of a name that a loader imports.
fn imported(key: &str, value: &Json, look: &mut Look) {
    if *value == Json::Null {
        return;
    }
    let Some(name) = value.as_text() else {
        look.unknown("model.code", format!("`{key}` is no name"));
        return;
    };
    let shown = printable(name);
    if python::is_of_standard_library(name) {
        let message = format!("`{key}` makes a loader import `{shown}` of Python's own library");
        look.found(Finding::new("model.code", Verdict::Unsafe, message).of(shown));
    } else if !is_brought(key, name) {
        let message = format!("`{key}` makes a loader import `{shown}`");
        look.found(Finding::new("model.code", Verdict::Unknown, message).of(shown));
    }
}

/// Tells whether a name is one of the library that the key belongs to.
fn is_brought(key: &str, name: &str) -> bool {
    match key {
        "parent_library" => name == "transformers" || name.starts_with("transformers."),
        // Its loaders of models; the one for models in Python loads a pickle of somebody's class.
        "loader_module" => name.starts_with("mlflow.") && name != "mlflow.pyfunc.model",
        _ => false,
    }
}

fn has_name(value: &Json) -> bool {
    value.as_text().is_some_and(|text| !matches!(text, "" | "null" | "~"))
}

/// A part of a pipeline of `diffusers`: a library and a class.
fn part(key: &str, value: &Json, look: &mut Look) {
    let [Json::Text(library), Json::Text(class)] = value.items() else { return };
    if !PIPELINE_LIBRARIES.contains(&library.as_str()) {
        let shown = printable(&format!("{library}.{class}"));
        let verdict = if python::is_of_standard_library(library) {
            Verdict::Unsafe
        } else {
            Verdict::Unknown
        };
        let message = format!("the part `{}` of a pipeline is `{shown}`", printable(key));
        look.found(Finding::new("model.code", verdict, message).of(shown));
    }
}

/// The files that a model's tensors are in, by the names of the tensors.
fn shards(value: &Json, look: &mut Look) {
    let mut files: Vec<&str> = value.children().filter_map(Json::as_text).collect();
    files.sort_unstable();
    files.dedup();
    for file in files {
        let shown = printable(file);
        let (verdict, why) = match way_out(file) {
            Some(why) => (Verdict::Unsafe, why),
            None if file.starts_with('.') || file.contains("/.") => (Verdict::Unknown, "is hidden"),
            None => continue,
        };
        let message = format!("tensors are read from `{shown}`, which {why}");
        look.found(Finding::new("model.external-data", verdict, message).of(shown));
    }
}

/// Layers as YOLO lists them: where from, how many, a module, and its arguments.
fn layers(value: &Json, look: &mut Look) {
    for layer in value.items() {
        let [_, _, module, arguments, ..] = layer.items() else { continue };
        let names = std::iter::once(module).chain(arguments.items()).filter_map(Json::as_text);
        for name in names.filter(|name| !is_value(name)) {
            let shown = printable(name);
            let verdict = match text::suspicion(name) {
                None if is_dotted(name) && !globals::is_handed_on(name) => continue,
                None if is_dotted(name) => Verdict::Unsafe,
                None => Verdict::Unknown,
                Some(_) => Verdict::Unsafe,
            };
            let message = format!("`{shown}` is evaluated by those who make the layers");
            look.found(Finding::new("model.code", verdict, message).of(shown));
        }
    }
}

/// Whether a text is a number, a word in quotes, or a list of numbers.
fn is_value(text: &str) -> bool {
    let is_word =
        |text: &str| text.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it));
    let quoted = ['\'', '"']
        .iter()
        .find_map(|quote| text.strip_prefix(*quote).and_then(|text| text.strip_suffix(*quote)));
    quoted.is_some_and(is_word)
        || !text.is_empty()
            && text.bytes().all(|it| it.is_ascii_digit() || b"-+.e, []()".contains(&it))
}

fn is_dotted(text: &str) -> bool {
    text.split('.').all(|part| {
        part.starts_with(|first: char| first == '_' || first.is_alphabetic())
            && part.chars().all(|it| it == '_' || it.is_alphanumeric())
    })
}

/// A module of a pipeline of `sentence-transformers`, which imports it by its `type`.
fn module(json: &Json, look: &mut Look) {
    let (Some(kind), Some(_), Some(_)) = (json.text("type"), json.get("path"), json.get("idx"))
    else {
        return;
    };
    if !kind.starts_with("sentence_transformers.") {
        imported("type", &Json::Text(kind.to_owned()), look);
    }
}
