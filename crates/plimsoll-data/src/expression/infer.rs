//! The type of every part of an expression, and what does not go together.

use cel::common::ast::operators as op;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue};
use plimsoll_core::nearest::nearest;

use super::Complaint;
use super::functions::{self, Called};
use super::parse::Parsed;
use super::scope::{Columns, Meaning};
use super::types::Type;

/// A walk over an expression that collects what is wrong with it.
pub(super) struct Inference<'e> {
    parsed: &'e Parsed,
    columns: &'e Columns<'e>,
    locals: Vec<(&'e str, Type)>,
    pub(super) complaints: Vec<Complaint>,
}

impl<'e> Inference<'e> {
    pub(super) fn new(parsed: &'e Parsed, columns: &'e Columns<'e>) -> Self {
        Self { parsed, columns, locals: Vec::new(), complaints: Vec::new() }
    }

    /// Complains unless the whole is true or false.
    pub(super) fn must_be_true_or_false(&mut self) {
        let root = &self.parsed.root;
        match self.of(root) {
            Type::Boolean | Type::Any => {}
            other => {
                let message = format!("the expression is of type {other}, not true or false");
                self.help(root, message, "compare it with something, like `a <= b`");
            }
        }
    }

    fn wrong(&mut self, expr: &IdedExpr, message: impl Into<String>) -> Type {
        self.complaints.push(self.parsed.complain(expr, message));
        Type::Any
    }

    fn help(&mut self, expr: &IdedExpr, message: String, help: impl Into<String>) -> Type {
        let complaint = self.parsed.complain(expr, message);
        self.complaints.push(Complaint { help: Some(help.into()), ..complaint });
        Type::Any
    }

    /// Returns the type of `expr`.
    pub(super) fn of(&mut self, expr: &'e IdedExpr) -> Type {
        match self.columns.meaning(expr, &self.locals) {
            Meaning::Column(_, column_type) => return Type::of(column_type),
            Meaning::Now => return Type::Timestamp,
            Meaning::Row => {
                return self.wrong(expr, "`row` is all columns; name one: `row[\"NAME\"]`");
            }
            Meaning::Local(of) => return of,
            Meaning::Unknown(name) => return self.unknown_column(expr, name),
            Meaning::Other => {}
        }
        match &expr.expr {
            Expr::Literal(literal) => self.literal(expr, literal),
            Expr::Call(call) => self.call(expr, call),
            Expr::List(list) => self.list(&list.elements),
            Expr::Comprehension(all) => self.comprehension(all),
            Expr::Select(select) if select.test => {
                let help = format!("write `{} != null`", select.field);
                self.help(expr, "`has` tells nothing of a table".to_owned(), help)
            }
            Expr::Select(_) => self.wrong(expr, "there are no fields to select from"),
            Expr::Map(_) | Expr::Struct(_) => self.wrong(expr, "maps are not supported"),
            Expr::Ident(_) | Expr::Unspecified => self.wrong(expr, "nothing to compute"),
        }
    }

    fn unknown_column(&mut self, expr: &IdedExpr, name: &str) -> Type {
        let message = format!("`{name}` is no column of this schema");
        let locals: Vec<&str> = self.locals.iter().map(|(name, _)| *name).collect();
        let known = self.columns.names().chain(locals);
        match nearest(name, known) {
            Some(near) => self.help(expr, message, format!("the nearest column is `{near}`")),
            None => self.wrong(expr, message),
        }
    }

    fn literal(&mut self, expr: &IdedExpr, literal: &LiteralValue) -> Type {
        match literal {
            LiteralValue::Boolean(_) => Type::Boolean,
            LiteralValue::Int(_) => Type::Integer,
            LiteralValue::Double(_) => Type::Number,
            LiteralValue::String(_) => Type::String,
            LiteralValue::Null => Type::Null,
            LiteralValue::UInt(_) => {
                let message = "columns hold no unsigned integers".to_owned();
                self.help(expr, message, "write it without the `u`")
            }
            LiteralValue::Bytes(_) => {
                let message = "columns hold no bytes".to_owned();
                self.help(expr, message, "write it without the `b`")
            }
        }
    }

