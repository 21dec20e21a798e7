//! Which whole days are judged together.

use plimsoll_core::Day;

use super::DayCount;

/// Days that are measured together, the last one included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Span {
    pub from: Day,
    pub to: Day,
}

impl Span {
    pub(super) fn contains(self, day: Day) -> bool {
        self.from <= day && day <= self.to
    }
}

/// The days of a version, counted from the first one on which it was asked.
#[derive(Clone, Debug)]
pub(super) struct Calendar<'d> {
    days: &'d [DayCount],
    first: Day,
    /// The newest day on which it was asked.
    pub newest: Day,
    /// The newest day whose predictions all have labels.
    pub complete: Option<Day>,
    length: i64,
}

impl<'d> Calendar<'d> {
    /// Returns the calendar of `days`, the oldest first; none where there are none.
    pub(super) fn of(days: &'d [DayCount], window_days: u32) -> Option<Self> {
        let asked = || days.iter().filter(|count| count.predictions > 0).map(|count| count.day);
        let complete = days.iter().rev().find(|count| count.is_complete()).map(|count| count.day);
        Some(Self {
            days,
            first: asked().next()?,
            newest: asked().next_back()?,
            complete,
            length: i64::from(window_days.max(1)),
        })
    }

    /// Returns the window that ends on `day`, if it lies wholly in the days of the version.
    fn ending(&self, day: Day) -> Option<Span> {
        let from = day.plus(1 - self.length);
        (from >= self.first).then_some(Span { from, to: day })
    }

    /// Returns the window that ends at the newest complete day.
    pub(super) fn newest_window(&self) -> Option<Span> {
        self.ending(self.complete?)
    }

    /// Returns the windows before `newest`, end to end, the oldest first.
    pub(super) fn before(&self, newest: Span) -> Vec<Span> {
        let step = |span: &Span| self.ending(span.from.plus(-1));
        let mut spans: Vec<Span> = std::iter::successors(step(&newest), step).collect();
        spans.reverse();
        spans
    }

    /// Returns the windows that end on complete days before the end of `newest`, the newest first.
    pub(super) fn back_from(&self, newest: Span) -> impl Iterator<Item = Span> + '_ {
        let complete = self.days.iter().rev().filter(|count| count.is_complete());
        complete
            .filter(move |count| count.day < newest.to)
            .map_while(|count| self.ending(count.day))
    }

    /// Returns how many days the newest predictions are ahead of the labels.
    pub(super) fn days_ahead(&self) -> i64 {
        self.newest.days_since(self.complete.unwrap_or(self.first.plus(-1)))
    }

    /// Tells whether predictions go on for longer than a window after the last complete day.
    pub(super) fn has_stopped(&self) -> bool {
        self.days_ahead() > self.length
    }

    /// Returns how many days with all labels are missing for a first window, and its last day.
    pub(super) fn missing(&self) -> (i64, Day) {
        let end = self.first.plus(self.length - 1);
        (end.days_since(self.complete.unwrap_or(self.first.plus(-1))), end)
    }

    /// Returns the first day on which it was asked.
    pub(super) fn first(&self) -> Day {
        self.first
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(from: &str, counts: &[(u64, u64)]) -> Vec<DayCount> {
        let first: Day = from.parse().unwrap();
        let day = |(after, &(predictions, labelled)): (i64, &(u64, u64))| DayCount {
            day: first.plus(after),
            predictions,
            labelled,
        };
        (0..).zip(counts).map(day).collect()
    }

    fn shown(span: Span) -> String {
        format!("{}..{}", span.from, span.to)
    }

    #[test]
    fn the_newest_window_ends_on_the_newest_day_with_all_labels() {
        let mut counts = vec![(24, 24); 30];
        counts.extend([(24, 23), (24, 0)]);
        counts[3] = (24, 5);
        let days = days("2012-01-01", &counts);
        let calendar = Calendar::of(&days, 14).unwrap();
        let newest = calendar.newest_window().unwrap();
        assert_eq!(shown(newest), "2012-01-17..2012-01-30");
        let before: Vec<String> = calendar.before(newest).into_iter().map(shown).collect();
        assert_eq!(before, ["2012-01-03..2012-01-16"]);
        // A day with a label missing is no end; windows reach back to the first day and no farther.
        let back: Vec<Span> = calendar.back_from(newest).collect();
        assert_eq!((shown(back[0]), back.len()), ("2012-01-16..2012-01-29".to_owned(), 16));
        assert_eq!(shown(back[15]), "2012-01-01..2012-01-14");
        assert!(!calendar.has_stopped());
    }

    #[test]
    fn a_version_of_thirteen_days_is_too_young() {
        let days = days("2012-02-01", &[(24, 24); 13]);
        let calendar = Calendar::of(&days, 14).unwrap();
        assert_eq!(calendar.newest_window(), None);
        assert_eq!(calendar.missing(), (1, "2012-02-14".parse().unwrap()));
    }

    #[test]
    fn days_without_requests_count_by_the_calendar() {
        let mut counts = vec![(0, 0); 14];
        counts[0] = (24, 24);
        counts[13] = (24, 24);
        let days = days("2012-02-01", &counts);
        let calendar = Calendar::of(&days, 14).unwrap();
        assert_eq!(shown(calendar.newest_window().unwrap()), "2012-02-01..2012-02-14");
    }

    #[test]
    fn labels_have_stopped_when_predictions_are_a_window_ahead() {
        let stopped = |labelled: usize, all: usize| {
            let mut counts = vec![(24, 24); labelled];
            counts.resize(all, (24, 23));
            Calendar::of(&days("2012-01-01", &counts), 14).unwrap().has_stopped()
        };
        assert!(!stopped(14, 28) && stopped(14, 29));
        assert!(!stopped(0, 14) && stopped(0, 15));
        assert!(Calendar::of(&days("2012-01-01", &[(0, 0)]), 14).is_none());
    }
}
