//! Tests, intervals and distances over slices of numbers; nothing else.

#![expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]

pub mod auc;
mod auc_blocks;
pub mod binary;
pub mod blocks;
pub mod bootstrap;
mod centre;
mod classes;
pub mod correlation;
mod draws;
pub mod estimate;
pub mod interval;
mod losses;
mod macro_f1;
mod measure;
pub mod metric;
pub mod multiclass;
pub mod needed;
pub mod plan;
pub mod proportion;
pub mod quantile;
pub mod random;
mod rank;
pub mod regression;
pub mod sample;
pub mod smooth;
pub mod sum;
pub mod table;
mod weights;
