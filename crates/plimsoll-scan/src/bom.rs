//! Bills of materials: what a model, or whatever names packages, is made of.
//!
//! A [`Bill`] is a plain value that says what was observed and what was declared. It is written as
//! `CycloneDX` 1.6 (an ML-BOM where it is of a model) or as SPDX 2.3, both as JSON. The same bill gives the
//! same bytes: times come in, order is sorted, and serial numbers follow from the content.

mod cyclonedx;
mod identity;
mod settle;
mod spdx;
mod stated;

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::evidence::Part;
use plimsoll_core::project::{PersonalData, Task};
use plimsoll_core::{Digest, Timestamp};

use crate::license::{Expression, Terms};
use crate::package::Package;

pub use self::settle::BillError;
pub use self::stated::Stated;

/// The most bytes of any one text in a bill: no name, version or license has so many, and package URLs
/// that are longer are read by nobody.
pub const MOST_OF_NAME: usize = 4096;

/// The most things in a bill, of each kind: as many packages as an inventory holds.
pub const MOST_LISTED: usize = 250_000;

/// What something is made of.
#[derive(Clone, Debug)]
pub struct Bill {
    /// What it is a bill of.
    pub of: Of,
    /// The datasets that the model was made and measured with.
    pub datasets: Vec<Dataset>,
    /// The models that it was made from.
    pub base_models: Vec<BaseModel>,
    /// The packages.
    pub packages: Vec<Component>,
    /// The image that it is shipped in.
    pub image: Option<Image>,
    /// What is part of it and cannot be listed, each with why: a bill with gaps says that it is not complete.
    pub gaps: Vec<String>,
    /// What wrote it.
    pub tool: Tool,
    /// When what it says was so.
    pub at: Timestamp,
}

/// What a bill is of.
#[derive(Clone, Debug)]
pub enum Of {
    /// A model.
    Model(Box<Model>),
    /// An environment, lock or image, by a name for it.
    Packages(String),
}

/// The model that a bill is of.
#[derive(Clone, Debug)]
pub struct Model {
    /// Its name.
    pub name: String,
    /// Its number, or what else tells it from others of that name.
    pub version: String,
    /// The digests of its file, of different algorithms.
    pub content: Vec<Digest>,
    /// Its license.
    pub license: Stated,
    /// What it predicts.
    pub task: Task,
    /// Who answers for it.
    pub owners: Vec<String>,
    /// The commit that it was made at.
    pub commit: Option<String>,
    /// What it takes.
    pub inputs: Vec<Passed>,
    /// What it gives.
    pub outputs: Vec<Passed>,
    /// What was measured of it.
    pub measured: Vec<Measured>,
    /// What is known that it does not do well.
    pub limitations: Vec<String>,
    /// Whatever else is known of it, by names that begin with no prefix: `run`, `verdict`.
    pub facts: BTreeMap<String, String>,
}

/// Something that a model takes or gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Passed {
    /// Its name.
    pub name: String,
    /// What it is, in words: `number`, `float [?, 1]`.
    pub what: String,
}

/// What was measured of a model on a test set, or on a slice of it.
#[derive(Clone, Debug)]
pub struct Measured {
    /// The name of the slice; `None` for all rows.
    pub slice: Option<String>,
    /// The metrics, with their intervals.
    pub part: Part,
}

/// A dataset that a model was made or measured with.
#[derive(Clone, Debug, PartialEq)]
pub struct Dataset {
    /// Its name.
    pub name: String,
    /// Its content.
    pub digest: Digest,
    /// Its size.
    pub bytes: u64,
    /// Its license, as it is declared.
    pub license: Stated,
    /// Where it comes from, as it is declared.
    pub source: Option<String>,
    /// What is declared of personal data in it.
    pub personal: Option<PersonalData>,
    /// What it was observed to be used for; empty where it was read for neither.
    pub uses: BTreeSet<Use>,
}

/// What a dataset is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Use {
    /// The model was made of it.
    Training,
    /// The model was measured on it.
    Evaluation,
}

impl Use {
    /// Returns the word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Evaluation => "evaluation",
        }
    }
}

/// A model that another one was made from.
#[derive(Clone, Debug, PartialEq)]
pub struct BaseModel {
    /// Its name: `meta-llama/Llama-3.1-8B`.
    pub name: String,
    /// Its version or revision.
    pub version: Option<String>,
    /// Where it comes from, as it is declared.
    pub source: Option<String>,
    /// Its content, where it is known.
    pub digest: Option<Digest>,
    /// Its license.
    pub license: Stated,
}

/// A package in a bill.
#[derive(Clone, Debug, PartialEq)]
pub struct Component {
    /// The package, with the hashes that a lock has and what it needs.
    pub package: Package,
    /// Its license.
    pub license: Stated,
    /// The licenses of what comes along in it, where they are known and others than its own.
    pub bundled: Vec<Expression>,
}

impl Component {
    /// Says under which license a package comes, from what was published with it.
    pub fn of(package: Package) -> Self {
        let terms = Terms::of(&package.published);
        let mut bundled: Vec<Expression> =
            terms.bundled.iter().filter_map(|bundled| bundled.license.clone()).collect();
        bundled.sort();
        bundled.dedup();
        Self { license: Stated::of_package(&package.published, &terms), package, bundled }
    }
}

/// The image that a model is shipped in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// Its name, with registry and tag where it has them.
    pub name: String,
    /// The digest of its manifest.
    pub digest: Digest,
}

/// What wrote a bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tool {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
}

impl Bill {
    /// Writes it as `CycloneDX` 1.6, as JSON.
    ///
    /// # Errors
    /// It holds what no document of that kind can hold, or more than is written.
    pub fn cyclonedx(&self) -> Result<Vec<u8>, BillError> {
        cyclonedx::write(self)
    }

    /// Writes it as SPDX 2.3, as JSON.
    ///
    /// # Errors
    /// It holds what no document of that kind can hold, or more than is written.
    pub fn spdx(&self) -> Result<Vec<u8>, BillError> {
        spdx::write(self)
    }
}

#[cfg(test)]
mod tests;
