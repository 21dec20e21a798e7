//! The picture of the error over time: once for wide pages, once for narrow ones.

mod rows;
mod shapes;

use std::fmt::Write;

use plimsoll_core::gate::Bound;
use plimsoll_core::number;

use super::Health;
use super::lanes::{Label, lanes};
use super::scene::{Mark, Scene};
use super::versions::colour;
use super::watched::Yardstick;
use crate::report::axis::{Axis, dates};
use crate::report::plot::{escape, grid, upright};

/// About how wide a letter is at most.
const LETTER: f64 = 7.3;
const LANE: f64 = 16.0;
const ROW: f64 = 22.0;
const RIGHT: f64 = 10.0;

/// So many lines of labels stand above the picture; marks without a label are named by the row of
/// what was served.
const MOST_LANES: usize = 6;

/// Long labels are written only where they take no more lines than this.
const FEW_LANES: usize = 4;

/// More versions than there are colours are told apart by their place alone.
const COLOURS: usize = 4;

/// The picture with its legend.
pub(super) struct Picture {
    pub title: String,
    pub wide: String,
    pub narrow: String,
    pub legend: Vec<Key>,
}

/// What a colour or a shape means.
pub(super) struct Key {
    pub class: String,
    pub shape: &'static str,
    pub name: String,
}

/// The room that there is.
#[derive(Clone, Copy)]
struct Frame {
    class: &'static str,
    width: f64,
    left: f64,
    height: f64,
}

const WIDE: Frame = Frame { class: "wide", width: 900.0, left: 62.0, height: 270.0 };

const NARROW: Frame = Frame { class: "narrow", width: 400.0, left: 62.0, height: 240.0 };

impl Picture {
    pub(super) fn of(health: &Health, by: &Yardstick) -> Option<Self> {
        let scene = Scene::of(health, by)?;
        let picture = |frame| Drawing::new(&scene, frame).draw();
        let (wide, narrow) = (picture(WIDE), picture(NARROW));
        Some(Self {
            title: format!("{} over time", scene.label),
            wide,
            narrow,
            legend: legend(health, &scene),
        })
    }
}

fn legend(health: &Health, scene: &Scene) -> Vec<Key> {
    let mut keys = Vec::new();
    let mut add = |class: &str, shape, name: &str| {
        keys.push(Key { class: class.to_owned(), shape, name: name.to_owned() });
    };
    if health.versions.len() <= COLOURS {
        for (place, version) in health.versions.iter().enumerate() {
            add(&colour(place), "bars", &health.name(&version.version));
        }
    }
    let points = || scene.stretches.iter().flat_map(|stretch| &stretch.points);
    if points().next().is_some() {
        add("guided", "box", "a window: value and 95 % interval");
    }
    if points().any(|point| point.is_breach) {
        add("back", "box", "a window in breach");
    }
    if !scene.lines.is_empty() {
        add("guided", "thin", "each day");
    }
    if !scene.releases.is_empty() {
        add("guided", "diamond", "test set of a release");
    }
    if let Some((_, bound)) = scene.limits.last() {
        add("back", "guide", &format!("limit, {}", number::show(bound.limit())));
    }
    keys
}

/// A picture that is being drawn.
struct Drawing<'s> {
    scene: &'s Scene,
    frame: Frame,
    x: Axis,
    y: Axis,
    labels: Vec<Flag<'s>>,
    svg: String,
}

/// The label of a mark: where it begins, and how far up.
#[derive(Clone, Copy)]
struct Flag<'s> {
    text: &'s str,
    from: f64,
    lane: Option<usize>,
}

