//! How the model is now.

use plimsoll_core::Day;

use super::{Health, Look, moment};
use crate::monitor::report::class;

/// What stands on top of the page.
pub(super) struct Headline {
    /// The champion and since when it is.
    pub champion: String,
    /// What the record covers.
    pub about: String,
    pub class: &'static str,
    pub answer: String,
    pub when: String,
    pub message: String,
    pub next: Option<String>,
}

impl Headline {
    pub(super) fn of(health: &Health) -> Self {
        let of_champion = |look: &&Look| health.champion.as_ref() == Some(&look.monitoring.version);
        let look = health.looks.iter().rev().find(of_champion);
        let (class, answer, when, message, next) = match (look, &health.champion) {
            (Some(look), _) => {
                let monitoring = &look.monitoring;
                let next = monitoring.next(&look.evidence);
                let when = format!("looked at {}", moment(look.at));
                let answer = monitoring.answer.to_string();
                (class(monitoring.answer), answer, when, monitoring.message.clone(), next)
            }
            (None, Some(champion)) => {
                let message = format!("No monitor has looked at {champion} yet.");
                let next = Some(format!("plimsoll monitor {}", champion.variant));
                ("none", "not watched".to_owned(), String::new(), message, next)
            }
            (None, None) => {
                let message = "No version is the champion, so nothing is watched.".to_owned();
                ("none", "not served".to_owned(), String::new(), message, None)
            }
        };
        let champion = champion(health);
        Self { champion, about: about(health), class, answer, when, message, next }
    }
}

fn champion(health: &Health) -> String {
    let Some(champion) = &health.champion else { return "no champion".to_owned() };
    let name = health.name(champion);
    match health.moves.iter().rev().find(|it| it.to.as_ref() == Some(champion)) {
        Some(last) => format!("{name} is the champion since {}", Day::of(last.at)),
        None => format!("{name} is the champion"),
    }
}

fn about(health: &Health) -> String {
    let mut words = Vec::new();
    if let (Some(first), Some(last)) = (health.entries.first(), health.entries.last()) {
        words.push(format!("{} to {}", Day::of(first.at), Day::of(last.at)));
    }
    if let Some(look) = health.looks.last() {
        let monitoring = &look.monitoring;
        words.push(format!("{} of {}", monitoring.task, monitoring.target));
        words.push(format!("watched in windows of {} days", monitoring.monitor.window_days));
    }
    words.join(" · ")
}
