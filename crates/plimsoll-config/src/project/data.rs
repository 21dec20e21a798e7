//! The datasets: files of the repository, and labelled predictions.

use std::collections::{BTreeMap, BTreeSet};

use plimsoll_core::project::{Dataset, DatasetKind, Live};
use plimsoll_core::{DatasetName, RepoPath};

use super::{Draft, Named, text, with_cause};
use crate::node::{Entry, Node};
use crate::schema::format;
use crate::table::TableSchema;

/// Keys of files, and why a dataset of predictions has none of them.
const OF_FILES: [(&str, &str); 6] = [
    ("schema", "the columns are those of the model, of `serve` and of the other datasets' schemas"),
    ("license", "the rows are what a server of your own recorded, no licence came with them"),
    ("personal-data", "what a server records is declared by nobody before it is asked"),
    ("source", "`from` says where the rows come from"),
    ("kind", "labelled predictions are data"),
    ("card", "the rows are what a server of your own recorded, no card came with them"),
];

/// What is known of the columns of all files.
#[derive(Debug)]
pub(super) enum Columns {
    /// Each is named by a schema.
    Named(BTreeSet<String>),
    /// There may be others than schemas name.
    Open,
}

impl Draft<'_, '_, '_> {
    pub(super) fn data(&mut self) -> (BTreeMap<DatasetName, Dataset>, Columns) {
        let mut data = BTreeMap::new();
        let mut columns = Columns::Named(BTreeSet::new());
        let mut live: Option<&Entry> = None;
        for entry in self.root.get("data").map(Node::entries).unwrap_or_default() {
            let dataset = if let Some(from) = entry.value.entry("from") {
                if let Some(first) = live {
                    let message = format!(
                        "`data.{}` is a second dataset of captures (the first is `data.{}` on line {})",
                        entry.key, first.key, first.place.line,
                    );
                    let help = "there is one record of labelled predictions: remove one of the two";
                    self.report.advise(from.place, message, help);
                }
                live = live.or(Some(entry));
                self.live(entry, from)
            } else {
                self.file(entry, &mut columns)
            };
            match self.name(entry).zip(dataset) {
                Some((name, dataset)) => _ = data.insert(name, dataset),
                None => self.report.not_understood(entry.place, "the dataset"),
            }
        }
        if let Some(live) = live {
            self.is_nobody_elses(live);
        }
        (data, columns)
    }

    /// Reads a dataset that is a file.
    fn file(&mut self, entry: &Entry, columns: &mut Columns) -> Option<Dataset> {
        let path = self.path(entry.value.get("path"));
        let schema = self.path(entry.value.get("schema"));
        let card = self.path(entry.value.get("card"));
        if let Some(named) = &card {
            self.must_be_file(named, "a card", "correct the path, or add the file");
        }
        if let Some(named) = &path {
            self.must_be_file(named, "a dataset", "correct the path, or put the file there");
        }
        let table = schema.as_ref().and_then(|named| self.table(named));
        match (&table, &mut *columns) {
            (Some(table), Columns::Named(names)) if !table.is_open() => {
                names.extend(table.columns().into_iter().map(|column| column.name));
            }
            _ => *columns = Columns::Open,
        }
        if let Some(holdout) = entry.value.entry("holdout").filter(|_| path.is_some()) {
            let message = "`holdout` has no meaning without `from: captures`";
            let help = "remove it: the days are those of labelled predictions";
            self.report.advise(holdout.place, message, help);
        }
        let references = match (&table, &schema) {
            (Some(table), Some(schema)) => self.references(table, schema),
            _ => Vec::new(),
        };
        Some(Dataset {
            path: path?.path,
            schema: schema.map(|named| named.path),
            license: text(&entry.value, "license"),
            source: text(&entry.value, "source"),
            kind: self.deserialized(entry.value.get("kind")).unwrap_or_default(),
            card: card.map(|named| named.path),
            personal_data: self.deserialized(entry.value.get("personal-data")),
            leaks: table.as_ref().map(TableSchema::leaking).unwrap_or_default(),
            columns: table.as_ref().map(TableSchema::columns).unwrap_or_default(),
            references,
            is_of_the_present: table.as_ref().is_some_and(|table| table.is_of_the_present),
            live: None,
        })
    }

    fn table(&mut self, named: &Named) -> Option<TableSchema> {
        let help = "correct the path, or add the file";
        if !self.must_be_file(named, "a data schema", help) {
            return None;
        }
        match (self.surroundings.schema)(&named.path) {
            Ok(table) => table,
            Err(error) => {
                self.report.say(named.place, with_cause(&error));
                None
            }
        }
    }

    /// Returns the files that a schema refers to, each once.
    fn references(&mut self, table: &TableSchema, schema: &Named) -> Vec<RepoPath> {
        let mut references = Vec::new();
        for written in table.references() {
            let Some(path) = beside(&schema.path, written) else {
                let message =
                    format!("`{}` refers to `{written}`, out of the repository", schema.path);
                let help = "put the other file into the repository";
                self.report.advise(schema.place, message, help);
                continue;
            };
            let named = Named { path, place: schema.place };
            let what = format!("the file that `{}` refers to", schema.path);
            self.must_be_file(&named, &what, "correct the path in the schema, or add the file");
            if !references.contains(&named.path) {
                references.push(named.path);
            }
        }
        references.sort();
        references
    }

    /// Reads a dataset of labelled predictions.
    fn live(&mut self, entry: &Entry, from: &Entry) -> Option<Dataset> {
        for (key, why) in OF_FILES {
            if let Some(stranger) = entry.value.entry(key) {
                let message = format!("`{key}` has no meaning beside `from: captures`");
                self.report.advise(stranger.place, message, format!("remove it: {why}"));
            }
        }
        self.needs_captures(from.place, "`from: captures`");
        self.needs_id(from.place);
        let holdout = entry.value.get("holdout");
        if holdout.is_none() {
            let message = "key `holdout` is missing, which `from` needs";
            let help = "say how many of the newest whole days with labels a retrained model is \
                        judged on, such as `holdout: 14d`";
            self.report.advise(from.place, message, help);
        }
        let holdout_days = holdout.and_then(Node::text).and_then(format::days)?;
        Some(Dataset {
            path: path_of(&entry.key)?,
            schema: None,
            license: None,
            source: None,
            kind: DatasetKind::Data,
            card: None,
            personal_data: None,
            leaks: Vec::new(),
            columns: Vec::new(),
            references: Vec::new(),
            is_of_the_present: false,
            live: Some(Live { holdout_days }),
        })
    }

    /// Reports datasets that lie where the rows of `live` will.
    fn is_nobody_elses(&mut self, live: &Entry) {
        let Some(path) = path_of(&live.key) else { return };
        for entry in self.root.get("data").map(Node::entries).unwrap_or_default() {
            if entry.value.entry("from").is_some() {
                continue;
            }
            let named = self.path(entry.value.get("path"));
            if let Some(named) = named.filter(|named| named.path == path) {
                let message = format!("`{path}` is where the rows of `data.{}` lie", live.key);
                let help = "put this dataset somewhere else";
                self.report.advise(named.place, message, help);
            }
        }
    }
}

/// Returns the path that `written` names from the folder of `file`, where it is in the repository.
fn beside(file: &RepoPath, written: &str) -> Option<RepoPath> {
    let mut parts: Vec<&str> = file.as_str().split('/').collect();
    parts.pop();
    for part in written.split('/') {
        match part {
            "" | "." => {}
            ".." => _ = parts.pop()?,
            part => parts.push(part),
        }
    }
    parts.join("/").parse().ok()
}

/// Returns where the labelled predictions lie that the dataset `name` is made of.
fn path_of(name: &str) -> Option<RepoPath> {
    name.parse::<DatasetName>().ok()?;
    format!("data/{name}.parquet").parse().ok()
}
