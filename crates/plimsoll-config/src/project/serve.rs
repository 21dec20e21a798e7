//! What a server records of the model.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::DatasetName;
use plimsoll_core::project::{Dataset, Serve};

use super::data::Columns;
use super::{Draft, text};
use crate::nearest::advice;
use crate::node::{Kind, Node};
use crate::source::Place;

impl Draft<'_, '_, '_> {
    pub(super) fn serve(
        &mut self,
        data: &BTreeMap<DatasetName, Dataset>,
        columns: Columns,
    ) -> Option<Serve> {
        let node = self.root.get("serve")?;
        let leaks = data.values().flat_map(|dataset| &dataset.leaks).map(String::as_str);
        let leaks: BTreeSet<&str> = leaks.collect();
        let mut known = self.columns_of_callers(data, columns);
        let target = self.evaluated("target").and_then(Node::text);
        if let Some(known) = &mut known {
            known.retain(|name| !leaks.contains(name.as_str()) && target != Some(name));
        }
        for key in ["id", "time"] {
            let Some(named) = node.get(key) else { continue };
            let Some(column) = named.text() else { continue };
            let late = if target == Some(column) {
                Some("is the target")
            } else {
                leaks.contains(column).then_some("gives the target away")
            };
            if let Some(late) = late {
                let message = format!("`{column}` {late} and cannot be `{key}`");
                let help = "name a column that is known when a prediction is asked for";
                self.report.advise(named.place, message, help);
            } else if let Some(known) = &known
                && !known.contains(column)
            {
                let message = format!("column `{column}` is in no schema of `data`");
                let help = advice(column, "column", known.iter().map(String::as_str));
                self.report.advise(named.place, message, help);
            }
        }
        let (id, time) = (text(node, "id"), text(node, "time"));
        if let (Some(id), Some(of_time)) = (&id, node.get("time"))
            && of_time.text() == Some(id)
        {
            let message = format!("`{id}` is `id` and `time` at once");
            let help = "what names a row tells rows of one time apart: name two columns";
            self.report.advise(of_time.place, message, help);
        }
        Some(Serve { capture: captures(node), id, time })
    }

    /// Reports that `what` is made of captures and nothing is recorded or compared with a truth.
    pub(super) fn needs_captures(&mut self, place: Place, what: &str) {
        match self.root.entry("serve") {
            None => {
                let message = format!("{what} needs predictions, and none are recorded");
                let help = "add `serve:` with `capture: true`";
                self.report.advise(place, message, help);
            }
            Some(serve) if !captures(&serve.value) => {
                let message = format!("{what} needs predictions, and none are recorded");
                let capture = serve.value.entry("capture").unwrap_or(serve);
                let help = format!("write `capture: true` on line {}", capture.place.line);
                self.report.advise(place, message, help);
            }
            Some(_) => {}
        }
        if self.root.entry("evaluate").is_none() {
            let message = format!("{what} needs a target, and nothing is evaluated");
            let help = "add `evaluate:` with the column that labels are compared with";
            self.report.advise(place, message, help);
        }
    }

    /// Reports that labels could not find the rows of a dataset of predictions.
    pub(super) fn needs_id(&mut self, place: Place) {
        let Some(serve) = self.root.entry("serve") else { return };
        if serve.value.entry("id").is_none() {
            let message = "`from: captures` needs `serve.id`: labels find their rows by it";
            let line = serve.place.line;
            let help = format!("add `id: COLUMN` to `serve` (line {line})");
            self.report.advise(place, message, help);
        }
    }

    /// Returns the columns that callers may send; `None` where there may be others than are named.
    fn columns_of_callers(
        &self,
        data: &BTreeMap<DatasetName, Dataset>,
        columns: Columns,
    ) -> Option<BTreeSet<String>> {
        let Columns::Named(mut names) = columns else { return None };
        let declared = self.root.get("data").map(Node::entries).unwrap_or_default();
        let has_files = data.values().any(|dataset| dataset.live.is_none());
        // A dataset with a mistake has columns too.
        if !has_files || data.len() < declared.len() {
            return None;
        }
        // Steps may make columns that no file has.
        let features = self.evaluated("features").and_then(|features| features.get("input"));
        let made = features.map(Node::items).unwrap_or_default().iter();
        let made = made.chain(self.evaluated("block")).filter_map(Node::text);
        names.extend(made.map(str::to_owned));
        Some(names)
    }
}

/// Tells whether predictions are recorded, as they are unless it is said otherwise.
fn captures(serve: &Node) -> bool {
    serve.get("capture").is_none_or(|node| node.kind != Kind::Bool(false))
}
