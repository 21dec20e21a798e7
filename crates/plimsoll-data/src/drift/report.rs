//! What a comparison says.

use plimsoll_core::Finding;
use plimsoll_core::evidence::Plot;
use plimsoll_stats::drift::decide::{Answer, Judged, Limits};
use plimsoll_stats::drift::facet::{Aspect, Test};
use plimsoll_stats::drift::power::RowsNeeded;
use serde::{Serialize, Serializer};

use super::method::Method;
use super::shown::{Moved, Shown};
use crate::profile::Kind;

/// What a comparison of two tables says.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// Whether a column drifted, or all of them together.
    pub drifted: bool,
    /// The answer for the whole table.
    pub answer: Answer,
    /// The share of the compared columns that drifted.
    pub drifted_share: f64,
    /// What was compared with.
    pub reference: Side,
    /// What was looked at.
    pub current: Side,
    /// The smallest effects that count, and the level.
    pub limits: Limits,
    /// How many facets were judged together.
    pub facets: usize,
    /// The columns that both sides have, those that drifted first.
    pub columns: Vec<ColumnReport>,
    /// All columns together, where that was asked for.
    pub together: Option<TogetherReport>,
    /// What is wrong.
    pub findings: Vec<Finding>,
    /// What a reader should know of how it was judged.
    pub notes: Vec<String>,
}

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Side {
    /// The file, or what else was read, as it was named.
    pub path: String,
    /// How many rows it has.
    pub rows: u64,
    /// Whether rows were read or their profile.
    pub source: Source,
    /// How its rows were taken to depend on each other.
    pub dependence: DependenceReport,
}

/// What was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Rows.
    Rows,
    /// A stored profile of them.
    Profile,
}

/// How rows were taken to depend on each other.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum DependenceReport {
    /// Not at all.
    Independent,
    /// Within blocks.
    Blocks {
        /// The column that makes them.
        column: String,
        /// How many there are.
        blocks: usize,
    },
    /// On those before them; a guess from how alike they are.
    Order {
        /// The column that shows the order.
        column: String,
    },
}

/// A column.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ColumnReport {
    /// Its name.
    pub name: String,
    /// As what it was compared.
    pub kind: Kind,
    /// Whether it is what a model is to predict.
    pub is_target: bool,
    /// Whether it drifted.
    pub drifted: bool,
    /// The answer.
    pub answer: Answer,
    /// What of it decided, or came nearest to deciding.
    pub aspect: Option<Aspect>,
    /// The test or the method by which.
    pub method: Option<Named>,
    /// The effect; of a method of other tools its statistic or distance.
    #[serde(serialize_with = "finite_or_text")]
    pub effect: Option<f64>,
    /// The smallest effect that counts; of a method its limit.
    pub minimum: Option<f64>,
    /// The p-value.
    pub p: Option<f64>,
    /// Its natural logarithm where it is below 1e-300.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ln_p: Option<f64>,
    /// The p-value adjusted for all facets of all columns.
    pub p_adjusted: Option<f64>,
    /// Its natural logarithm where it is below 1e-300.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ln_p_adjusted: Option<f64>,
    /// The smallest effect that these rows could have shown.
    pub detectable_effect: Option<f64>,
    /// Whether the 95 % interval of the effect holds the minimum.
    pub at_the_limit: bool,
    /// At least this share of the rows moved.
    pub moved_share: Option<f64>,
    /// How many rows would decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_needed: Option<RowsNeeded>,
    /// All that was judged of it.
    pub facets: Vec<FacetReport>,
    /// What could not be measured, and why.
    pub errors: Vec<ErrorReport>,
    /// What is shown beside.
    pub shown: Shown,
    /// Values that the reference never has, the most frequent first.
    pub new_values: Vec<Moved>,
    /// What a plot shows.
    #[serde(skip)]
    pub plot: Option<Plot>,
}

/// The name of a test or method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Named {
    /// A test of the default.
    Test(Test),
    /// A method that was asked for.
    Method(Method),
}

