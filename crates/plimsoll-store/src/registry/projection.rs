//! What lookups answer, as values: every adapter of `Registry` shares it.

use std::collections::BTreeMap;

use plimsoll_core::approval::ApprovalRecord;
use plimsoll_core::ports::{ResolveVersionError, VariantRow};
use plimsoll_core::version::Target;
use plimsoll_core::{Alias, Number, Reference, Variant, Version};

/// Where aliases point.
pub(crate) type Aliases = BTreeMap<(Variant, Alias), Number>;

/// Whether a version was taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Released,
    Yanked,
}

/// Returns the entry of the last of these that is about `variant`, 0 for none.
pub(crate) fn last_said(said: &[ApprovalRecord], variant: &Variant) -> u64 {
    let of_variant = said.iter().filter(|it| it.approval.variant == *variant);
    of_variant.map(|it| it.entry).max().unwrap_or(0)
}

/// Sums versions up by variant.
pub(crate) fn rows(
    versions: impl IntoIterator<Item = (Version, State)>,
    aliases: &Aliases,
) -> Vec<VariantRow> {
    let mut rows: BTreeMap<Variant, VariantRow> = BTreeMap::new();
    for (Version { variant, number }, state) in versions {
        let row = rows.entry(variant).or_insert_with_key(|variant| VariantRow {
            variant: variant.clone(),
            versions: 0,
            yanked: 0,
            newest: None,
            aliases: of(aliases, variant).map(|(alias, to)| (alias.clone(), to.clone())).collect(),
        });
        row.versions += 1;
        match state {
            State::Yanked => row.yanked += 1,
            State::Released => row.newest = row.newest.take().max(Some(number)),
        }
    }
    rows.into_values().collect()
}

/// Returns the aliases of `variant`, sorted.
pub(crate) fn of<'a>(
    aliases: &'a Aliases,
    variant: &'a Variant,
) -> impl Iterator<Item = (&'a Alias, &'a Number)> {
    let of_variant = aliases.iter().filter(move |((of, _), _)| of == variant);
    of_variant.map(|((_, alias), number)| (alias, number))
}

/// Says why `reference` names nothing, where these are all variants.
pub(crate) fn unknown(reference: &Reference, rows: &[VariantRow]) -> ResolveVersionError {
    let variant = reference.variant.clone();
    let Some(row) = rows.iter().find(|row| row.variant == variant) else {
        let names: Vec<String> = rows.iter().map(|row| row.variant.to_string()).collect();
        let known = names.iter().map(String::as_str);
        let nearest = plimsoll_core::nearest::nearest(&variant.to_string(), known);
        let nearest = nearest.and_then(|name| name.parse().ok());
        return ResolveVersionError::UnknownVariant { variant, nearest };
    };
    match &reference.to {
        Target::Number(number) => ResolveVersionError::UnknownVersion {
            version: Box::new(Version { variant, number: number.clone() }),
            newest: row.newest.clone(),
        },
        Target::Alias(alias) => ResolveVersionError::UnknownAlias {
            variant,
            alias: alias.clone(),
            known: row.aliases.iter().map(|(alias, _)| alias.clone()).collect(),
        },
    }
}
