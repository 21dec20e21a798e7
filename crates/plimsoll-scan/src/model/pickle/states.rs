//! What a pickle makes of objects after they were made: it gives them a state and puts things into them.
//!
//! Python and `NumPy` look up what to call among the attributes of an object (`__setstate__`, `append`,
//! `__array_interface__`), and a state can put anything in their place.

use std::rc::Rc;

use super::conditions::partial;
use super::machine::{Halt, Machine};
use super::value::{Global, Value};
use crate::model::globals::{Condition, Judged};
use crate::model::report::Verdict;

/// Attributes that are called, or believed, by whoever gets the object.
const HOOKS: &[&str] = &[
    "__add__",
    "__array__",
    "__array_finalize__",
    "__array_function__",
    "__array_interface__",
    "__array_prepare__",
    "__array_struct__",
    "__array_ufunc__",
    "__array_wrap__",
    "__arrow_array__",
    "__arrow_c_array__",
    "__arrow_c_schema__",
    "__arrow_c_stream__",
    "__bases__",
    "__bool__",
    "__bytes__",
    "__call__",
    "__class__",
    "__closure__",
    "__code__",
    "__complex__",
    "__contains__",
    "__copy__",
    "__cuda_array_interface__",
    "__dataframe__",
    "__deepcopy__",
    "__defaults__",
    "__del__",
    "__delattr__",
    "__dict__",
    "__dlpack__",
    "__dlpack_device__",
    "__enter__",
    "__eq__",
    "__exit__",
    "__float__",
    "__format__",
    "__fspath__",
    "__func__",
    "__get__",
    "__getattr__",
    "__getattribute__",
    "__getitem__",
    "__getnewargs__",
    "__getnewargs_ex__",
    "__getstate__",
    "__globals__",
    "__hash__",
    "__index__",
    "__init__",
    "__init_subclass__",
    "__instancecheck__",
    "__int__",
    "__iter__",
    "__kwdefaults__",
    "__len__",
    "__length_hint__",
    "__missing__",
    "__new__",
    "__next__",
    "__reduce__",
    "__reduce_ex__",
    "__repr__",
    "__self__",
    "__set__",
    "__setattr__",
    "__setitem__",
    "__setstate__",
    "__str__",
    "__subclasscheck__",
    "__torch_dispatch__",
    "__torch_function__",
    "__wrapped__",
];

/// Classes to whose objects instructions add entries, or change them.
const CONTAINERS: &[&str] = &[
    "Bunch",
    "Counter",
    "FrozenList",
    "OptimizeResult",
    "OrderedDict",
    "bytearray",
    "defaultdict",
    "deque",
    "dict",
    "list",
];

/// Classes to whose objects instructions append. To do so they ask for an attribute, which is no method of
/// dicts whose entries are attributes, but an entry.
const ROWS: &[&str] = &["FrozenList", "bytearray", "deque", "list", "set"];

/// Those of [`CONTAINERS`] that are dicts.
const DICTS: &[&str] =
    &["Bunch", "Counter", "OptimizeResult", "OrderedDict", "defaultdict", "dict"];

/// Whether `text` names an attribute that somebody calls or believes.
pub(super) fn is_hook(text: &str) -> bool {
    // Asked of every text of a pickle, of which nearly none begins so.
    text.starts_with("__") && HOOKS.binary_search(&text).is_ok()
}

/// Whether a value under the name of a hook could be one: numbers and texts are not.
pub(super) fn could_hook(value: &Value) -> bool {
    match value {
        Value::None
        | Value::Bool(_)
        | Value::Int(_)
        | Value::Float(_)
        | Value::Text(_)
        | Value::LongText(_)
        | Value::ForgottenText
        | Value::Bytes(_) => false,
        Value::Call(_) => {
            !made_of(value).is_some_and(|of| of.judged == Judged::Conditional(Condition::Scalar))
        }
        _ => true,
    }
}

/// Returns the name of what made an object: its class where that is given to a function.
pub(super) fn made_of(value: &Value) -> Option<Rc<Global>> {
    let Value::Call(call) = value else {
        let Value::Global(global) = value else { return None };
        return Some(Rc::clone(global));
    };
    let Value::Global(callee) = &call.callee else { return None };
    let is_given_it = matches!(
        callee.judged,
        Judged::Conditional(
            Condition::Reconstructor
                | Condition::NewObject
                | Condition::NewObjectNamed
                | Condition::Classes(_)
                | Condition::Generator
        )
    );
    match call.arguments.items() {
        Some([Value::Global(class), ..]) if is_given_it => Some(Rc::clone(class)),
        _ => Some(Rc::clone(callee)),
    }
}

/// Whether a state is written out, so that it can be told what is in it.
pub(super) fn is_told(state: &Value) -> bool {
    !matches!(
        state,
        Value::Call(_) | Value::Forgotten | Value::Global(_) | Value::Persistent | Value::Set
    )
}

fn is_dict_of_a_class(value: &Value) -> bool {
    matches!(value, Value::Call(_)) && made_of(value).is_some_and(|of| DICTS.contains(&of.name()))
}

