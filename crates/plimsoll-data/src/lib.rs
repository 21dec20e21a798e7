//! Tables: read, schema, validate.
//!
//! Purpose: open CSV, JSON lines, Parquet and Arrow by their content ([`Table`], [`Tables`]), hold them against a schema
//! ([`validate()`]), propose one ([`propose()`]), sum them up ([`profile`]), hold the columns of a test set
//! ([`read_columns`]), and record what a served model was asked ([`capture`]). A file's size never
//! decides how much memory a check takes, and what cannot be read for certain is a finding or an
//! error, never a guess. Deliberately absent: YAML (a schema comes as a tree of values) and
//! transformations of what users bring.

pub mod anomaly;
mod calendar;
pub mod capture;
pub mod code;
pub mod columns;
pub mod drift;
mod example;
mod expression;
mod infer;
pub mod integrity;
pub mod leakage;
pub mod likeness;
mod pattern;
pub mod personal;
pub mod profile;
pub mod proposal;
pub mod propose;
pub mod schema;
pub mod selftest;
pub mod sketch;
mod table;
pub mod tables;
mod text;
mod typed;
mod unique;
pub mod validate;

pub use code::CODES;
pub use columns::{Wanted, column_as_f64, column_as_strings, read_columns};
pub use example::{Affected, Example, Place, printable};
pub use proposal::Proposal;
pub use propose::{ProposeError, propose};
pub use schema::TableSchema;
pub use table::{Batch, Field, Format, Kind, ReadError, Strings, Table, hush_caught_panics};
pub use tables::{FindError, Tables};
pub use validate::{Checked, Options, ValidateError, validate};
