//! Which checks run.

use plimsoll_core::Code;
use plimsoll_core::nearest::nearest;

/// A choice of checks by code (`integrity.single-value`) or by group (`integrity`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    only: Vec<String>,
    skip: Vec<String>,
}

/// A name is that of no check and no group.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no check and no group of checks{}", meant(.nearest.as_deref()))]
pub struct UnknownCheckError {
    /// The name.
    pub name: String,
    /// What was probably meant.
    pub nearest: Option<String>,
}

fn meant(nearest: Option<&str>) -> String {
    nearest.map(|name| format!(" (is `{name}` meant?)")).unwrap_or_default()
}

impl Selection {
    /// Chooses among `known` checks: those in `only`, all where it is empty, but those in `skip`.
    ///
    /// # Errors
    /// A name is unknown; a choice that says nothing is never taken silently.
    pub fn new(
        known: &[Code],
        only: &[String],
        skip: &[String],
    ) -> Result<Self, UnknownCheckError> {
        let groups = known.iter().map(group);
        let names: Vec<&str> = known.iter().map(Code::as_str).chain(groups).collect();
        for name in only.iter().chain(skip) {
            if !names.contains(&name.as_str()) {
                let nearest = nearest(name, names.iter().copied()).map(str::to_owned);
                return Err(UnknownCheckError { name: name.clone(), nearest });
            }
        }
        Ok(Self { only: only.to_vec(), skip: skip.to_vec() })
    }

    /// Tells whether a check runs.
    pub(crate) fn has(&self, check: &Code) -> bool {
        let is_in = |names: &[String]| {
            names.iter().any(|name| name == check.as_str() || name == group(check))
        };
        (self.only.is_empty() || is_in(&self.only)) && !is_in(&self.skip)
    }

    /// Tells whether a check was asked for by its own name, so that it has to answer.
    pub(crate) fn demands(&self, check: &Code) -> bool {
        self.only.iter().any(|name| name == check.as_str())
    }
}

fn group(code: &Code) -> &str {
    code.as_str().split_once('.').map_or(code.as_str(), |(group, _)| group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_are_chosen_by_name_and_by_group() {
        let known = [Code::of("integrity.text-length"), Code::of("personal.email")];
        let choose = |only: &[&str], skip: &[&str]| {
            let own =
                |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            Selection::new(&known, &own(only), &own(skip))
        };
        let has = |selection: &Selection| known.clone().map(|check| selection.has(&check));
        assert_eq!(has(&choose(&[], &[]).unwrap()), [true, true]);
        assert_eq!(has(&choose(&["personal"], &[]).unwrap()), [false, true]);
        assert_eq!(has(&choose(&[], &["personal.email"]).unwrap()), [true, false]);
        assert_eq!(has(&choose(&["personal"], &["personal.email"]).unwrap()), [false, false]);
        let said = choose(&[], &["integrity.text-lenght"]).unwrap_err().to_string();
        assert_eq!(
            said,
            "`integrity.text-lenght` is no check and no group of checks (is `integrity.text-length` meant?)"
        );
    }
}
