//! What a pickle does with names: ask for them, call them, change them, put them into something.

use std::rc::Rc;

use super::array;
use super::conditions::{is_acting, makes_a_time_zone};
use super::machine::{Halt, Machine, Reader, broken, element_type};
use super::names::full_name;
use super::render;
use super::value::{Global, Value};
use crate::model::globals::{self, Condition, Judged};
use crate::model::report::{Finding, Verdict};
use crate::model::torch;

impl Machine<'_, '_> {
    /// Asks for a name.
    pub(super) fn name(&mut self, module: &str, name: &str) -> Value {
        let is_of_archive = self.reader == Reader::TorchScript
            && (module == "__torch__" || module.starts_with("__torch__."))
            && !torch::is_foreign(&full_name(module, name));
        let judged = if is_of_archive { Judged::Safe } else { globals::judge(module, name) };
        self.names.ask((module, name), judged, self.offset, self.opcode);
        let full = full_name(module, name);
        let global = self.global(&full, || Global { full: full.clone(), judged });
        Value::Global(global)
    }

    pub(super) fn stack_global(&mut self) -> Result<(), Halt> {
        let (name, module) = (self.pop()?, self.pop()?);
        let value = if let (Some(module), Some(name)) = (module.text(), name.text()) {
            self.name(module, name)
        } else {
            let mut shown = render::call(
                &Value::Forgotten,
                &Value::tuple(vec![module.clone(), name.clone()], 2),
            );
            shown.insert_str(0, "import ");
            let is_computed = [&module, &name].iter().any(|it| matches!(it, Value::Call(_)));
            let (verdict, message) = if is_computed {
                (Verdict::Unsafe, "computes the name that it imports, which hides it")
            } else if matches!(
                (&module, &name),
                (
                    Value::Forgotten | Value::ForgottenText | Value::Text(_),
                    Value::Forgotten | Value::ForgottenText | Value::Text(_)
                )
            ) {
                (
                    Verdict::Unknown,
                    "imports a name that was kept among more values than are remembered",
                )
            } else {
                return broken("it asks for a name that is no text");
            };
            self.found("model.pickle-global", verdict, message, Some(shown));
            Value::Forgotten
        };
        self.stack.push(value);
        Ok(())
    }

    /// Calls something, or makes an object of a class, which is the same to those who load it.
    pub(super) fn call(&mut self, callee: Value, arguments: Value) -> Result<(), Halt> {
        let result = match &callee {
            Value::Global(global) => {
                let global = Rc::clone(global);
                self.names.called(&global.full, || render::call(&callee, &arguments));
                self.call_listed(&global, &callee, &arguments);
                if global.full == "numpy.dtype" {
                    element_type(&arguments)
                } else {
                    Value::call(callee, arguments)
                }
            }
            Value::Call(_) if makes_a_time_zone(&callee, &arguments) => {
                Value::call(callee, arguments)
            }
            Value::Call(_) | Value::Forgotten | Value::Persistent | Value::ElementType(_) => {
                let shown = render::call(&callee, &arguments);
                let message = "calls what it has computed, so that it cannot be told what that is";
                let verdict = if is_acting(&callee) { Verdict::Unsafe } else { Verdict::Unknown };
                self.found("model.pickle-call", verdict, message, Some(shown));
                Value::call(callee, arguments)
            }
            // CPython refuses to call a number, a text, a container.
            _ => return broken("it calls what cannot be called"),
        };
        self.stack.push(result);
        Ok(())
    }

    /// Notes that a value becomes a part of something, or an argument.
    ///
    /// What is harmless only when it is called with the right values must not get out of sight.
    pub(super) fn stored(&mut self, value: &Value) {
        if let Value::ElementType(element) = value {
            element.borrow_mut().settle();
        }
        let Value::Global(global) = value else { return };
        let is_kept_so = |judged| matches!(judged, Judged::Conditional(it) if !it.may_be_kept());
        let why = if is_kept_so(global.judged) {
            "is handed on, so that it cannot be told what it is called with"
        } else if array::is_wrapper(&global.full) {
            "is handed on, so that it cannot be told where an array follows"
        } else {
            return;
        };
        let full = global.full.clone();
        // `type` makes classes of text.
        let is_type = global.judged == Judged::Conditional(Condition::Constant);
        let verdict = if is_type { Verdict::Unsafe } else { Verdict::Unknown };
        self.names.misuse(&full, verdict, why, self.offset, self.opcode);
    }

    /// Notes that an object is given a state that is no object of its own: a class, a function.
    pub(super) fn changes(&mut self, global: &Global) {
        let full = global.full.clone();
        let message = format!("changes `{full}` itself, for the whole program");
        self.found("model.pickle-call", Verdict::Unsafe, &message, None);
    }

    pub(super) fn extension(&mut self, code: u32) {
        let message =
            format!("asks for number {code} of a registry of names that is not in the file");
        self.found("model.pickle-global", Verdict::Unknown, &message, None);
        self.stack.push(Value::Forgotten);
    }

    pub(super) fn persistent(&mut self, identifier: &Value) {
        let value = match identifier.items() {
            _ if self.reader == Reader::Python => None,
            Some([Value::Text(kind), ..]) if &**kind == "storage" => Some(Value::Persistent),
            // Old files name the class of a module with its source, which is compared and not run.
            Some([Value::Text(kind), class @ Value::Global(global), ..])
                if &**kind == "module"
                    && global.full.starts_with("torch.nn.modules.")
                    && global.judged == Judged::Kept =>
            {
                Some(class.clone())
            }
            _ => None,
        };
        if value.is_none() {
            let message = "asks its reader for an object that is not in the file";
            self.found("model.pickle-persistent", Verdict::Unknown, message, None);
        }
        self.stack.push(value.unwrap_or(Value::Persistent));
    }

    pub(super) fn needs_buffers(&mut self) {
        let message = "needs buffers that are kept outside of the file";
        self.found("model.pickle-persistent", Verdict::Unknown, message, None);
    }

    /// Whether the next value is what a model is loaded from.
    pub(super) fn is_loader_on_top(&self) -> bool {
        let is_loader =
            |global: &Global| global.judged == Judged::Conditional(Condition::TorchBytes);
        matches!(self.stack.under_mark(), Some(Value::Global(global)) if is_loader(global))
    }

    pub(super) fn found(
        &mut self,
        code: &str,
        verdict: Verdict,
        message: &str,
        call: Option<String>,
    ) {
        let mut finding = Finding::new(code, verdict, message).at(self.offset);
        finding.opcode = Some(self.opcode.to_owned());
        finding.call = call;
        self.names.found(finding);
    }
}
