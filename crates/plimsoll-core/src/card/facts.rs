//! The facts that prose can be about, as values that can be kept and compared.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use super::Topic;
use crate::event::RunStart;
use crate::evidence::{Evaluation, Measured};
use crate::project::{Features, PersonalData, Project};

/// What is not said in `plimsoll.yaml`.
const NOT_DECLARED: &str = "not declared";

/// Facts by topic and name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Facts(BTreeMap<Topic, BTreeMap<String, Fact>>);

/// One fact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    /// Something that is so, or is another.
    Word(String),
    /// Something measured: as long as it stays within its interval, it is the same.
    Measured(Number),
}

/// A value with its interval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Number {
    /// The value; `None` where it has none.
    pub value: Option<f64>,
    /// The interval's ends; `None` where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<[f64; 2]>,
}

impl Facts {
    /// Returns the facts of the run that began with `start`, and of what it measured.
    ///
    /// What a retraining changes as a matter of course is not among them: rows that were captured,
    /// and the parameters that it sets. What it achieves is.
    pub fn of(start: &RunStart, evaluation: &Evaluation) -> Self {
        let project = &start.project;
        let mut facts =
            Self(Topic::ALL.into_iter().map(|topic| (topic, BTreeMap::new())).collect());
        facts.word(Topic::Task, &"task", &project.task);
        facts.word(Topic::Task, &"target", &evaluation.target);
        let license = project.license.as_deref().unwrap_or(NOT_DECLARED);
        facts.word(Topic::License, &"license", &license);
        facts.columns(project);
        facts.data(start);
        for measured in &evaluation.overall.metrics {
            facts.measured(measured.metric.as_str().to_owned(), measured);
        }
        for (slice, part) in &evaluation.slices {
            for measured in &part.metrics {
                facts.measured(format!("{} on {slice}", measured.metric), measured);
            }
        }
        for step in &project.steps {
            facts.word(Topic::Training, &format!("step {}", step.name), &step.run);
        }
        let is_set = |name: &String| {
            project.retrain.as_ref().is_some_and(|retrain| retrain.set.contains_key(name))
        };
        for (name, value) in start.params.iter().filter(|(name, _)| !is_set(name)) {
            facts.word(Topic::Training, &format!("parameter {name}"), value);
        }
        facts
    }

    /// Returns the facts about `topics`.
    #[must_use]
    pub fn about<'t>(&self, topics: impl IntoIterator<Item = &'t Topic>) -> Self {
        let of = |topic: &Topic| (*topic, self.0.get(topic).cloned().unwrap_or_default());
        Self(topics.into_iter().map(of).collect())
    }

    /// Returns the facts about one topic, by name; `None` where nobody looked at it.
    pub fn get(&self, topic: Topic) -> Option<&BTreeMap<String, Fact>> {
        self.0.get(&topic)
    }

    /// Returns how many facts there are.
    pub fn count(&self) -> usize {
        self.0.values().map(BTreeMap::len).sum()
    }

    fn columns(&mut self, project: &Project) {
        let of_schemas = project.data.values().flat_map(|dataset| &dataset.columns);
        let kinds: BTreeMap<&str, &str> =
            of_schemas.map(|column| (&*column.name, &*column.kind)).collect();
        match project.evaluate.as_ref().map(|evaluate| &evaluate.features) {
            Some(Features::Tensor(features)) => {
                for name in features {
                    let kind = kinds.get(name.as_str()).copied().unwrap_or("unknown");
                    self.word(Topic::Columns, name, &kind);
                }
            }
            Some(Features::Inputs) | None => {
                for (name, kind) in kinds {
                    self.word(Topic::Columns, &name, &kind);
                }
            }
        }
    }

    fn data(&mut self, start: &RunStart) {
        for (name, pin) in &start.data {
            let declared = start.project.data.get(name);
            let is_live = declared.is_some_and(|dataset| dataset.live.is_some());
            let content = if is_live { "captures".to_owned() } else { pin.digest.to_string() };
            self.word(Topic::Data, name, &content);
            let license = declared.and_then(|dataset| dataset.license.as_deref());
            self.word(Topic::Data, &format!("{name} license"), &license.unwrap_or(NOT_DECLARED));
            let personal = declared.and_then(|dataset| dataset.personal_data);
            let personal = personal.map_or(NOT_DECLARED, PersonalData::as_str);
            self.word(Topic::Data, &format!("{name} personal data"), &personal);
        }
    }

    fn word(&mut self, topic: Topic, name: &dyn fmt::Display, word: &dyn fmt::Display) {
        self.0.entry(topic).or_default().insert(name.to_string(), Fact::Word(word.to_string()));
    }

    fn measured(&mut self, name: String, measured: &Measured) {
        let finite = |value: &f64| value.is_finite();
        let interval = measured.interval.as_ref().filter(|interval| interval.is_sound());
        let number = Number {
            value: measured.value.filter(finite),
            interval: interval.map(|interval| [interval.low, interval.high]),
        };
        self.0.entry(Topic::Metrics).or_default().insert(name, Fact::Measured(number));
    }
}
