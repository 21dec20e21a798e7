//! Lists of what refers to a manifest, for registries that keep none themselves.
//!
//! The distribution specification calls them the referrers tag schema: the list of `sha256:abc…` is an
//! index under the tag `sha256-abc…`, kept by those who write to it.

use std::collections::BTreeMap;

use plimsoll_core::Digest;
use serde::Deserialize;

use super::{Registry, RegistryError};
use crate::document::{Descriptor, INDEX, Index};

/// How often a list is written before it is given up: another may write it at the same time.
const ATTEMPTS: usize = 5;

/// The most entries of a list that is taken over.
const MOST: usize = 10_000;

#[derive(Deserialize)]
struct ReadIndex {
    manifests: Vec<Descriptor>,
}

impl Registry {
    /// Puts each manifest on the list of what it refers to.
    pub(super) fn list_referrers(
        &self,
        referrers: Vec<(Digest, Descriptor)>,
    ) -> Result<(), RegistryError> {
        let mut lists: BTreeMap<Digest, Vec<Descriptor>> = BTreeMap::new();
        for (subject, referrer) in referrers {
            lists.entry(subject).or_default().push(referrer);
        }
        for (subject, referrers) in lists {
            self.list(&format!("sha256-{}", subject.hex()), &referrers)?;
        }
        Ok(())
    }

    fn list(&self, tag: &str, wanted: &[Descriptor]) -> Result<(), RegistryError> {
        for _ in 0..ATTEMPTS {
            let mut listed = self.listed(tag)?;
            let is_listed = |it: &&Descriptor| listed.iter().any(|there| there.digest == it.digest);
            let missing: Vec<Descriptor> =
                wanted.iter().filter(|it| !is_listed(it)).cloned().collect();
            if missing.is_empty() {
                return Ok(());
            }
            listed.extend(missing);
            let bytes = serde_json::to_vec(&Index::of(listed, BTreeMap::new()))?;
            self.put_manifest(tag, INDEX, &bytes)?;
            // Read again: somebody else may have written the list in between.
        }
        Err(self.protocol(format!("the list `{tag}` loses what is written to it")))
    }

    fn listed(&self, tag: &str) -> Result<Vec<Descriptor>, RegistryError> {
        let Some(bytes) = self.manifest(tag)? else { return Ok(Vec::new()) };
        let index: ReadIndex = serde_json::from_slice(&bytes)
            .map_err(|_| self.protocol(format!("what is under `{tag}` is no list")))?;
        if index.manifests.len() > MOST {
            return Err(self.protocol(format!("the list `{tag}` has more than {MOST} entries")));
        }
        Ok(index.manifests)
    }
}
