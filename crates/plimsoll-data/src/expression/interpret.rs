//! What there is no loop for, row by row.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock};

use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, PrimitiveArray, StringArray};
use arrow::buffer::{BooleanBuffer, NullBuffer, ScalarBuffer};
use arrow::datatypes::{ArrowNativeType, DataType, Float64Type, Int64Type};
use cel::common::ast::{CallExpr, EntryExpr, Expr, IdedExpr, LiteralValue};
use cel::common::types::{CelBool, CelDouble, CelInt, CelString};
use cel::common::value::{CowVal, Val};
use cel::context::VariableResolver;
use cel::{Context, Env, ExecutionError, Value, extensions};

use super::Complaint;
use super::Rows;
use super::infer::namespaced;
use super::lower::Lowering;
use super::scope::Meaning;
use super::types::Type;
use super::vector::{Failure, Failures, Lane, Truth, Values};
use crate::example::shown;
use crate::schema::ColumnType;

/// The functions of the interpreter.
static FUNCTIONS: LazyLock<Arc<Env>> = LazyLock::new(|| {
    let mut functions = Env::stdlib();
    // Nothing of the libraries is declared before, so neither fails.
    _ = functions.add_extension(extensions::strings);
    _ = functions.add_extension(extensions::math);
    Arc::new(functions)
});

/// The name of [`a_number`], which nobody can write.
const A_NUMBER: &str = "@number";

/// Gives back what was computed, unless it is no number: CEL compares NaN as IEEE 754 does, so that
/// `0.0 / 0.0 != 1.0` would hold.
fn a_number(value: Value) -> Result<Value, ExecutionError> {
    match value {
        Value::Float(number) if number.is_nan() => {
            Err(ExecutionError::ValuesNotComparable(value.clone(), value))
        }
        other => Ok(other),
    }
}

/// A part of an expression for the interpreter, with its columns called `@0`, `@1` and so on.
pub(super) struct Interpreted {
    expr: IdedExpr,
    /// The places of its columns among those of the whole expression.
    columns: Vec<usize>,
    /// How many bytes a text of a row may have at most: of longer ones it would take too much.
    longest: usize,
}

impl Interpreted {
    /// Prepares `expr`, in which nothing may be that the interpreter takes for something else.
    pub(super) fn new(
        lowering: &mut Lowering<'_>,
        expr: &IdedExpr,
        longest: usize,
    ) -> Result<Self, Complaint> {
        let mut renamed = Renamed { lowering, columns: Vec::new(), locals: Vec::new() };
        let expr = renamed.expr(expr)?;
        Ok(Self { expr, columns: renamed.columns, longest })
    }

    pub(super) fn truth(&self, rows: &Rows<'_>) -> Truth {
        let (values, known, failures) =
            self.rows(rows, false, |value| value.downcast_ref::<CelBool>().map(|is| *is.inner()));
        Truth { values: BooleanBuffer::from(values), known, failures }
    }

    pub(super) fn numbers<T: Computed>(&self, rows: &Rows<'_>) -> Lane<T> {
        let (values, known, failures) = self.rows(rows, T::default(), T::read);
        Lane { values: Values::Rows(ScalarBuffer::from(values)), known, failures }
    }

    pub(super) fn texts(&self, rows: &Rows<'_>) -> (StringArray, Failures) {
        let (values, known, failures) = self.rows(rows, String::new(), |value| {
            value.downcast_ref::<CelString<'_>>().map(|text| text.inner().to_owned())
        });
        let known =
            |row: usize| known.as_ref().is_none_or(|known: &NullBuffer| known.is_valid(row));
        let texts = values.iter().enumerate().map(|(row, text)| known(row).then_some(text));
        (texts.collect(), failures)
    }

