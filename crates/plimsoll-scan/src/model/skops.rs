//! skops: a tree of nodes in JSON, each with a module, a class and the loader that makes an object of it.
//!
//! Loaders trust lists of names; what they check and what they construct has differed: a method of another
//! class than the one that was checked (CVE-2025-54412), any function of `operator` (CVE-2025-54413). Here a
//! node is safe if its name is, and its loader is one that constructs exactly that. Arrays are members of the
//! archive, to be judged as the `.npy` files that they are.

use super::content::Content;
use super::json::Json;
use super::look::{Look, printable};
use super::place::way_out;
use super::report::{Finding, Verdict};
use super::window::Unread;

/// Loaders that construct what their module and class name (skops 0.2 to 0.16, protocols 0 to 2).
const LOADERS: &str = "BytearrayNode BytesNode CachedNode ConstructorFromReduceNode DTypeNode DefaultDictNode DictNode \
    FunctionNode JsonNode ListNode LossNode MaskedArrayNode NdArrayNode ObjectNode PartialNode QuantileForestNode \
    RandomGeneratorNode RandomStateNode ReduceNode SetNode SgdNode SGDNode SliceNode SparseMatrixNode TreeNode TupleNode \
    TypeNode _DictWithDeprecatedKeysNode";

/// Tells whether a document is the schema of one.
pub(crate) fn is(json: &Json) -> bool {
    json.get("__loader__").is_some() && json.get("__module__").is_some()
}

/// What a loader does with the class that it names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// Refers to it, or makes an object of it and gives that a state.
    Made,
    /// Calls it with what the file gives.
    Called,
}

/// Says what is to be thought of a name of a module that is used so.
pub(crate) type Judge<'j> = &'j dyn Fn(&str, &str, Use) -> Verdict;

/// Looks at `schema.json`.
pub(crate) fn look(schema: &Content, judge: Judge<'_>, look: &mut Look) {
    look.read_as("skops");
    let read = Json::read(schema, look).and_then(|json| {
        if !is(&json) {
            return Err(Unread::broken("it has no root", 0));
        }
        walk(&json, judge, look)
    });
    if let Err(error) = read {
        error.tell("a schema of skops", look);
    }
}

/// The depth is that of the document, which its reader bounds.
fn walk(json: &Json, judge: Judge<'_>, look: &mut Look) -> Result<(), Unread> {
    look.steps(1)?;
    let is_node =
        ["__loader__", "__module__", "__class__"].iter().any(|key| json.get(key).is_some());
    if is_node {
        node(json, judge, look);
    }
    for child in json.children() {
        walk(child, judge, look)?;
    }
    Ok(())
}

fn node(json: &Json, judge: Judge<'_>, look: &mut Look) {
    let texts = ["__loader__", "__module__", "__class__"].map(|key| json.text(key));
    let [Some(loader), Some(module), Some(class)] = texts else {
        look.unknown(
            "model.custom-object",
            "a node of skops lacks its loader, its module or its class",
        );
        return;
    };
    let shown = printable(&format!("{module}.{class}"));
    let mut say = |verdict, message: String| {
        look.found(Finding::new("model.custom-object", verdict, message).of(shown.clone()));
    };
    match loader {
        "OperatorFuncNode" => match (module, class) {
            ("operator", "itemgetter") => {}
            ("operator", "attrgetter") => {
                say(
                    Verdict::Unknown,
                    format!("`{shown}` looks up an attribute that the file names"),
                );
            }
            _ => say(Verdict::Unsafe, format!("loading calls `{shown}` with what the file gives")),
        },
        "MethodNode" => method(json, module, class, &mut say),
        _ if LOADERS.split_ascii_whitespace().any(|known| known == loader) => {
            let calls = loader == "ConstructorFromReduceNode";
            match judge(module, class, if calls { Use::Called } else { Use::Made }) {
                Verdict::Safe => {}
                Verdict::Unknown => {
                    say(Verdict::Unknown, format!("`{shown}` is not known to be safe"));
                }
                Verdict::Unsafe => {
                    say(Verdict::Unsafe, format!("loading makes `{shown}`, which acts"));
                }
            }
        }
        _ => {
            let loader = printable(loader);
            say(
                Verdict::Unknown,
                format!("`{shown}` is made by the loader `{loader}`, which is not known"),
            );
        }
    }
    if let Some(file) = json.text("file")
        && let Some(why) = way_out(file)
    {
        say(Verdict::Unsafe, format!("a node is read from `{}`, which {why}", printable(file)));
    }
}