impl<'s> Flag<'s> {
    fn all(marks: &'s [Mark], x: &Axis, width: f64, text: fn(&Mark) -> &str) -> Vec<Self> {
        let label = |mark: &Mark| {
            let long = letters(text(mark)) + 8.0;
            let from = x.at(mark.at).min(width - long);
            Label { from, to: from + long }
        };
        let labels: Vec<Label> = marks.iter().map(label).collect();
        let lanes = lanes(&labels, MOST_LANES);
        let flag = |((mark, label), lane): ((&'s Mark, &Label), Option<usize>)| Self {
            text: text(mark),
            from: label.from,
            lane,
        };
        marks.iter().zip(&labels).zip(lanes).map(flag).collect()
    }
}

impl<'s> Drawing<'s> {
    fn new(scene: &'s Scene, frame: Frame) -> Self {
        let right = frame.width - RIGHT;
        let length = scene.length();
        let room = (length * 0.015).max(0.5);
        let x = Axis { low: -room, high: length + room, from: frame.left, to: right };
        let few = |flag: &Flag<'_>| flag.lane.is_some_and(|lane| lane < FEW_LANES);
        let long = Flag::all(&scene.marks, &x, frame.width, |mark| &mark.text);
        let labels = if long.iter().all(few) {
            long
        } else {
            Flag::all(&scene.marks, &x, frame.width, |mark| &mark.short)
        };
        let most = labels.iter().filter_map(|label| label.lane).max();
        let top = 10.0 + most.map_or(0.0, |most| LANE * at(most + 1));
        let y = vertical(scene, top + frame.height, top);
        Self { scene, frame, x, y, labels, svg: String::new() }
    }

    fn draw(mut self) -> String {
        let (scene, width) = (self.scene, self.frame.width);
        let (top, bottom) = (self.y.to, self.y.from);
        let right = width - RIGHT;
        let height = bottom + 26.0 + ROW * 3.0;
        let label = escape(&scene.label);
        // Writing to a string does not fail.
        _ = write!(
            self.svg,
            r#"<svg class="plot {}" viewBox="0 0 {width} {height:.0}" role="img" aria-label="{label} from {} to {}, with limits, releases and decisions">"#,
            self.frame.class, scene.first, scene.last
        );
        self.refused_side();
        grid(&mut self.svg, &self.y, self.frame.left, right);
        self.dates(bottom);
        // What lies outside of the axes is cut off.
        _ = write!(
            self.svg,
            r#"<svg x="{0}" y="{top}" width="{1:.1}" height="{2:.1}" viewBox="{0} {top} {1:.1} {2:.1}">"#,
            self.frame.left,
            right - self.frame.left,
            bottom - top
        );
        for line in &scene.lines {
            self.path(&line.class, "daily", &line.points);
        }
        self.svg.push_str("</svg>");
        self.marks(bottom);
        for stretch in &scene.stretches {
            if stretch.is_overlapping { self.band(stretch) } else { self.boxes(stretch) }
        }
        self.limit();
        self.values();
        for point in &scene.releases {
            self.diamond(point);
        }
        upright(&mut self.svg, &self.y, &scene.label);
        self.rows(bottom + 26.0);
        self.svg.push_str("</svg>");
        self.svg
    }

    /// Shades what the newest limit refuses.
    fn refused_side(&mut self) {
        let Some((_, bound)) = self.scene.limits.last() else { return };
        let (top, bottom) = (self.y.to, self.y.from);
        let limit = self.y.at(bound.limit()).clamp(top, bottom);
        let (from, height) = match bound {
            Bound::Max(_) => (top, limit - top),
            Bound::Min(_) => (limit, bottom - limit),
        };
        let (left, width) = (self.frame.left, self.frame.width - RIGHT - self.frame.left);
        _ = write!(
            self.svg,
            r#"<rect class="beyond" x="{left}" y="{from:.1}" width="{width:.1}" height="{height:.1}"/>"#
        );
    }

    fn limit(&mut self) {
        let scene = self.scene;
        let ends = scene.limits.iter().skip(1).map(|(from, _)| *from).chain([self.x.high]);
        let mut points = Vec::new();
        for (place, ((from, bound), to)) in scene.limits.iter().zip(ends).enumerate() {
            let from = if place == 0 { self.x.low } else { *from };
            points.extend([[from, bound.limit()], [to, bound.limit()]]);
        }
        if !points.is_empty() {
            self.path("back", "guide", &points);
        }
    }

