//! The model itself: a package whose measurements are annotations.

use plimsoll_core::evidence;

use super::document::{Annotation, Package};
use super::license::Licenses;
use super::{add_digest, line, spdx_id};
use crate::bom::{Measured, Model};

/// Writes the model that a document describes, as `tool` says it at `created`.
pub(super) fn of(model: &Model, (created, tool): (&str, &str), licenses: &mut Licenses) -> Package {
    let id = spdx_id(&format!("model:{}@{}", model.name, model.version));
    let mut package = Package::of(id, line(&model.name), "OTHER");
    package.version_info = Some(line(&model.version));
    package.comment = Some(format!("A machine-learning model ({}).", model.task));
    licenses.state(&model.license, &[], &mut package);
    model.content.iter().for_each(|digest| add_digest(digest, &mut package));
    let annotation = |comment: String| Annotation {
        annotation_date: created.to_owned(),
        annotation_type: "OTHER",
        annotator: tool.to_owned(),
        comment: line(&comment),
    };
    package.annotations = said(model).into_iter().map(annotation).collect();
    package
}

/// Says in a line each what SPDX has no field for.
fn said(model: &Model) -> Vec<String> {
    let mut said: Vec<String> =
        model.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    said.extend(model.commit.iter().map(|commit| format!("commit: {commit}")));
    said.extend(model.owners.iter().map(|owner| format!("owner: {owner}")));
    said.extend(model.inputs.iter().map(|it| format!("input {}: {}", it.name, it.what)));
    said.extend(model.outputs.iter().map(|it| format!("output {}: {}", it.name, it.what)));
    for Measured { slice, part } in &model.measured {
        let rows = match slice {
            Some(slice) => format!("the {} rows of slice {slice}", part.rows),
            None => format!("all {} rows", part.rows),
        };
        for evidence::Measured { metric, value, interval, reason } in &part.metrics {
            let interval = interval
                .as_ref()
                .filter(|it| it.is_sound())
                .map(|it| format!(" [{}, {}] ({})", it.low, it.high, it.level_in_words()));
            let reason = reason.as_ref().map(|reason| format!(" ({reason})"));
            let more = interval.or(reason).unwrap_or_default();
            said.push(match value.filter(|value| value.is_finite()) {
                Some(value) => format!("measured: {metric} {value}{more} on {rows}"),
                None => format!("not measured: {metric}{more} on {rows}"),
            });
        }
    }
    said.extend(model.limitations.iter().map(|it| format!("limitation: {it}")));
    said
}
