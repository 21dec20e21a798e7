//! The values of one request on their way to the model.

use std::sync::Arc;

use plimsoll_predict::{Inputs, Tensor, Values};

use super::{Intake, IntakeError, Port, Target, error};
use crate::element::{Element, with_element};

/// What a request brought: everything that the model takes, and what was sent along.
#[derive(Debug)]
pub(crate) struct Fed {
    /// What the model is given, in its order.
    pub(crate) inputs: Inputs,
    /// How many rows there are, one at least.
    pub(crate) rows: usize,
    /// What was sent along: which column, and its values.
    pub(crate) context: Vec<(usize, Values)>,
}

/// Collects the values of a request.
pub(crate) struct Filling<'i> {
    intake: &'i Intake,
    parts: Vec<Part>,
    context: Vec<(usize, Values)>,
    /// The first name and how many rows it brought.
    rows: Option<(Arc<str>, usize)>,
}

/// What is there of an input.
enum Part {
    Nothing,
    Whole(Tensor),
    Columns { seen: Vec<bool>, values: Values },
}

impl<'i> Filling<'i> {
    /// Begins a request.
    pub(crate) fn new(intake: &'i Intake) -> Self {
        let parts = intake.ports.iter().map(|_| Part::Nothing).collect();
        Self { intake, parts, context: Vec::new(), rows: None }
    }

    /// Returns the shape in which the model is given `shape`, if it takes that.
    pub(crate) fn fit(&self, target: Target, shape: &[usize]) -> Result<Vec<usize>, IntakeError> {
        let wrong = |expected: String| IntakeError::Shape {
            name: self.intake.name(target).as_ref().to_owned(),
            expected,
            found: shape.to_vec(),
        };
        match target {
            Target::Port(at) => {
                let port = &self.intake.ports[at];
                fit_port(port, shape).ok_or_else(|| wrong(port.shown()))
            }
            Target::Feature { .. } | Target::Context(_) => match *shape {
                [rows] | [rows, 1] => Ok(vec![rows]),
                _ => Err(wrong("[n] or [n, 1]".to_owned())),
            },
        }
    }

    /// Puts in the values of `target`, whose shape [`Filling::fit`] returned.
    ///
    /// # Errors
    /// They are there already, have other rows than what came before, or none.
    pub(crate) fn put(
        &mut self,
        target: Target,
        shape: Vec<usize>,
        values: Values,
    ) -> Result<(), IntakeError> {
        let name = self.intake.name(target);
        let rows = shape.first().copied().unwrap_or(1);
        match &self.rows {
            Some((first, expected)) if *expected != rows => {
                let (first, expected) = (first.as_ref().to_owned(), *expected);
                let name = name.as_ref().to_owned();
                return Err(IntakeError::Rows { name, rows, first, expected });
            }
            Some(_) => {}
            None if rows == 0 => return Err(IntakeError::Empty(name.as_ref().to_owned())),
            None => self.rows = Some((Arc::clone(name), rows)),
        }
        let twice = || IntakeError::Twice(name.as_ref().to_owned());
        match target {
            Target::Port(at) => {
                let found = values.len();
                let count = |error: plimsoll_predict::ShapeError| IntakeError::Count {
                    name: name.as_ref().to_owned(),
                    shape: error.shape,
                    expected: Some(error.expected),
                    found,
                };
                let tensor = Tensor::new(shape, values).map_err(count)?;
                match &self.parts[at] {
                    Part::Nothing => self.parts[at] = Part::Whole(tensor),
                    Part::Whole(_) => return Err(twice()),
                    Part::Columns { seen, .. } => return Err(self.mixed(at, seen)),
                }
            }
            Target::Feature { port, place } => self.put_feature(port, place, rows, values)?,
            Target::Context(at) => {
                if self.context.iter().any(|(other, _)| *other == at) {
                    return Err(twice());
                }
                self.context.push((at, values));
            }
        }
        Ok(())
    }

    fn put_feature(
        &mut self,
        port: usize,
        place: usize,
        rows: usize,
        mut values: Values,
    ) -> Result<(), IntakeError> {
        let declared = &self.intake.ports[port];
        let name = declared.features[place].as_ref();
        if let Part::Whole(_) = &self.parts[port] {
            let (port, feature) = (declared.name.as_ref().to_owned(), name.to_owned());
            return Err(IntakeError::Mixed { port, feature });
        }
        let width = declared.features.len();
        if let Part::Nothing = &self.parts[port] {
            let values = with_element!(declared.element, blank(rows * width));
            self.parts[port] = Part::Columns { seen: vec![false; width], values };
        }
        if let Part::Columns { seen, values: all } = &mut self.parts[port] {
            if std::mem::replace(&mut seen[place], true) {
                return Err(IntakeError::Twice(name.to_owned()));
            }
            with_element!(declared.element, scatter(&mut values, all, place, width));
        }
        Ok(())
    }

