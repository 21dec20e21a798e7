//! Looking at the whole log, and at what is kept against it.

use std::collections::BTreeMap;

use plimsoll_core::audit::{AuditFault, Chain, Ledger, Standing, Transition};
use plimsoll_core::ports::{AuditReport, RegistryError};
use plimsoll_core::{Digest, Version};
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::SqliteRegistry;
use super::lookup::AT_ONCE;
use super::stored::{EntryRow, VersionRow};

/// What was seen so far.
struct Look {
    chain: Chain,
    told: Ledger,
    /// The entries that tell of releases.
    places: BTreeMap<Version, i64>,
    report: AuditReport,
}

impl Look {
    fn new() -> Self {
        let chain = Chain::default();
        let report = AuditReport { entries: 0, head: chain.head(), faults: Vec::new(), found: 0 };
        Self { chain, told: Ledger::default(), places: BTreeMap::new(), report }
    }

    fn untold(&mut self, what: String, problem: String) {
        self.report.add(vec![AuditFault::Untold { what, problem }]);
    }

    fn entry(&mut self, row: EntryRow) -> Result<(), RegistryError> {
        self.report.entries += 1;
        let (place, model) = (row.sequence, row.model.clone());
        let sealed = match row.sealed() {
            Ok(sealed) => sealed,
            Err(newer @ RegistryError::Newer { .. }) => return Err(newer),
            Err(error) => {
                let (sequence, problem) = (u64::try_from(place).unwrap_or(0), error.to_string());
                self.report.add(vec![AuditFault::Unreadable { sequence, problem }]);
                return Ok(());
            }
        };
        let (entry, faults) = self.chain.follow(&sealed);
        self.report.add(faults);
        self.report.head = self.chain.head();
        let Some(entry) = entry else { return Ok(()) };
        self.told.apply(&entry);
        if entry.what.model().as_str() != model {
            let of = entry.what.model();
            let problem = format!("it is kept as one of {model}, and it tells of {of}");
            self.untold(format!("entry {place}"), problem);
        }
        if let Transition::Released { version, .. } = entry.what {
            self.places.insert(version, place);
        }
        Ok(())
    }

    fn version(&mut self, row: &VersionRow, kept: &mut Ledger) -> Result<(), RegistryError> {
        let record = Digest::blake3(row.released.as_bytes());
        let read = match row.read() {
            Ok(read) => read,
            Err(newer @ RegistryError::Newer { .. }) => return Err(newer),
            Err(error) => {
                self.untold(format!("{}@{}", row.variant, row.number), error.to_string());
                return Ok(());
            }
        };
        let version = read.released.version;
        if let Some(told) = self.places.get(&version).copied().filter(|told| *told != row.place) {
            let problem = format!("entry {told} tells of it, and it is kept at {}", row.place);
            self.untold(version.to_string(), problem);
        }
        kept.versions.insert(version, Standing { record, at: read.at, yanked: read.yanked });
        Ok(())
    }
}

impl SqliteRegistry {
    pub(super) async fn verified(&self) -> Result<AuditReport, RegistryError> {
        let mut look = Look::new();
        let mut moment = self.moment().await?;
        let columns = EntryRow::COLUMNS;
        let select = format!(
            "SELECT {columns} FROM audit WHERE sequence > $1 ORDER BY sequence LIMIT {AT_ONCE}"
        );
        // What lies before the first place is looked at too.
        let mut after = i64::MIN;
        loop {
            let found = sqlx::query_as::<_, EntryRow>(AssertSqlSafe(select.clone()))
                .bind(after)
                .fetch_all(&mut *moment)
                .await
                .map_err(|error| self.unavailable(error))?;
            let Some(last) = found.last() else { break };
            after = last.sequence;
            for row in found {
                look.entry(row)?;
            }
        }
        let kept = self.kept(&mut moment, &mut look).await?;
        let differences = look.told.compare(&kept);
        look.report.add(differences);
        Ok(look.report)
    }

    /// Returns what is kept of versions and aliases; a version that cannot be read is a fault.
    async fn kept(
        &self,
        moment: &mut Transaction<'static, Any>,
        look: &mut Look,
    ) -> Result<Ledger, RegistryError> {
        let mut kept = Ledger { aliases: self.aliases(moment).await?, ..Ledger::default() };
        let select = format!("SELECT {} FROM versions ORDER BY place", VersionRow::COLUMNS);
        let found = sqlx::query_as::<_, VersionRow>(AssertSqlSafe(select))
            .fetch_all(&mut **moment)
            .await
            .map_err(|error| self.unavailable(error))?;
        for row in found {
            look.version(&row, &mut kept)?;
        }
        for (what, problem) in self.all_said(moment, &mut kept).await? {
            look.untold(what, problem);
        }
        Ok(kept)
    }
}
