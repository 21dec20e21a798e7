//! Whether a table has drifted from a reference.
//!
//! Purpose: hold two tables against each other, column by column, and decide by
//! [`plimsoll_stats::drift`]. A side is files or the profile that was made of them ([`Given`]); both
//! say the same, as files are profiled first and read again only for what sketches leave open: how
//! rows come in blocks, how they follow each other, shapes so near to the minimum that the sketch
//! could decide. Memory does not grow with the rows, but for numbers that are read again, up to a
//! bound.

mod bins;
mod cell;
pub mod code;
mod column;
mod given;
mod judge;
mod look;
mod method;
mod options;
mod pair;
mod pass;
mod plot;
mod report;
mod shown;
mod slots;
mod together;
mod weigh;
mod words;

use std::collections::BTreeSet;

use plimsoll_core::nearest::nearest;
use plimsoll_core::{Finding, Severity};
use plimsoll_stats::drift::decide::Answer;
use plimsoll_stats::tested::NoAnswer;

use self::judge::{Dependence, judge};
use self::pair::Pair;
use self::pass::Rows;
use crate::example::shown;
use crate::profile::{Column, Kind, ProfileError, ReadProfileError};
use crate::table::ReadError;

pub use self::given::Given;
pub use self::method::{Method, Rule, UnknownMethod};
pub use self::options::{Options, Tested};
pub use self::report::{
    ColumnReport, DependenceReport, ErrorReport, FacetReport, Named, Report, Side, Source,
    TellingColumn, TogetherReport,
};
pub use self::shown::{Moved, Quantile, Shown};

/// Two tables are not compared.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DriftError {
    /// A file cannot be read.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// A file cannot be profiled.
    #[error(transparent)]
    Profile(#[from] ProfileError),
    /// A stored profile cannot be read.
    #[error(transparent)]
    Stored(#[from] ReadProfileError),
    /// A file has other rows or columns than when it was first read.
    #[error("{file} changed while it was read")]
    Changed {
        /// The file.
        file: String,
    },
    /// A column that was asked for is not there.
    #[error("{file} has no column `{}`{}", shown(.name), meant(.nearest.as_deref()))]
    Column {
        /// The file.
        file: String,
        /// The column.
        name: String,
        /// The column that was probably meant.
        nearest: Option<String>,
    },
    /// Something needs rows where there is a profile only.
    #[error("{file} is a profile, and {what} needs the rows: give the files")]
    NoRows {
        /// The profile.
        file: String,
        /// What needs them.
        what: String,
    },
    /// Rows belong to no block.
    #[error("{file}: {rows} rows have no value in `{}`, so that their block is not known", shown(.column))]
    NoBlock {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// How many rows.
        rows: u64,
    },
    /// There are too many blocks.
    #[error("{file}: `{}` makes {blocks} blocks or more, which are too many to tell apart; take the rows as independent or name a coarser column", shown(.column))]
    TooManyBlocks {
        /// The file.
        file: String,
        /// The column.
        column: String,
        /// How many there are at least.
        blocks: usize,
    },
    /// A method does not apply to a column.
    #[error("the method {method} does not apply to column `{}` ({kind}): {reason}", shown(.column))]
    Method {
        /// The method.
        method: Method,
        /// The column.
        column: String,
        /// Its kind.
        kind: Kind,
        /// What the method needs.
        reason: String,
    },
    /// A statistic could not be computed.
    #[error("a statistic could not be computed: {0}")]
    Unmeasured(#[from] NoAnswer),
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (is `{}` meant?)", shown(name))).unwrap_or_default()
}

/// Compares `current` with `reference`.
///
/// # Errors
/// A file cannot be read (again), an option names a column that is not there, or needs rows where
/// there is a profile only. What cannot be measured of a column is a finding.
pub fn drift(reference: &Given, current: &Given, options: &Options) -> Result<Report, DriftError> {
    let sides = [reference, current];
    check_columns(sides, options)?;
    let mut report = Report::new(sides, options);
    if let Some(empty) = sides.iter().find(|side| side.profile.rows() == 0) {
        report.answer = Answer::Error;
        report.findings.push(words::empty(&empty.shown));
        return Ok(report);
    }
    let dependence = dependence(sides, options)?;
    let block = match &dependence {
        Dependence::Blocks(column) => Some(column.as_str()),
        _ => None,
    };
    let pairs = pairs(sides, block, options, &mut report);
    let rows = sides.map(|side| rows(side, options));
    let rows = [rows[0].as_ref(), rows[1].as_ref()];
    let (columns, blocks) = judge(pairs, sides, rows, &dependence, options)?;
    report.describe(sides, &dependence, blocks);
    let mut found = Vec::new();
    for column in &columns {
        found.push(column::column(column, options, rows)?);
    }
    if options.together {
        report.together = Some(match rows {
            [Some(a), Some(b)] => {
                together::together(&columns, options.target.as_deref(), [a, b], &dependence)?
            }
            _ => return Err(needs_rows(sides, "the classifier of all columns")),
        });
    }
    report.facets = columns.iter().map(|column| column.judged.len()).sum();
    report.conclude(found);
    Ok(report)
}

fn rows<'a>(side: &'a Given, options: &Options) -> Option<Rows<'a>> {
    side.tables.as_ref().map(|tables| Rows {
        tables,
        shown: &side.shown,
        expected: side.profile.rows(),
        threads: options.threads,
    })
}