/// Whether it is the class of what `numpy.dtype` returns.
fn is_element_type(of: &Rc<Global>) -> bool {
    of.full == "numpy.dtype" || of.full.starts_with("numpy.dtypes.")
}

/// What is wrong with the keys of a state.
enum Keys {
    Hook(Rc<str>),
    Computed,
}

fn keys(state: &Value) -> Option<Keys> {
    match state {
        Value::Dict(entries) => {
            let entries = entries.borrow();
            match &entries.hook {
                Some(hook) => Some(Keys::Hook(Rc::clone(hook))),
                None => entries.is_computed.then_some(Keys::Computed),
            }
        }
        Value::Tuple(items) => items.kept.iter().find_map(|item| match item {
            Value::Dict(_) => keys(item),
            _ => (items.count == 2 && is_dict_of_a_class(item)).then_some(Keys::Computed),
        }),
        _ => None,
    }
}

impl Machine<'_, '_> {
    /// Judges an object that is given a state.
    pub(super) fn given(&mut self, object: &Value, state: &Value) {
        match object {
            Value::Global(global) => return self.changes(global),
            Value::Call(_) | Value::ElementType(_) => {}
            Value::Forgotten | Value::Persistent => {
                let message = "gives a state to something that cannot be told";
                return self.found("model.pickle-call", Verdict::Unknown, message, None);
            }
            // Numbers, texts and containers take none.
            _ => return,
        }
        let of = made_of(object);
        let judged = of.as_ref().map(|of| of.judged);
        match judged {
            // Each of these is a finding already.
            Some(Judged::Unknown | Judged::Unsafe(_)) => return,
            Some(Judged::Conditional(Condition::Member)) => {
                let message = "gives a state to what it has reached through a name";
                self.found("model.pickle-call", Verdict::Unknown, message, None);
            }
            Some(Judged::Conditional(Condition::Partial)) => {
                if let Some((verdict, why)) = partial(state.items().unwrap_or_default()) {
                    self.found("model.pickle-call", verdict, why, None);
                }
            }
            _ if matches!(object, Value::Call(_)) && of.as_ref().is_some_and(is_element_type) => {
                let message = "makes a type of elements in a way that cannot be followed";
                self.found("model.pickle-call", Verdict::Unknown, message, None);
            }
            _ => {}
        }
        let of = of.map_or_else(|| "an object".to_owned(), |of| format!("`{}`", of.full));
        if !is_told(state) {
            let message = format!("{of} is given a state that cannot be told");
            self.found("model.pickle-call", Verdict::Unknown, &message, None);
        }
        match keys(state) {
            Some(Keys::Hook(hook)) => {
                let message = format!("puts `{hook}`, which is called unasked, into {of}");
                self.found("model.pickle-call", Verdict::Unsafe, &message, None);
            }
            Some(Keys::Computed) => {
                let message = format!("{of} is given attributes whose names are computed");
                self.found("model.pickle-call", Verdict::Unknown, &message, None);
            }
            None => {}
        }
    }

    /// Returns what an entry is set of.
    pub(super) fn container(&mut self) -> Result<Value, Halt> {
        self.added_to(CONTAINERS)
    }

    /// Returns what is appended to.
    pub(super) fn row(&mut self) -> Result<Value, Halt> {
        self.added_to(ROWS)
    }

    fn added_to(&mut self, classes: &[&str]) -> Result<Value, Halt> {
        let top = self.top()?;
        match &top {
            Value::Global(global) => {
                let global = Rc::clone(global);
                self.changes(&global);
            }
            Value::Call(_) | Value::Forgotten | Value::Persistent => {
                let of = made_of(&top);
                let is_known = of.as_ref().is_some_and(|of| {
                    classes.contains(&of.name())
                        || matches!(of.judged, Judged::Unknown | Judged::Unsafe(_))
                });
                if !is_known {
                    let of =
                        of.map_or_else(|| "something".to_owned(), |of| format!("`{}`", of.full));
                    let message = format!("adds to {of}, which is not known to be a container");
                    self.found("model.pickle-call", Verdict::Unknown, &message, None);
                }
            }
            Value::Dict(entries) if entries.borrow().are_fields => {
                let message = "changes the fields of a type of elements that is in use";
                self.found("model.pickle-call", Verdict::Unsafe, message, None);
            }
            _ => {}
        }
        Ok(top)
    }

    /// Judges an entry of any dict: it may become the attributes of an object.
    pub(super) fn entry(&mut self, key: &Value, value: &Value) {
        if let Value::Text(text) = key
            && is_hook(text)
            && could_hook(value)
        {
            let message = format!("keeps an object as `{text}`, which is called unasked");
            self.found("model.pickle-call", Verdict::Unknown, &message, None);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_are_sorted_so_that_each_is_found() {
        assert!(HOOKS.is_sorted());
        assert!(HOOKS.iter().all(|hook| is_hook(hook)));
        assert!(!is_hook("__metadata__") && !is_hook("append"));
    }
}
