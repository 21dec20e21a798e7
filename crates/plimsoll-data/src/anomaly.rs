//! What is far from the rest: rows of a table, and points of a series.

#![expect(clippy::cast_precision_loss, reason = "counts of rows and cells are below 2^53")]

mod limits;
mod rows;
mod series;

pub use self::rows::OutlierRows;
pub(crate) use self::rows::Outliers;
pub(crate) use self::series::Hours;
pub use self::series::SeriesAnomalies;

#[cfg(test)]
mod tests;