fn needs_rows(sides: [&Given; 2], what: &str) -> DriftError {
    let file = sides.iter().find(|side| side.tables.is_none()).map_or("", |side| &side.shown);
    DriftError::NoRows { file: file.to_owned(), what: what.to_owned() }
}

/// Refuses options that name columns which are not there.
fn check_columns(sides: [&Given; 2], options: &Options) -> Result<(), DriftError> {
    let check = |side: &Given, name: &str| {
        let names = || side.profile.columns().iter().map(Column::name);
        if names().any(|other| other == name) {
            return Ok(());
        }
        Err(DriftError::Column {
            file: side.shown.clone(),
            name: name.to_owned(),
            nearest: nearest(name, names()).map(str::to_owned),
        })
    };
    let wanted = options.columns.iter().flatten().chain(&options.target);
    for name in wanted.chain(options.of_columns.keys()) {
        // A column that is gone is what is looked for.
        if check(sides[1], name).is_err() {
            check(sides[0], name)?;
        }
    }
    for side in sides {
        if let Some(column) = &options.block {
            check(side, column)?;
        }
    }
    Ok(())
}

fn dependence(sides: [&Given; 2], options: &Options) -> Result<Dependence, DriftError> {
    let stored = |side: &Given| side.profile.blocks().map(|blocks| blocks.column().to_owned());
    let are_stored = |side: &Given, column: &str| stored(side).as_deref() == Some(column);
    let knows = |side: &&Given, column: &str| side.tables.is_some() || are_stored(side, column);
    if let Some(column) = &options.block {
        if let Some(side) = sides.iter().find(|side| !knows(side, column)) {
            let what = format!("blocks by `{}`", shown(column));
            return Err(DriftError::NoRows { file: side.shown.clone(), what });
        }
        if options.tested == Tested::Permuted && sides.iter().any(|side| side.tables.is_none()) {
            return Err(needs_rows(sides, "exchanging blocks"));
        }
        return Ok(Dependence::Blocks(column.clone()));
    }
    // What a profile was made with holds for what it is compared with.
    let of_profiles =
        sides.iter().filter(|side| side.tables.is_none()).find_map(|side| stored(side));
    if let Some(column) = of_profiles
        && sides.iter().all(|side| knows(side, &column) && side.profile.column(&column).is_some())
    {
        return Ok(Dependence::Blocks(column));
    }
    let is_in_order = sides.map(|side| side.tables.is_some() && order(side).is_some());
    if is_in_order == [false; 2] {
        return Ok(Dependence::Independent);
    }
    Ok(Dependence::Order(is_in_order))
}

/// Returns the column that shows that rows are in the order of time.
fn order(side: &Given) -> Option<&str> {
    let is_ordered = |column: &&Column| {
        let is_time = matches!(column.kind(), Kind::Date | Kind::Timestamp);
        is_time && (column.trend().is_rising() || column.trend().is_falling())
    };
    side.profile.columns().iter().find(is_ordered).map(Column::name)
}

/// Puts the columns of both sides together and says which have no other.
fn pairs<'a>(
    sides: [&'a Given; 2],
    block: Option<&str>,
    options: &Options,
    report: &mut Report,
) -> Vec<Pair<'a>> {
    let wanted: Option<BTreeSet<&str>> =
        options.columns.as_ref().map(|names| names.iter().map(String::as_str).collect());
    let is_wanted =
        |name: &str| wanted.as_ref().map_or(Some(name) != block, |wanted| wanted.contains(name));
    let path = &sides[1].shown;
    let mut pairs = Vec::new();
    for column in sides[0].profile.columns().iter().filter(|column| is_wanted(column.name())) {
        match sides[1].profile.column(column.name()) {
            None => report.findings.push(words::removed(column.name(), path)),
            Some(other) => match Pair::new(column, other) {
                Ok(pair) => pairs.push(pair),
                Err(changed) => {
                    report.findings.push(words::type_changed(column.name(), changed, path));
                }
            },
        }
    }
    for column in sides[1].profile.columns() {
        if is_wanted(column.name()) && sides[0].profile.column(column.name()).is_none() {
            report.findings.push(words::added(column.name(), path));
        }
    }
    pairs
}

