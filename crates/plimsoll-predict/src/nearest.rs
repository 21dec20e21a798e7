//! The name that was probably meant.

/// Names beyond this length are compared by their beginning.
const LONGEST: usize = 64;

/// Returns the name among `known` that is nearest to `name`, where one is near enough to be meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let accepted = (name.chars().take(LONGEST).count() / 3).max(1);
    let distances = known.into_iter().map(|other| (distance(name, other), other));
    distances.filter(|(distance, _)| *distance <= accepted).min().map(|(_, other)| other)
}

/// Counts the letters to insert, delete or replace (Levenshtein); case does not count.
fn distance(a: &str, b: &str) -> usize {
    let letters = |text: &str| -> Vec<char> {
        text.chars().take(LONGEST).map(|letter| letter.to_ascii_lowercase()).collect()
    };
    let (a, b) = (letters(a), letters(b));
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (done, letter) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = done + 1;
        for (at, other) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_slips_but_no_strangers() {
        let known = ["temp", "atemp", "hum", "windspeed"];
        assert_eq!(nearest("Temp", known), Some("temp"));
        assert_eq!(nearest("wind_speed", known), Some("windspeed"));
        assert_eq!(nearest("casual", known), None);
        assert_eq!(nearest("", known), None);
    }
}
