//! What an expression became: a tree of loops over columns, one type of node for each type of value.

use std::collections::HashSet;

use regex::Regex;

use super::interpret::Interpreted;

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What is computed from two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    /// Of integers only.
    Remainder,
}

/// What is asked of a text about another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    Prefix,
    Suffix,
    Part,
}

/// A part of a point in time, in UTC, numbered as CEL does: months, days of the month of
/// `getDayOfMonth` and days of the year from 0, Sunday is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Year,
    Month,
    /// From 1.
    Date,
    DayOfMonth,
    DayOfWeek,
    DayOfYear,
    Hours,
    Minutes,
    Seconds,
    Milliseconds,
}

/// True or false of each row.
pub(super) enum Bools {
    Column(usize),
    Constant(bool),
    Not(Box<Bools>),
    And(Box<Bools>, Box<Bools>),
    Or(Box<Bools>, Box<Bools>),
    If(Box<Bools>, Box<Bools>, Box<Bools>),
    IsEmpty(Box<Any>),
    Integers(Comparison, Box<Ints>, Box<Ints>),
    Numbers(Comparison, Box<Doubles>, Box<Doubles>),
    Strings(Comparison, Box<Strings>, Box<Strings>),
    Booleans(Comparison, Box<Bools>, Box<Bools>),
    AmongIntegers(Box<Ints>, HashSet<i64>),
    /// The accepted ones are sorted.
    AmongNumbers(Box<Doubles>, Vec<f64>),
    AmongStrings(Box<Strings>, HashSet<String>),
    Holds(Holds, Box<Strings>, Box<Strings>),
    Matches(Box<Strings>, Box<Regex>),
    Interpreted(Box<Interpreted>),
}

/// An integer of each row; of timestamps and durations, microseconds.
pub(super) enum Ints {
    Column(usize),
    /// A column of days, as the microseconds in which they begin.
    Days(usize),
    Constant(i64),
    Now,
    Arithmetic(Arithmetic, Box<Ints>, Box<Ints>),
    Negate(Box<Ints>),
    If(Box<Bools>, Box<Ints>, Box<Ints>),
    /// How many characters a text has.
    Size(Box<Strings>),
    Part(Part, Box<Ints>),
    Interpreted(Box<Interpreted>),
}

/// A number of each row.
pub(super) enum Doubles {
    Column(usize),
    Constant(f64),
    OfInteger(Box<Ints>),
    Arithmetic(Arithmetic, Box<Doubles>, Box<Doubles>),
    Negate(Box<Doubles>),
    If(Box<Bools>, Box<Doubles>, Box<Doubles>),
    Interpreted(Box<Interpreted>),
}

/// A text of each row.
pub(super) enum Strings {
    Column(usize),
    Constant(String),
    Interpreted(Box<Interpreted>),
}

/// A value of any type of each row.
pub(super) enum Any {
    Bools(Bools),
    Ints(Ints),
    Timestamps(Ints),
    Durations(Ints),
    Doubles(Doubles),
    Strings(Strings),
    Null,
}
