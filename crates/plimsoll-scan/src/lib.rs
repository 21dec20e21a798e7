//! Hostile bytes: model files, packages, their licences and vulnerabilities.
//!
//! Purpose: say what a model file would do when it is loaded (`model`), which packages a lock, an
//! environment or an SBOM names (`inventory`), under which terms they come (`license`), which advisories
//! concern them (`vulnerability`), and all of it as an SBOM of a model (`bom`). Everything is given as opened
//! bytes; every parser is bounded in memory, depth, expansion and time, and what it cannot read for certain
//! is never taken for harmless.
//! Deliberately absent: fetching anything, and running or importing anything of what is looked at.

pub mod bom;
pub mod inventory;
pub mod license;
pub mod model;
mod moment;
pub mod package;
pub mod vulnerability;

pub use package::{Ecosystem, Package};
