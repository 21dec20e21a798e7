//! The expressions of a template: what binds how strongly.

use super::Fault;
use super::lexer::Token;
use super::parser::{Argument, Expression, Parser};

/// How deep expressions may lie in one another.
const DEEPEST: usize = 60;

impl Parser {
    /// An expression, or several with commas between them.
    pub(super) fn tuple(&mut self) -> Result<Expression, Fault> {
        let first = self.expression()?;
        if self.is_operator(",") { self.rest_of_tuple(first) } else { Ok(first) }
    }

    pub(super) fn rest_of_tuple(&mut self, first: Expression) -> Result<Expression, Fault> {
        let mut items = vec![first];
        while self.take_operator(",") {
            if self.peek().is_none() || self.is_operator(")") {
                break;
            }
            items.push(self.expression()?);
        }
        Ok(Expression::Collection(items))
    }

    pub(super) fn expression(&mut self) -> Result<Expression, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::new(format!("expressions lie more than {DEEPEST} deep")));
        }
        let mut value = self.or()?;
        while self.take_word("if") {
            let condition = self.or()?;
            let mut values = vec![value, Expression::Truth(vec![condition])];
            if self.take_word("else") {
                values.push(self.expression()?);
            }
            value = Expression::Choice(values);
        }
        self.depth -= 1;
        Ok(value)
    }

    pub(super) fn or(&mut self) -> Result<Expression, Fault> {
        let mut values = vec![self.and()?];
        while self.take_word("or") {
            values.push(self.and()?);
        }
        Ok(one_or(values, Expression::Choice))
    }

    fn and(&mut self) -> Result<Expression, Fault> {
        let mut values = vec![self.not()?];
        while self.take_word("and") {
            values.push(self.not()?);
        }
        Ok(one_or(values, Expression::Choice))
    }

    fn not(&mut self) -> Result<Expression, Fault> {
        let mut is_negated = false;
        while self.take_word("not") {
            is_negated = true;
        }
        let value = self.compare()?;
        Ok(if is_negated { Expression::Truth(vec![value]) } else { value })
    }

    fn compare(&mut self) -> Result<Expression, Fault> {
        let mut values = vec![self.sum()?];
        loop {
            let is_operator = ["==", "!=", ">", ">=", "<", "<="]
                .into_iter()
                .any(|operator| self.take_operator(operator));
            let is_not_in = self.is_word("not")
                && matches!(self.tokens.get(self.at + 1), Some(Token::Name(next)) if next == "in");
            if is_not_in {
                self.at += 2;
            }
            if !is_operator && !is_not_in && !self.take_word("in") {
                break;
            }
            values.push(self.sum()?);
        }
        Ok(one_or(values, Expression::Truth))
    }

    fn sum(&mut self) -> Result<Expression, Fault> {
        let mut value = self.join()?;
        loop {
            if self.take_operator("+") {
                value = Expression::Sum(Box::new(value), Box::new(self.join()?));
            } else if self.take_operator("-") {
                value = Expression::Arithmetic("-", Box::new(value), Box::new(self.join()?));
            } else {
                return Ok(value);
            }
        }
    }

    fn join(&mut self) -> Result<Expression, Fault> {
        let mut values = vec![self.product()?];
        while self.take_operator("~") {
            values.push(self.product()?);
        }
        Ok(one_or(values, Expression::Join))
    }

    fn product(&mut self) -> Result<Expression, Fault> {
        let mut value = self.filtered()?;
        'more: loop {
            for operator in ["*", "/", "//", "%", "**"] {
                if self.take_operator(operator) {
                    let right = self.filtered()?;
                    value = Expression::Arithmetic(operator, Box::new(value), Box::new(right));
                    continue 'more;
                }
            }
            return Ok(value);
        }
    }

    /// A value with its filters and tests, which bind weaker than a sign.
    fn filtered(&mut self) -> Result<Expression, Fault> {
        let value = self.unary()?;
        self.filters(value)
    }

    /// A value with its sign, and with what is looked up in it.
    fn unary(&mut self) -> Result<Expression, Fault> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Fault::new(format!("expressions lie more than {DEEPEST} deep")));
        }
        let value = if self.take_operator("-") || self.take_operator("+") {
            let operand = self.unary()?;
            Expression::Arithmetic("-", Box::new(Expression::Number), Box::new(operand))
        } else {
            let value = self.primary()?;
            self.postfix(value)?
        };
        self.depth -= 1;
        Ok(value)
    }

    fn primary(&mut self) -> Result<Expression, Fault> {
        let token = self.peek().cloned().ok_or_else(|| Fault::new("a value is missing"))?;
        self.at += 1;
        match token {
            Token::Text(mut text) => {
                // Texts one behind the other are one.
                while let Some(Token::Text(more)) = self.peek() {
                    text.push_str(more);
                    self.at += 1;
                }
                Ok(Expression::Text(text))
            }
            Token::Number => Ok(Expression::Number),
            Token::Name(name) => Ok(match name.as_str() {
                "true" | "false" | "none" | "True" | "False" | "None" => {
                    Expression::Truth(Vec::new())
                }
                _ => Expression::Name(name),
            }),
            Token::Operator("(") => {
                if self.take_operator(")") {
                    return Ok(Expression::Collection(Vec::new()));
                }
                let value = self.tuple()?;
                self.expect(")")?;
                Ok(value)
            }
            Token::Operator("[") => self.collection("]"),
            Token::Operator("{") => self.collection("}"),
            Token::Operator(operator) => Err(Fault::new(format!("`{operator}` is not expected"))),
        }
    }

    fn collection(&mut self, end: &str) -> Result<Expression, Fault> {
        let (mut keys, mut values) = (Vec::new(), Vec::new());
        while !self.take_operator(end) {
            if end == "}" {
                keys.push(self.expression()?);
                self.expect(":")?;
            }
            values.push(self.expression()?);
            if !self.take_operator(",") && !self.is_operator(end) {
                return Err(Fault::new(format!("`{end}` is missing")));
            }
        }
        Ok(if end == "}" { Expression::Map(keys, values) } else { Expression::Collection(values) })
    }

    fn postfix(&mut self, mut value: Expression) -> Result<Expression, Fault> {
        loop {
            if self.take_operator(".") {
                if self.peek() == Some(&Token::Number) {
                    self.at += 1;
                    value = Expression::Subscript(Box::new(value), Box::new(Expression::Number));
                } else {
                    value = Expression::Attribute(Box::new(value), self.name()?);
                }
            } else if self.take_operator("[") {
                value = self.subscript(value)?;
            } else if self.is_operator("(") {
                value = Expression::Call(Box::new(value), self.arguments()?);
            } else {
                return Ok(value);
            }
        }
    }

    fn subscript(&mut self, value: Expression) -> Result<Expression, Fault> {
        let mut parts = Vec::new();
        let mut is_slice = false;
        loop {
            if self.take_operator(":") {
                is_slice = true;
            } else if self.take_operator("]") {
                break;
            } else {
                parts.push(self.tuple()?);
            }
        }
        match (<[Expression; 1]>::try_from(parts), is_slice) {
            (Ok([part]), false) => Ok(Expression::Subscript(Box::new(value), Box::new(part))),
            (Ok([part]), true) => Ok(Expression::Slice(Box::new(value), vec![part])),
            (Err(parts), true) => Ok(Expression::Slice(Box::new(value), parts)),
            (Err(_), false) => Err(Fault::new("brackets hold no single value")),
        }
    }

    pub(super) fn filters(&mut self, mut value: Expression) -> Result<Expression, Fault> {
        loop {
            if self.take_operator("|") {
                let name = self.dotted()?;
                let arguments = if self.is_operator("(") { self.arguments()? } else { Vec::new() };
                value = Expression::Filter(Some(Box::new(value)), name, arguments);
            } else if self.take_word("is") {
                self.take_word("not");
                value = self.test(value)?;
            } else if self.is_operator("(") {
                value = Expression::Call(Box::new(value), self.arguments()?);
            } else {
                return Ok(value);
            }
        }
    }

    fn test(&mut self, value: Expression) -> Result<Expression, Fault> {
        const FOLLOWING: [&str; 6] = ["else", "or", "and", "if", "is", "in"];
        let name = self.dotted()?;
        let arguments = if self.is_operator("(") {
            self.arguments()?
        } else {
            let follows = match self.peek() {
                Some(Token::Name(name)) => !FOLLOWING.contains(&name.as_str()) && name != "not",
                Some(Token::Text(_) | Token::Number | Token::Operator("[" | "{")) => true,
                _ => false,
            };
            if follows { vec![Argument { name: None, value: self.unary()? }] } else { Vec::new() }
        };
        Ok(Expression::Test(Box::new(value), name, arguments))
    }

    fn dotted(&mut self) -> Result<String, Fault> {
        let mut name = self.name()?;
        while self.take_operator(".") {
            name = format!("{name}.{}", self.name()?);
        }
        Ok(name)
    }

    pub(super) fn arguments(&mut self) -> Result<Vec<Argument>, Fault> {
        self.expect("(")?;
        let mut arguments = Vec::new();
        while !self.take_operator(")") {
            let is_named = matches!(self.peek(), Some(Token::Name(_)))
                && self.tokens.get(self.at + 1) == Some(&Token::Operator("="));
            let name = if self.take_operator("**") {
                Some("**".to_owned())
            } else if self.take_operator("*") {
                Some("*".to_owned())
            } else if is_named {
                let name = self.name()?;
                self.expect("=")?;
                Some(name)
            } else {
                None
            };
            arguments.push(Argument { name, value: self.expression()? });
            if !self.take_operator(",") && !self.is_operator(")") {
                return Err(Fault::new("`)` is missing"));
            }
        }
        Ok(arguments)
    }
}

fn one_or(mut values: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match (values.len(), values.pop()) {
        (1, Some(value)) => value,
        (_, last) => {
            values.extend(last);
            many(values)
        }
    }
}
