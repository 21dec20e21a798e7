//! The hours that files of captures are named after.

use std::fmt;

use plimsoll_core::{Day, Timestamp};

const MILLIS_PER_HOUR: i64 = 3_600_000;

/// An hour of the server's clock in UTC, written `2012-10-01T13`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Hour(pub(super) i64);

impl Hour {
    /// Returns the hour that `moment` lies in.
    pub(super) fn of(moment: Timestamp) -> Self {
        Self(moment.as_millis().div_euclid(MILLIS_PER_HOUR))
    }
}

impl fmt::Display for Hour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = Timestamp::from_millis(self.0.saturating_mul(MILLIS_PER_HOUR));
        write!(f, "{}T{:02}", Day::of(start), self.0.rem_euclid(24))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_written_in_utc() {
        // date -u -d 2012-10-01T13:59:59 +%s: 1349099999
        let moment = Timestamp::from_millis(1_349_099_999_999);
        assert_eq!(Hour::of(moment).to_string(), "2012-10-01T13");
        assert_eq!(Hour::of(Timestamp::from_millis(-1)).to_string(), "1969-12-31T23");
    }
}
