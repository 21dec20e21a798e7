//! The text of an expression as a tree, within bounds.

use std::ops::Range;
use std::thread;

use cel::common::ast::{EntryExpr, Expr, IdedExpr, SourceInfo};
use cel::parser::Parser;

use super::Complaint;

/// The longest expression, in bytes.
const LONGEST: usize = 4_000;

/// How deep brackets may stand in each other.
const DEEPEST_BRACKETS: u16 = 32;

/// How deep the tree may be; a chain of `+` is as deep as it is long.
const DEEPEST: usize = 64;

/// What the parser needs for the deepest expression that it is given, many times over: its
/// recursion takes about 100 KiB a level in a build without optimisation.
const STACK: usize = 64 << 20;

/// A tree, and where each part of it stands.
pub(super) struct Parsed {
    pub(super) root: IdedExpr,
    source: String,
    places: SourceInfo,
}

impl Parsed {
    /// Returns the characters of the token that `expr` was made from: its name, its operator.
    pub(super) fn at(&self, expr: &IdedExpr) -> Range<usize> {
        let Some((first, last)) = self.places.offset_for(expr.id) else {
            return 0..self.source.chars().count();
        };
        let before =
            |byte: usize| self.source.char_indices().take_while(|(at, _)| *at < byte).count();
        let (mut first, mut last) = (first as usize, last as usize);
        // A call stands at its bracket; its name says more.
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let name = self.source.as_bytes()[..first].iter().rev().take_while(|byte| is_name(byte));
        let name = name.count();
        if name > 0 && self.source.as_bytes().get(first) == Some(&b'(') {
            last = first - 1;
            first -= name;
        }
        let from = before(first);
        from..before(last + 1).max(from + 1)
    }

    /// Complains about `expr`.
    pub(super) fn complain(&self, expr: &IdedExpr, message: impl Into<String>) -> Complaint {
        Complaint { at: self.at(expr), message: message.into(), help: None }
    }
}

/// Runs `read` on each of `sources` on a thread with a deep stack.
pub(super) fn on_a_deep_stack<T: Send>(
    sources: &[&str],
    read: impl Fn(&str) -> Result<T, Vec<Complaint>> + Sync,
) -> Vec<Result<T, Vec<Complaint>>> {
    let failed = |reason: String| {
        let complaint = Complaint { at: 0..1, message: reason, help: None };
        sources.iter().map(|_| Err(vec![complaint.clone()])).collect()
    };
    if sources.is_empty() {
        return Vec::new();
    }
    thread::scope(|scope| {
        let all = || sources.iter().map(|source| read(source)).collect();
        match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, all) {
            Ok(thread) => {
                thread.join().unwrap_or_else(|_| failed("the expression cannot be read".to_owned()))
            }
            Err(error) => failed(format!("no thread to read the expression on: {error}")),
        }
    })
}

/// Reads `source`.
pub(super) fn parse(source: &str) -> Result<Parsed, Complaint> {
    let whole = |message: String| Complaint {
        at: 0..source.chars().count().max(1),
        message,
        help: Some("split it into several checks".to_owned()),
    };
    if source.len() > LONGEST {
        let length = source.len();
        return Err(whole(format!(
            "the expression has {length} bytes (at most {LONGEST} are accepted)"
        )));
    }
    let parser = Parser::new().max_recursion_depth(DEEPEST_BRACKETS);
    let (root, places) = parser.parse_with_source_info(source).map_err(|errors| {
        let Some(first) = errors.errors.into_iter().next() else {
            return whole("the expression cannot be read".to_owned());
        };
        let at = place(source, first.pos);
        Complaint { at, message: in_words(&first.msg), help: None }
    })?;
    if depth(&root) > DEEPEST {
        return Err(whole(format!(
            "the expression is nested deeper than {DEEPEST} levels; a chain of operators is as \
             deep as it is long"
        )));
    }
    Ok(Parsed { root, source: source.to_owned(), places })
}

/// Returns the character at a line and column from 1.
fn place(source: &str, (line, column): (isize, isize)) -> Range<usize> {
    let (line, column) = (usize::try_from(line).unwrap_or(1), usize::try_from(column).unwrap_or(1));
    let lines = source.split_inclusive('\n').take(line.saturating_sub(1));
    let before: usize = lines.map(|line| line.chars().count()).sum();
    let length = source.chars().count();
    let from = (before + column.saturating_sub(1)).min(length);
    from..from + 1
}

/// Shortens what the parser says: a list of every token that would do helps nobody.
fn in_words(message: &str) -> String {
    if message.contains("Recursion limit") {
        return format!("the expression is nested deeper than {DEEPEST_BRACKETS} brackets");
    }
    let said = message.strip_prefix("Syntax error: ").unwrap_or(message);
    let said = said.split(" expecting ").next().unwrap_or(said);
    match said {
        "mismatched input '<EOF>'" => "the expression ends too early".to_owned(),
        said => match said.strip_prefix("token recognition error at: ") {
            Some(token) => format!("{token} is not understood here"),
            None => said
                .strip_prefix("mismatched input ")
                .or_else(|| said.strip_prefix("extraneous input "))
                .map_or_else(|| said.to_owned(), |token| format!("{token} is not expected here")),
        },
    }
}

fn depth(expr: &IdedExpr) -> usize {
    1 + children(expr).into_iter().map(depth).max().unwrap_or(0)
}

/// Returns the parts of `expr`.
pub(super) fn children(expr: &IdedExpr) -> Vec<&IdedExpr> {
    match &expr.expr {
        Expr::Call(call) => call.target.iter().map(|target| &**target).chain(&call.args).collect(),
        Expr::List(list) => list.elements.iter().collect(),
        Expr::Select(select) => vec![&*select.operand],
        Expr::Comprehension(all) => {
            vec![&all.iter_range, &all.accu_init, &all.loop_cond, &all.loop_step, &all.result]
        }
        Expr::Map(map) => map.entries.iter().flat_map(|entry| entry_parts(&entry.expr)).collect(),
        Expr::Struct(of) => of.entries.iter().flat_map(|entry| entry_parts(&entry.expr)).collect(),
        Expr::Ident(_) | Expr::Literal(_) | Expr::Unspecified => Vec::new(),
    }
}

fn entry_parts(entry: &EntryExpr) -> Vec<&IdedExpr> {
    match entry {
        EntryExpr::MapEntry(entry) => vec![&entry.key, &entry.value],
        EntryExpr::StructField(field) => vec![&field.value],
    }
}
