//! Rows that follow each other in time.

/// Ranks are read in so many equal steps: finer ones change no autocorrelation that matters here.
pub const GRADES: u16 = 1024;

/// How many products are computed at most. A million rows are looked at over 2,147 lags.
const MOST_PRODUCTS: u64 = 1 << 31;

/// At least so many lags are looked at, however many rows there are.
const LEAST_LAGS: u64 = 64;

/// How much rows resemble those that come before them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Serial {
    /// By what the variance of a mean exceeds that of independent rows, at least 1.
    pub design_effect: f64,
    /// Whether rows that are far apart were seen not to resemble each other any more. If not, the
    /// design effect is larger than what was found, nobody knows by how much.
    pub resolved: bool,
}

/// Looks at numbers in the order of the rows, each as its rank: 0 for the lowest ranks, below
/// [`GRADES`]. Rows without a value have the lowest.
///
/// `1 + 2 sum of autocorrelations`, taken in pairs of lags for as long as a pair is positive (Geyer
/// 1992, the initial positive sequence).
pub fn of_grades(grades: &[u16]) -> Serial {
    let n = grades.len() as f64;
    let total = grades.iter().map(|&grade| u64::from(grade)).sum::<u64>() as f64;
    let mean = total / n;
    let squares = products(grades, grades) as f64;
    let spread = squares - n * mean * mean;
    // What is left off at either end when rows are compared with later ones.
    let (mut first, mut last) = (0.0, 0.0);
    let mut seen = 0;
    initial_positive(grades.len(), spread, |lag| {
        for at in seen..lag {
            first += f64::from(grades[at]);
            last += f64::from(grades[grades.len() - 1 - at]);
        }
        seen = lag;
        let crossed = products(&grades[lag..], &grades[..grades.len() - lag]) as f64;
        let left = n - lag as f64;
        crossed - mean * (2.0 * total - first - last) + left * mean * mean
    })
}

/// Looks at categories in the order of the rows, each as a number of its own.
///
/// As [`of_grades`], with the covariances of all categories' indicators added: how much more often
/// than by chance a row is of the same category as the one `lag` rows before it.
pub fn of_codes(codes: &[u16]) -> Serial {
    let n = codes.len() as f64;
    let mut counts = vec![0_u64; usize::from(codes.iter().copied().max().unwrap_or(0)) + 1];
    for &code in codes {
        counts[usize::from(code)] += 1;
    }
    let shares: Vec<f64> = counts.iter().map(|&count| count as f64 / n).collect();
    let squares: f64 = shares.iter().map(|share| share * share).sum();
    let share = |at: usize| shares[usize::from(codes[at])];
    // Over all rows the shares of the rows' own categories add up to this.
    let total = n * squares;
    let (mut first, mut last) = (0.0, 0.0);
    let mut seen = 0;
    initial_positive(codes.len(), n * (1.0 - squares), |lag| {
        for at in seen..lag {
            first += share(at);
            last += share(codes.len() - 1 - at);
        }
        seen = lag;
        let same = matches(&codes[lag..], &codes[..codes.len() - lag]) as f64;
        same - (2.0 * total - first - last) + (n - lag as f64) * squares
    })
}

/// Adds up the autocorrelations of `covariance` over `spread`, which is that of lag 0.
fn initial_positive(rows: usize, spread: f64, mut covariance: impl FnMut(usize) -> f64) -> Serial {
    if rows < 2 || spread <= 0.0 {
        return Serial { design_effect: 1.0, resolved: true };
    }
    let lags = (MOST_PRODUCTS / rows as u64).max(LEAST_LAGS);
    let last = usize::try_from(lags).unwrap_or(usize::MAX).min(rows - 1);
    // Lag 0 is one: pairs are those of lags 0 and 1, 2 and 3, and so on.
    let mut sum = 1.0 + covariance(1) / spread;
    let of = |sum: f64, resolved| Serial { design_effect: (2.0 * sum - 1.0).max(1.0), resolved };
    if sum <= 0.0 {
        return of(sum, true);
    }
    let mut lag = 2;
    while lag < last {
        let pair = (covariance(lag) + covariance(lag + 1)) / spread;
        if pair <= 0.0 {
            return of(sum, true);
        }
        sum += pair;
        lag += 2;
    }
    // The last rows of a short series are compared with nothing, so it is resolved as far as it can.
    of(sum, last == rows - 1)
}

