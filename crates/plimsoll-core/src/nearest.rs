//! The name that somebody probably meant.

/// How many names are compared at most.
const COMPARED: usize = 1000;

/// Returns the known name that differs least from `name`, if it is near enough to be meant.
pub fn nearest<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> Option<&'n str> {
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
    fn the_distance_is_the_published_one() {
        // Wagner and Fischer 1974, the usual example, and Damerau's swap of neighbours.
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("", "ab"), 2);
        assert_eq!(distance("Same", "same"), 0);
        assert_eq!(distance("trian", "train"), 1);
    }

    #[test]
    fn finds_slips_but_no_strangers() {
        let known = ["temp", "atemp", "hum", "windspeed"];
        assert_eq!(nearest("Temp", known), Some("temp"));
        assert_eq!(nearest("wind_speed", known), Some("windspeed"));
        assert_eq!(nearest("casual", known), None);
        assert_eq!(nearest("", known), None);
    }
}
