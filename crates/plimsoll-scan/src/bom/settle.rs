//! A bill brought into the one form that it is written in: each thing once, in order, and what needs what.

use std::collections::{BTreeMap, BTreeSet};

use super::identity::line;
use super::{BaseModel, Bill, Component, Dataset, MOST_LISTED, MOST_OF_NAME, Of};
use crate::package::needs::{MOST_RELATIONS, TooMany, needs};

/// A bill cannot be written.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BillError {
    /// A text is longer than anybody reads it.
    #[error("{what} has {bytes} bytes, at most {MOST_OF_NAME} are written")]
    TooLong {
        /// Which.
        what: String,
        /// How many bytes.
        bytes: usize,
    },
    /// Something has no name.
    #[error("{0} has no name")]
    Nameless(&'static str),
    /// There are more than are written.
    #[error("{count} {what} are to be listed, at most {limit} are written")]
    TooMany {
        /// What.
        what: &'static str,
        /// How many, as far as they were counted.
        count: usize,
        /// How many are written.
        limit: usize,
    },
    /// Two things that differ have one name, so that nothing could refer to either.
    #[error("two different {what} are called `{name}`")]
    Twice {
        /// What they are.
        what: &'static str,
        /// The name.
        name: String,
    },
    /// The moment lies in no year that has four digits.
    #[error("the bill is of a moment that has no date")]
    Moment,
    /// A value has no JSON.
    #[error("the bill cannot be written as JSON")]
    Json(#[source] serde_json::Error),
}

/// A package, and what it needs.
#[derive(Debug)]
pub(super) struct Listed {
    pub(super) component: Component,
    pub(super) purl: String,
    /// The places of what it needs, in order; `None` where nothing tells.
    pub(super) needs: Option<Vec<usize>>,
}

/// A bill in order.
#[derive(Debug)]
pub(super) struct Settled<'b> {
    pub(super) bill: &'b Bill,
    /// The datasets, by name.
    pub(super) datasets: Vec<&'b Dataset>,
    /// The base models, by name.
    pub(super) base_models: Vec<&'b BaseModel>,
    /// The packages, by package URL.
    pub(super) packages: Vec<Listed>,
    /// The places of packages that nothing else needs: from them every package is reached.
    pub(super) roots: Vec<usize>,
}

impl<'b> Settled<'b> {
    /// Puts a bill in order.
    pub(super) fn of(bill: &'b Bill) -> Result<Self, BillError> {
        check(bill)?;
        let datasets = each_once(&bill.datasets, "datasets", |it| &it.name)?;
        let base_models = each_once(&bill.base_models, "base models", |it| &it.name)?;
        let packages = related(merged(&bill.packages)?)?;
        let roots = roots(&packages);
        Ok(Self { bill, datasets, base_models, packages, roots })
    }
}

fn check(bill: &Bill) -> Result<(), BillError> {
    for (what, count) in [
        ("packages", bill.packages.len()),
        ("datasets", bill.datasets.len()),
        ("base models", bill.base_models.len()),
        ("gaps", bill.gaps.len()),
    ] {
        if count > MOST_LISTED {
            return Err(BillError::TooMany { what, count, limit: MOST_LISTED });
        }
    }
    match &bill.of {
        Of::Model(model) => {
            named("the model", &model.name)?;
            short("the version of the model", &model.version)?;
        }
        Of::Packages(name) => named("what the bill is of", name)?,
    }
    for dataset in &bill.datasets {
        named("a dataset", &dataset.name)?;
        short("the source of a dataset", dataset.source.as_deref().unwrap_or_default())?;
    }
    for model in &bill.base_models {
        named("a base model", &model.name)?;
        short("the version of a base model", model.version.as_deref().unwrap_or_default())?;
        short("the source of a base model", model.source.as_deref().unwrap_or_default())?;
    }
    bill.image.as_ref().map_or(Ok(()), |image| named("the image", &image.name))
}

fn named(what: &'static str, name: &str) -> Result<(), BillError> {
    if name.trim().is_empty() {
        return Err(BillError::Nameless(what));
    }
    short(&format!("the name of {what}"), name)
}

fn short(what: &str, text: &str) -> Result<(), BillError> {
    if text.len() > MOST_OF_NAME {
        return Err(BillError::TooLong { what: what.to_owned(), bytes: text.len() });
    }
    Ok(())
}

/// Sorts things by name; the same twice is once.
fn each_once<'b, T: PartialEq>(
    things: &'b [T],
    what: &'static str,
    name: impl Fn(&T) -> &str,
) -> Result<Vec<&'b T>, BillError> {
    // By the name as it is written: two that look alike there could not be told apart.
    let mut seen: BTreeMap<String, &T> = BTreeMap::new();
    for thing in things {
        if let Some(known) = seen.insert(line(name(thing)), thing)
            && known != thing
        {
            return Err(BillError::Twice { what, name: line(name(thing)) });
        }
    }
    Ok(seen.into_values().collect())
}

/// Joins what several sources say of one package.
fn merged(components: &[Component]) -> Result<BTreeMap<String, Component>, BillError> {
    let mut merged: BTreeMap<String, Component> = BTreeMap::new();
    for component in components {
        let package = &component.package;
        named("a package", &package.name)?;
        let purl = package.purl();
        short("a package URL", &purl)?;
        match merged.get_mut(&purl) {
            None => _ = merged.insert(purl, component.clone()),
            Some(known) => {
                known.license = known.license.clone().join(component.license.clone());
                known.package.locked.join(package.locked.clone());
                known.bundled.extend(component.bundled.iter().cloned());
                known.bundled.sort();
                known.bundled.dedup();
            }
        }
    }
    Ok(merged)
}

/// Finds what each package needs among the others.
fn related(merged: BTreeMap<String, Component>) -> Result<Vec<Listed>, BillError> {
    let all = needs(merged.values().map(|component| &component.package));
    let all = all.map_err(|TooMany(count)| {
        let (what, limit) = ("relations between packages", MOST_RELATIONS);
        BillError::TooMany { what, count, limit }
    })?;
    let listed = merged.into_iter().zip(all);
    Ok(listed.map(|((purl, component), needs)| Listed { component, purl, needs }).collect())
}

/// Returns the packages that nothing else needs, and one of each circle that nothing else leads to.
fn roots(packages: &[Listed]) -> Vec<usize> {
    let needed: BTreeSet<usize> =
        packages.iter().flat_map(|it| it.needs.iter().flatten().copied()).collect();
    let unneeded = (0..packages.len()).filter(|at| !needed.contains(at));
    let mut reached = vec![false; packages.len()];
    let mut roots = Vec::new();
    for start in unneeded.chain(0..packages.len()) {
        if reached.get(start).copied().unwrap_or(true) {
            continue;
        }
        roots.push(start);
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            let Some(is_reached) = reached.get_mut(at) else { continue };
            if !std::mem::replace(is_reached, true) {
                let needs = packages.get(at).and_then(|it| it.needs.as_ref());
                open.extend(needs.into_iter().flatten());
            }
        }
    }
    roots.sort_unstable();
    roots
}
