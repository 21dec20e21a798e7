//! Functions of a configuration: by name, or as bytecode.

use super::names::{self, Module};
use crate::model::json::Json;
use crate::model::look::{Look, printable};
use crate::model::report::{Finding, Verdict};

/// Judges a Lambda layer.
pub(super) fn lambda(object: &Json, look: &mut Look) {
    let null = Json::Null;
    let config = object.get("config").unwrap_or(&null);
    let mut holds_code = false;
    let mut named = None;
    for key in ["function", "output_shape", "mask"] {
        let kind = config.text(&format!("{key}_type")).unwrap_or("lambda");
        match config.get(key) {
            Some(Json::Text(name)) if kind == "function" => named = Some(name.as_str()),
            Some(Json::Text(_)) => holds_code = true,
            // The code in base64, its defaults and its closure. An output shape is a list of numbers.
            Some(Json::List(items)) => {
                holds_code |= items.iter().any(|item| item.as_text().is_some());
            }
            Some(function @ Json::Map(_)) => {
                holds_code |= function.text("class_name") != Some("function");
            }
            _ => {}
        }
    }
    if holds_code {
        let message = "a Lambda layer holds Python bytecode, which loading builds and using runs";
        look.acts("model.lambda", message);
        return;
    }
    let module = config.text("module").unwrap_or_default();
    let name = named.unwrap_or("another function");
    let shown = printable(&format!("{module}:{name}"));
    let verdict = match names::module(module) {
        Module::Python | Module::ActingKeras => Verdict::Unsafe,
        _ if names::acts(name) => Verdict::Unsafe,
        _ => Verdict::Unknown,
    };
    let message = format!("a Lambda layer calls `{shown}`, which is not in the file");
    look.found(Finding::new("model.lambda", verdict, message).of(shown));
}

/// Judges a function by the name under which loading looks it up.
pub(super) fn judge(object: &Json, look: &mut Look) {
    let name = object.text("config").or_else(|| object.get("config")?.text("name"));
    let Some(name) = name else {
        look.unknown("model.custom-object", "a function of the configuration has no name");
        return;
    };
    let module = object.text("module").unwrap_or_default();
    let shown =
        printable(&if module.is_empty() { name.to_owned() } else { format!("{module}.{name}") });
    let registered =
        object.text("registered_name").filter(|one| *one != "function" && *one != name);
    let is_known = names::is_function(name);
    let unsafe_because = match names::module(module) {
        _ if is_known && matches!(module, "builtins" | "") => None,
        Module::Keras | Module::ActingKeras if is_known => None,
        Module::Python if module == "builtins" && !names::acts(name) => None,
        Module::Python => Some("is a function of Python's library"),
        Module::ActingKeras => Some("is no activation, loss or metric"),
        _ if names::acts(name) => Some("acts"),
        Module::Keras | Module::Other => None,
    };
    if let Some(why) = unsafe_because {
        let message = format!("loading looks up the function `{shown}`, which {why}");
        look.found(Finding::new("model.custom-object", Verdict::Unsafe, message).of(shown));
        return;
    }
    let is_kerases = names::module(module) != Module::Other || module.is_empty();
    if !is_known || !is_kerases {
        let message = format!("the function `{shown}` is not one that Keras ships");
        look.found(
            Finding::new("model.custom-object", Verdict::Unknown, message).of(shown.clone()),
        );
    }
    if let Some(registered) = registered.filter(|name| !names::is_function(name)) {
        let verdict = if names::acts(registered) { Verdict::Unsafe } else { Verdict::Unknown };
        let registered = printable(registered);
        let message = format!("the function `{shown}` is registered as `{registered}`");
        look.found(Finding::new("model.custom-object", verdict, message).of(registered));
    }
}
