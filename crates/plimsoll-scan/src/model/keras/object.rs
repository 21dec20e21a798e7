//! One object of a configuration.

use super::{function, names, tensorflow};
use crate::model::json::Json;
use crate::model::look::{Look, printable};
use crate::model::place::way_out;
use crate::model::report::{Finding, Verdict};

/// Values that a configuration spells as objects, and that hold only data.
const DATA: [&str; 13] = [
    "__keras_tensor__",
    "__tensor__",
    "__numpy__",
    "__bytes__",
    "__ellipsis__",
    "__slice__",
    "__tuple__",
    "__tf_tensor__",
    "TensorShape",
    "CompositeTensor",
    "KerasTensor",
    "ListWrapper",
    "DictWrapper",
];

/// Judges an object: what has the key `class_name`.
pub(super) fn judge(object: &Json, look: &mut Look) {
    // Of a key that is there twice, readers take either.
    let classes = object.entries().iter().filter(|(key, _)| key == "class_name");
    for (_, class) in classes {
        match class.as_text() {
            Some(class) => judge_as(object, class, look),
            None => look.unknown("model.custom-object", "an object's `class_name` is no text"),
        }
    }
}

fn judge_as(object: &Json, class: &str, look: &mut Look) {
    match class {
        "__lambda__" => {
            let message =
                "a `__lambda__` holds Python bytecode, which loading builds and using runs";
            look.acts("model.lambda", message);
        }
        "Lambda" => function::lambda(object, look),
        "function" => function::judge(object, look),
        "Merge" => {
            let message = "a `Merge` layer of Keras 1 may hold bytecode, as a Lambda layer does";
            look.acts("model.lambda", message);
        }
        "TorchModuleWrapper" => {
            let message = "a `TorchModuleWrapper` holds a pickle, which loading runs";
            look.acts("model.lambda", message);
        }
        "JaxLayer" | "FlaxLayer" | "KerasLayer" | "HubLayer" => {
            let message = format!("a `{class}` calls a function that is not in the configuration");
            look.found(Finding::new("model.custom-object", Verdict::Unknown, message).of(class));
        }
        "TFSMLayer" => other_model(object, look),
        "TFOpLambda" | "SlicingOpLambda" | "ClassMethod" | "InstanceMethod"
        | "InstanceProperty" | "TensorFlowOpLayer" => tensorflow::judge(object, class, look),
        "TypeSpec" | "__typespec__" => type_spec(object, look),
        _ if DATA.contains(&class) => {}
        _ => class_of_module(object, class, look),
    }
}

/// A layer that loads a saved model of TensorFlow from a path and runs its graph.
fn other_model(object: &Json, look: &mut Look) {
    let config = object.get("config");
    let path = config.and_then(|config| config.text("filepath")).unwrap_or_default();
    let shown = printable(path);
    let (verdict, why) = match way_out(path) {
        Some(why) => (Verdict::Unsafe, why),
        None => (Verdict::Unknown, "is not a part of this file"),
    };
    let message = format!("a `TFSMLayer` loads another model and runs it: `{shown}` {why}");
    look.found(Finding::new("model.external-data", verdict, message));
}

/// The kind of a tensor, by the name under which TensorFlow registered it.
fn type_spec(object: &Json, look: &mut Look) {
    const KNOWN: [&str; 9] = [
        "tf.TensorSpec",
        "tf.RaggedTensorSpec",
        "tf.SparseTensorSpec",
        "tf.IndexedSlicesSpec",
        "tf.OptionalSpec",
        "TensorSpec",
        "RaggedTensorSpec",
        "SparseTensorSpec",
        "IndexedSlicesSpec",
    ];
    let names = ["type_spec", "spec_name"].into_iter().filter_map(|key| object.text(key));
    let unknown: Vec<&str> = names.filter(|name| !KNOWN.contains(name)).collect();
    let module =
        object.text("module").filter(|module| names::module(module) == names::Module::Python);
    if let Some(name) = unknown.first().copied().or(module) {
        let shown = printable(name);
        let message = format!("the kind of tensor `{shown}` is not known");
        look.found(Finding::new("model.custom-object", Verdict::Unknown, message).of(shown));
    }
}

fn class_of_module(object: &Json, class: &str, look: &mut Look) {
    let module = object.get("module");
    let registered = object.text("registered_name").filter(|name| *name != class);
    let shown = match module.and_then(Json::as_text) {
        Some(module) => printable(&format!("{module}.{class}")),
        None => printable(class),
    };
    let mut say = |verdict, message: String| {
        look.found(Finding::new("model.custom-object", verdict, message).of(shown.clone()));
    };
    let custom = || {
        format!(
            "the class `{shown}` is not one that Keras ships: whoever registers it runs its code"
        )
    };
    match module {
        None | Some(Json::Null) if names::is_spelled_class(class) => {}
        None | Some(Json::Null) => say(Verdict::Unknown, custom()),
        Some(Json::Text(module)) => match names::module(module) {
            names::Module::Keras | names::Module::ActingKeras if names::is_class(class) => {}
            names::Module::Keras | names::Module::ActingKeras if names::acts(class) => {
                say(Verdict::Unsafe, format!("loading would call `{shown}`, which acts"));
            }
            names::Module::ActingKeras => {
                say(Verdict::Unsafe, format!("loading would call `{shown}`, which is no layer"));
            }
            names::Module::Python => {
                say(Verdict::Unsafe, format!("loading would take `{shown}` from Python's library"));
            }
            names::Module::Keras | names::Module::Other => say(Verdict::Unknown, custom()),
        },
        Some(_) => say(Verdict::Unknown, "an object's `module` is no text".to_owned()),
    }
    if let Some(registered) = registered.filter(|name| !names::is_class(name)) {
        let registered = printable(registered);
        let message =
            format!("`{shown}` is registered as `{registered}`, which Keras does not ship");
        look.found(Finding::new("model.custom-object", Verdict::Unknown, message).of(registered));
    }
}
