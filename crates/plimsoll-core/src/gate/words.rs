//! A verdict in a sentence.

use std::fmt::Write as _;

use super::{Answer, Outcome, Verdict};

impl Verdict {
    /// Says how many rules hold, and how many do not and do not stop the model either.
    pub fn holding(&self) -> String {
        let total = self.rules.len();
        let count = |which: &dyn Fn(Outcome) -> bool| {
            self.rules.iter().filter(|judged| !judged.stops() && which(judged.outcome)).count()
        };
        let idle = count(&|outcome| outcome == Outcome::NotApplicable);
        let open = count(&|outcome| outcome > Outcome::NotApplicable);
        let holding = total - idle - open;
        let mut words = match idle + open {
            _ if total == 0 => return "there are no rules".to_owned(),
            0 => return format!("all {total} rules hold"),
            _ => format!("{holding} of {total} rules hold"),
        };
        match open {
            0 => {}
            1 => words += ", 1 blocks nothing",
            _ => _ = write!(words, ", {open} block nothing"),
        }
        match idle {
            0 => {}
            1 => words += ", 1 does not apply yet",
            _ => _ = write!(words, ", {idle} do not apply yet"),
        }
        words
    }

    /// Says in a clause why the model may or may not ship.
    pub fn reason(&self) -> String {
        let (failed, found) = (self.stopping().count(), self.blocking().count());
        let rules = self.rules.len();
        match (failed, found) {
            (0, 0) if self.answer == Answer::Pass => self.holding(),
            (0, _) => format!("{found} finding(s) block, although {}", self.holding()),
            (_, 0) => format!("{failed} of {rules} rules do not hold"),
            _ => format!("{failed} of {rules} rules do not hold, and {found} finding(s) block"),
        }
    }
}
