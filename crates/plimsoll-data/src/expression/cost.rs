//! How much work an expression is for a row, so that a short one cannot take hours or gigabytes.
//!
//! Counted are steps: a part that is computed once is one, and so is each KiB of text that it
//! makes. A macro multiplies what is inside of it by the most elements that its list can have.
//! Both grow with the texts of the row, so they are counted for texts of a given length: a bound,
//! never less than what is done.

use cel::common::ast::operators as op;
use cel::common::ast::{CallExpr, ComprehensionExpr, Expr, IdedExpr, LiteralValue};

use super::Complaint;
use super::infer::namespaced;
use super::parse::{Parsed, children};
use super::scope::{Columns, Meaning};
use super::types::Type;
use crate::schema::ColumnType;

/// How many steps an expression may take for a row of short texts.
const MOST_STEPS: u64 = 10_000;

/// How many steps an expression may take for a row of long texts; one that would take more has no
/// answer.
const MOST_STEPS_OF_LONG: u64 = 100_000;

/// How many bytes a value may have.
const LARGEST: u64 = 4 << 20;

/// Texts of this many bytes are short: an expression has to do for them.
const SHORT: u64 = 32;

/// The longest text that a cell can hold, and more.
const LONGEST: u64 = 4 << 20;

/// What an element of a list takes beside its text, in bytes.
const ELEMENT: u64 = 64;

/// What calling a pattern inside of a macro takes: it is compiled each time.
const PATTERN: u64 = 50;

/// Complains where `parsed` takes too many steps, or makes a value too large, of short texts alone.
pub(super) fn check(parsed: &Parsed, columns: &Columns<'_>) -> Result<(), Complaint> {
    let root = &parsed.root;
    let counted = Counter::of(columns, SHORT, root);
    if counted.is_within(MOST_STEPS) {
        return Ok(());
    }
    // The innermost part that alone is too much says most.
    let mut at = root;
    let too_much = |part: &&IdedExpr| !Counter::of(columns, SHORT, part).is_within(MOST_STEPS);
    while let Some(part) = children(at).into_iter().find(too_much) {
        at = part;
    }
    let message = if counted.largest > LARGEST {
        format!(
            "it makes a value of up to {} bytes of texts of {SHORT} bytes (at most {LARGEST} are \
             accepted)",
            in_digits(counted.largest)
        )
    } else {
        format!(
            "it takes up to {} steps for a row (at most {MOST_STEPS} are accepted)",
            in_digits(counted.steps)
        )
    };
    let help = "use fewer macros inside of macros, shorter lists, or fewer texts made of texts";
    let complaint = parsed.complain(at, message);
    Err(Complaint { help: Some(help.to_owned()), ..complaint })
}

fn in_digits(count: u64) -> String {
    if count == u64::MAX { "more than 10^19".to_owned() } else { count.to_string() }
}

/// For which rows a part of an expression is computed, and how large its value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    /// How many bytes a text of the row may have at most.
    pub(super) longest: usize,
    /// How many bytes the value has at most where the row's texts have no more than so many.
    largest: Vec<(usize, usize)>,
}

impl Bounds {
    /// Returns how many bytes the value has at most where the texts have `longest` at most.
    pub(super) fn largest(&self, longest: usize) -> usize {
        let of = self.largest.iter().find(|(texts, _)| longest <= *texts);
        of.or(self.largest.last()).map_or(0, |(_, bytes)| *bytes)
    }
}

/// Returns the bounds of `expr`, a part of what passed [`check`].
pub(super) fn bounds(expr: &IdedExpr, columns: &Columns<'_>) -> Bounds {
    let fits = |longest| Counter::of(columns, longest, expr).is_within(MOST_STEPS_OF_LONG);
    let (mut longest, mut too_long) = (SHORT, LONGEST + 1);
    if fits(LONGEST) {
        longest = LONGEST;
    }
    while too_long - longest > 1 {
        let middle = longest.midpoint(too_long);
        if fits(middle) { longest = middle } else { too_long = middle }
    }
    let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
    let lengths = std::iter::successors(Some(SHORT), |length| Some(length.saturating_mul(4)));
    let lengths = lengths.take_while(|length| *length < longest).chain([longest]);
    let largest = lengths.map(|length| {
        let of = Counter::new(columns, length).size(expr);
        (size(length), size(of.bytes))
    });
    Bounds { longest: size(longest), largest: largest.collect() }
}

