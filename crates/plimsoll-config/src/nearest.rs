//! What somebody probably meant.

/// How many names are listed when none is near.
const LISTED: usize = 12;

/// How many names are compared at most.
const COMPARED: usize = 1000;

/// Returns the known name that differs least from `name`, if it is near enough to be meant.
pub(crate) fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
    let length = name.chars().count();
    if length > 100 {
        return None;
    }
    let accepted = (length / 3).max(1);
    let known = known.into_iter().take(COMPARED);
    let near = |known: &&str| known.chars().count().abs_diff(length) <= accepted;
    let distances = known.filter(near).map(|known| (distance(name, known), known));
    let (distance, known) = distances.min()?;
    (distance <= accepted).then_some(known)
}

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

/// Returns how many letters must be added, removed, changed or swapped with their neighbour
/// (optimal string alignment; Damerau 1964).
fn distance(a: &str, b: &str) -> usize {
    let lower = |text: &str| -> Vec<char> { text.chars().flat_map(char::to_lowercase).collect() };
    let (a, b) = (lower(a), lower(b));
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &y) in b.iter().enumerate() {
            let changed = last[j] + usize::from(x != y);
            let mut cost = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && x == b[j - 1] && a[i - 1] == y {
                cost = cost.min(before_last[j - 1] + 1);
            }
            row.push(cost);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
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
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("ca", "abc"), 3);
    }
}