/// A method of an object, which the object's class has to have been checked for.
fn method(json: &Json, module: &str, class: &str, say: &mut dyn FnMut(Verdict, String)) {
    let content = json.get("content");
    let object = content.and_then(|content| content.get("obj"));
    let name = content.and_then(|content| content.text("func")).unwrap_or_default();
    let shown = printable(&format!("{module}.{class}.{name}"));
    let of = object.map(|object| (object.text("__module__"), object.text("__class__")));
    if of != Some((Some(module), Some(class))) {
        say(Verdict::Unsafe, format!("`{shown}` is taken from an object of another class"));
    } else if name.starts_with('_') || name.is_empty() {
        say(Verdict::Unsafe, format!("`{shown}` is private to its object"));
    } else {
        say(Verdict::Unknown, format!("loading takes the method `{shown}`"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;

    fn verdict(schema: &str) -> Verdict {
        let judge = |module: &str, name: &str, how| match (module, name) {
            ("sklearn.pipeline", _) if how == Use::Called => Verdict::Unknown,
            ("builtins", "dict" | "str" | "list" | "tuple") | ("sklearn.pipeline", "Pipeline") => {
                Verdict::Safe
            }
            ("os", _) => Verdict::Unsafe,
            _ => Verdict::Unknown,
        };
        let mut seen = Look::new(Limits::default());
        look(&Content::of_bytes(schema.into()), &judge, &mut seen);
        seen.report("schema.json").verdict
    }

    fn node(module: &str, class: &str, loader: &str, more: &str) -> String {
        format!(
            r#"{{"__module__":"{module}","__class__":"{class}","__loader__":"{loader}"{more}}}"#
        )
    }

    fn inside(inner: &str) -> String {
        let list = node("builtins", "list", "ListNode", &format!(r#","content":[{inner}]"#));
        let content =
            node("builtins", "dict", "DictNode", &format!(r#","content":{{"steps":{list}}}"#));
        node(
            "sklearn.pipeline",
            "Pipeline",
            "ObjectNode",
            &format!(r#","content":{content},"protocol":2"#),
        )
    }

    #[test]
    fn nodes_are_safe_if_their_names_and_loaders_are() {
        let text = node("builtins", "str", "JsonNode", r#","content":"\"a\"","is_json":true"#);
        assert_eq!(verdict(&inside(&text)), Verdict::Safe);
        let getter = node("operator", "itemgetter", "OperatorFuncNode", r#","attrs":{}"#);
        assert_eq!(verdict(&inside(&getter)), Verdict::Safe);
    }

    #[test]
    fn names_and_loaders_that_act_are_unsafe() {
        let of = |module, class| {
            let object = node(module, class, "ObjectNode", "");
            let content = format!(r#","content":{{"obj":{object},"func":"__init__"}}"#);
            node("builtins", "dict", "MethodNode", &content)
        };
        for bad in [
            node("os", "system", "FunctionNode", ""),
            node("os", "system", "DictNode", r#","content":{}"#),
            node("operator", "methodcaller", "OperatorFuncNode", ""),
            node("os", "itemgetter", "OperatorFuncNode", ""),
            of("builtins", "list"),
            of("builtins", "dict"),
            node("builtins", "str", "NdArrayNode", r#","file":"../x.npy""#),
        ] {
            assert_eq!(verdict(&inside(&bad)), Verdict::Unsafe, "{bad}");
        }
    }

    #[test]
    fn what_is_not_known_is_unknown() {
        for odd in [
            node("my", "Class", "ObjectNode", ""),
            node("sklearn.pipeline", "Pipeline", "ConstructorFromReduceNode", ""),
            node("builtins", "dict", "StrangeNode", ""),
            node("operator", "attrgetter", "OperatorFuncNode", ""),
            r#"{"__module__":"os","__class__":"system"}"#.to_owned(),
            r#"{"__module__":1,"__class__":"x","__loader__":"ObjectNode"}"#.to_owned(),
        ] {
            assert_eq!(verdict(&inside(&odd)), Verdict::Unknown, "{odd}");
        }
        assert_eq!(verdict("{}"), Verdict::Unknown);
        assert_eq!(verdict("{"), Verdict::Unknown);
    }
}