    /// Interprets every row whose cells are all filled.
    fn rows<T: Clone>(
        &self,
        rows: &Rows<'_>,
        nothing: T,
        read: impl Fn(&(dyn Val + '_)) -> Option<T>,
    ) -> (Vec<T>, Option<NullBuffer>, Failures) {
        let cells: Vec<Cells<'_>> =
            self.columns.iter().map(|&place| Cells::of(&rows.columns[place])).collect();
        let current = Row { cells, row: AtomicUsize::new(0) };
        let mut context = Context::with_env(Arc::clone(&FUNCTIONS));
        context.set_variable_resolver(&current);
        // Nothing else has its name.
        _ = context.add_function(A_NUMBER, a_number);
        let mut values = vec![nothing; rows.count];
        let mut known = vec![true; rows.count];
        let mut failures = Failures::new();
        for row in 0..rows.count {
            if current.cells.iter().any(|cells| cells.is_empty(row)) {
                known[row] = false;
                continue;
            }
            current.row.store(row, Ordering::Relaxed);
            let answer = if current.cells.iter().any(|cells| cells.is_nan(row)) {
                Err(Failure::NotANumber)
            } else if current.cells.iter().any(|cells| cells.length(row) > self.longest) {
                let most = self.longest;
                Err(Failure::Other(format!("texts of more than {most} bytes take too much")))
            } else {
                match Value::resolve_val(&self.expr, &context) {
                    Ok(value) => read(value.as_ref())
                        .ok_or_else(|| Failure::Other("the result is of another type".to_owned())),
                    Err(error) => Err(failure(&error)),
                }
            };
            match answer {
                Ok(value) => values[row] = value,
                Err(failure) => {
                    known[row] = false;
                    failures.insert(row, failure);
                }
            }
        }
        let known = known.contains(&false).then(|| NullBuffer::from(known));
        (values, known, failures)
    }
}

/// A number that the interpreter gives.
pub(super) trait Computed: ArrowNativeType + Default {
    fn read(value: &(dyn Val + '_)) -> Option<Self>;
}

impl Computed for i64 {
    fn read(value: &(dyn Val + '_)) -> Option<Self> {
        value.downcast_ref::<CelInt>().map(|value| *value.inner())
    }
}

impl Computed for f64 {
    fn read(value: &(dyn Val + '_)) -> Option<Self> {
        value.downcast_ref::<CelDouble>().map(|value| *value.inner())
    }
}

/// The cells of one column.
enum Cells<'a> {
    Integers(&'a PrimitiveArray<Int64Type>),
    Numbers(&'a PrimitiveArray<Float64Type>),
    Texts(&'a StringArray),
    Booleans(&'a BooleanArray),
}

impl<'a> Cells<'a> {
    fn of(column: &'a ArrayRef) -> Self {
        match column.data_type() {
            DataType::Float64 => Self::Numbers(column.as_primitive()),
            DataType::Utf8 => Self::Texts(column.as_string()),
            DataType::Boolean => Self::Booleans(column.as_boolean()),
            _ => Self::Integers(column.as_primitive()),
        }
    }

    fn is_empty(&self, row: usize) -> bool {
        match self {
            Self::Integers(cells) => cells.is_null(row),
            Self::Numbers(cells) => cells.is_null(row),
            Self::Texts(cells) => cells.is_null(row),
            Self::Booleans(cells) => cells.is_null(row),
        }
    }

    /// Returns how many bytes the row's text has.
    fn length(&self, row: usize) -> usize {
        match self {
            Self::Texts(cells) => usize::try_from(cells.value_length(row)).unwrap_or(usize::MAX),
            _ => 0,
        }
    }

    fn is_nan(&self, row: usize) -> bool {
        matches!(self, Self::Numbers(cells) if cells.value(row).is_nan())
    }
}

/// The row that is interpreted.
struct Row<'a> {
    cells: Vec<Cells<'a>>,
    row: AtomicUsize,
}

impl VariableResolver for Row<'_> {
    fn resolve<'b>(&'b self, variable: &str) -> Option<CowVal<'b, 'b>> {
        let place: usize = variable.strip_prefix('@')?.parse().ok()?;
        let row = self.row.load(Ordering::Relaxed);
        Some(match self.cells.get(place)? {
            Cells::Integers(cells) => CowVal::owned(CelInt::from(cells.value(row))),
            Cells::Numbers(cells) => CowVal::owned(CelDouble::from(cells.value(row))),
            Cells::Texts(cells) => CowVal::owned(CelString::from(cells.value(row))),
            Cells::Booleans(cells) => CowVal::owned(CelBool::from(cells.value(row))),
        })
    }
}

fn failure(error: &ExecutionError) -> Failure {
    match error {
        ExecutionError::Overflow(..) => Failure::Overflow,
        ExecutionError::DivisionByZero(_) | ExecutionError::RemainderByZero(_) => {
            Failure::DivisionByZero
        }
        ExecutionError::ValuesNotComparable(..) => Failure::NotANumber,
        ExecutionError::FunctionError { function, .. } => {
            Failure::Other(format!("`{function}` has no result"))
        }
        ExecutionError::IndexOutOfBounds(_) => {
            Failure::Other("a list has no such element".to_owned())
        }
        // What is said of other errors names values of the row.
        other => Failure::Other(shown(&other.to_string())),
    }
}

/// A copy of an expression in the making.
struct Renamed<'r, 'e> {
    lowering: &'r mut Lowering<'e>,
    columns: Vec<usize>,
    locals: Vec<String>,
}

/// Tells whether a function computes numbers, of which one may be NaN.
fn computes(function: &str) -> bool {
    matches!(function, "_+_" | "_-_" | "_*_" | "_/_" | "math.sqrt")
}

impl Renamed<'_, '_> {
    /// Tells whether one of `parts` is what a macro gathers, such as a list that grows.
    fn accumulates(&self, parts: &[IdedExpr]) -> bool {
        // Each macro has two names: what it goes over, and what it gathers.
        let gathered: Vec<&String> = self.locals.iter().skip(1).step_by(2).collect();
        let is_gathered =
            |part: &IdedExpr| matches!(&part.expr, Expr::Ident(name) if gathered.contains(&name));
        parts.iter().any(is_gathered)
    }

    fn expr(&mut self, expr: &IdedExpr) -> Result<IdedExpr, Complaint> {
        let locals: Vec<(&str, Type)> =
            self.locals.iter().map(|name| (name.as_str(), Type::Any)).collect();
        match self.lowering.columns.meaning(expr, &locals) {
            Meaning::Column(_, ColumnType::Date | ColumnType::Timestamp) | Meaning::Now => {
                return self.lowering.refuse(
                    expr,
                    "a timestamp can be compared, added to, subtracted from and taken apart, but \
                     not used here",
                );
            }
            Meaning::Column(name, _) => {
                let of_all = self.lowering.place(name);
                let place = self.columns.iter().position(|place| *place == of_all);
                let place = place.unwrap_or_else(|| {
                    self.columns.push(of_all);
                    self.columns.len() - 1
                });
                return Ok(IdedExpr { id: expr.id, expr: Expr::Ident(format!("@{place}")) });
            }
            _ => {}
        }
        let mut copy = expr.clone();
        match &mut copy.expr {
            Expr::Literal(LiteralValue::Null) => {
                return self.lowering.refuse(expr, "`null` can only be compared with a column");
            }
            Expr::Call(call) => {
                let name = namespaced(call).unwrap_or_else(|| call.func_name.clone());
                if matches!(name.as_str(), "date" | "timestamp" | "duration") {
                    return self.lowering.refuse(expr, "a timestamp cannot be used here");
                }
                if name == "matches" {
                    // The interpreter compiles it for each row, so it has to be a small one.
                    call.args.last().map(|pattern| self.lowering.pattern(pattern)).transpose()?;
                }
                if !name.contains('.')
                    && let Some(target) = &mut call.target
                {
                    **target = self.expr(target)?;
                }
                let computes = computes(&name) && !self.accumulates(&call.args);
                for argument in &mut call.args {
                    *argument = self.expr(argument)?;
                }
                if computes {
                    let checked =
                        CallExpr { func_name: A_NUMBER.to_owned(), target: None, args: vec![copy] };
                    return Ok(IdedExpr { id: expr.id, expr: Expr::Call(checked) });
                }
            }
            Expr::List(list) => {
                for element in &mut list.elements {
                    *element = self.expr(element)?;
                }
            }
            Expr::Comprehension(all) => {
                all.iter_range = self.expr(&all.iter_range)?;
                all.accu_init = self.expr(&all.accu_init)?;
                let depth = self.locals.len();
                self.locals.extend([all.iter_var.clone(), all.accu_var.clone()]);
                all.loop_cond = self.expr(&all.loop_cond)?;
                all.loop_step = self.expr(&all.loop_step)?;
                all.result = self.expr(&all.result)?;
                self.locals.truncate(depth);
            }
            Expr::Map(map) => {
                for entry in &mut map.entries {
                    if let EntryExpr::MapEntry(entry) = &mut entry.expr {
                        entry.value = self.expr(&entry.value)?;
                    }
                }
            }
            _ => {}
        }
        Ok(copy)
    }
}