/// How large a value is at most.
#[derive(Clone, Debug, Default)]
struct Size {
    /// Of a list, with everything in it.
    bytes: u64,
    /// How many elements a list has.
    elements: u64,
    /// The largest of them.
    element: Option<Box<Size>>,
}

impl Size {
    fn bytes(bytes: u64) -> Self {
        Self { bytes, ..Self::default() }
    }

    /// Returns the size of whatever is one of them.
    fn either(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.max(other.bytes),
            elements: self.elements.max(other.elements),
            element: largest(self.element, other.element),
        }
    }

    /// Returns the size of one put behind the other.
    fn and(self, other: Self) -> Self {
        Self {
            bytes: self.bytes.saturating_add(other.bytes),
            elements: self.elements.saturating_add(other.elements),
            element: largest(self.element, other.element),
        }
    }
}

fn largest(one: Option<Box<Size>>, other: Option<Box<Size>>) -> Option<Box<Size>> {
    match (one, other) {
        (Some(one), Some(other)) => Some(Box::new(one.either(*other))),
        (one, other) => one.or(other),
    }
}

/// A walk over an expression that counts.
struct Counter<'e> {
    columns: &'e Columns<'e>,
    /// How many bytes a text of the row has.
    text: u64,
    locals: Vec<(&'e str, Size)>,
    /// How often the part is computed that is looked at.
    times: u64,
    steps: u64,
    largest: u64,
}

impl<'e> Counter<'e> {
    fn new(columns: &'e Columns<'e>, text: u64) -> Self {
        Self { columns, text, locals: Vec::new(), times: 1, steps: 0, largest: 0 }
    }

    fn of(columns: &'e Columns<'e>, text: u64, expr: &'e IdedExpr) -> Self {
        let mut counter = Self::new(columns, text);
        counter.size(expr);
        counter
    }

    fn is_within(&self, steps: u64) -> bool {
        self.steps <= steps && self.largest <= LARGEST
    }

    fn count(&mut self, steps: u64) {
        self.steps = self.steps.saturating_add(steps.saturating_mul(self.times));
    }

    /// Counts what it takes to compute `expr`, and returns how large its value is.
    fn size(&mut self, expr: &'e IdedExpr) -> Size {
        let locals: Vec<(&str, Type)> =
            self.locals.iter().map(|(name, _)| (*name, Type::Any)).collect();
        let size = match self.columns.meaning(expr, &locals) {
            Meaning::Local(_) => self.local(expr),
            Meaning::Column(_, ColumnType::String) => Size::bytes(self.text),
            Meaning::Column(..) | Meaning::Now | Meaning::Row | Meaning::Unknown(_) => {
                Size::bytes(ELEMENT)
            }
            Meaning::Other => self.computed(expr),
        };
        self.largest = self.largest.max(size.bytes);
        self.count(1 + size.bytes / 1024);
        size
    }

    fn local(&self, expr: &IdedExpr) -> Size {
        let Expr::Ident(name) = &expr.expr else { return Size::bytes(self.text) };
        let local = self.locals.iter().rev().find(|(local, _)| local == name);
        local.map(|(_, size)| size.clone()).unwrap_or_default()
    }

    fn computed(&mut self, expr: &'e IdedExpr) -> Size {
        match &expr.expr {
            Expr::Literal(LiteralValue::String(text)) => {
                Size::bytes(u64::try_from(text.inner().len()).unwrap_or(u64::MAX))
            }
            Expr::List(list) => {
                let mut size = Size::default();
                for element in &list.elements {
                    let element = self.size(element);
                    let bytes = element.bytes.saturating_add(ELEMENT);
                    let one = Size { bytes, elements: 1, element: Some(Box::new(element)) };
                    size = size.and(one);
                }
                size
            }
            Expr::Comprehension(all) => self.comprehension(all),
            Expr::Call(call) => self.call(call),
            _ => {
                for part in children(expr) {
                    self.size(part);
                }
                Size::bytes(ELEMENT)
            }
        }
    }

