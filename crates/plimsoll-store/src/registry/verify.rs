//! Looking at the whole log, and at what is kept against it.

use plimsoll_core::Digest;
use plimsoll_core::audit::{AuditFault, Chain, Ledger, Standing};
use plimsoll_core::ports::{AuditReport, RegistryError};
use sqlx::{Any, AssertSqlSafe, Transaction};

use super::SqliteRegistry;
use super::lookup::AT_ONCE;
use super::stored::{EntryRow, VersionRow};

impl SqliteRegistry {
    pub(super) async fn verified(&self) -> Result<AuditReport, RegistryError> {
        let (mut chain, mut told) = (Chain::default(), Ledger::default());
        let mut report =
            AuditReport { entries: 0, head: chain.head(), faults: Vec::new(), found: 0 };
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
                report.entries += 1;
                let sequence = u64::try_from(row.sequence).unwrap_or(0);
                match row.sealed() {
                    Ok(sealed) => {
                        let (entry, faults) = chain.follow(&sealed);
                        report.add(faults);
                        if let Some(entry) = entry {
                            told.apply(&entry);
                        }
                    }
                    Err(error) => {
                        let problem = error.to_string();
                        report.add(vec![AuditFault::Unreadable { sequence, problem }]);
                    }
                }
            }
        }
        report.head = chain.head();
        let kept = self.kept(&mut moment, &mut report).await?;
        report.add(told.compare(&kept));
        Ok(report)
    }

    /// Returns what is kept of versions and aliases; what cannot be read is a fault.
    async fn kept(
        &self,
        moment: &mut Transaction<'static, Any>,
        report: &mut AuditReport,
    ) -> Result<Ledger, RegistryError> {
        let mut kept = Ledger { aliases: self.aliases(moment).await?, ..Ledger::default() };
        let select = format!("SELECT {} FROM versions ORDER BY place", VersionRow::COLUMNS);
        let found = sqlx::query_as::<_, VersionRow>(AssertSqlSafe(select))
            .fetch_all(&mut **moment)
            .await
            .map_err(|error| self.unavailable(error))?;
        for row in found {
            let record = Digest::blake3(row.released.as_bytes());
            match row.read() {
                Ok(read) => {
                    let standing = Standing { record, at: read.at, yanked: read.yanked };
                    kept.versions.insert(read.released.version, standing);
                }
                Err(error) => {
                    let (what, problem) =
                        (format!("{}@{}", row.variant, row.number), error.to_string());
                    report.add(vec![AuditFault::Untold { what, problem }]);
                }
            }
        }
        Ok(kept)
    }
}