    fn dates(&mut self, bottom: f64) {
        let Frame { left, width, .. } = self.frame;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at least 1")]
        let most = ((width - RIGHT - left) / 78.0).floor().max(1.0) as usize;
        for (day, name) in dates(self.scene.first, self.scene.last, most) {
            #[expect(clippy::cast_precision_loss, reason = "days of a record")]
            let at = self.x.at(day.days_since(self.scene.first) as f64);
            let half = letters(&name) / 2.0;
            let middle = at.min(width - half);
            _ = write!(
                self.svg,
                r#"<line class="axis" x1="{at:.1}" x2="{at:.1}" y1="{bottom}" y2="{}"/><text class="tick" x="{middle:.1}" y="{}" text-anchor="middle">{name}</text>"#,
                bottom + 4.0,
                bottom + 17.0
            );
        }
        _ = write!(
            self.svg,
            r#"<line class="axis" x1="{left}" x2="{}" y1="{bottom}" y2="{bottom}"/>"#,
            width - RIGHT
        );
    }

    /// Draws a flag for every change of versions.
    fn marks(&mut self, bottom: f64) {
        let top = self.y.to;
        for (mark, flag) in self.scene.marks.iter().zip(&self.labels) {
            let across = self.x.at(mark.at);
            let (class, hint) = (&mark.class, escape(&mark.text));
            let base = top - 8.0 - LANE * flag.lane.map_or(0.0, at);
            let from = if flag.lane.is_some() { base - 10.0 } else { top };
            _ = write!(
                self.svg,
                r#"<g class="{class}"><title>{hint}</title><line class="mark" x1="{across:.1}" x2="{across:.1}" y1="{from:.1}" y2="{bottom}"/>"#
            );
            if flag.lane.is_some() {
                _ = write!(
                    self.svg,
                    r#"<text class="name halo" x="{:.1}" y="{base:.1}">{}</text>"#,
                    flag.from + 5.0,
                    escape(flag.text)
                );
            }
            self.svg.push_str("</g>");
        }
    }

    fn path(&mut self, class: &str, shape: &str, points: &[[f64; 2]]) {
        let mut path = String::new();
        for (place, [across, up]) in points.iter().enumerate() {
            let letter = if place == 0 { 'M' } else { 'L' };
            _ = write!(path, "{letter}{:.1} {:.1}", self.x.at(*across), self.y.at(*up));
        }
        _ = write!(self.svg, r#"<g class="{class}"><path class="{shape}" d="{path}"/></g>"#);
    }
}

/// Returns an axis on which windows, limits and releases lie; single days may lie beyond it.
fn vertical(scene: &Scene, bottom: f64, top: f64) -> Axis {
    let points = scene.stretches.iter().flat_map(|stretch| &stretch.points).chain(&scene.releases);
    let ends = points.flat_map(|point| [point.low, point.value, point.high]);
    let limits = scene.limits.iter().map(|(_, bound)| bound.limit());
    let known = Axis::over(ends.chain(limits), bottom, top).down_to_zero();
    let room = (known.high - known.low) * 0.25;
    let near = known.low - room..=known.high + room;
    let days = scene.lines.iter().flat_map(|line| &line.points).map(|point| point[1]);
    let days = days.filter(|value| near.contains(value));
    let all = Axis::over(days.chain([known.low, known.high]), bottom, top);
    let room = (all.high - all.low) * 0.06;
    Axis { low: if all.low == 0.0 { 0.0 } else { all.low - room }, high: all.high + room, ..all }
}

/// Returns about how wide a text is.
fn letters(text: &str) -> f64 {
    at(text.chars().count()) * LETTER
}

#[expect(clippy::cast_precision_loss, reason = "letters and lanes")]
fn at(count: usize) -> f64 {
    count as f64
}
