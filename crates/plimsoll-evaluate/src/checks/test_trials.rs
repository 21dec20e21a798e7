//! Models with a known defect, or none, on data whose truth is known: what the checks are tested on.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{
    Array as _, ArrayRef, AsArray as _, Float64Array, Int64Array, RecordBatch, StringArray,
};
use arrow::datatypes::{Float64Type, Int64Type};
use plimsoll_core::checks::Checks;
use plimsoll_core::evidence::Checked;
use plimsoll_core::project::Task;
use plimsoll_predict::{Class, FeedError, Predictions, Scores};
use plimsoll_stats::plan::Plan;
use plimsoll_stats::random::{Random, Seed};

use super::trial::{Trial, TrialParts};
use crate::asked::{AskError, Asked, in_time};
use crate::evaluate::Predicted;
use crate::truth::Truth;

/// The features of a row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    /// Normal, mean 0, standard deviation 1.
    pub(crate) x: f64,
    /// As `x`, independent of it.
    pub(crate) z: f64,
    /// Whole numbers from 0 to 99.
    pub(crate) age: i32,
    /// One of five towns, the first the most frequent; another text where somebody changed it.
    pub(crate) town: String,
    /// One of two groups.
    pub(crate) group: String,
    /// What stands for a missing number is 0, for a missing text nothing.
    pub(crate) missing: bool,
}

const TOWNS: [&str; 5] = ["Ada", "Bern", "Córdoba", "Delft", "Essen"];

type Score = Box<dyn Fn(&Row) -> f64>;

/// A model and its data, as a test wants them.
pub(crate) struct Planted {
    task: Task,
    rows: usize,
    seed: u64,
    truth: Score,
    model: Score,
    noise: f64,
    defects: Defects,
    refuses_missing: bool,
    refuses_after: Option<u64>,
    rows_a_block: Option<usize>,
    train_rows: Option<usize>,
    settings: Checks,
}

#[derive(Clone, Copy, Debug, Default)]
struct Defects {
    by_heart: bool,
    lots: f64,
    neighbours: f64,
    alone: f64,
}

/// What the score of a row is: a sum that every feature has a part in.
pub(crate) fn sound(row: &Row) -> f64 {
    let town = TOWNS.iter().position(|town| *town == row.town).unwrap_or(2);
    let rest = [0.0, 0.4, 0.8, 1.2, 1.6][town] + f64::from(row.age) / 50.0;
    row.x + 0.8 * row.z + rest - 1.5
}

impl Planted {
    fn new(task: Task, rows: usize) -> Self {
        Self {
            task,
            rows,
            seed: 1,
            truth: Box::new(sound),
            model: Box::new(sound),
            noise: 0.5,
            defects: Defects::default(),
            refuses_missing: false,
            refuses_after: None,
            rows_a_block: None,
            train_rows: None,
            settings: Checks::default(),
        }
    }

    pub(crate) fn regression(rows: usize) -> Self {
        Self::new(Task::Regression, rows)
    }

    pub(crate) fn binary(rows: usize) -> Self {
        Self::new(Task::Binary, rows)
    }

    pub(crate) fn multiclass(rows: usize) -> Self {
        Self::new(Task::Multiclass, rows)
    }

