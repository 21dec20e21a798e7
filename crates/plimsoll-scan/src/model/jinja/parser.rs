//! The statements of a template.

use super::Fault;
use super::lexer::{Tag, Token};

/// An expression.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Expression {
    Text(String),
    Number,
    /// True, false, none, and what compares.
    Truth(Vec<Expression>),
    Name(String),
    /// A list or a tuple.
    Collection(Vec<Expression>),
    /// A dictionary: its keys and its values.
    Map(Vec<Expression>, Vec<Expression>),
    Attribute(Box<Expression>, String),
    Subscript(Box<Expression>, Box<Expression>),
    Slice(Box<Expression>, Vec<Expression>),
    Call(Box<Expression>, Vec<Argument>),
    Filter(Option<Box<Expression>>, String, Vec<Argument>),
    Test(Box<Expression>, String, Vec<Argument>),
    /// Texts joined by `~`.
    Join(Vec<Expression>),
    /// `+`, which adds numbers, and joins texts and lists.
    Sum(Box<Expression>, Box<Expression>),
    /// What is left of the arithmetic, with its operator.
    Arithmetic(&'static str, Box<Expression>, Box<Expression>),
    /// One of them: `and`, `or`, `a if b else c`.
    Choice(Vec<Expression>),
}

/// An argument of a call, perhaps by name; `*` and `**` for those that are spread.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Argument {
    pub(super) name: Option<String>,
    pub(super) value: Expression,
}

/// What a tag does, without its place: the judgement does not depend on the order.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statement {
    /// Something is computed.
    Compute(Expression),
    /// A name gets a value.
    Assign(Target, Expression),
    /// Names go through the values of something.
    Each(Vec<Target>, Expression),
    /// A name gets what is written up to an end.
    Capture(Target, Vec<Expression>),
    /// A macro and the names of its parameters.
    Macro(String, Vec<(String, Option<Expression>)>),
    /// A tag that loads something else, or that is not known.
    Odd(String),
    /// An end, an `else` and the like.
    Nothing,
}

/// What gets a value.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Target {
    Name(String),
    Attribute(String),
}

/// Parses the tags of a template.
pub(super) fn statements(tags: Vec<Tag>) -> Result<Vec<Statement>, Fault> {
    tags.into_iter()
        .map(|tag| match tag {
            Tag::Output(tokens) => {
                let mut parser = Parser { tokens, at: 0, depth: 0 };
                let value = parser.tuple()?;
                parser.end()?;
                Ok(Statement::Compute(value))
            }
            Tag::Statement(tokens) => Parser { tokens, at: 0, depth: 0 }.statement(),
        })
        .collect()
}

/// Reads the tokens of one tag.
pub(super) struct Parser {
    pub(super) tokens: Vec<Token>,
    pub(super) at: usize,
    pub(super) depth: usize,
}

impl Parser {
    pub(super) fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    pub(super) fn is_operator(&self, operator: &str) -> bool {
        matches!(self.peek(), Some(Token::Operator(found)) if *found == operator)
    }

    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(self.peek(), Some(Token::Name(found)) if found == word)
    }

    pub(super) fn take_operator(&mut self, operator: &str) -> bool {
        let is_there = self.is_operator(operator);
        self.at += usize::from(is_there);
        is_there
    }

    pub(super) fn take_word(&mut self, word: &str) -> bool {
        let is_there = self.is_word(word);
        self.at += usize::from(is_there);
        is_there
    }

    pub(super) fn expect(&mut self, operator: &str) -> Result<(), Fault> {
        if self.take_operator(operator) {
            return Ok(());
        }
        Err(Fault::new(format!("`{operator}` is missing")))
    }

    pub(super) fn name(&mut self) -> Result<String, Fault> {
        match self.peek() {
            Some(Token::Name(name)) => {
                let name = name.clone();
                self.at += 1;
                Ok(name)
            }
            _ => Err(Fault::new("a name is missing")),
        }
    }

    fn end(&self) -> Result<(), Fault> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(Fault::new("a tag goes on where it should end")),
        }
    }

    fn statement(mut self) -> Result<Statement, Fault> {
        let word = self.name()?;
        let statement = match word.as_str() {
            "if" | "elif" | "do" => Statement::Compute(self.tuple()?),
            "for" => self.each()?,
            "set" => self.set()?,
            "macro" => {
                let name = self.name()?;
                Statement::Macro(name, self.parameters()?)
            }
            "call" => {
                if self.is_operator("(") {
                    let parameters = self.parameters()?;
                    let called = self.expression()?;
                    self.end()?;
                    let names =
                        parameters.into_iter().map(|(name, _)| Target::Name(name)).collect();
                    return Ok(Statement::Each(names, called));
                }
                Statement::Compute(self.expression()?)
            }
            "filter" => {
                let name = self.name()?;
                let arguments = if self.is_operator("(") { self.arguments()? } else { Vec::new() };
                let first = Expression::Filter(None, name, arguments);
                Statement::Compute(self.filters(first)?)
            }
            "else" | "endif" | "endfor" | "endset" | "endmacro" | "endcall" | "endfilter"
            | "break" | "continue" | "generation" | "endgeneration" => Statement::Nothing,
            _ => return Ok(Statement::Odd(word)),
        };
        self.end()?;
        Ok(statement)
    }

    fn each(&mut self) -> Result<Statement, Fault> {
        let mut targets = Vec::new();
        let in_brackets = self.take_operator("(");
        loop {
            targets.push(Target::Name(self.name()?));
            if !self.take_operator(",") {
                break;
            }
        }
        if in_brackets {
            self.expect(")")?;
        }
        if !self.take_word("in") {
            return Err(Fault::new("a loop has no `in`"));
        }
        // Without the condition, which would be taken for one of a choice.
        let values = self.or()?;
        let values = if self.is_operator(",") { self.rest_of_tuple(values)? } else { values };
        let condition = if self.take_word("if") { Some(self.expression()?) } else { None };
        self.take_word("recursive");
        let values = match condition {
            // The condition decides nothing about the values, and is judged with them.
            Some(condition) => Expression::Choice(vec![values, Expression::Truth(vec![condition])]),
            None => values,
        };
        Ok(Statement::Each(targets, values))
    }

    fn set(&mut self) -> Result<Statement, Fault> {
        let mut targets = Vec::new();
        loop {
            let name = self.name()?;
            targets.push(if self.take_operator(".") {
                Target::Attribute(self.name()?)
            } else {
                Target::Name(name)
            });
            if !self.take_operator(",") {
                break;
            }
        }
        if self.take_operator("=") {
            let value = self.tuple()?;
            return Ok(match <[Target; 1]>::try_from(targets) {
                Ok([target]) => Statement::Assign(target, value),
                Err(targets) => Statement::Each(targets, value),
            });
        }
        let mut filters = Vec::new();
        if self.is_operator("|") {
            filters.push(self.filters(Expression::Text(String::new()))?);
        }
        match <[Target; 1]>::try_from(targets) {
            Ok([target]) => Ok(Statement::Capture(target, filters)),
            Err(_) => Err(Fault::new("`=` is missing")),
        }
    }

    fn parameters(&mut self) -> Result<Vec<(String, Option<Expression>)>, Fault> {
        self.expect("(")?;
        let mut parameters = Vec::new();
        while !self.take_operator(")") {
            let name = self.name()?;
            let default = if self.take_operator("=") { Some(self.expression()?) } else { None };
            parameters.push((name, default));
            if !self.take_operator(",") && !self.is_operator(")") {
                return Err(Fault::new("`)` is missing"));
            }
        }
        Ok(parameters)
    }
}
