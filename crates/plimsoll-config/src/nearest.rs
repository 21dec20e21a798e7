//! What to say about a name that is not known.

use plimsoll_core::nearest::nearest;

/// How many names are listed when none is near.
const LISTED: usize = 12;

/// Returns what to say about an unknown name: the nearest of the known ones, or which there are.
pub(crate) fn advice<'n>(
    name: &str,
    what: &str,
    known: impl IntoIterator<Item = &'n str> + Clone,
) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("the nearest {what} is `{near}`");
    }
    let known: Vec<&str> = known.into_iter().collect();
    let more = known.len().saturating_sub(LISTED);
    let listed: Vec<String> = known.iter().take(LISTED).map(|known| format!("`{known}`")).collect();
    match (listed.len(), more) {
        (0, _) => format!("there is no {what} yet"),
        (1, _) => format!("the only {what} is {}", listed.concat()),
        (_, 0) => format!("the known {what}s are {}", listed.join(", ")),
        _ => format!("the known {what}s are {} and {more} more", listed.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant_and_lists_what_there_is() {
        let known = ["model", "metric", "metrics", "task", "on"];
        assert_eq!(nearest("modle", known), Some("model"));
        assert_eq!(nearest("Metrik", known), Some("metric"));
        assert_eq!(nearest("of", known), Some("on"));
        assert_eq!(nearest("zebra", known), None);
        assert_eq!(advice("taks", "key", known), "the nearest key is `task`");
        assert_eq!(advice("zebra", "key", ["a", "b"]), "the known keys are `a`, `b`");
    }
}