    fn list(&mut self, elements: &'e [IdedExpr]) -> Type {
        let mut of = Type::Any;
        for element in elements {
            let next = self.of(element);
            if let Some(joined) = of.clone().join(next.clone()) {
                of = joined;
            } else {
                let message = format!("{next} in a list of {of}");
                // The first element has the type of those before, and joins with anything itself.
                self.mixed(element, message, &[element, &elements[0]], &[next, of]);
                return Type::List(Box::new(Type::Any));
            }
        }
        Type::List(Box::new(of))
    }

    fn call(&mut self, expr: &'e IdedExpr, call: &'e CallExpr) -> Type {
        if let Some(name) = namespaced(call) {
            let arguments: Vec<Type> = call.args.iter().map(|argument| self.of(argument)).collect();
            return self.function(expr, &name, false, &arguments);
        }
        let operands: Vec<&IdedExpr> =
            call.target.as_deref().into_iter().chain(&call.args).collect();
        let types: Vec<Type> = operands.iter().map(|operand| self.of(operand)).collect();
        if types.contains(&Type::Any) {
            return result_of(&call.func_name);
        }
        match (call.func_name.as_str(), types.as_slice()) {
            (op::LOGICAL_AND | op::LOGICAL_OR | op::LOGICAL_NOT, _) => {
                for (operand, of) in operands.iter().zip(&types) {
                    if *of != Type::Boolean {
                        let sign = sign(&call.func_name);
                        self.wrong(operand, format!("`{sign}` takes true or false, this is {of}"));
                    }
                }
                Type::Boolean
            }
            (op::CONDITIONAL, [condition, yes, no]) => {
                if *condition != Type::Boolean {
                    self.wrong(
                        operands[0],
                        format!("`?` asks for true or false, this is {condition}"),
                    );
                }
                match yes.clone().join(no.clone()) {
                    Some(of) => of,
                    None => self.wrong(expr, format!("`?:` gives {yes} or {no}, not one of them")),
                }
            }
            (op::EQUALS | op::NOT_EQUALS, [one, other]) => {
                if !one.may_equal(other) {
                    let message = format!("{one} and {other} are never equal");
                    self.mixed(expr, message, &operands, &types);
                }
                Type::Boolean
            }
            (op::LESS | op::LESS_EQUALS | op::GREATER | op::GREATER_EQUALS, [one, other]) => {
                let ordered = !matches!(one, Type::Null | Type::List(_));
                let both = one == other || (one.is_numeric() && other.is_numeric());
                if !(ordered && both) {
                    let sign = sign(&call.func_name);
                    let message = format!("`{sign}` does not compare {one} with {other}");
                    self.mixed(expr, message, &operands, &types);
                }
                Type::Boolean
            }
            (op::IN, [one, Type::List(of)]) => {
                if !one.may_equal(of) || *one == Type::Null {
                    self.wrong(expr, format!("{one} is never in a list of {of}"));
                }
                Type::Boolean
            }
            (op::NEGATE, [of @ (Type::Integer | Type::Number)]) => of.clone(),
            (op::INDEX, [Type::List(of), Type::Integer]) => (**of).clone(),
            (op::ADD, [one, other]) => self.sum(expr, &operands, &types, (one, other)),
            (op::SUBSTRACT, [Type::Timestamp, Type::Timestamp]) => Type::Duration,
            (op::SUBSTRACT, [one @ (Type::Timestamp | Type::Duration), Type::Duration]) => {
                one.clone()
            }
            (
                op::SUBSTRACT | op::MULTIPLY | op::DIVIDE,
                [one @ (Type::Integer | Type::Number), other],
            ) if one == other => one.clone(),
            (op::MODULO, [Type::Integer, Type::Integer]) => Type::Integer,
            (name, _) if is_operator(name) => {
                let words: Vec<String> = types.iter().map(ToString::to_string).collect();
                let sign = sign(name);
                let message = format!("`{sign}` does not take {}", words.join(" and "));
                self.mixed(expr, message, &operands, &types)
            }
            (name, types) => self.function(expr, name, call.target.is_some(), types),
        }
    }

