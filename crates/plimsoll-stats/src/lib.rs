//! Tests, intervals and distances over slices of numbers; nothing else.

pub mod blocks;
pub mod bootstrap;
pub mod correlation;
mod draws;
pub mod estimate;
pub mod interval;
pub mod plan;
pub mod proportion;
pub mod quantile;
pub mod random;
mod rank;
pub mod sample;
pub mod smooth;
pub mod sum;
pub mod table;
mod weights;
