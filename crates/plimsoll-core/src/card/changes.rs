//! Which facts are others than those that prose was written for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::facts::Number;
use super::{Fact, Facts, Topic};
use crate::{Digest, number};

/// A fact that is another than it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// What it is about.
    pub topic: Topic,
    message: String,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Facts {
    /// Says what of `now` is another than here, about `topics`; `None` where a topic is not among
    /// these facts, so that nobody can say.
    ///
    /// A measured value is another where it lies outside of the interval that was shown then.
    pub fn changes(&self, now: &Self, topics: &BTreeSet<Topic>) -> Option<Vec<Change>> {
        let nothing = BTreeMap::new();
        let mut changes = Vec::new();
        for &topic in topics {
            let before = self.get(topic)?;
            let now = now.get(topic).unwrap_or(&nothing);
            let names: BTreeSet<&String> = before.keys().chain(now.keys()).collect();
            for name in names {
                if let Some(how) = differs(before.get(name), now.get(name)) {
                    let message = format!("{} {how}", subject(topic, name));
                    changes.push(Change { topic, message });
                }
            }
        }
        Some(changes)
    }
}

fn subject(topic: Topic, name: &str) -> String {
    match topic {
        Topic::Task | Topic::License => format!("the {name}"),
        Topic::Columns => format!("column `{name}`"),
        Topic::Data => format!("data.{name}"),
        Topic::Metrics => format!("`{name}`"),
        Topic::Training => name.to_owned(),
    }
}

fn differs(before: Option<&Fact>, now: Option<&Fact>) -> Option<String> {
    match (before, now) {
        (None, None) => None,
        (None, Some(Fact::Measured(_))) => Some("is measured now and was not then".to_owned()),
        (None, Some(Fact::Word(now))) => Some(format!("is new ({})", short(now))),
        (Some(_), None) => Some("is gone".to_owned()),
        (Some(Fact::Word(before)), Some(Fact::Word(now))) => {
            (before != now).then(|| format!("is {}, was {}", short(now), short(before)))
        }
        (Some(Fact::Measured(before)), Some(Fact::Measured(now))) => beyond(before, now),
        (Some(_), Some(_)) => Some("is another kind of fact than it was".to_owned()),
    }
}

/// Says how a number left what was known of it.
fn beyond(before: &Number, now: &Number) -> Option<String> {
    let show = number::show;
    match (before.value, now.value) {
        (None, None) => None,
        (None, Some(now)) => Some(format!("is {}, and had no value then", show(now))),
        (Some(before), None) => Some(format!("has no value, and was {}", show(before))),
        (Some(was), Some(is)) => match before.interval {
            Some([low, high]) => {
                let (shown_low, shown_high) = (show(low), show(high));
                let said = format!("is {}, outside of [{shown_low}, {shown_high}]", show(is));
                (is < low || is > high).then(|| format!("{said} (was {})", show(was)))
            }
            // Without an interval a person can only have meant the digits that are shown.
            None => (show(was) != show(is)).then(|| format!("is {}, was {}", show(is), show(was))),
        },
    }
}

/// Returns what people read of a word: digests and commands are long.
fn short(word: &str) -> String {
    const LONGEST: usize = 60;
    if let Ok(digest) = word.parse::<Digest>() {
        return digest.short();
    }
    if word.chars().count() <= LONGEST {
        return format!("`{word}`");
    }
    format!("`{}…`", word.chars().take(LONGEST).collect::<String>())
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn facts(value: Value) -> Facts {
        serde_json::from_value(value).unwrap()
    }

    fn said(before: Value, now: Value, topics: &[Topic]) -> Vec<String> {
        let topics = topics.iter().copied().collect();
        let changes = facts(before).changes(&facts(now), &topics).unwrap();
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_number_is_another_where_it_leaves_its_interval() {
        let wape =
            |value: f64| json!({"metrics": {"wape": {"value": value, "interval": [0.19, 0.22]}}});
        let of = |value| said(wape(0.2), wape(value), &[Topic::Metrics]);
        assert!(of(0.19).is_empty() && of(0.22).is_empty());
        assert_eq!(of(0.221), ["`wape` is 0.221, outside of [0.190, 0.220] (was 0.200)"]);
        assert_eq!(of(0.1).len(), 1);
        let bare = |value: Value| json!({"metrics": {"r2": {"value": value}}});
        let of = |value| said(bare(json!(0.8501)), bare(value), &[Topic::Metrics]);
        assert!(of(json!(0.8503)).is_empty());
        assert_eq!(of(json!(0.86)), ["`r2` is 0.860, was 0.850"]);
        assert_eq!(of(Value::Null), ["`r2` has no value, and was 0.850"]);
    }

    #[test]
    fn words_say_what_they_were() {
        let before = json!({
            "license": {"license": "MIT"}, "columns": {"hr": "integer", "temp": "number"},
            "data": {"hourly": Digest::blake3(b"a")}, "training": {},
        });
        let now = json!({
            "license": {"license": "Apache-2.0"}, "columns": {"hr": "number", "hum": "number"},
            "data": {"hourly": Digest::blake3(b"b")}, "training": {"step train": "python train.py"},
        });
        let changed =
            said(before, now, &[Topic::License, Topic::Columns, Topic::Data, Topic::Training]);
        assert_eq!(
            changed,
            [
                "the license is `Apache-2.0`, was `MIT`",
                "column `hr` is `number`, was `integer`",
                "column `hum` is new (`number`)",
                "column `temp` is gone",
                "data.hourly is blake3:10e5cf3d, was blake3:17762fdd",
                "step train is new (`python train.py`)",
            ]
        );
    }

    #[test]
    fn a_topic_that_nobody_looked_at_is_not_taken_for_unchanged() {
        let before = facts(json!({"license": {"license": "MIT"}}));
        let now = facts(json!({"license": {"license": "MIT"}, "metrics": {}}));
        assert_eq!(before.changes(&now, &[Topic::License].into()), Some(Vec::new()));
        assert_eq!(before.changes(&now, &[Topic::License, Topic::Metrics].into()), None);
    }
}