impl Report {
    fn new(sides: [&Given; 2], options: &Options) -> Self {
        let side = |given: &Given| Side {
            path: given.shown.clone(),
            rows: given.profile.rows(),
            source: if given.tables.is_some() { Source::Rows } else { Source::Profile },
            dependence: DependenceReport::Independent,
        };
        let mut findings: Vec<Finding> =
            sides.iter().flat_map(|side| side.damage.iter().cloned()).collect();
        let rows = sides.map(|side| side.profile.rows());
        findings.extend(words::row_count(rows[0], rows[1], &sides[1].shown));
        Self {
            drifted: false,
            answer: Answer::No,
            drifted_share: 0.0,
            reference: side(sides[0]),
            current: side(sides[1]),
            limits: options.limits,
            facets: 0,
            columns: Vec::new(),
            together: None,
            findings,
            notes: Vec::new(),
        }
    }

    /// Says how rows were taken to depend on each other.
    fn describe(
        &mut self,
        given: [&Given; 2],
        dependence: &Dependence,
        blocks: Option<[usize; 2]>,
    ) {
        let sides = [&mut self.reference, &mut self.current];
        match dependence {
            Dependence::Blocks(column) => {
                for (side, blocks) in sides.into_iter().zip(blocks.unwrap_or_default()) {
                    side.dependence = DependenceReport::Blocks { column: column.clone(), blocks };
                }
                if given.iter().any(|given| given.tables.is_none()) {
                    self.notes.push(
                        "a profile tells of blocks how its numbers, categories and missing values are \
                         spread, and nothing else was compared"
                            .to_owned(),
                    );
                }
            }
            Dependence::Order(is_in_order) => {
                for ((side, given), is_in_order) in sides.into_iter().zip(given).zip(is_in_order) {
                    let Some(column) = order(given).filter(|_| *is_in_order) else { continue };
                    side.dependence = DependenceReport::Order { column: column.to_owned() };
                    self.notes.push(format!(
                        "rows of {} are in the order of `{}` and resemble those before them; how much \
                         they say is guessed from that, blocks would be surer (--block)",
                        given.shown,
                        shown(column),
                    ));
                }
            }
            Dependence::Independent => {}
        }
        let are_blocks = matches!(dependence, Dependence::Blocks(_));
        for given in given.iter().filter(|given| given.tables.is_none() && !are_blocks) {
            self.notes.push(format!(
                "{} is a profile: its rows were taken as independent, since it does not tell how \
                 they come in blocks",
                given.shown,
            ));
        }
    }

    /// Takes in the columns and comes to an answer.
    fn conclude(&mut self, mut columns: Vec<ColumnReport>) {
        let path = self.current.path.clone();
        let weight = |column: &ColumnReport| {
            column.facets.iter().map(FacetReport::weight).fold(0.0, f64::max)
        };
        columns.sort_by(|a, b| {
            let order = b.answer.cmp(&a.answer).then(b.is_target.cmp(&a.is_target));
            order.then(weight(b).total_cmp(&weight(a))).then_with(|| a.name.cmp(&b.name))
        });
        self.findings.extend(columns.iter().filter_map(|column| words::of_column(column, &path)));
        self.findings
            .extend(self.together.iter().filter_map(|together| words::together(together, &path)));
        let drifted = columns.iter().filter(|column| column.drifted).count();
        #[expect(clippy::cast_precision_loss, reason = "counts of columns")]
        let share = drifted as f64 / columns.len().max(1) as f64;
        let together = self.together.as_ref().map(|together| match together.differs {
            Some(true) => Answer::Yes,
            Some(false) => Answer::No,
            None => Answer::Undecided,
        });
        let answers = columns.iter().map(|column| column.answer).chain(together);
        let has = |found: &dyn Fn(&Finding) -> bool| self.findings.iter().any(found);
        let changed = |finding: &Finding| {
            [code::COLUMN_REMOVED, code::COLUMN_TYPE_CHANGED].contains(&finding.code)
        };
        self.answer = match answers.max() {
            _ if has(&changed) => Answer::Yes,
            Some(Answer::Yes) => Answer::Yes,
            Some(answer) if !has(&|finding| finding.severity == Severity::Error) => answer,
            // Nothing compared is no pass, and neither is what could not be read.
            _ => Answer::Error,
        };
        self.drifted = self.answer == Answer::Yes;
        self.drifted_share = share;
        self.columns = columns;
        self.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    }
}
