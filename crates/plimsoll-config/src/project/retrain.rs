//! What differs when the model is trained again.

use std::collections::BTreeMap;

use plimsoll_core::project::Retrain;
use serde_json::Value;

use super::Draft;
use super::steps::Params;
use crate::node::Node;
use crate::params;

impl Draft<'_, '_, '_> {
    pub(super) fn retrain(&mut self, params: Params<'_>) -> Option<Retrain> {
        let entry = self.root.entry("retrain")?;
        let data = self.root.get("data").map(Node::entries).unwrap_or_default();
        if !data.iter().any(|dataset| dataset.value.entry("from").is_some()) {
            let message = "`retrain` needs labelled predictions, and no dataset is made of them";
            let help = "add one below `data:`, such as `live: { from: captures, holdout: 14d }`";
            self.report.advise(entry.place, message, help);
        }
        let defined = params.and_then(Option::as_ref).map(params::names).unwrap_or_default();
        let mut set = BTreeMap::new();
        for parameter in entry.value.get("set").map(Node::entries).unwrap_or_default() {
            if self.report.is_cut() {
                break;
            }
            let name = &parameter.key;
            self.must_be_defined(name, parameter.place, params, &defined);
            let value = params.and_then(Option::as_ref).and_then(|map| params::find(map, name));
            if let Some(Value::Object(section)) = value
                && !section.is_empty()
            {
                let message = format!("`{name}` is a section of parameters (expected one of them)");
                let known: Vec<String> =
                    section.keys().take(12).map(|key| format!("`{name}.{key}`")).collect();
                self.report.advise(
                    parameter.place,
                    message,
                    format!("write {}", known.join(" or ")),
                );
            }
            if let Some(value) = params::value(&parameter.value, self.report) {
                set.insert(name.clone(), value);
            }
        }
        Some(Retrain { set })
    }
}