    fn mixed(&self, port: usize, seen: &[bool]) -> IntakeError {
        let port = &self.intake.ports[port];
        let first = seen.iter().position(|seen| *seen).unwrap_or(0);
        let feature = port.features[first].as_ref().to_owned();
        IntakeError::Mixed { port: port.name.as_ref().to_owned(), feature }
    }

    /// Tells how many rows there are, once something was put in.
    pub(crate) fn rows(&self) -> Option<usize> {
        self.rows.as_ref().map(|(_, rows)| *rows)
    }

    /// Tells whether a column that is sent along is there.
    pub(crate) fn has_context(&self, at: usize) -> bool {
        self.context.iter().any(|(other, _)| *other == at)
    }

    /// Ends the request.
    ///
    /// # Errors
    /// Something is missing.
    pub(crate) fn finish(self) -> Result<Fed, IntakeError> {
        let rows = self.rows().unwrap_or(0);
        let mut inputs = Vec::with_capacity(self.parts.len());
        for (port, part) in self.intake.ports.iter().zip(self.parts) {
            let tensor = match part {
                Part::Whole(tensor) => tensor,
                Part::Nothing => return Err(missing(port)),
                Part::Columns { seen, values } => {
                    columns(port, &seen)?;
                    let one = matches!(port.shape[..], [_]);
                    let shape = if one { vec![rows] } else { vec![rows, seen.len()] };
                    // As many values were made as there are rows and columns.
                    Tensor::new(shape, values).map_err(|_| missing(port))?
                }
            };
            inputs.push((port.name.as_ref().to_owned(), tensor));
        }
        Ok(Fed { inputs: Inputs(inputs), rows, context: self.context })
    }
}

/// Holds a shape against the declared one. One value for each row may be written as `[n]` or
/// `[n, 1]`, whichever the model declares.
fn fit_port(port: &Port, shape: &[usize]) -> Option<Vec<usize>> {
    let declared = port.shape.as_slice();
    if declared.is_empty() {
        return (!shape.is_empty()).then(|| shape.to_vec());
    }
    match (declared, shape) {
        ([_, Some(1)], [rows]) => return Some(vec![*rows, 1]),
        ([_], [rows, 1]) => return Some(vec![*rows]),
        _ => {}
    }
    let fits = |(declared, actual): (&Option<usize>, &usize)| {
        declared.is_none_or(|declared| declared == *actual)
    };
    let fits = shape.len() == declared.len()
        && declared.iter().zip(shape).skip(1).all(fits)
        && (port.features.is_empty() || shape.last() == Some(&port.features.len()));
    fits.then(|| shape.to_vec())
}

fn missing(port: &Port) -> IntakeError {
    let takes = format!("{} {}", crate::datatype::Datatype::of(port.element), port.shown());
    IntakeError::Missing { name: port.name.as_ref().to_owned(), takes }
}

fn columns(port: &Port, seen: &[bool]) -> Result<(), IntakeError> {
    let missing = seen.iter().filter(|seen| !**seen).count();
    if missing == 0 {
        return Ok(());
    }
    let names = port.features.iter().zip(seen).filter(|(_, seen)| !**seen);
    Err(IntakeError::MissingFeatures {
        port: port.name.as_ref().to_owned(),
        missing,
        all: seen.len(),
        names: error::named(names.map(|(name, _)| name.as_ref())),
    })
}

/// Returns so many elements that are yet to be written.
fn blank<T: Element>(count: usize) -> Values {
    T::values(vec![T::default(); count])
}

/// Writes a column to its place in each row.
fn scatter<T: Element>(column: &mut Values, all: &mut Values, place: usize, width: usize) {
    // Both were made for the same input, so they are of its type.
    if let (Some(column), Some(all)) = (T::of_values(column), T::of_values(all)) {
        let places = all.iter_mut().skip(place).step_by(width);
        for (into, value) in places.zip(column.iter_mut()) {
            *into = std::mem::take(value);
        }
    }
}