    fn sum(
        &mut self,
        expr: &IdedExpr,
        operands: &[&IdedExpr],
        types: &[Type],
        (one, other): (&Type, &Type),
    ) -> Type {
        match (one, other) {
            (Type::Integer | Type::Number | Type::String | Type::Duration, _) if one == other => {
                one.clone()
            }
            (Type::Timestamp, Type::Duration) | (Type::Duration, Type::Timestamp) => {
                Type::Timestamp
            }
            (Type::List(_), Type::List(_)) => match one.clone().join(other.clone()) {
                Some(joined) => joined,
                None => self.wrong(expr, format!("`+` does not join {one} and {other}")),
            },
            _ => {
                let message = format!("`+` does not take {one} and {other}");
                self.mixed(expr, message, operands, types)
            }
        }
    }

    /// Complains about operands that do not go together, and says how they would.
    fn mixed(
        &mut self,
        expr: &IdedExpr,
        message: String,
        operands: &[&IdedExpr],
        types: &[Type],
    ) -> Type {
        let is_mixed = types.contains(&Type::Integer) && types.contains(&Type::Number);
        let whole = types.iter().position(|of| *of == Type::Integer).filter(|_| is_mixed);
        let null = types.contains(&Type::Null);
        match whole.and_then(|at| operands.get(at)).map(|operand| &operand.expr) {
            Some(Expr::Literal(LiteralValue::Int(number))) => {
                self.help(expr, message, format!("write `{}.0`", number.inner()))
            }
            Some(Expr::Ident(name)) => self.help(expr, message, format!("write `double({name})`")),
            Some(_) => self.help(expr, message, "put `double(…)` around the integer"),
            None if null => self.help(expr, message, "ask `x == null` or `x != null`"),
            None => self.wrong(expr, message),
        }
    }

    fn function(
        &mut self,
        expr: &'e IdedExpr,
        name: &str,
        has_receiver: bool,
        arguments: &[Type],
    ) -> Type {
        match functions::find(name, has_receiver, arguments) {
            Called::Known(result) => result,
            Called::Misused(usage) => {
                let words: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                let message = if words.is_empty() {
                    format!("`{name}` is called with nothing")
                } else {
                    format!("`{name}` does not take {}", words.join(", "))
                };
                self.help(expr, message, format!("it is called as {usage}"))
            }
            Called::Unknown => {
                let message = format!("there is no function `{name}`");
                match nearest(name, functions::names()) {
                    Some(near) => {
                        self.help(expr, message, format!("the nearest function is `{near}`"))
                    }
                    None => self.wrong(expr, message),
                }
            }
        }
    }

    /// Returns the type of what a macro became: `all`, `exists`, `exists_one`, `map`, `filter`.
    fn comprehension(&mut self, all: &'e ComprehensionExpr) -> Type {
        let element = match self.of(&all.iter_range) {
            Type::List(of) => *of,
            Type::Any => Type::Any,
            other => self.wrong(&all.iter_range, format!("this is {other}, not a list")),
        };
        let start = self.of(&all.accu_init);
        let depth = self.locals.len();
        self.locals.push((all.iter_var.as_str(), element));
        self.locals.push((all.accu_var.as_str(), start));
        self.of(&all.loop_cond);
        // A list begins empty, and what it holds is known behind the first step.
        let step = self.of(&all.loop_step);
        if let Some((_, accumulated)) = self.locals.last_mut() {
            *accumulated = step;
        }
        let result = self.of(&all.result);
        self.locals.truncate(depth);
        result
    }
}

/// Returns the name of `math.abs(x)`, which looks like a method of `math`.
pub(super) fn namespaced(call: &CallExpr) -> Option<String> {
    match &call.target.as_deref()?.expr {
        Expr::Ident(space) if space == "math" => Some(format!("math.{}", call.func_name)),
        _ => None,
    }
}

fn is_operator(name: &str) -> bool {
    name.contains('_') && !name.starts_with('@') || name == op::IN
}

/// Returns the type of a call one of whose arguments was complained about.
fn result_of(name: &str) -> Type {
    match name {
        op::LOGICAL_AND
        | op::LOGICAL_OR
        | op::LOGICAL_NOT
        | op::EQUALS
        | op::NOT_EQUALS
        | op::LESS
        | op::LESS_EQUALS
        | op::GREATER
        | op::GREATER_EQUALS
        | op::IN => Type::Boolean,
        _ => Type::Any,
    }
}

/// Returns an operator as people write it.
fn sign(name: &str) -> &str {
    match name {
        op::IN => "in",
        op::INDEX => "[]",
        name => name.trim_matches('_'),
    }
}
