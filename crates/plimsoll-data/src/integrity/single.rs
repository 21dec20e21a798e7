//! The checks of a single table.

mod characters;
mod class_imbalance;
mod duplicate_rows;
mod mixed_nulls;
mod mixed_types;
mod redundant_features;
mod single_value;
mod spelling_variants;
mod text_length;

pub use self::characters::{DamagedText, SpecialCharacters};
pub use self::class_imbalance::ClassImbalance;
pub use self::duplicate_rows::{ConflictingLabels, DuplicateRows};
pub use self::mixed_nulls::MixedNulls;
pub use self::mixed_types::MixedTypes;
pub use self::redundant_features::RedundantFeatures;
pub use self::single_value::SingleValue;
pub use self::spelling_variants::SpellingVariants;
pub use self::text_length::TextLength;
