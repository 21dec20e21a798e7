//! Where an interval lies, seen from a limit.

use super::Bound;

/// How an interval stands to a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Against {
    /// All of it is accepted.
    Within,
    /// The limit lies inside of it.
    Inside,
    /// None of it is accepted.
    Beyond,
}

impl Bound {
    /// Returns how the interval from `low` to `high` stands to it: the worse end passes, the better
    /// end blocks. An end that is no number is never within.
    pub fn against(self, [low, high]: [f64; 2]) -> Against {
        let (is_within, is_beyond) = match self {
            Self::Max(limit) => (high <= limit, low > limit),
            Self::Min(limit) => (low >= limit, high < limit),
        };
        match (is_within, is_beyond) {
            (true, _) => Against::Within,
            (_, true) => Against::Beyond,
            _ => Against::Inside,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worse_end_passes_and_the_better_end_blocks() {
        let most = |low, high| Bound::Max(5.0).against([low, high]);
        assert_eq!(most(3.0, 5.0), Against::Within);
        assert_eq!(most(4.0, 6.0), Against::Inside);
        assert_eq!(most(5.1, 6.0), Against::Beyond);
        let least = |low, high| Bound::Min(5.0).against([low, high]);
        assert_eq!(least(5.0, 7.0), Against::Within);
        assert_eq!(least(4.0, 5.0), Against::Inside);
        assert_eq!(least(3.0, 4.9), Against::Beyond);
        assert_eq!(most(f64::NAN, f64::NAN), Against::Inside);
    }
}