/// An aspect of a column.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct FacetReport {
    /// Which.
    pub aspect: Aspect,
    /// The test or method.
    pub method: Named,
    /// The answer.
    pub answer: Answer,
    /// The distance as seen.
    #[serde(serialize_with = "finite_or_text")]
    pub observed: Option<f64>,
    /// The same without what chance adds.
    #[serde(serialize_with = "finite_or_text")]
    pub effect: Option<f64>,
    /// The 95 % interval of the effect, where there is one.
    pub interval: Option<[f64; 2]>,
    /// The smallest effect that counts.
    pub minimum: f64,
    /// The p-value.
    pub p: Option<f64>,
    /// Its natural logarithm where it is below 1e-300.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ln_p: Option<f64>,
    /// The adjusted p-value.
    pub p_adjusted: Option<f64>,
    /// Its natural logarithm where it is below 1e-300.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ln_p_adjusted: Option<f64>,
    /// The smallest effect that these rows could have shown.
    pub detectable_effect: Option<f64>,
    /// Whether the interval holds the minimum.
    pub at_the_limit: bool,
    /// By how much the distance may be off because sketches were read.
    pub sketch_error: f64,
    /// How much may have moved besides, among values that are not told apart, at most.
    pub hidden: f64,
    /// By what dependence inflates the variance of the reference and of the current side.
    pub design_effects: [f64; 2],
    /// How many rows would decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rows_needed: Option<RowsNeeded>,
}

/// Something that could not be measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ErrorReport {
    /// What.
    pub aspect: Aspect,
    /// Why.
    pub reason: String,
}

/// All columns together.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TogetherReport {
    /// Whether a model tells the sides apart; absent where too few rows or blocks say so.
    pub differs: Option<bool>,
    /// The area under the ROC curve on rows that the model has not seen; 0.5 is not at all.
    pub auc: Option<f64>,
    /// Its 95 % interval.
    pub interval: Option<[f64; 2]>,
    /// The lower end from which on the sides differ.
    pub minimum: f64,
    /// The rows of each side that were looked at.
    pub rows: [usize; 2],
    /// The columns by which the sides are told apart, the first ones first.
    pub columns: Vec<TellingColumn>,
    /// Why there is no area.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A column by which a model tells the sides apart.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TellingColumn {
    /// Its name.
    pub name: String,
    /// Which share of what the model gained came from it.
    pub share: f64,
}

impl FacetReport {
    pub(super) fn of(judged: &Judged) -> Self {
        let facet = &judged.facet;
        let interval = facet
            .half_width
            .map(|half| [(facet.effect - half).max(0.0), (facet.effect + half).min(1.0)]);
        Self {
            aspect: facet.aspect,
            method: Named::Test(facet.test),
            answer: judged.answer,
            observed: Some(facet.observed),
            effect: Some(facet.effect),
            interval,
            minimum: facet.minimum,
            p: Some(facet.p.get()),
            ln_p: facet.p.ln_where_tiny(),
            p_adjusted: Some(judged.adjusted.get()),
            ln_p_adjusted: judged.adjusted.ln_where_tiny(),
            detectable_effect: Some(judged.detectable),
            at_the_limit: facet.is_at_the_limit(),
            sketch_error: facet.sketch_error,
            hidden: facet.hidden,
            design_effects: [facet.sides.reference, facet.sides.current]
                .map(|side| side.design_effect),
            rows_needed: judged.needed,
        }
    }

    /// Returns how far the effect is on the way to its minimum, or beyond.
    pub(super) fn weight(&self) -> f64 {
        let effect = self.effect.unwrap_or_default();
        let ratio = match self.method {
            // The p-value of a method is the better the smaller.
            Named::Method(method) if method.is_test() => {
                self.minimum / self.p.unwrap_or(1.0).max(1e-300)
            }
            _ => effect / self.minimum,
        };
        if ratio.is_nan() { 0.0 } else { ratio }
    }
}

/// JSON has no infinity.
#[expect(clippy::ref_option, reason = "the form that serde calls")]
fn finite_or_text<S: Serializer>(number: &Option<f64>, to: S) -> Result<S::Ok, S::Error> {
    match number {
        Some(number) if number.is_infinite() => {
            to.serialize_str(if *number > 0.0 { "Infinity" } else { "-Infinity" })
        }
        number => number.serialize(to),
    }
}
