//! The verdict at the end of a run.

use plimsoll_core::Day;
use plimsoll_core::event::RunEvent;
use plimsoll_core::gate::{Brought, verdict_on};

use super::RunError;
use super::driver::Driver;

impl Driver<'_> {
    /// Judges the run from its stored evidence, as `plimsoll gate` does later.
    pub(crate) async fn judge(&mut self) -> Result<(), RunError> {
        // In one order, however they came back: the verdict has one digest.
        self.scans.sort_by_key(|(scanned, _)| scanned.scan);
        let evaluation = self.evaluation.as_ref().map(|(evaluation, digest)| (evaluation, *digest));
        let champion = self.champion.as_ref().map(|champion| &champion.start);
        // The first day of a run judges it, however long it takes and whenever it is judged again.
        let today = Day::of(self.journal.started());
        let brought = Brought {
            evaluation,
            scans: &self.scans,
            champion,
            data: &self.data_findings,
            today,
            at: self.start.at,
        };
        let verdict = verdict_on(self.journal.run(), &self.start, brought)?;
        let digest = self.store("the verdict", &verdict).await?;
        let answer = verdict.answer;
        self.verdict = Some(verdict);
        self.record(RunEvent::Judged { verdict: digest, answer });
        Ok(())
    }
}
