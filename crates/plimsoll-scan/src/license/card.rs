//! The front matter of a model or dataset card: what it declares of its license, and what it was made from.

use serde::Deserialize;

use super::hub::Declared;

/// The longest front matter that is read, in bytes. Cards with many results have some 100 kB.
pub const MAX_FRONT_MATTER: usize = 1024 * 1024;

/// The most names that one list may have.
const MAX_NAMES: usize = 10_000;

/// What a card declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// Its license.
    pub declared: Declared,
    /// The models that it was made from: `meta-llama/Llama-3.1-8B`.
    pub base_models: Vec<String>,
    /// The datasets that it was trained on: `allenai/c4`.
    pub datasets: Vec<String>,
}

/// A card was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum CardError {
    /// It does not begin with a line of three dashes, or no other one ends what follows.
    #[error(
        "the card has no front matter (expected YAML between two lines `---` at its beginning)"
    )]
    NoFrontMatter,
    /// It is longer than any that is meant to be read.
    #[error("the front matter has more than {MAX_FRONT_MATTER} bytes")]
    TooLong,
    /// It has more names than any list is meant to have.
    #[error("`{key}` has {count} names, at most {MAX_NAMES} are read")]
    TooMany {
        /// The key.
        key: &'static str,
        /// How many there are.
        count: usize,
    },
    /// It is no YAML, or what it says of licenses is neither a text nor a list of texts.
    #[error("the front matter cannot be read")]
    Malformed(#[source] serde_saphyr::Error),
}

/// One text, several, or none.
#[derive(Debug, Default, Deserialize)]
#[serde(untagged)]
enum Names {
    #[default]
    None,
    One(String),
    Several(Vec<String>),
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct FrontMatter {
    license: Option<Names>,
    license_name: Option<String>,
    license_link: Option<String>,
    base_model: Option<Names>,
    datasets: Option<Names>,
}

impl Names {
    fn taken(this: Option<Self>, key: &'static str) -> Result<Vec<String>, CardError> {
        match this.unwrap_or_default() {
            Self::None => Ok(Vec::new()),
            Self::One(name) => Ok(vec![name]),
            Self::Several(names) if names.len() > MAX_NAMES => {
                Err(CardError::TooMany { key, count: names.len() })
            }
            Self::Several(names) => Ok(names),
        }
    }
}

impl Card {
    /// Reads the front matter of a card. What is written below it is not looked at.
    ///
    /// # Errors
    /// There is none, it is too long, or it cannot be read.
    pub fn read(text: &str) -> Result<Self, CardError> {
        let matter = front_matter(text)?;
        let matter: FrontMatter = serde_saphyr::from_str(matter).map_err(CardError::Malformed)?;
        Ok(Self {
            declared: Declared {
                licenses: Names::taken(matter.license, "license")?,
                name: matter.license_name,
                link: matter.license_link,
            },
            base_models: Names::taken(matter.base_model, "base_model")?,
            datasets: Names::taken(matter.datasets, "datasets")?,
        })
    }
}

/// Returns what stands between the first two lines of three dashes.
fn front_matter(text: &str) -> Result<&str, CardError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let first = text.lines().next().filter(|line| line.trim_end() == "---");
    let start = first.map(|_| text.find('\n').map_or(text.len(), |at| at + 1));
    let rest = start.and_then(|start| text.get(start..)).ok_or(CardError::NoFrontMatter)?;
    let mut end = 0;
    for line in rest.split_inclusive('\n') {
        if line.trim_end() == "---" {
            return rest.get(..end).ok_or(CardError::NoFrontMatter);
        }
        end += line.len();
        if end > MAX_FRONT_MATTER {
            return Err(CardError::TooLong);
        }
    }
    Err(CardError::NoFrontMatter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_says_its_license_and_what_it_was_made_from() {
        let card = Card::read(
            "---\r\nlanguage: en\r\nlicense: llama3.1\r\nbase_model:\r\n- meta-llama/Llama-3.1-8B\r\ndatasets: allenai/c4\r\nmodel-index:\r\n- name: x\r\n  results: []\r\n---\r\n# A model\r\n---\r\nlicense: mit\r\n",
        )
        .unwrap();
        assert_eq!(card.declared, Declared::of("llama3.1"));
        assert_eq!(card.base_models, ["meta-llama/Llama-3.1-8B"]);
        assert_eq!(card.datasets, ["allenai/c4"]);
        let other =
            Card::read("---\nlicense: [other]\nlicense_name: gemma\nlicense_link: LICENSE\n---\n")
                .unwrap();
        assert_eq!(other.declared.name.as_deref(), Some("gemma"));
        assert_eq!(other.declared.terms().license.unwrap().to_string(), "LicenseRef-Gemma");
        assert_eq!(Card::read("---\nlanguage: en\n---\n").unwrap(), Card::default());
    }

    #[test]
    fn what_cannot_be_read_is_an_error() {
        for text in [
            "",
            "# A model",
            "---\nlicense: mit\n",
            "---\nlicense: {a: b}\n---\n",
            "---\nlicense: mit\nlicense: gemma\n---\n",
            "---\nlicense: [mit\n---\n",
            "----\nlicense: mit\n---\n",
        ] {
            assert!(Card::read(text).is_err(), "{text}");
        }
        let long = format!("---\n{}---\n", "a: b\n".repeat(MAX_FRONT_MATTER / 4));
        assert!(matches!(Card::read(&long), Err(CardError::TooLong)));
        let many = format!("---\ndatasets:\n{}---\n", "- a\n".repeat(MAX_NAMES + 1));
        assert!(matches!(
            Card::read(&many),
            Err(CardError::TooMany { .. } | CardError::Malformed(_))
        ));
        let bomb = "---\na: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: &f [*e,*e,*e,*e,*e,*e,*e,*e,*e]\ng: &g [*f,*f,*f,*f,*f,*f,*f,*f,*f]\nlicense: [*g]\n---\n";
        assert!(Card::read(bomb).is_err());
    }
}