    pub(crate) fn seed(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// Makes the model score rows otherwise.
    pub(crate) fn answering(self, model: impl Fn(&Row) -> f64 + 'static) -> Self {
        Self { model: Box::new(model), ..self }
    }

    /// Makes this the truth, but for noise.
    pub(crate) fn truly(self, truth: impl Fn(&Row) -> f64 + 'static) -> Self {
        Self { truth: Box::new(truth), ..self }
    }

    /// Adds lots of this size to each score, others at each time.
    pub(crate) fn unstable(mut self, by: f64) -> Self {
        self.defects.lots = by;
        self
    }

    pub(crate) fn looking_at_the_batch(mut self) -> Self {
        self.defects.neighbours = 0.1;
        self
    }

    pub(crate) fn looking_at_the_size_of_the_batch(mut self) -> Self {
        self.defects.alone = 0.3;
        self
    }

    /// How far numbers are from their truth.
    pub(crate) fn noise(self, noise: f64) -> Self {
        Self { noise, ..self }
    }

    /// Adds training data: other rows of the same truth, with the usual noise.
    pub(crate) fn trained_on(self, rows: usize) -> Self {
        Self { train_rows: Some(rows), ..self }
    }

    /// Makes the model know the training data by heart.
    pub(crate) fn by_heart(mut self) -> Self {
        self.defects.by_heart = true;
        self
    }

    pub(crate) fn refusing_missing(self) -> Self {
        Self { refuses_missing: true, ..self }
    }

    /// Makes the model refuse every question after this many.
    pub(crate) fn refusing_after(self, questions: u64) -> Self {
        Self { refuses_after: Some(questions), ..self }
    }

    pub(crate) fn in_blocks_of(self, rows: usize) -> Self {
        Self { rows_a_block: Some(rows), ..self }
    }

    pub(crate) fn set(mut self, change: impl FnOnce(&mut Checks)) -> Self {
        change(&mut self.settings);
        self
    }

    pub(crate) fn trial(self) -> Trial {
        let (table, truth) = self.data(self.rows, self.seed, self.noise);
        let train = self.train_rows.map(|rows| self.data(rows, self.seed + 1_000_000, 0.5));
        let heart = train.clone().filter(|_| self.defects.by_heart).map(|(table, truth)| {
            let Truth::Numbers(truth) = truth else { panic!("numbers only") };
            rows_of(&table).iter().map(|row| row.x.to_bits()).zip(truth).collect()
        });
        let labels = self
            .rows_a_block
            .map(|rows| (0..self.rows).map(|row| format!("{:05}", row / rows)).collect::<Vec<_>>());
        let model = Model {
            task: self.task,
            score: self.model,
            defects: self.defects,
            refuses_missing: self.refuses_missing,
            refuses_after: self.refuses_after,
            heart: heart.unwrap_or_default(),
            asked: 0,
        };
        let predicted = Predicted::by("the model", Box::new(model), &table, None).unwrap();
        let seed = Seed::from(self.seed);
        let mut trial = Trial::of_parts(TrialParts {
            target: "y".to_owned(),
            block: labels.as_ref().map(|_| "day".to_owned()),
            table,
            truth,
            labels,
            predicted,
            settings: self.settings,
            plan: Plan { resamples: 500, most_resamples: 500, ..Plan::new(seed) },
            until: None,
        });
        trial.train = train;
        trial
    }

    /// Leaves only the answers of the model.
    pub(crate) fn predictions_only(self) -> Trial {
        self.trial().without_model()
    }

    /// Draws the rows, and what is true of them.
    fn data(&self, count: usize, seed: u64, far: f64) -> (RecordBatch, Truth) {
        let random = |what| Random::new(Seed::from(seed), what);
        let (x, z, age, town, group) =
            (random("x"), random("z"), random("age"), random("town"), random("group"));
        let rows: Vec<Row> = (0..count as u64)
            .map(|at| Row {
                x: normal(x, at),
                z: normal(z, at),
                age: i32::try_from(age.word(at) % 100).unwrap(),
                town: town_of(town.unit(at) * town.unit(at + 1_000_000)).to_owned(),
                group: if group.unit(at) < 0.4 { "a" } else { "b" }.to_owned(),
                missing: false,
            })
            .collect();
        let noise = random("noise");
        let scores = rows.iter().map(|row| (self.truth)(row));
        let truth = match self.task {
            Task::Regression => {
                let off = |(score, at): (f64, u64)| score + far * normal(noise, at);
                Truth::Numbers(scores.zip(0..).map(off).collect())
            }
            Task::Binary => {
                let positive = scores.zip(0..).map(|(score, at)| noise.unit(at) < sigmoid(score));
                Truth::Classes {
                    classes: vec![Class::Int(0), Class::Int(1)],
                    of_row: positive.map(usize::from).collect(),
                    positive: Some(1),
                }
            }
            Task::Multiclass => {
                let class = |(score, at): (f64, u64)| {
                    let [a, b, _] = shares(score);
                    let lot = noise.unit(at);
                    usize::from(lot > a) + usize::from(lot > a + b)
                };
                Truth::Classes {
                    classes: names(),
                    of_row: scores.zip(0..).map(class).collect(),
                    positive: None,
                }
            }
        };
        let numbers = |of: fn(&Row) -> f64| {
            Arc::new(Float64Array::from_iter_values(rows.iter().map(of))) as ArrayRef
        };
        let texts = |of: fn(&Row) -> &String| {
            Arc::new(StringArray::from_iter_values(rows.iter().map(of))) as ArrayRef
        };
        let age: ArrayRef =
            Arc::new(Int64Array::from_iter_values(rows.iter().map(|row| i64::from(row.age))));
        let columns = [
            ("x", numbers(|row| row.x)),
            ("z", numbers(|row| row.z)),
            ("age", age),
            ("town", texts(|row| &row.town)),
            ("group", texts(|row| &row.group)),
        ];
        (RecordBatch::try_from_iter(columns).unwrap(), truth)
    }
}

struct Model {
    task: Task,
    score: Score,
    defects: Defects,
    refuses_missing: bool,
    refuses_after: Option<u64>,
    /// What is known by heart: the truth by the bits of `x`.
    heart: BTreeMap<u64, f64>,
    asked: u64,
}

impl Asked for Model {
    fn ask(
        &mut self,
        table: &RecordBatch,
        until: Option<Instant>,
    ) -> Result<Predictions, AskError> {
        in_time(until)?;
        self.asked += 1;
        let rows = rows_of(table);
        let is_done = self.refuses_after.is_some_and(|questions| self.asked > questions);
        if is_done || self.refuses_missing && rows.iter().any(|row| row.missing) {
            let column = "x".to_owned();
            let element = plimsoll_predict::ElementType::Int64;
            return Err(FeedError::Empty { column, element, count: 1, rows: 1, first: 1 }.into());
        }
        let lots = Random::new(Seed::from(self.asked), "lots");
        let plain: Vec<f64> = rows
            .iter()
            .map(|row| {
                self.heart.get(&row.x.to_bits()).copied().unwrap_or_else(|| (self.score)(row))
            })
            .collect();
        let score = |at: usize| {
            let before = at.checked_sub(1).map_or(0.0, |before| plain[before]);
            let alone = if plain.len() == 1 { self.defects.alone } else { 0.0 };
            plain[at]
                + self.defects.lots * normal(lots, at as u64)
                + self.defects.neighbours * before
                + alone
        };
        let scores: Vec<f64> = (0..plain.len()).map(score).collect();
        Ok(match self.task {
            Task::Regression => {
                if let Some(first) = scores.iter().position(|score| !score.is_finite()) {
                    let (of, rows) = ("output `y`".to_owned(), scores.len());
                    let nonsense = plimsoll_predict::PredictionsError::NotFinite {
                        of,
                        count: 1,
                        rows,
                        first: first + 1,
                    };
                    return Err(nonsense.into());
                }
                Predictions::numbers(scores)
            }
            Task::Binary => Predictions::Binary {
                predicted: scores.iter().map(|score| *score > 0.0).collect(),
                scores: Some(Scores::Probability(scores.into_iter().map(sigmoid).collect())),
            },
            Task::Multiclass => {
                let all: Vec<[f64; 3]> = scores.into_iter().map(shares).collect();
                let likeliest = |[a, b, c]: &[f64; 3]| match () {
                    () if a >= b && a >= c => 0,
                    () if b >= c => 1,
                    () => 2,
                };
                Predictions::Multiclass {
                    classes: names(),
                    predicted: all.iter().map(likeliest).collect(),
                    probabilities: Some(all.concat()),
                }
            }
        })
    }

