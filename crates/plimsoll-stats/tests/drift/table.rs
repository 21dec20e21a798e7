//! Tables of twenty columns, drawn as counts of their values.

use plimsoll_stats::drift::cells::{self, Cells};
use plimsoll_stats::drift::decide::{Judged, Limits, decide};
use plimsoll_stats::drift::facet::{Aspect, Facet};
use plimsoll_stats::drift::ladder::Ladder;
use plimsoll_stats::drift::sides::Sides;
use plimsoll_stats::drift::unseen::{Counted, new_values};
use plimsoll_stats::drift::{numbers, shares};

use crate::dice::Dice;

/// A column: the chances of its values, and of none.
#[derive(Clone)]
pub(crate) struct Column {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    pub(crate) chances: Vec<f64>,
    pub(crate) missing: f64,
}

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Values in ascending order.
    Numbers,
    Category,
    Boolean,
}

/// Rows of a column: of each value, and of none.
#[derive(Clone)]
pub(crate) struct Drawn {
    pub(crate) counts: Vec<u64>,
    pub(crate) missing: u64,
}

impl Drawn {
    pub(crate) fn rows(&self) -> u64 {
        self.missing + self.counts.iter().sum::<u64>()
    }

    pub(crate) fn and(&self, other: &Self) -> Self {
        let pairs = self.counts.iter().zip(&other.counts);
        let counts = pairs.map(|(a, b)| a + b).collect();
        Self { counts, missing: self.missing + other.missing }
    }
}

impl Column {
    pub(crate) fn new(name: &'static str, kind: Kind, chances: Vec<f64>, missing: f64) -> Self {
        let all: f64 = chances.iter().sum();
        let chances = chances.into_iter().map(|chance| chance / all).collect();
        Self { name, kind, chances, missing }
    }

    pub(crate) fn draw(&self, rows: u64, dice: &mut Dice) -> Drawn {
        let missing = dice.binomial(rows, self.missing);
        Drawn { counts: dice.multinomial(rows - missing, &self.chances), missing }
    }

    pub(crate) fn facets(&self, reference: &Drawn, current: &Drawn) -> Vec<Facet> {
        let limits = Limits::default();
        let sides = Sides::independent(reference.rows(), current.rows());
        let missing = [reference.missing, current.missing];
        let mut facets =
            vec![shares::difference(Aspect::Missing, missing, sides, limits.missing).unwrap()];
        if self.kind == Kind::Numbers {
            let values: Vec<f64> = (0..self.chances.len()).map(|at| at as f64).collect();
            let through = [reference, current].map(|side| {
                let sum = |sum: &mut u64, count: &u64| {
                    *sum += count;
                    Some(*sum)
                };
                side.counts.iter().scan(0, sum).collect::<Vec<u64>>()
            });
            let ladder = |side: usize| Ladder {
                missing: missing[side],
                values: &values,
                through: Some(&through[side]),
            };
            let both = [&ladder(0), &ladder(1)];
            let shape = numbers::shape(Aspect::Shape, both, sides, limits.shape, 0.0);
            facets.push(shape.unwrap());
            let beyond = numbers::beyond(both[0], both[1]);
            facets.extend(beyond.map(|rows| numbers::tails(rows, sides, limits.tails).unwrap()));
            return facets;
        }
        let with_missing = |side: &Drawn| [&side.counts[..], &[side.missing]].concat();
        let cells = Cells::pooled(&with_missing(reference), &with_missing(current)).unwrap();
        facets.push(cells::shape(Aspect::Shape, &cells, sides, limits.shape, 0.0).unwrap());
        if self.kind == Kind::Category {
            let pairs = reference.counts.iter().zip(&current.counts);
            let values =
                pairs.map(|(&reference, &current)| Counted { reference, current, blocks: None });
            facets.push(new_values(values, sides, limits.new_values).unwrap());
        }
        facets
    }
}

/// Judges tables, one drawing for each column.
pub(crate) fn judge(
    columns: &[Column],
    reference: &[Drawn],
    current: &[Drawn],
) -> Vec<Vec<Judged>> {
    let sides = reference.iter().zip(current);
    let facets: Vec<_> =
        columns.iter().zip(sides).map(|(column, (a, b))| column.facets(a, b)).collect();
    decide(&facets, Limits::default().level)
}

/// Twenty columns, none of which the rules were chosen on.
pub(crate) fn twenty() -> Vec<Column> {
    use Kind::{Boolean, Category, Numbers};
    let of = |count: usize, chance: &dyn Fn(f64) -> f64| -> Vec<f64> {
        (0..count).map(|at| chance(at as f64)).collect()
    };
    let zeros = |share: f64, count: usize| {
        let rest = (1.0 - share) / count as f64;
        [vec![share], vec![rest; count]].concat()
    };
    vec![
        Column::new("measured", Numbers, vec![1.0; 3_001], 0.0),
        Column::new("sensor with gaps", Numbers, vec![1.0; 997], 0.3),
        Column::new("rarely filled", Numbers, vec![1.0; 800], 0.95),
        Column::new(
            "gamma in cents",
            Numbers,
            of(400, &|x| (x + 1.0).sqrt() * (-x / 40.0).exp()),
            0.02,
        ),
        Column::new("geometric count", Numbers, of(60, &|x| 0.8_f64.powf(x)), 0.0),
        Column::new("age", Numbers, of(73, &|x| 73.0 - x), 0.01),
        Column::new(
            "heaped price",
            Numbers,
            of(600, &|x| if x % 50.0 < 1.0 { 20.0 } else { 1.0 }),
            0.0,
        ),
        Column::new("mostly zero", Numbers, zeros(0.95, 900), 0.0),
        Column::new(
            "two modes",
            Numbers,
            of(300, &|x| {
                (-((x - 60.0) / 9.0).powi(2)).exp() + 0.5 * (-((x - 220.0) / 25.0).powi(2)).exp()
            }),
            0.0,
        ),
        Column::new("heavy tail", Numbers, of(2_000, &|x| (x + 1.0).powf(-1.2)), 0.0),
        Column::new("rare flag", Boolean, vec![0.995, 0.005], 0.0),
        Column::new("flag with gaps", Boolean, vec![0.6, 0.4], 0.05),
        Column::new("skewed four", Category, vec![0.7, 0.2, 0.09, 0.01], 0.0),
        Column::new("six", Category, vec![1.0; 6], 0.0),
        Column::new("month", Category, vec![1.0; 12], 0.0),
        Column::new("halving", Category, of(15, &|x| 0.5_f64.powf(x)), 0.1),
        Column::new("day of month", Category, vec![1.0; 31], 0.0),
        Column::new("sixty", Category, vec![1.0; 60], 0.0),
        Column::new("towns", Category, of(300, &|x| (x + 1.0).powf(-1.5)), 0.0),
        Column::new("articles", Category, of(2_000, &|x| (x + 1.0).powf(-0.8)), 0.0),
    ]
}
