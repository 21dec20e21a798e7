//! The record in a row of numbers.

use plimsoll_core::gate::Answer;
use plimsoll_core::monitoring::Watched;

use super::alerts::Alert;
use super::{Decided, Health, watched};

/// How much of each thing there was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sums {
    pub versions: u64,
    pub yanked: u64,
    /// Predictions of days that a monitor looked at, each once.
    pub predictions: u64,
    pub labelled: u64,
    pub looks: u64,
    pub breaches: u64,
    /// Retrainings that the gate passed.
    pub passed: u64,
    /// Retrainings that the gate or the lack of data refused.
    pub refused: u64,
    pub rollbacks: u64,
}

/// A number and what it counts.
pub(super) struct Fact {
    pub number: String,
    pub what: &'static str,
    pub more: String,
}

impl Sums {
    pub(super) fn of(health: &Health, alerts: &[Alert<'_>]) -> Self {
        let days = watched::days(&health.looks);
        let retrainings = health.decisions.iter().filter(|it| it.retraining.is_some());
        let (passed, refused): (Vec<_>, Vec<_>) =
            retrainings.partition(|decision| match &decision.decided {
                Decided::Judged { verdict, .. } => verdict.answer == Answer::Pass,
                Decided::Invalid { .. } | Decided::Refused { .. } => false,
            });
        let back = health.moves.iter().filter(|it| it.is_back());
        let breaches = alerts.iter().filter(|alert| alert.answer == Watched::Breach);
        Self {
            versions: health.versions.len() as u64,
            yanked: health.versions.iter().filter(|it| it.yanked.is_some()).count() as u64,
            predictions: days.iter().map(|day| day.of.predictions).sum(),
            labelled: days.iter().map(|day| day.of.labelled).sum(),
            looks: health.looks.len() as u64,
            breaches: breaches.count() as u64,
            passed: passed.len() as u64,
            refused: refused.len() as u64,
            rollbacks: back.count() as u64,
        }
    }

    pub(super) fn facts(self) -> Vec<Fact> {
        let fact = |number: u64, one: &'static str, many: &'static str, more: String| Fact {
            number: grouped(number),
            what: if number == 1 { one } else { many },
            more,
        };
        let yanked =
            if self.yanked > 0 { format!("{} yanked", self.yanked) } else { String::new() };
        let labelled = match (self.predictions, self.labelled) {
            (0, _) => String::new(),
            (all, known) if known >= all => "each with its label".to_owned(),
            (_, known) => format!("{} with a label", grouped(known)),
        };
        let looks = if self.looks == 1 { "look" } else { "looks" };
        let looks = format!("in {} {looks}", grouped(self.looks));
        vec![
            fact(self.versions, "version", "versions", yanked),
            fact(self.predictions, "prediction watched", "predictions watched", labelled),
            fact(self.breaches, "breach", "breaches", looks),
            fact(self.passed, "retraining passed", "retrainings passed", String::new()),
            fact(self.refused, "retraining refused", "retrainings refused", String::new()),
            fact(self.rollbacks, "rollback", "rollbacks", String::new()),
        ]
    }
}

impl super::Move {
    /// Tells whether an older version took the place of a newer one, or none did.
    pub(super) fn is_back(&self) -> bool {
        match (&self.from, &self.to) {
            (Some(from), Some(to)) => to < from,
            (Some(_), None) => true,
            (None, _) => false,
        }
    }
}

/// Returns a count with a comma before every three digits.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_by_three() {
        assert_eq!([0, 999, 4158, 1_234_567].map(grouped), ["0", "999", "4,158", "1,234,567"]);
    }
}
