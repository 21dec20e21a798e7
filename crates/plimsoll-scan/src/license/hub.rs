//! Licenses of datasets and models, as Hugging Face and its cards spell them.
//!
//! The spellings are the ids of the Hub's list of licenses. Where one names a license of the SPDX list it is that
//! license; terms that only models and datasets have get an id of ours (`LicenseRef-Gemma`). `other` says
//! nothing without a `license_name`; `unknown` says nothing at all. A name that nobody has classified stays
//! a known name, of the family `unclassified`.

use super::claim::{Candidates, Reading, Relation};
use super::expression::{Expression, License};
use super::names;
use super::terms::{Confidence, Said, Terms};

/// The most ids that one card gives.
const MAX_IDS: usize = 50;

/// What a card, or `plimsoll.yaml`, declares.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Declared {
    /// The ids of licenses.
    pub licenses: Vec<String>,
    /// The name of a license that has no id.
    pub name: Option<String>,
    /// Where its text is.
    pub link: Option<String>,
}

/// Ids of the Hub that are not those of the SPDX list in lower case.
const IDS: &[(&str, &[&str])] = &[
    ("openrail", &["LicenseRef-OpenRAIL"]),
    ("openrail++", &["LicenseRef-OpenRAIL-PlusPlus"]),
    ("creativeml-openrail-m", &["LicenseRef-CreativeML-OpenRAIL-M"]),
    ("bigscience-openrail-m", &["LicenseRef-BigScience-OpenRAIL-M"]),
    ("bigscience-bloom-rail-1.0", &["LicenseRef-BigScience-BLOOM-RAIL-1.0"]),
    ("bigcode-openrail-m", &["LicenseRef-BigCode-OpenRAIL-M"]),
    ("deepfloyd-if-license", &["LicenseRef-DeepFloyd-IF"]),
    ("fair-noncommercial-research-license", &["LicenseRef-FAIR-Noncommercial-Research"]),
    ("llama2", &["LicenseRef-Llama-2"]),
    ("llama3", &["LicenseRef-Llama-3"]),
    ("llama3.1", &["LicenseRef-Llama-3.1"]),
    ("llama3.2", &["LicenseRef-Llama-3.2"]),
    ("llama3.3", &["LicenseRef-Llama-3.3"]),
    ("llama4", &["LicenseRef-Llama-4"]),
    ("gemma", &["LicenseRef-Gemma"]),
    ("apple-amlr", &["LicenseRef-Apple-AMLR"]),
    ("apple-ascl", &["LicenseRef-Apple-ASCL"]),
    ("h-research", &["LicenseRef-H-Research"]),
    ("intel-research", &["LicenseRef-Intel-Research"]),
    ("grok2-community", &["LicenseRef-Grok-2-Community"]),
    ("research-only", &["LicenseRef-Research-Only"]),
    ("research only", &["LicenseRef-Research-Only"]),
    ("academic-only", &["LicenseRef-Research-Only"]),
    ("non-commercial", &["LicenseRef-Non-Commercial"]),
    ("noncommercial", &["LicenseRef-Non-Commercial"]),
    ("mnpl", &["LicenseRef-MNPL"]),
    ("flux-1-dev-non-commercial-license", &["LicenseRef-FLUX-1-dev-Non-Commercial"]),
    ("lgpl-lr", &["LGPLLR"]),
    ("pddl", &["PDDL-1.0"]),
    ("odbl", &["ODbL-1.0"]),
    ("odc-by", &["ODC-By-1.0"]),
    ("c-uda", &["C-UDA-1.0"]),
    (
        "gfdl",
        &[
            "GFDL-1.3-only",
            "GFDL-1.3-or-later",
            "GFDL-1.2-only",
            "GFDL-1.2-or-later",
            "GFDL-1.1-only",
        ],
    ),
    (
        "cc",
        &[
            "CC-BY-4.0",
            "CC-BY-SA-4.0",
            "CC-BY-NC-4.0",
            "CC-BY-ND-4.0",
            "CC-BY-NC-SA-4.0",
            "CC-BY-NC-ND-4.0",
            "CC0-1.0",
        ],
    ),
];

impl Declared {
    /// Makes a declaration of one id, expression or name, as `plimsoll.yaml` has it.
    pub fn of(license: &str) -> Self {
        Self { licenses: vec![license.to_owned()], ..Self::default() }
    }

    /// Says which terms are declared. Several ids hold together.
    pub fn terms(&self) -> Terms {
        let said: Vec<Said> = self
            .licenses
            .iter()
            .take(MAX_IDS)
            .map(|id| Said { source: "license".to_owned(), says: id.clone() })
            .chain(
                self.name
                    .iter()
                    .map(|it| Said { source: "license_name".to_owned(), says: it.clone() }),
            )
            .chain(
                self.link
                    .iter()
                    .map(|it| Said { source: "license_link".to_owned(), says: it.clone() }),
            )
            .collect();
        Terms { sources: said, ..self.judged() }
    }

