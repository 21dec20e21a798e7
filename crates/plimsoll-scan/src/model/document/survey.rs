//! The keys of a document, of any size.

use std::collections::BTreeSet;
use std::fmt;
use std::io::BufReader;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::paths;
use crate::model::content::Content;
use crate::model::look::Look;
use crate::model::window::Unread;

/// Keys by which a loader is made to do more than to read, wherever in a document they are.
const TELLING: [&str; 26] = [
    "_class_name",
    "_diffusers_version",
    "_target_",
    "__class__",
    "__lambda__",
    "__loader__",
    "__module__",
    "__reduce__",
    "auto_map",
    "auto_mapping",
    "chat_template",
    "class_name",
    "custom_ops_library",
    "custom_pipelines",
    "idx",
    "lc",
    "loader_module",
    "parent_library",
    "py/function",
    "py/object",
    "py/reduce",
    "py/repr",
    "py/type",
    "template_format",
    "trust_remote_code",
    "weight_map",
];

/// How many keys of the outermost object are kept.
const MOST_KEYS: usize = 256;

/// What was seen of a document.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The keys of the outermost object.
    keys: BTreeSet<String>,
    /// The keys that decide, of objects anywhere in it.
    pub(super) telling: BTreeSet<&'static str>,
    /// Texts that name a function which acts, and nothing else.
    pub(super) acting: BTreeSet<String>,
    values: u64,
}

/// How many of those are told.
const MOST_ACTING: usize = 8;

impl Survey {
    /// Whether the document has to be held whole, to be judged by its keys.
    pub(super) fn is_telling(&self) -> bool {
        let (alone, in_pairs): (Vec<&str>, Vec<&str>) =
            self.telling.iter().partition(|key| !paths::need_each_other(key));
        !alone.is_empty() || in_pairs.len() > 1
    }

    /// Reads a document to its end.
    pub(super) fn of(content: &Content, look: &mut Look) -> Result<Self, Unread> {
        let mut survey = Self::default();
        let mut deserializer =
            serde_json::Deserializer::from_reader(BufReader::new(content.reader()));
        let read = Seed { survey: &mut survey, is_root: true }
            .deserialize(&mut deserializer)
            .and_then(|()| deserializer.end());
        look.steps(survey.values)?;
        read.map_err(|error| Unread::broken(format!("not JSON: {error}"), 0))?;
        Ok(survey)
    }

    /// Returns what the document is, by the keys of its outermost object.
    pub(super) fn format(&self) -> &'static str {
        let has = |key: &str| self.keys.contains(key);
        if has("learner") && has("version") {
            "xgboost-json"
        } else if has("features_info") && (has("oblivious_trees") || has("trees")) {
            "catboost-json"
        } else if has("tree_info") && has("feature_names") {
            "lightgbm-json"
        } else if has("class_name") || has("model_config") {
            "keras-config"
        } else {
            "json"
        }
    }
}

struct Seed<'s> {
    survey: &'s mut Survey,
    is_root: bool,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        self.survey.values += 1;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, text: &str) -> Result<(), E> {
        if paths::acts(text) && self.survey.acting.len() < MOST_ACTING {
            self.survey.acting.insert(text.to_owned());
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<(), A::Error> {
        loop {
            let seed = Seed { survey: &mut *self.survey, is_root: false };
            if sequence.next_element_seed(seed)?.is_none() {
                return Ok(());
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<String>()? {
            let mut telling = TELLING.iter().chain(&paths::TELLING);
            if let Some(telling) = telling.find(|telling| **telling == key) {
                self.survey.telling.insert(telling);
            }
            if self.is_root && self.survey.keys.len() < MOST_KEYS {
                self.survey.keys.insert(key);
            }
            map.next_value_seed(Seed { survey: &mut *self.survey, is_root: false })?;
        }
        Ok(())
    }
}
