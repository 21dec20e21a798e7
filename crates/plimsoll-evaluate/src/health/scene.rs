//! What the picture of the error over time shows, as numbers.

use plimsoll_core::evidence::{Interval, Measured};
use plimsoll_core::gate::Bound;
use plimsoll_core::monitoring::{Watched, Window};
use plimsoll_core::{Day, Timestamp, Version};

use super::versions::colour;
use super::watched::{self, Seen, Yardstick};
use super::{Decided, Health, decisions};
use crate::monitor::limit::with_ends;

/// Everything on the picture. Places count the days from the first one.
#[derive(Debug)]
pub(super) struct Scene {
    pub first: Day,
    pub last: Day,
    pub label: String,
    /// Which limit held, and from where.
    pub limits: Vec<(f64, Bound)>,
    pub stretches: Vec<Stretch>,
    /// The metric of days, cut where days are missing.
    pub lines: Vec<Line>,
    pub releases: Vec<Point>,
    pub marks: Vec<Mark>,
    pub spans: Vec<Span>,
    pub passed: Vec<(f64, String)>,
    pub refused: Vec<(f64, String)>,
}

/// The windows of a version.
#[derive(Debug)]
pub(super) struct Stretch {
    pub points: Vec<Point>,
    /// Whether windows share days, as they do where a monitor looks more often than they are long.
    pub is_overlapping: bool,
}

/// Something that was measured, with its interval.
#[derive(Debug)]
pub(super) struct Point {
    pub class: String,
    pub from: f64,
    pub to: f64,
    pub value: f64,
    pub low: f64,
    pub high: f64,
    pub is_breach: bool,
    pub hint: String,
}

/// Days one after another.
#[derive(Debug)]
pub(super) struct Line {
    pub class: String,
    pub points: Vec<[f64; 2]>,
}

/// A moment at which versions changed.
#[derive(Debug)]
pub(super) struct Mark {
    pub class: String,
    pub at: f64,
    pub text: String,
    /// The same where there is little room.
    pub short: String,
    of: Option<(Version, Day)>,
}

/// How long a version was the champion.
#[derive(Debug)]
pub(super) struct Span {
    pub class: String,
    pub from: f64,
    pub to: f64,
    pub name: String,
}

impl Scene {
    /// Returns what there is to show; none where no version was released.
    pub(super) fn of(health: &Health, by: &Yardstick) -> Option<Self> {
        let windows = watched::windows(&health.looks);
        let days = watched::days(&health.looks);
        let released = health.versions.iter().map(|version| Day::of(version.at));
        let moved = health.moves.iter().map(|it| Day::of(it.at));
        let known = released.clone().chain(moved.clone());
        let known = known.chain(windows.iter().map(|window| window.of.from));
        let first = known.chain(days.iter().map(|day| day.of.day)).min()?;
        let decided = health.decisions.iter().map(|it| Day::of(it.at));
        let ends = released.chain(moved).chain(decided);
        let ends = ends.chain(windows.iter().map(|window| window.of.to.plus(1)));
        let last = ends.chain(days.iter().map(|day| day.of.day.plus(1))).max()?;
        let mut scene = Self {
            first,
            last,
            label: by.label(),
            limits: Vec::new(),
            stretches: Vec::new(),
            lines: Vec::new(),
            releases: Vec::new(),
            marks: Vec::new(),
            spans: Vec::new(),
            passed: Vec::new(),
            refused: Vec::new(),
        };
        scene.limits = scene.limits(&windows, by);
        scene.stretches = scene.stretches(health, &windows, by);
        if by.slice.is_none() {
            scene.lines = scene.lines(health, &days, by);
        }
        scene.releases = scene.releases(health, by);
        scene.marks = scene.marks(health);
        scene.spans = scene.spans(health);
        scene.decide(health);
        Some(scene)
    }

    /// Returns how many days it covers.
    pub(super) fn length(&self) -> f64 {
        self.place(self.last)
    }