    fn judged(&self) -> Terms {
        if self.licenses.len() > MAX_IDS {
            let count = self.licenses.len();
            return Terms::unknown(format!(
                "{count} licenses are declared, at most {MAX_IDS} are read"
            ));
        }
        let mut parts: Vec<Expression> = Vec::new();
        let mut confidence = Confidence::High;
        for id in &self.licenses {
            let reading = match id.trim().to_lowercase().as_str() {
                "other" => self.named(),
                "unknown" | "" => Reading::Silent,
                _ => read(id),
            };
            let terms = settled(&reading);
            let Some(license) = &terms.license else { return terms };
            confidence = confidence.min(terms.confidence);
            if !parts.contains(license) {
                parts.push(license.clone());
            }
        }
        if parts.is_empty() {
            return settled(&self.named());
        }
        let reason = match parts.len() {
            1 => "a license is declared".to_owned(),
            count => format!("{count} licenses are declared, which are taken to hold together"),
        };
        let confidence = if parts.len() > 1 { Confidence::Low } else { confidence };
        Terms::known(Expression::all(parts), confidence, reason)
    }

    /// Reads the name of a license that has no id.
    fn named(&self) -> Reading {
        let Some(name) = self.name.as_deref().map(str::trim).filter(|name| !name.is_empty()) else {
            return Reading::Silent;
        };
        match read(name) {
            // A name is a name: what it says is not known, but that it is this one is.
            Reading::Unreadable(_) => names::reference(name)
                .map_or(Reading::Silent, |license| Reading::one(Candidates::of([license]))),
            reading => reading,
        }
    }
}

fn read(id: &str) -> Reading {
    let lower = id.trim().to_lowercase();
    match IDS.iter().find(|(known, _)| *known == lower) {
        Some((_, ids)) => Reading::one(Candidates::of(ids.iter().map(|id| License::of(*id)))),
        None => names::read(id),
    }
}

/// Says what a reading comes to.
fn settled(reading: &Reading) -> Terms {
    const NAMED: &str = "a license is declared";
    match reading {
        Reading::Expression(expression) => {
            Terms::known(expression.clone(), Confidence::High, NAMED)
        }
        Reading::Parts { relation, parts } if *relation != Relation::Unsaid => {
            let mut licenses = Vec::new();
            let mut confidence = Confidence::High;
            for part in parts {
                if part.licenses().len() > 1 {
                    confidence = Confidence::Low;
                }
                let Some(license) = part.strictest() else {
                    let candidates = part.licenses().iter().cloned().map(Expression::License);
                    let reason = format!("what is declared may be any of {part}");
                    return Terms::ambiguous(candidates.collect(), reason);
                };
                licenses.push(Expression::License(license.clone()));
            }
            let expression = match relation {
                Relation::Any => Expression::any(licenses),
                _ => Expression::all(licenses),
            };
            Terms::known(expression, confidence, NAMED)
        }
        Reading::Unreadable(reason) => Terms::unknown(reason.clone()),
        _ => Terms::unknown("what is declared says nothing of a license"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::license::State;

    fn said(declared: &Declared) -> String {
        let terms = declared.terms();
        terms.license.map_or_else(|| format!("{:?}", terms.state), |license| license.to_string())
    }

    #[test]
    fn ids_of_the_hub_are_read() {
        for (id, expected) in [
            ("apache-2.0", "Apache-2.0"),
            ("mit", "MIT"),
            ("cc-by-nc-4.0", "CC-BY-NC-4.0"),
            ("cc-by-sa-3.0", "CC-BY-SA-3.0"),
            ("cc0-1.0", "CC0-1.0"),
            ("creativeml-openrail-m", "LicenseRef-CreativeML-OpenRAIL-M"),
            ("bigscience-bloom-rail-1.0", "LicenseRef-BigScience-BLOOM-RAIL-1.0"),
            ("openrail++", "LicenseRef-OpenRAIL-PlusPlus"),
            ("llama3.1", "LicenseRef-Llama-3.1"),
            ("gemma", "LicenseRef-Gemma"),
            ("odbl", "ODbL-1.0"),
            ("cdla-permissive-2.0", "CDLA-Permissive-2.0"),
            ("agpl-3.0", "AGPL-3.0-only"),
            ("c-uda", "C-UDA-1.0"),
            ("bsd-3-clause-clear", "BSD-3-Clause-Clear"),
            ("research-only", "LicenseRef-Research-Only"),
            ("CC BY 4.0", "CC-BY-4.0"),
            ("CC0-1.0 OR MIT", "CC0-1.0 OR MIT"),
            ("other", "Unknown"),
            ("unknown", "Unknown"),
            ("", "Unknown"),
            ("bsd", "Ambiguous"),
            ("cc", "Ambiguous"),
            ("gpl", "Ambiguous"),
            ("my own terms", "Unknown"),
        ] {
            assert_eq!(said(&Declared::of(id)), expected, "{id}");
        }
    }

    #[test]
    fn other_is_what_its_name_says() {
        let named = |name: &str| Declared { name: Some(name.to_owned()), ..Declared::of("other") };
        assert_eq!(said(&named("llama3")), "LicenseRef-Llama-3");
        assert_eq!(said(&named("tongyi-qianwen")), "LicenseRef-tongyi-qianwen");
        assert_eq!(said(&named(" ")), "Unknown");
        let both =
            Declared { licenses: vec!["mit".into(), "cc-by-nc-4.0".into()], ..Declared::default() };
        assert_eq!(said(&both), "MIT AND CC-BY-NC-4.0");
        assert_eq!(Declared::default().terms().state, State::Unknown);
    }
}
