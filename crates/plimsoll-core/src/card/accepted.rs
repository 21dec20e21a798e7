//! The file beside the prose that says which facts each section was accepted with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Facts;
use crate::RepoPath;
use crate::name::SectionName;
use crate::path::ParsePathError;

/// The format of the file.
const FORMAT: &str = "plimsoll.card-facts/1";

/// The facts of each section, as they are kept: `MODEL_CARD.facts.json`, committed with the prose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Accepted {
    format: String,
    /// The facts by section.
    pub sections: BTreeMap<SectionName, Facts>,
}

/// A file says nothing of accepted sections that this version reads.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadAcceptedError {
    /// It has another form.
    #[error("is not what `plimsoll model card --accept` writes ({0})")]
    Form(#[from] serde_json::Error),
    /// It is of another version.
    #[error("has the format `{0}` (expected `{FORMAT}`)")]
    Format(String),
    /// It says the same in another way, or says something twice.
    #[error("was edited by hand (`plimsoll model card --accept` writes it anew)")]
    Edited,
}

impl Accepted {
    /// Says that `sections` were accepted.
    pub fn new(sections: BTreeMap<SectionName, Facts>) -> Self {
        Self { format: FORMAT.to_owned(), sections }
    }

    /// Returns where the file lies of the prose at `path`.
    ///
    /// # Errors
    /// The name would be too long.
    pub fn beside(path: &RepoPath) -> Result<RepoPath, ParsePathError> {
        let stem = path.as_str().strip_suffix(".md").unwrap_or(path.as_str());
        format!("{stem}.facts.json").parse()
    }

    /// Reads the file's text, as strictly as it is written.
    pub fn from_json(text: &str) -> Result<Self, ReadAcceptedError> {
        let accepted: Self = serde_json::from_str(text)?;
        if accepted.format != FORMAT {
            let found = accepted.format.chars().take(100).collect();
            return Err(ReadAcceptedError::Format(found));
        }
        // Git may have given the lines other ends. A key that stands there twice is lost in reading.
        if text.replace("\r\n", "\n") == accepted.to_json()? {
            return Ok(accepted);
        }
        Err(ReadAcceptedError::Edited)
    }

    /// Returns the file's text: a fact a line, sorted, so that a diff shows what was accepted.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        let mut text = serde_json::to_string_pretty(self)?;
        text.push('\n');
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn is_read_as_strictly_as_it_is_written() {
        let facts = json!({"limitations": {"metrics": {"wape": {"value": 0.1 + 0.2, "interval": [0.1, 0.4]}}}});
        let accepted = Accepted::new(serde_json::from_value(facts).unwrap());
        let text = accepted.to_json().unwrap();
        assert_eq!(Accepted::from_json(&text).unwrap(), accepted);
        assert_eq!(Accepted::from_json(&text.replace('\n', "\r\n")).unwrap(), accepted);
        let said = |text: &str| Accepted::from_json(text).unwrap_err().to_string();
        assert!(said(&text.replace("\"sections\": {", "\"sections\":  {")).contains("by hand"));
        assert!(
            said(&text.replace("facts/1", "facts/2"))
                .contains("has the format `plimsoll.card-facts/2`")
        );
        assert!(said(&text.replace("\"metrics\"", "\"luck\"")).contains("is not what"));
        assert!(said("<<<<<<< HEAD").contains("is not what"));
        assert_eq!(
            Accepted::beside(&"docs/CARD.md".parse().unwrap()).unwrap().as_str(),
            "docs/CARD.facts.json"
        );
    }
}