    fn call(&mut self, call: &'e CallExpr) -> Size {
        let is_namespaced = namespaced(call).is_some();
        let receiver = call.target.as_deref().filter(|_| !is_namespaced);
        let operands: Vec<&IdedExpr> = receiver.into_iter().chain(&call.args).collect();
        // Looked for among literals once, it is compared with each element that is computed.
        let compared = match (call.func_name.as_str(), operands.as_slice()) {
            (op::IN, [_, IdedExpr { expr: Expr::List(list), .. }])
                if list.elements.iter().any(|at| !matches!(at.expr, Expr::Literal(_))) =>
            {
                u64::try_from(list.elements.len()).unwrap_or(u64::MAX)
            }
            _ => 1,
        };
        let times = self.times;
        let mut sizes = Vec::with_capacity(operands.len());
        for (place, operand) in operands.iter().enumerate() {
            self.times = if place == 0 { times.saturating_mul(compared) } else { times };
            sizes.push(self.size(operand));
        }
        self.times = times;
        self.called(&call.func_name, &operands, &sizes)
    }

    /// Returns how large the result of a call is, whose operands are.
    fn called(&mut self, name: &str, operands: &[&IdedExpr], sizes: &[Size]) -> Size {
        // What is put in place of an empty text, or split at one, comes between any two characters.
        let places = |size: &Size, at: &IdedExpr| match &at.expr {
            Expr::Literal(LiteralValue::String(text)) if !text.inner().is_empty() => {
                size.bytes / u64::try_from(text.inner().len()).unwrap_or(u64::MAX)
            }
            _ => size.bytes.saturating_add(1),
        };
        match (name, sizes) {
            (op::ADD, [one, other]) => one.clone().and(other.clone()),
            (op::CONDITIONAL, [_, yes, no]) => yes.clone().either(no.clone()),
            (op::INDEX, [list, _]) => list.element.as_deref().cloned().unwrap_or_default(),
            ("replace", [of, _, by]) => {
                let more = places(of, operands[1]).saturating_mul(by.bytes);
                Size::bytes(of.bytes.saturating_add(more))
            }
            ("split", [of, _]) => {
                let elements = places(of, operands[1]).saturating_add(1);
                let bytes = of.bytes.saturating_add(elements.saturating_mul(ELEMENT));
                let element = Some(Box::new(Size::bytes(of.bytes)));
                Size { bytes, elements, element }
            }
            ("join", [list, between]) => {
                let more = list.elements.saturating_mul(between.bytes);
                Size::bytes(list.bytes.saturating_add(more))
            }
            (
                "charAt" | "lowerAscii" | "upperAscii" | "trim" | "reverse" | "substring",
                [of, ..],
            ) => Size::bytes(of.bytes),
            ("string", [of]) => Size::bytes(of.bytes.max(ELEMENT)),
            ("matches", _) if self.times > 1 => {
                self.count(PATTERN);
                Size::bytes(1)
            }
            _ => {
                // Comparing, searching and reading go through the whole of what they are given.
                let all = sizes.iter().fold(0_u64, |all, size| all.saturating_add(size.bytes));
                self.count(all / 1024);
                Size::bytes(ELEMENT)
            }
        }
    }

    /// Counts what a macro became: `all`, `exists`, `exists_one`, `map`, `filter`.
    fn comprehension(&mut self, all: &'e ComprehensionExpr) -> Size {
        let list = self.size(&all.iter_range);
        let start = self.size(&all.accu_init);
        let (times, depth) = (self.times, self.locals.len());
        let element = list.element.map(|element| *element).unwrap_or_default();
        self.locals.push((all.iter_var.as_str(), element));
        // Macros append to a list or count, so what a step adds is what it makes of nothing. Looking
        // at each part once keeps the walk as long as the expression.
        self.locals.push((all.accu_var.as_str(), Size::default()));
        self.times = times.saturating_mul(list.elements);
        self.size(&all.loop_cond);
        let step = self.size(&all.loop_step);
        let accumulated = if step.elements > 0 {
            start.and(Size {
                bytes: step.bytes.saturating_mul(list.elements),
                elements: step.elements.saturating_mul(list.elements),
                element: step.element,
            })
        } else {
            Size::bytes(ELEMENT)
        };
        // Each step copies what was appended so far.
        self.count(accumulated.bytes / 1024);
        self.times = times;
        if let Some((_, size)) = self.locals.last_mut() {
            *size = accumulated.clone();
        }
        self.size(&all.result);
        self.locals.truncate(depth);
        accumulated
    }
}
