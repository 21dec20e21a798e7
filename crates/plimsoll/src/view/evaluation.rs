//! An evaluation on a terminal.

use std::fmt;

use plimsoll_core::evidence::{
    Compared, Evaluation, Interval, Measured, Metric, Part, WeakParts, level_in_words,
};
use plimsoll_core::number;
use plimsoll_evaluate::weak as weak_parts;

use crate::ui::{Cell, Paint, Table, paint};

/// Returns `[low, high]`; where it is only approximate also its own level, and why.
pub(crate) fn interval(interval: &Interval, show: fn(f64) -> String) -> String {
    let ends = format!("[{}, {}]", show(interval.low), show(interval.high));
    match &interval.approximate {
        Some(why) => format!("{ends} at {}, approximate: {why}", interval.level_in_words()),
        None => ends,
    }
}

/// Writes the metrics of the whole test set and of each slice, the baseline beside them.
pub(crate) fn write(f: &mut fmt::Formatter<'_>, evaluation: &Evaluation) -> fmt::Result {
    let rows = &evaluation.overall;
    let blocks = match (rows.blocks, &evaluation.block) {
        (Some(blocks), Some(column)) => format!(" in {blocks} blocks of {column}"),
        _ => String::new(),
    };
    writeln!(f, "{} {} rows{blocks}", paint(Paint::Strong, "evaluation"), rows.rows)?;
    let baseline = format!(">baseline ({})", evaluation.baseline.name);
    let mut table = Table::new(&["metric", "on", ">value", "95 % interval", &baseline]);
    for measured in &rows.metrics {
        let baseline = evaluation.baseline.metrics.get(&measured.metric);
        let baseline = baseline.map(|value| number::show(*value)).unwrap_or_default();
        table.row(row(measured, "all rows", baseline));
    }
    for (name, slice) in &evaluation.slices {
        for metric in headline(slice) {
            table.row(row(metric, &format!("{name} ({} rows)", slice.rows), String::new()));
        }
        if slice.rows == 0 {
            table.row([
                "".into(),
                format!("{name} (0 rows)").into(),
                Cell::painted(Paint::Bad, "empty"),
            ]);
        }
    }
    write!(f, "{table}")?;
    if let Some(comparison) = &evaluation.comparison {
        let champion = comparison.champion.short();
        let look = match evaluation.look {
            Some(look) if look.get() > 1 => format!(", look {look} at this test set"),
            _ => String::new(),
        };
        let title = paint(Paint::Strong, "against");
        writeln!(f, "{title} champion {champion} on the same rows{look}")?;
        let level = format!("{} interval", level_in_words(comparison.level()));
        let mut table = Table::new(&["metric", ">champion", ">this run", ">gain", &level]);
        for compared in &comparison.metrics {
            let [champion, challenger, gain, interval] = self::compared(compared);
            table.row([
                compared.metric.label().into(),
                champion.into(),
                challenger.into(),
                gain.into(),
                interval.into(),
            ]);
        }
        write!(f, "{table}")?;
    }
    if let Some(weak) = &evaluation.weak {
        writeln!(f, "{} {}", paint(Paint::Strong, "weak parts"), weak_parts::summary(weak))?;
        write!(f, "{}", worst(weak))?;
    }
    Ok(())
}

/// Returns champion, challenger, gain and its interval, as they are read.
pub(crate) fn compared(compared: &Compared) -> [String; 4] {
    let show = compared.metric.gain_format();
    let value = |value: Option<f64>| value.map_or("none".to_owned(), number::show);
    let ends = compared.interval.as_ref().map(|ends| interval(ends, show));
    [
        value(compared.champion),
        value(compared.challenger),
        compared.gain.map_or("none".to_owned(), show),
        ends.or_else(|| compared.reason.clone()).unwrap_or_default(),
    ]
}

/// Shows the weakest parts; the report and `--json` have all.
fn worst(weak: &WeakParts) -> Table {
    let mut table = Table::new(&["where", ">rows", ">times the rest", "95 % interval"]);
    for part in weak.parts.iter().take(5) {
        table.row([
            part.condition.clone().into(),
            part.rows.to_string().into(),
            number::show(part.ratio).into(),
            interval(&part.interval, number::show).into(),
        ]);
    }
    table
}

/// Of a slice only what decides is shown; `--json` and the report have everything.
fn headline(part: &Part) -> impl Iterator<Item = &Measured> {
    const SHOWN: [Metric; 5] =
        [Metric::Wape, Metric::Mae, Metric::Accuracy, Metric::Auc, Metric::F1];
    part.metrics.iter().filter(|measured| SHOWN.contains(&measured.metric))
}

fn row(measured: &Measured, on: &str, baseline: String) -> [Cell; 5] {
    let value = match measured.value {
        Some(value) => number::show(value).into(),
        None => Cell::painted(Paint::Warning, "no value"),
    };
    let ends = measured.interval.as_ref().map(|ends| interval(ends, number::show));
    let ends = ends.or_else(|| measured.reason.clone()).unwrap_or_default();
    [measured.metric.label().into(), on.into(), value, ends.into(), baseline.into()]
}