    fn columns(&self) -> Vec<String> {
        ["x", "z", "age", "town"].map(str::to_owned).to_vec()
    }
}

fn rows_of(table: &RecordBatch) -> Vec<Row> {
    let numbers = |name: &str| {
        let column = table.column_by_name(name).unwrap();
        let cast = arrow::compute::cast(column, &arrow::datatypes::DataType::Float64).unwrap();
        cast.as_primitive::<Float64Type>().clone()
    };
    let texts = |name: &str| table.column_by_name(name).unwrap().as_string::<i32>().clone();
    let age = table.column_by_name("age").unwrap().as_primitive::<Int64Type>().clone();
    let (x, z, town, group) = (numbers("x"), numbers("z"), texts("town"), texts("group"));
    let row = |at: usize| Row {
        x: if x.is_null(at) { 0.0 } else { x.value(at) },
        z: if z.is_null(at) { 0.0 } else { z.value(at) },
        age: if age.is_null(at) { 50 } else { i32::try_from(age.value(at)).unwrap() },
        town: if town.is_null(at) { String::new() } else { town.value(at).to_owned() },
        group: if group.is_null(at) { String::new() } else { group.value(at).to_owned() },
        missing: x.is_null(at) || z.is_null(at) || age.is_null(at) || town.is_null(at),
    };
    (0..table.num_rows()).map(row).collect()
}

/// Returns a normal number: Box and Muller.
pub(crate) fn normal(random: Random, at: u64) -> f64 {
    let (a, b) = (random.unit(2 * at), random.unit(2 * at + 1));
    (-2.0 * a.ln()).sqrt() * (std::f64::consts::TAU * b).cos()
}

/// The towns are the rarer the later they stand.
fn town_of(lot: f64) -> &'static str {
    let place = [0.2, 0.4, 0.6, 0.8].iter().filter(|end| lot >= **end).count();
    TOWNS[place]
}

fn sigmoid(score: f64) -> f64 {
    1.0 / (1.0 + (-score).exp())
}

/// The shares of three classes at a score.
fn shares(score: f64) -> [f64; 3] {
    let (a, b) = (score.exp(), (-score).exp());
    let all = a + b + 1.0;
    [a / all, b / all, 1.0 / all]
}

fn names() -> Vec<Class> {
    ["low", "high", "mid"].map(|name| Class::Text(name.to_owned())).to_vec()
}

/// Returns the codes of the findings.
pub(crate) fn codes(checked: &Checked) -> Vec<&str> {
    checked.findings.iter().map(|finding| finding.code.as_str()).collect()
}

impl Trial {
    /// Takes the model away.
    pub(crate) fn without_model(mut self) -> Self {
        self.asked = None;
        self
    }

    /// Lets the time be over.
    pub(crate) fn out_of_time(mut self) -> Self {
        self.until = Some(Instant::now());
        self
    }
}