/// Sums of so many products of grades fit in 32 bits.
const CHUNK: usize = 2048;

fn products(a: &[u16], b: &[u16]) -> u64 {
    let chunk = |(a, b): (&[u16], &[u16])| {
        let product = |(&x, &y): (&u16, &u16)| u32::from(x) * u32::from(y);
        u64::from(a.iter().zip(b).map(product).sum::<u32>())
    };
    a.chunks(CHUNK).zip(b.chunks(CHUNK)).map(chunk).sum()
}

fn matches(a: &[u16], b: &[u16]) -> u64 {
    let chunk = |(a, b): (&[u16], &[u16])| {
        let same = |(x, y): (&u16, &u16)| u16::from(x == y);
        u64::from(a.iter().zip(b).map(same).sum::<u16>())
    };
    a.chunks(CHUNK).zip(b.chunks(CHUNK)).map(chunk).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Random, Seed};

    /// Returns grades of a series in which a row repeats the one before with this chance.
    fn sticky(rows: u64, stays: f64, steps: f64, seed: u64) -> Vec<u16> {
        let random = Random::new(Seed::from(seed), "sticky");
        let mut at = 0.0;
        let mut next = |row: u64| {
            if row == 0 || random.unit(2 * row) >= stays {
                at = (random.unit(2 * row + 1) * steps).floor();
            }
            (0..GRADES).find(|&grade| f64::from(grade) >= at).unwrap_or(0)
        };
        (0..rows).map(&mut next).collect()
    }

    #[test]
    fn agrees_with_numpy() {
        // references/drift_decision.py: the same sums by numpy.correlate
        let grades: Vec<u16> = (0..200_u16).map(|row| (row / 9 * 53 + row * 3) % 311).collect();
        let found = of_grades(&grades);
        assert!((found.design_effect / GRADED - 1.0).abs() < 1e-9, "{found:?}");
        let codes: Vec<u16> = (0..200_u16).map(|row| (row / 11 * 3 + row / 50) % 4).collect();
        let found = of_codes(&codes);
        assert!((found.design_effect / CODED - 1.0).abs() < 1e-9, "{found:?}");
    }

    const GRADED: f64 = 7.898_565_519_073_366;
    const CODED: f64 = 8.163_340_020_060_181;

    #[test]
    fn rows_that_repeat_each_other_say_less() {
        // A row is the same for 1 / (1 - 0.9) = 10 rows on average: the design effect is 19.
        let found = of_grades(&sticky(20_000, 0.9, 1000.0, 1));
        assert!((15.0..24.0).contains(&found.design_effect) && found.resolved, "{found:?}");
        let found = of_codes(&sticky(20_000, 0.9, 4.0, 2));
        assert!((15.0..24.0).contains(&found.design_effect) && found.resolved, "{found:?}");
        for independent in
            [of_grades(&sticky(20_000, 0.0, 1000.0, 3)), of_codes(&sticky(20_000, 0.0, 4.0, 4))]
        {
            assert!(independent.design_effect < 1.1, "{independent:?}");
        }
    }

    #[test]
    fn a_trend_over_all_rows_leaves_few_rows() {
        let trend: Vec<u16> = (0..1000).collect();
        assert!(of_grades(&trend).design_effect > 200.0);
    }

    #[test]
    fn what_does_not_vary_depends_on_nothing() {
        let one = Serial { design_effect: 1.0, resolved: true };
        for series in [&[][..], &[5], &[5; 300]] {
            assert_eq!((of_grades(series), of_codes(series)), (one, one));
        }
    }
}
