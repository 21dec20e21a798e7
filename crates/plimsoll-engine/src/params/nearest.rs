//! The name that somebody meant.

/// Returns the one of `names` that is nearest to `name`, if it is near enough to be meant.
///
/// Nearest by Levenshtein's distance (1966), at most a third of the name, rounded up; the first of equals.
pub(super) fn nearest<'a>(name: &str, names: &[&'a str]) -> Option<&'a str> {
    let near = name.chars().count().div_ceil(3);
    let mut best = None;
    for &known in names {
        let distance = distance(name, known);
        if distance <= near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, known));
        }
    }
    best.map(|(_, known)| known)
}

fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (above, from) in a.chars().enumerate() {
        let mut diagonal = above;
        row[0] = above + 1;
        for (left, &to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != to);
            diagonal = row[left + 1];
            row[left + 1] = replaced.min(row[left] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_distance_is_the_published_one() {
        // Wagner and Fischer 1974, and the usual example.
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "ab"), 2);
        assert_eq!(distance("same", "same"), 0);
    }

    #[test]
    fn what_is_far_is_not_meant() {
        assert_eq!(nearest("trian.trees", &["train.trees", "train"]), Some("train.trees"));
        assert_eq!(nearest("lr", &["train", "split"]), None);
    }
}
