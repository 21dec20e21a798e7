//! Places on an axis that people can read.

use plimsoll_core::Day;

/// An axis from `low` to `high`, drawn between two pixels.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Axis {
    pub low: f64,
    pub high: f64,
    pub from: f64,
    pub to: f64,
}

impl Axis {
    /// Makes an axis that shows all of `values`; where all are equal it still has a length.
    pub(crate) fn over(values: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let mut low = f64::INFINITY;
        let mut high = f64::NEG_INFINITY;
        for value in values.filter(|value| value.is_finite()) {
            low = low.min(value);
            high = high.max(value);
        }
        if low > high {
            (low, high) = (0.0, 1.0);
        }
        if high - low <= 0.0 {
            let half = if low == 0.0 { 0.5 } else { low.abs() * 0.1 };
            (low, high) = (low - half, high + half);
        }
        Self { low, high, from, to }
    }

    /// Returns the axis down to zero where zero is near: half-way to it the rest belongs to the
    /// picture; farther off it would flatten it.
    pub(crate) fn down_to_zero(self) -> Self {
        let low = if self.low <= self.high / 2.0 { self.low.min(0.0) } else { self.low };
        Self { low, ..self }
    }

    /// Returns the pixel of `value`.
    pub(crate) fn at(&self, value: f64) -> f64 {
        self.from + (value - self.low) / (self.high - self.low) * (self.to - self.from)
    }

    /// Returns four to seven round numbers on the axis, with as many digits as tell them apart.
    pub(crate) fn ticks(&self) -> Vec<(f64, String)> {
        let rough = (self.high - self.low) / 5.5;
        let power = 10_f64.powf(rough.log10().floor());
        let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
        let step = step.into_iter().find(|step| *step >= rough).unwrap_or(10.0 * power);
        // Digits of 0.02 are two; a rest of the logarithm must not make them three.
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 12")]
        let digits = (-(step * 1.000_001).log10().floor()).clamp(0.0, 12.0) as usize;
        let wide = self.high.abs().max(self.low.abs()) >= 1e6 || digits > 5;
        let mut ticks = Vec::new();
        let mut tick = (self.low / step - 1e-9).ceil() * step;
        while tick <= self.high + step * 1e-9 && ticks.len() < 12 {
            // Adding up leaves a tiny rest beside zero.
            let value = if tick.abs() < step * 1e-9 { 0.0 } else { tick };
            let label = if wide { format!("{value:.1e}") } else { format!("{value:.digits$}") };
            ticks.push((value, label));
            tick += step;
        }
        ticks
    }
}

/// Returns days between `first` and `last` to be labelled, at most `most`: days equally far apart,
/// of longer times the firsts of months.
pub(crate) fn dates(first: Day, last: Day, most: usize) -> Vec<(Day, String)> {
    let days = usize::try_from(last.days_since(first)).unwrap_or(0);
    let few = [1, 2, 7, 14].into_iter().find(|every| days / every < most);
    if let Some(every) = few.filter(|_| days < 60) {
        let at = |days: usize| first.plus(i64::try_from(days).unwrap_or(i64::MAX));
        return (0..=days).step_by(every).map(at).map(|day| (day, day.to_string())).collect();
    }
    let mut firsts = Vec::new();
    let mut day = month_of(first);
    while let Some((begin, month)) = day.filter(|(begin, _)| *begin <= last) {
        if begin >= first {
            firsts.push((begin, month));
        }
        // No month is so long, and none so short that one would be passed over.
        day = month_of(begin.plus(32)).filter(|(next, _)| *next > begin);
    }
    let of_month = |(day, _): &(Day, u64)| (*day, day.to_string()[..7].to_owned());
    for every in [1, 2, 3, 6, 12, 24, 60, 120, 600] {
        let picked = firsts.iter().filter(|(_, month)| month.is_multiple_of(every));
        if picked.clone().count() <= most {
            return picked.map(of_month).collect();
        }
    }
    Vec::new()
}

/// Returns the first day of the month of `day`, and how many months that is from the year 0; none
/// before it.
fn month_of(day: Day) -> Option<(Day, u64)> {
    let text = day.to_string();
    let (year, rest) = text.split_at_checked(4)?;
    let (month, rest) = rest.strip_prefix('-')?.split_at_checked(2)?;
    let past = rest.strip_prefix('-')?.parse::<i64>().ok()? - 1;
    let month = year.parse::<u64>().ok()? * 12 + month.parse::<u64>().ok()? - 1;
    Some((day.plus(-past), month))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_few_and_round() {
        let labels = |first: &str, last: &str, most| {
            let dates = dates(first.parse().unwrap(), last.parse().unwrap(), most);
            dates.into_iter().map(|(_, label)| label).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(
            labels("2012-02-28", "2012-03-02", 9),
            "2012-02-28 2012-02-29 2012-03-01 2012-03-02"
        );
        assert_eq!(
            labels("2012-01-30", "2012-02-20", 5),
            "2012-01-30 2012-02-06 2012-02-13 2012-02-20"
        );
        assert_eq!(labels("2011-12-31", "2012-04-15", 9), "2012-01 2012-02 2012-03 2012-04");
        assert_eq!(labels("2011-12-31", "2012-06-24", 2), "2012-01 2012-04");
        assert_eq!(labels("1999-06-01", "2012-06-24", 3), "2000-01 2005-01 2010-01");
        assert_eq!(labels("2012-01-30", "2012-01-30", 5), "2012-01-30");
        assert!(dates("0001-01-01".parse().unwrap(), "9999-12-31".parse().unwrap(), 4).len() <= 4);
    }

    #[test]
    fn ticks_are_round_and_few() {
        let labels = |low, high| {
            let axis = Axis { low, high, from: 0.0, to: 100.0 };
            axis.ticks().into_iter().map(|(_, label)| label).collect::<Vec<_>>()
        };
        assert_eq!(labels(0.0, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(-3.0, 977.0), ["0", "200", "400", "600", "800"]);
        assert_eq!(labels(0.142, 0.18), ["0.15", "0.16", "0.17", "0.18"]);
        assert_eq!(labels(0.0, 2e6), ["0.0e0", "5.0e5", "1.0e6", "1.5e6", "2.0e6"]);
    }

    #[test]
    fn constants_and_nothing_have_a_length() {
        let axis = Axis::over([3.0, f64::NAN].into_iter(), 0.0, 10.0);
        assert!(axis.at(3.0) > 4.9 && axis.at(3.0) < 5.1);
        assert!(Axis::over(std::iter::empty(), 0.0, 10.0).at(0.5).is_finite());
    }
}
