//! What happened to a model besides its transitions and runs: the rest of its health record.

use serde::{Deserialize, Serialize};

use crate::lifecycle::Cause;
use crate::monitoring::Watched;
use crate::reproduction::Reproduced;
use crate::{Day, Digest, ModelName, Timestamp, Variant, Version};

/// The schema that [`Happening`] is written with.
pub const HAPPENING: &str = "plimsoll.happening/v1";

/// Something that happened to a model.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Happening {
    /// [`HAPPENING`].
    pub schema: String,
    /// When.
    pub at: Timestamp,
    /// To what.
    pub variant: Variant,
    /// What.
    pub what: Happened,
}

/// What can happen to a model that is neither a transition of the registry nor a run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", rename_all_fields = "kebab-case")]
pub enum Happened {
    /// A monitor looked at it.
    Monitored {
        /// The version that was served.
        version: Version,
        /// The [`crate::monitoring::Monitoring`].
        evidence: Digest,
        /// What it says.
        answer: Watched,
        /// The same in a sentence.
        message: String,
        /// The first day of the window that was judged; `None` where none is complete.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Day>,
        /// Its last day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<Day>,
    },
    /// It was not trained again, because that could not help.
    RetrainingRefused {
        /// What led to the wish.
        cause: Cause,
        /// Why it was refused.
        reason: String,
    },
    /// A version was made again.
    Reproduced {
        /// The version.
        version: Version,
        /// The [`crate::reproduction::Reproduction`].
        evidence: Digest,
        /// The same as a signed statement.
        statement: Digest,
        /// What came of it.
        answer: Reproduced,
        /// The same in a sentence.
        message: String,
    },
}

impl Happening {
    /// Makes the record of `what`.
    pub fn new(at: Timestamp, variant: Variant, what: Happened) -> Self {
        Self { schema: HAPPENING.to_owned(), at, variant, what }
    }

    /// Returns the model that it happened to.
    pub fn model(&self) -> &ModelName {
        &self.variant.model
    }
}
