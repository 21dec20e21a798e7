//! How the column that is to be predicted goes along with the others.

use plimsoll_core::number;
use plimsoll_data::printable;
use plimsoll_data::profile::summary::Summary;
use plimsoll_data::profile::{Relation, Target};

use super::{LONGEST, anchor, named, picture};

/// How many columns are shown.
const MOST: usize = 30;

/// The column that is to be predicted.
pub(super) struct TargetView {
    pub(super) name: String,
    /// What is shown of it in groups of rows.
    pub(super) shown: String,
    pub(super) rows: Vec<RelationRow>,
}

/// A column beside it.
pub(super) struct RelationRow {
    pub(super) anchor: String,
    pub(super) name: String,
    pub(super) measure: &'static str,
    pub(super) value: String,
    pub(super) bar: String,
    pub(super) picture: String,
    pub(super) from: String,
    pub(super) to: String,
}

impl TargetView {
    pub(super) fn of(target: &Target, summary: &Summary) -> Self {
        let shown = match (&target.class, target.overall) {
            (_, None) => String::new(),
            (Some(class), Some(overall)) => {
                let class = printable(class, LONGEST);
                format!("the share of {class} (overall {})", number::percent(overall))
            }
            (None, Some(overall)) => format!("its mean (overall {})", number::show(overall)),
        };
        let row = |relation: &Relation| {
            let place = summary.columns.iter().position(|of| of.name == relation.column);
            let end = |group: Option<&plimsoll_data::profile::Group>| {
                group.map(|group| printable(&group.label, 28)).unwrap_or_default()
            };
            RelationRow {
                anchor: place.map(anchor).unwrap_or_default(),
                name: printable(&relation.column, LONGEST),
                measure: named(relation.measure),
                value: number::show(relation.value),
                bar: picture::strength(relation.value),
                picture: picture::groups(&relation.groups, target.overall),
                from: end(relation.groups.first()),
                to: end(relation.groups.last()),
            }
        };
        Self {
            name: printable(&target.column, LONGEST),
            shown,
            rows: target.relations.iter().take(MOST).map(row).collect(),
        }
    }
}