    #[expect(clippy::cast_precision_loss, reason = "days of a record")]
    fn place(&self, day: Day) -> f64 {
        day.days_since(self.first) as f64
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a record")]
    fn moment(&self, at: Timestamp) -> f64 {
        at.as_millis().saturating_sub(self.first.start().as_millis()) as f64 / 86_400_000.0
    }

    fn limits(&self, windows: &[Seen<'_, Window>], by: &Yardstick) -> Vec<(f64, Bound)> {
        let mut limits: Vec<(f64, Bound)> = Vec::new();
        for window in windows {
            if let Some(bound) = by.bound(window.of)
                && limits.last().is_none_or(|(_, last)| *last != bound)
            {
                limits.push((self.place(window.of.from), bound));
            }
        }
        limits
    }

    fn stretches(
        &self,
        health: &Health,
        windows: &[Seen<'_, Window>],
        by: &Yardstick,
    ) -> Vec<Stretch> {
        let stretch = |version: &super::ReleasedVersion| {
            let own = windows.iter().filter(|window| *window.version == version.version);
            let point = |window: &Seen<'_, Window>| {
                let Seen { version, of } = *window;
                let measured = by.measured(&of.overall, &of.slices)?;
                let is_breach = of.answer() == Watched::Breach;
                let breach = if is_breach { ", breach" } else { "" };
                let place = [self.place(of.from), self.place(of.to.plus(1))];
                let span = format!("{} to {}", of.from, of.to);
                let point = point(measured, place, class(health, version))?;
                let hint = format!("{}, {span}: {}{breach}", health.name(version), point.hint);
                Some(Point { is_breach, hint, ..point })
            };
            let points: Vec<Point> = own.filter_map(point).collect();
            let is_overlapping = points.windows(2).any(|pair| pair[1].from < pair[0].to);
            Stretch { points, is_overlapping }
        };
        let all = health.versions.iter().map(stretch);
        all.filter(|stretch| !stretch.points.is_empty()).collect()
    }

    fn lines(
        &self,
        health: &Health,
        days: &[Seen<'_, plimsoll_core::monitoring::DayServed>],
        by: &Yardstick,
    ) -> Vec<Line> {
        let mut lines: Vec<Line> = Vec::new();
        let mut before: Option<(&Version, Day)> = None;
        for day in days {
            let value = day.of.metrics.get(by.metric.as_str()).filter(|value| value.is_finite());
            let Some(value) = value else { continue };
            let point = [self.place(day.of.day) + 0.5, *value];
            match lines.last_mut() {
                Some(line) if before == Some((day.version, day.of.day.plus(-1))) => {
                    line.points.push(point);
                }
                _ => {
                    let class = class(health, day.version);
                    lines.push(Line { class, points: vec![point] });
                }
            }
            before = Some((day.version, day.of.day));
        }
        lines
    }

    fn releases(&self, health: &Health, by: &Yardstick) -> Vec<Point> {
        let released = health.versions.iter().filter_map(|version| {
            let evaluation = version.evaluation.as_ref()?;
            let measured = by.measured(&evaluation.overall, &evaluation.slices)?;
            let at = self.moment(version.at);
            let point = point(measured, [at, at], class(health, &version.version))?;
            let hint = format!(
                "{}, on the test set of its release on {}: {}",
                health.name(&version.version),
                Day::of(version.at),
                point.hint
            );
            Some(Point { hint, ..point })
        });
        released.collect()
    }

    /// A version that is released and deployed on one day is one mark.
    fn marks(&self, health: &Health) -> Vec<Mark> {
        let release = |version: &super::ReleasedVersion| {
            let name = health.name(&version.version);
            Mark {
                class: class(health, &version.version),
                at: self.moment(version.at),
                text: format!("{name} released"),
                short: name,
                of: Some((version.version.clone(), Day::of(version.at))),
            }
        };
        let mut marks: Vec<Mark> = health.versions.iter().map(release).collect();
        for (place, moved) in health.moves.iter().enumerate() {
            let is_back = moved.is_back();
            let Some(to) = &moved.to else {
                let (class, text) = ("back".to_owned(), "none deployed".to_owned());
                let at = self.moment(moved.at);
                marks.push(Mark { class, at, short: text.clone(), text, of: None });
                continue;
            };
            let of = Some((to.clone(), Day::of(moved.at)));
            if let Some(mark) = marks.iter_mut().find(|mark| !is_back && mark.of == of) {
                mark.text += ", deployed";
                mark.of = None;
                continue;
            }
            let name = health.name(to);
            let before = health.moves[..place].iter().any(|it| it.to.as_ref() == Some(to));
            let (class, text) = match (is_back, before) {
                (true, _) => ("back".to_owned(), format!("back to {name}")),
                (false, true) => (class(health, to), format!("{name} again")),
                (false, false) => (class(health, to), format!("{name} deployed")),
            };
            marks.push(Mark {
                class,
                at: self.moment(moved.at),
                short: text.clone(),
                text,
                of: None,
            });
        }
        marks.sort_by(|a, b| a.at.total_cmp(&b.at));
        marks
    }

    fn spans(&self, health: &Health) -> Vec<Span> {
        let ends = health.moves.iter().skip(1).map(|it| self.moment(it.at));
        let ends = ends.chain([self.length()]);
        let span = |(moved, to): (&super::Move, f64)| {
            let version = moved.to.as_ref()?;
            let (class, name) = (class(health, version), health.name(version));
            Some(Span { class, from: self.moment(moved.at), to, name })
        };
        health.moves.iter().zip(ends).filter_map(span).collect()
    }

    /// Takes in what was decided since the first day.
    fn decide(&mut self, health: &Health) {
        for decision in health.decisions.iter().filter(|it| Day::of(it.at) >= self.first) {
            let (_, sign) = decisions::sign(&decision.decided);
            let what = match &decision.decided {
                Decided::Judged { run, verdict } => {
                    let reasons = decisions::reasons(verdict);
                    let reasons = if reasons.is_empty() { reasons } else { format!(": {reasons}") };
                    format!("run {} {}{reasons}", run.short(), verdict.answer)
                }
                Decided::Invalid { run, .. } => format!("run {} invalid data", run.short()),
                Decided::Refused { reason } => format!("retraining refused: {reason}"),
            };
            let told = (self.moment(decision.at), format!("{}: {what}", Day::of(decision.at)));
            if sign == "✓" { self.passed.push(told) } else { self.refused.push(told) }
        }
    }
}

fn class(health: &Health, version: &Version) -> String {
    let place = health.versions.iter().position(|it| it.version == *version);
    place.map_or("guided".to_owned(), colour)
}

/// Returns a measurement as a point, if it has a value.
fn point(measured: &Measured, [from, to]: [f64; 2], class: String) -> Option<Point> {
    let value = measured.value.filter(|value| value.is_finite())?;
    let interval = measured.interval.as_ref().filter(|interval| Interval::is_sound(interval));
    let (low, high) = interval.map_or((value, value), |ends| (ends.low, ends.high));
    let hint = with_ends(value, interval);
    Some(Point { class, from, to, value, low, high, is_breach: false, hint })
}
