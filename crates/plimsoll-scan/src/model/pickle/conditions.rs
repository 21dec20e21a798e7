//! What names are called with that can do harm with some arguments: those that frameworks give them, and no
//! others.

use super::machine::Machine;
use super::render;
use super::states;
use super::value::{Global, Value};
use crate::model::content::Content;
use crate::model::globals::{self, Condition, Judged};
use crate::model::report::Verdict;

/// Encodings that need no module of their own.
const ENCODINGS: &[&str] = &["latin1", "latin-1", "iso-8859-1", "ascii", "utf-8", "utf8"];

/// What `copyreg._reconstructor` makes objects by, of Python's own: what these do is known.
const BASES: &[&str] = &[
    "bytearray",
    "bytes",
    "complex",
    "dict",
    "float",
    "frozenset",
    "int",
    "list",
    "long",
    "object",
    "set",
    "str",
    "tuple",
    "unicode",
];

/// Why a call is not known to be harmless.
type Refusal = (Verdict, &'static str);

const NO_CLASS: Refusal = (Verdict::Unknown, "makes an object of what is not the name of a class");
const WITH_ARGUMENTS: Refusal =
    (Verdict::Unknown, "is only known to be harmless without arguments, or where it is not called");
const ATTRIBUTES: Refusal =
    (Verdict::Unknown, "is called with an object whose attributes stand for methods");

const HANDS_ON: Refusal = (Verdict::Unknown, "hands on what it is given");

impl Machine<'_, '_> {
    /// Judges a call of a name that is on a list.
    pub(super) fn call_listed(&mut self, global: &Global, callee: &Value, arguments: &Value) {
        let refusal = match global.judged {
            Judged::Kept => (!is_empty(arguments)).then_some(WITH_ARGUMENTS),
            Judged::Conditional(Condition::TorchBytes) => self.torch_bytes(arguments),
            Judged::Conditional(condition) => refusal(condition, arguments),
            Judged::Safe | Judged::Unknown | Judged::Unsafe(_) => None,
        };
        let refusal = refusal.or_else(|| text_of_bytes(global, arguments));
        if let Some((verdict, why)) = refusal {
            self.names.misuse(&global.full, verdict, why, self.offset, self.opcode);
            self.names.called(&global.full, || render::call(callee, arguments));
        }
    }

    /// Judges arguments that are given by their names, beside those that are not.
    pub(super) fn named_arguments(&mut self, class: &Value, named: &Value) {
        let Value::Global(global) = class else { return };
        let are_none = matches!(named, Value::Dict(entries) if entries.borrow().count == 0);
        if let Some((verdict, why)) = new_object_named(global).filter(|_| !are_none) {
            let full = global.full.clone();
            self.names.misuse(&full, verdict, why, self.offset, self.opcode);
        }
    }

    fn torch_bytes(&mut self, arguments: &Value) -> Option<Refusal> {
        if let Some([Value::Bytes(blob)]) = arguments.items()
            && blob.kept.len() as u64 == blob.length
        {
            let inner = Content::of_bytes(blob.kept.clone());
            self.look.inside(&format!("bytes before {}", self.offset), |look| {
                crate::model::look_at(&inner, "", look);
            });
            return None;
        }
        Some((Verdict::Unknown, "loads a model out of bytes that could not be looked at"))
    }
}

fn refusal(condition: Condition, arguments: &Value) -> Option<Refusal> {
    let Some(items) = arguments.items() else {
        return Some((Verdict::Unknown, "is called with more, or other, values than are known"));
    };
    match condition {
        Condition::Encoding => encoding(items),
        Condition::Member => member(items),
        Condition::ArrayFunction => array_function(items),
        Condition::TorchBytes => None,
        Condition::Plain => (!items.iter().all(is_plain)).then_some(ATTRIBUTES),
        Condition::Flat => (!items.iter().all(is_flat)).then_some(ATTRIBUTES),
        Condition::Classes(count) => {
            let are_names = items.get(..count).is_some_and(|names| names.iter().all(is_name));
            (!are_names).then_some(NO_CLASS)
        }
        Condition::Reconstructor => reconstructor(items),
        Condition::NewObject => match items {
            [Value::Global(class), of @ ..] => new_object(class, of),
            _ => Some(NO_CLASS),
        },
        Condition::NewObjectNamed => match items {
            [Value::Global(class), of, Value::Dict(named)] => {
                let named = named.borrow().count;
                let of = of.items().unwrap_or(std::slice::from_ref(of));
                if named == 0 { new_object(class, of) } else { new_object_named(class) }
            }
            _ => Some(NO_CLASS),
        },
        Condition::Partial => partial(items),
        Condition::Constant => match items {
            [Value::None] => None,
            [Value::Global(it)]
                if ["Ellipsis", "NotImplemented"].iter().any(|name| is_builtin(it, name)) =>
            {
                None
            }
            _ => Some((Verdict::Unsafe, "makes classes, or reaches that of anything")),
        },
        Condition::Scalar => scalar(items),
        Condition::Generator => match items {
            [] | [Value::Text(_)] => None,
            [it @ (Value::Global(_) | Value::Call(_))]
                if states::made_of(it).is_some_and(|of| of.full.starts_with("numpy.random")) =>
            {
                None
            }
            _ => Some((Verdict::Unknown, "calls what it is given")),
        },
        Condition::Rebuilt => match items {
            [Value::Global(function), Value::Global(_), _, state]
                if function.full.starts_with("torch._utils._rebuild_")
                    && function.judged == Judged::Safe
                    && states::is_told(state) =>
            {
                None
            }
            _ => Some((Verdict::Unknown, "calls what it is given")),
        },
        Condition::HandedOn => {
            (!items.iter().all(is_plain) || items.iter().any(is_name)).then_some(HANDS_ON)
        }
        Condition::State => {
            let is_told = items.get(3).is_some_and(states::is_told);
            (!is_told).then_some((Verdict::Unknown, "sets attributes that cannot be told"))
        }
    }
}

/// Refuses to read bytes as a text by an encoding in which it does not say what it seems to: `str(b"+AGQ-", "utf-7")`.
fn text_of_bytes(global: &Global, arguments: &Value) -> Option<Refusal> {
    let (Some([first, encoding, ..]), true) = (arguments.items(), is_builtin(global, "str")) else {
        return None;
    };
    let is_text = matches!(first, Value::Text(_) | Value::LongText(_));
    let is_plain = matches!(encoding, Value::Text(it) if ENCODINGS.contains(&&**it));
    (!is_text && !is_plain)
        .then_some((Verdict::Unknown, "reads bytes by an encoding that could hide what they say"))
}

fn encoding(items: &[Value]) -> Option<Refusal> {
    match items {
        [
            Value::Text(_) | Value::LongText(_) | Value::ForgottenText | Value::Forgotten,
            Value::Text(encoding),
        ] if ENCODINGS.contains(&&**encoding) => None,
        _ => Some((
            Verdict::Unknown,
            "is only known to be harmless with a text and a common encoding",
        )),
    }
}

fn member(items: &[Value]) -> Option<Refusal> {
    match items {
        [Value::Global(class), Value::Text(member)]
            if class.judged.is_harmless_class() && is_constant(member) =>
        {
            None
        }
        [Value::Global(class), Value::Text(member)] if is_listed_member(class, member) => None,
        [_, Value::Text(attribute)] if !attribute.starts_with('_') && !acts(items) => {
            Some((Verdict::Unknown, "reaches an attribute that can be anything"))
        }
        _ => Some((Verdict::Unsafe, "reaches any attribute of anything")),
    }
}

/// Whether a function of a class is on a list of its own.
fn is_listed_member(class: &Global, member: &str) -> bool {
    class.full.rsplit_once('.').is_some_and(|(module, class)| {
        globals::judge(module, &format!("{class}.{member}")).is_harmless_class()
    })
}

/// Whether `getattr` is asked for what makes a time zone, as `CPython` writes it.
fn is_time_zone(items: &[Value]) -> bool {
    matches!(
        items,
        [Value::Global(class), Value::Text(method)]
            if class.full == "zoneinfo.ZoneInfo" && &**method == "_unpickle"
    )
}

/// Whether a call of what was computed is that of a time zone, by its name.
pub(super) fn makes_a_time_zone(callee: &Value, arguments: &Value) -> bool {
    let Value::Call(call) = callee else { return false };
    matches!(&call.callee, Value::Global(global) if is_builtin(global, "getattr"))
        && call.arguments.items().is_some_and(is_time_zone)
        && matches!(arguments.items(), Some([Value::Text(_), Value::Int(_) | Value::Bool(_)]))
}

fn array_function(items: &[Value]) -> Option<Refusal> {
    match items {
        [Value::Text(module), Value::Text(name)]
            if ["numpy", "scipy"].contains(&module.split('.').next().unwrap_or_default())
                && globals::judge("numpy", name).is_harmless_class() =>
        {
            None
        }
        _ => Some((Verdict::Unsafe, "imports the module that it is given")),
    }
}

/// `_reconstructor(cls, base, state)` makes `base.__new__(cls, state)` and calls `base.__init__` of it; both
/// are whatever an object says of itself that is no class.
fn reconstructor(items: &[Value]) -> Option<Refusal> {
    let [Value::Global(class), Value::Global(base), state] = items else { return Some(NO_CLASS) };
    if matches!(class.judged, Judged::Conditional(condition) if !condition.may_be_kept()) {
        return Some(NO_CLASS);
    }
    if is_builtin(base, "object") {
        return None;
    }
    if !BASES.iter().any(|known| is_builtin(base, known)) {
        return new_object(base, std::slice::from_ref(state));
    }
    (!is_plain(state)).then_some(ATTRIBUTES)
}

fn new_object(class: &Global, of: &[Value]) -> Option<Refusal> {
    match class.judged {
        Judged::Safe | Judged::Unknown | Judged::Unsafe(_) => None,
        Judged::Kept => (!of.is_empty()).then_some(WITH_ARGUMENTS),
        Judged::Conditional(condition) => {
            refusal(condition, &Value::tuple(of.to_vec(), of.len() as u64))
        }
    }
}

fn new_object_named(class: &Global) -> Option<Refusal> {
    match class.judged {
        Judged::Safe | Judged::Unknown | Judged::Unsafe(_) => None,
        Judged::Kept | Judged::Conditional(_) => Some(WITH_ARGUMENTS),
    }
}

/// `scalar(dtype, bytes)`; with a type of objects it returns whatever it is given.
fn scalar(items: &[Value]) -> Option<Refusal> {
    let is_encoded = |call: &Value| {
        states::made_of(call).is_some_and(|of| {
            ["_codecs.encode", "codecs.encode"].contains(&&*of.full)
                || is_builtin(&of, "bytes")
                || is_builtin(&of, "bytearray")
        })
    };
    match items {
        [Value::ElementType(_) | Value::Forgotten | Value::Call(_)]
        | [
            Value::ElementType(_) | Value::Forgotten | Value::Call(_),
            Value::Bytes(_) | Value::Text(_) | Value::LongText(_) | Value::ForgottenText,
        ] => None,
        [Value::ElementType(_) | Value::Forgotten | Value::Call(_), it @ Value::Call(_)]
            if is_encoded(it) =>
        {
            None
        }
        _ => Some(HANDS_ON),
    }
}

/// `partial(function, …)` is a call that somebody else makes.
pub(super) fn partial(items: &[Value]) -> Option<Refusal> {
    /// Frameworks whose classes open files that they are made with.
    const OPENING: &[&str] = &["xgboost.", "lightgbm.", "catboost."];
    match items {
        [function @ Value::Global(global), kept @ ..] if is_harmless_name(function) => {
            let opens = OPENING.iter().any(|framework| global.full.starts_with(framework));
            (opens && !kept.is_empty()).then_some(WITH_ARGUMENTS)
        }
        _ => Some((Verdict::Unknown, "keeps a call of something that it computes")),
    }
}

/// Whether arguments are none.
pub(super) fn is_empty(arguments: &Value) -> bool {
    arguments.items().is_some_and(<[Value]>::is_empty)
}

fn is_name(value: &Value) -> bool {
    matches!(value, Value::Global(_))
}

fn is_harmless_name(value: &Value) -> bool {
    matches!(value, Value::Global(global) if global.judged.is_harmless_class())
}

/// Whether a value has no attributes that somebody chose, by which something could call it.
fn is_plain(value: &Value) -> bool {
    match value {
        Value::Forgotten | Value::Persistent => false,
        Value::Call(_) => states::made_of(value)
            .is_some_and(|of| matches!(of.judged, Judged::Safe | Judged::Conditional(_))),
        _ => true,
    }
}

/// Whether a value, and all that lies in it, is plain.
fn is_flat(value: &Value) -> bool {
    match value {
        Value::Tuple(_) | Value::List(_) | Value::Dict(_) | Value::Set => false,
        Value::Call(_) => states::made_of(value).is_some_and(|of| {
            matches!(of.judged, Judged::Conditional(Condition::Encoding | Condition::Scalar))
        }),
        _ => is_plain(value),
    }
}

fn is_builtin(global: &Global, name: &str) -> bool {
    global.full.strip_prefix("builtins.").or_else(|| global.full.strip_prefix("__builtin__."))
        == Some(name)
}

/// Whether the name is that of a member of an enumeration: capitals.
fn is_constant(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_uppercase())
        && name.chars().all(|it| it.is_ascii_uppercase() || it.is_ascii_digit() || it == '_')
}

/// Whether something is reached into that acts.
pub(super) fn acts(items: &[Value]) -> bool {
    items.iter().any(is_acting)
}

pub(super) fn is_acting(value: &Value) -> bool {
    match value {
        Value::Global(global) => matches!(global.judged, Judged::Unsafe(_)),
        Value::Call(call) => is_acting(&call.callee) || call.arguments.items().is_some_and(acts),
        _ => false,
    }
}
