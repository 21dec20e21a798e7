//! The `modelCard` of an ML-BOM: what a model takes and gives, and how good it was measured to be.

use plimsoll_core::evidence::{self, Part};
use plimsoll_core::project::{PersonalData, Task};

use super::document::{
    Approach, ConfidenceInterval, Considerations, Format, ModelCard, ModelParameters,
    PerformanceMetric, Property, QuantitativeAnalysis, Reference, Risk,
};
use super::{dataset_reference, line};
use crate::bom::{Dataset, Measured, Model, Passed};

/// Writes the card of a model that datasets were made and measured with.
pub(super) fn of(model: &Model, datasets: &[&Dataset]) -> ModelCard {
    let (mut metrics, mut properties) = (Vec::new(), Vec::new());
    for Measured { slice, part } in &model.measured {
        of_part(slice.as_deref(), part, &mut metrics, &mut properties);
    }
    let personal = datasets.iter().filter(|it| it.personal == Some(PersonalData::Present));
    let risks = personal.map(|dataset| Risk {
        name: format!("dataset {} is declared to hold personal data", line(&dataset.name)),
    });
    ModelCard {
        model_parameters: ModelParameters {
            // There is a column with the truth, or nothing could be measured.
            approach: Approach { kind: "supervised" },
            task: match model.task {
                Task::Regression => "regression",
                Task::Binary => "binary classification",
                Task::Multiclass => "multiclass classification",
            },
            datasets: datasets.iter().map(|it| Reference { to: dataset_reference(it) }).collect(),
            inputs: model.inputs.iter().map(format).collect(),
            outputs: model.outputs.iter().map(format).collect(),
        },
        quantitative_analysis: QuantitativeAnalysis { performance_metrics: metrics },
        considerations: Considerations {
            technical_limitations: model.limitations.iter().map(|it| line(it)).collect(),
            ethical_considerations: risks.collect(),
        },
        properties,
    }
}

fn format(passed: &Passed) -> Format {
    Format { format: line(&format!("{}: {}", passed.name, passed.what)) }
}

/// Writes what was measured of some rows; what the format has no field for are properties.
fn of_part(
    slice: Option<&str>,
    part: &Part,
    metrics: &mut Vec<PerformanceMetric>,
    properties: &mut Vec<Property>,
) {
    let whole = slice.unwrap_or("all");
    let mut property = |what: &str, value: String| {
        properties.push(Property::of(&line(&format!("{what}:{whole}")), value));
    };
    property("rows", part.rows.to_string());
    if let Some(blocks) = part.blocks {
        property("blocks", blocks.to_string());
    }
    if let Some(condition) = &part.condition {
        property("condition", condition.clone());
    }
    for evidence::Measured { metric, value, interval, reason } in &part.metrics {
        let Some(value) = value.filter(|value| value.is_finite()) else {
            let reason = reason.clone().unwrap_or_else(|| "it has no value".to_owned());
            property(&format!("not-measured:{metric}"), reason);
            continue;
        };
        let interval = interval.as_ref().filter(|interval| interval.is_sound());
        if let Some(interval) = interval {
            let mut how = format!("{} ({})", interval.level_in_words(), interval.method);
            if let Some(why) = &interval.approximate {
                how = format!("{how}, approximate: {why}");
            }
            property(&format!("interval:{metric}"), how);
        } else if let Some(reason) = reason {
            property(&format!("no-interval:{metric}"), reason.clone());
        }
        metrics.push(PerformanceMetric {
            kind: metric.to_string(),
            value: value.to_string(),
            slice: slice.map(line),
            confidence_interval: interval.map(|interval| ConfidenceInterval {
                lower_bound: interval.low.to_string(),
                upper_bound: interval.high.to_string(),
            }),
        });
    }
}
