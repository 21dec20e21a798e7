//! What people say of the model beside its numbers.

use plimsoll_core::card::{Accepted, Prose};

use super::{Draft, FileState};

impl Draft<'_, '_, '_> {
    pub(super) fn card(&mut self) -> Option<Prose> {
        let named = self.path(self.root.get("card"))?;
        let help = "write one with headings such as `## Intended use` and `## Limitations`";
        if !self.must_be_file(&named, "the prose of the model card", help) {
            return None;
        }
        let facts = match Accepted::beside(&named.path) {
            Ok(facts) => facts,
            Err(error) => {
                self.report.say(named.place, error.to_string());
                return None;
            }
        };
        // Nobody accepted anything yet where it is not there.
        let is_accepted = (self.surroundings.files)(&facts) != FileState::Absent;
        let beside = super::Named { path: facts, place: named.place };
        let help = "remove it and accept the sections anew";
        if is_accepted && !self.must_be_file(&beside, "the facts of the model card", help) {
            return None;
        }
        let facts = is_accepted.then_some(&beside.path);
        match (self.surroundings.prose)(&named.path, facts) {
            Ok(prose) => prose,
            Err(error) => {
                self.report.say(named.place, super::with_cause(&error));
                None
            }
        }
    }
}
