//! The limits of every check, with their defaults.

use serde::{Deserialize, Serialize};

use super::single::{
    ClassImbalance, ConflictingLabels, DamagedText, DuplicateRows, MixedNulls, MixedTypes,
    RedundantFeatures, SingleValue, SpecialCharacters, SpellingVariants, TextLength,
};
use crate::anomaly::{OutlierRows, SeriesAnomalies};
use crate::leakage::{
    FeatureLabel, IdentifierLabel, IndexOverlap, NewCategory, NewLabel, RelationChange, RowOverlap,
    Size, TimeOverlap,
};

/// The limits of the checks, by the codes of their findings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Columns that say nothing.
    #[serde(rename = "integrity.single-value")]
    pub single_value: SingleValue,
    /// Cells of another type than the rest of their column.
    #[serde(rename = "integrity.mixed-types")]
    pub mixed_types: MixedTypes,
    /// Several ways to write "no value".
    #[serde(rename = "integrity.mixed-nulls")]
    pub mixed_nulls: MixedNulls,
    /// Several ways to write a category.
    #[serde(rename = "integrity.spelling-variants")]
    pub spelling_variants: SpellingVariants,
    /// Text with neither letters nor digits.
    #[serde(rename = "integrity.special-characters")]
    pub special_characters: SpecialCharacters,
    /// Text of a wrong encoding.
    #[serde(rename = "integrity.damaged-text")]
    pub damaged_text: DamagedText,
    /// Text that is far too short or long.
    #[serde(rename = "integrity.text-length")]
    pub text_length: TextLength,
    /// Rows that are there twice.
    #[serde(rename = "integrity.duplicate-rows")]
    pub duplicate_rows: DuplicateRows,
    /// Rows that contradict each other.
    #[serde(rename = "integrity.conflicting-labels")]
    pub conflicting_labels: ConflictingLabels,
    /// Classes that are nearly not there.
    #[serde(rename = "integrity.class-imbalance")]
    pub class_imbalance: ClassImbalance,
    /// Features that say the same.
    #[serde(rename = "integrity.redundant-features")]
    pub redundant_features: RedundantFeatures,
    /// Features that tell the label alone.
    #[serde(rename = "leakage.feature-label")]
    pub feature_label: FeatureLabel,
    /// Identifiers that tell the label.
    #[serde(rename = "leakage.identifier-label")]
    pub identifier_label: IdentifierLabel,
    /// Rows that the training data has as well.
    #[serde(rename = "leakage.row-overlap")]
    pub row_overlap: RowOverlap,
    /// Identifiers that the training data has as well.
    #[serde(rename = "leakage.index-overlap")]
    pub index_overlap: IndexOverlap,
    /// Rows that are no later than the training data.
    #[serde(rename = "leakage.time-overlap")]
    pub time_overlap: TimeOverlap,
    /// Categories that the training data never had.
    #[serde(rename = "split.new-category")]
    pub new_category: NewCategory,
    /// Classes that the training data never had.
    #[serde(rename = "split.new-label")]
    pub new_label: NewLabel,
    /// The number of rows beside that of the training data.
    #[serde(rename = "split.size")]
    pub size: Size,
    /// Features that no longer go with the label as they did.
    #[serde(rename = "split.feature-label-change")]
    pub relation_change: RelationChange,
    /// Rows that are far from the rest.
    #[serde(rename = "anomaly.outlier-rows")]
    pub outlier_rows: OutlierRows,
    /// Points of a series that are far from what is usual.
    #[serde(rename = "anomaly.series")]
    pub series: SeriesAnomalies,
}
