//! What makes numbers a sample that statistics can be computed of.

/// The given numbers are no sample.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum SampleError {
    /// There are no rows.
    #[error("there are no rows")]
    Empty,
    /// Two things that belong to the same rows are of different length.
    #[error("{what} has {found} rows where {expected} are expected")]
    Length {
        /// What has the wrong length.
        what: &'static str,
        /// The rows it has.
        found: usize,
        /// The rows it should have.
        expected: usize,
    },
    /// Numbers are NaN or infinite.
    #[error(
        "{what} is NaN or infinite in {count} of {rows} rows, the first is row {first} (counted from 0)"
    )]
    NotFinite {
        /// What holds them.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// Of how many rows.
        rows: usize,
        /// The first of them, counted from 0.
        first: usize,
    },
    /// Numbers are NaN, where infinite ones would do.
    #[error("{what} is NaN in {count} of {rows} rows, the first is row {first} (counted from 0)")]
    Nan {
        /// What holds them.
        what: &'static str,
        /// How many there are.
        count: usize,
        /// Of how many rows.
        rows: usize,
        /// The first of them, counted from 0.
        first: usize,
    },
    /// Numbers that should be in ascending order are not.
    #[error(
        "{what} is not in ascending order: item {row} (counted from 0) is below the one before, or NaN"
    )]
    Unordered {
        /// What holds them.
        what: &'static str,
        /// The first item out of order, counted from 0.
        row: usize,
    },
    /// There are more hits than rows.
    #[error("{what} has {hits} hits in {rows} rows")]
    Hits {
        /// What has them.
        what: &'static str,
        /// The hits.
        hits: u64,
        /// The rows.
        rows: u64,
    },
    /// There are too few or too many samples to compare.
    #[error("{found} samples cannot be compared, only {least} to {most}")]
    Samples {
        /// How many there are.
        found: usize,
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
    },
    /// Two models were not judged on the same rows.
    #[error("champion and challenger have different targets, first in row {row} (counted from 0)")]
    DifferentTargets {
        /// The first row that differs, counted from 0.
        row: usize,
    },
    /// A level is not between 0 and 1.
    #[error("the level {level} is not between 0 and 1")]
    NoLevel {
        /// The level, as text so that errors can be compared.
        level: String,
    },
    /// Champion and challenger forecast different quantiles.
    #[error("champion and challenger have different levels")]
    DifferentLevels,
    /// What is a size or a count is below 0.
    #[error("{what} is below 0 in row {row} (counted from 0)")]
    Negative {
        /// What is below 0.
        what: &'static str,
        /// The first row in which it is, counted from 0.
        row: usize,
    },
    /// Lower ends lie above their upper ends.
    #[error(
        "the lower end lies above the upper one in {count} of {rows} rows, the first is row {first} (counted from 0)"
    )]
    CrossedEnds {
        /// How many.
        count: usize,
        /// Of how many rows.
        rows: usize,
        /// The first of them, counted from 0.
        first: usize,
    },
    /// A class has no place among the classes.
    #[error(
        "{what} holds class {class} in row {row} (counted from 0), but there are only {classes} classes"
    )]
    UnknownClass {
        /// What holds it.
        what: &'static str,
        /// The class.
        class: u32,
        /// How many classes there are.
        classes: u32,
        /// The row, counted from 0.
        row: usize,
    },
}

pub(crate) fn check_length(
    what: &'static str,
    found: usize,
    expected: usize,
) -> Result<(), SampleError> {
    if found == expected { Ok(()) } else { Err(SampleError::Length { what, found, expected }) }
}

/// Returns an error unless all classes are below `classes`.
pub(crate) fn check_class(
    what: &'static str,
    column: &[u32],
    classes: u32,
) -> Result<(), SampleError> {
    let row = column.iter().position(|&class| class >= classes);
    row.map_or(Ok(()), |row| {
        Err(SampleError::UnknownClass { what, class: column[row], classes, row })
    })
}

/// Returns an error unless there are levels and all of them between 0 and 1.
pub(crate) fn check_levels(levels: &[f64]) -> Result<(), SampleError> {
    check_numbers("the level", levels, levels.len())?;
    let wrong = levels.iter().find(|&&level| level <= 0.0 || level >= 1.0);
    wrong.map_or(Ok(()), |level| Err(SampleError::NoLevel { level: level.to_string() }))
}

/// Returns an error unless both samples have the same targets.
pub(crate) fn check_same<T: PartialEq>(
    champion: &[T],
    challenger: &[T],
) -> Result<(), SampleError> {
    check_length("the challenger's target", challenger.len(), champion.len())?;
    let row = champion.iter().zip(challenger).position(|(a, b)| a != b);
    row.map_or(Ok(()), |row| Err(SampleError::DifferentTargets { row }))
}

/// Returns an error unless there are `rows` numbers, at least one, and all of them finite.
pub(crate) fn check_numbers(
    what: &'static str,
    numbers: &[f64],
    rows: usize,
) -> Result<(), SampleError> {
    check_length(what, numbers.len(), rows)?;
    if numbers.is_empty() {
        return Err(SampleError::Empty);
    }
    let mut not_finite = (0..rows).filter(|&row| !numbers[row].is_finite());
    let Some(first) = not_finite.next() else { return Ok(()) };
    Err(SampleError::NotFinite { what, count: 1 + not_finite.count(), rows, first })
}

/// Returns `numbers` in ascending order, -0 as 0; infinite ones are ordered like any other.
pub(crate) fn in_order(what: &'static str, numbers: &[f64]) -> Result<Vec<f64>, SampleError> {
    let mut nan = (0..numbers.len()).filter(|&row| numbers[row].is_nan());
    if let Some(first) = nan.next() {
        let (count, rows) = (1 + nan.count(), numbers.len());
        return Err(SampleError::Nan { what, count, rows, first });
    }
    if numbers.is_empty() {
        return Err(SampleError::Empty);
    }
    // Adding 0 makes -0 and 0 one number, as comparison by `==` has it.
    let mut sorted: Vec<f64> = numbers.iter().map(|number| number + 0.0).collect();
    sorted.sort_unstable_by(f64::total_cmp);
    Ok(sorted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_what_is_not_finite_and_names_the_first() {
        let error =
            check_numbers("prediction", &[1.0, f64::NAN, 2.0, f64::INFINITY], 4).unwrap_err();
        assert_eq!(
            error.to_string(),
            "prediction is NaN or infinite in 2 of 4 rows, the first is row 1 (counted from 0)"
        );
        assert_eq!(check_numbers("target", &[], 0), Err(SampleError::Empty));
        assert!(check_numbers("target", &[1.0], 2).is_err());
    }
}
