//! Methods that other tools are known for, by their names.

use std::fmt;
use std::str::FromStr;

use plimsoll_stats::anderson_darling;
use plimsoll_stats::chi_square::{self, Divergence};
use plimsoll_stats::cramer_von_mises;
use plimsoll_stats::distance::total_variation_of_counts;
use plimsoll_stats::divergence::{Unit, hellinger, jensen_shannon, kullback_leibler, largest};
use plimsoll_stats::epps_singleton;
use plimsoll_stats::kolmogorov_smirnov::gap;
use plimsoll_stats::mann_whitney;
use plimsoll_stats::mmd;
use plimsoll_stats::moments::Moments;
use plimsoll_stats::p_value::PValue;
use plimsoll_stats::permutation::Permutation;
use plimsoll_stats::psi;
use plimsoll_stats::random::Seed;
use plimsoll_stats::steps::Steps as Both;
use plimsoll_stats::student::{self, Variances};
use plimsoll_stats::tested::NoAnswer;
use plimsoll_stats::two_proportions::{Continuity, TwoProportions};
use plimsoll_stats::wasserstein;
use serde::{Deserialize, Serialize};

use super::bins::binned;
use super::look::Steps;

/// A method by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the names are those of the literature")]
pub enum Method {
    Ks,
    ChiSquare,
    Z,
    Wasserstein,
    JensenShannon,
    Kl,
    Psi,
    Hellinger,
    Tvd,
    LInfinity,
    AndersonDarling,
    CramerVonMises,
    MannWhitney,
    T,
    Welch,
    Fisher,
    G,
    EppsSingleton,
    Energy,
    Mmd,
}

/// What a method looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Needs {
    /// Numbers in order.
    Order,
    /// Each number.
    Rows,
    /// Counts in cells; numbers are put into cells of a tenth of the reference each.
    Cells,
    /// Counts in two cells.
    TwoCells,
}

impl Method {
    /// Every method.
    pub const ALL: [Self; 20] = [
        Self::Ks,
        Self::ChiSquare,
        Self::Z,
        Self::Wasserstein,
        Self::JensenShannon,
        Self::Kl,
        Self::Psi,
        Self::Hellinger,
        Self::Tvd,
        Self::LInfinity,
        Self::AndersonDarling,
        Self::CramerVonMises,
        Self::MannWhitney,
        Self::T,
        Self::Welch,
        Self::Fisher,
        Self::G,
        Self::EppsSingleton,
        Self::Energy,
        Self::Mmd,
    ];

    /// Returns the name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ks => "ks",
            Self::ChiSquare => "chi-square",
            Self::Z => "z",
            Self::Wasserstein => "wasserstein",
            Self::JensenShannon => "jensen-shannon",
            Self::Kl => "kl",
            Self::Psi => "psi",
            Self::Hellinger => "hellinger",
            Self::Tvd => "tvd",
            Self::LInfinity => "l-infinity",
            Self::AndersonDarling => "anderson-darling",
            Self::CramerVonMises => "cramer-von-mises",
            Self::MannWhitney => "mann-whitney",
            Self::T => "t",
            Self::Welch => "welch",
            Self::Fisher => "fisher",
            Self::G => "g",
            Self::EppsSingleton => "epps-singleton",
            Self::Energy => "energy",
            Self::Mmd => "mmd",
        }
    }

    /// Tells whether the method is a test, which is compared by its p-value; others are distances.
    pub fn is_test(self) -> bool {
        !matches!(
            self,
            Self::Wasserstein
                | Self::JensenShannon
                | Self::Kl
                | Self::Psi
                | Self::Hellinger
                | Self::Tvd
                | Self::LInfinity
        )
    }

    /// Returns the limit that the tools which made the method known take: p below 0.05, distances of
    /// 0.1.
    pub fn usual_threshold(self) -> f64 {
        if self.is_test() { 0.05 } else { 0.1 }
    }

    pub(super) fn needs(self) -> Needs {
        match self {
            Self::Ks | Self::Wasserstein | Self::CramerVonMises | Self::MannWhitney => Needs::Order,
            Self::AndersonDarling
            | Self::T
            | Self::Welch
            | Self::EppsSingleton
            | Self::Energy
            | Self::Mmd => Needs::Rows,
            Self::ChiSquare
            | Self::JensenShannon
            | Self::Kl
            | Self::Psi
            | Self::Hellinger
            | Self::Tvd
            | Self::LInfinity
            | Self::G => Needs::Cells,
            Self::Z | Self::Fisher => Needs::TwoCells,
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text names no method.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{name}` is no method; there are {}", Method::ALL.map(Method::name).join(", "))]
pub struct UnknownMethod {
    /// The text.
    pub name: String,
}

impl FromStr for Method {
    type Err = UnknownMethod;

    fn from_str(name: &str) -> Result<Self, UnknownMethod> {
        let found = Self::ALL.into_iter().find(|method| method.name() == name);
        found.ok_or_else(|| UnknownMethod { name: name.to_owned() })
    }
}

/// A method with the limit from which it says drift.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rule {
    /// The method.
    pub method: Method,
    /// Tests say drift below this p, distances from this size on.
    pub threshold: f64,
}

impl Rule {
    /// Takes the usual limit unless there is another one.
    pub fn new(method: Method, threshold: Option<f64>) -> Self {
        Self { method, threshold: threshold.unwrap_or_else(|| method.usual_threshold()) }
    }
}

/// What a method said.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Outcome {
    /// The statistic of a test, or the distance.
    pub(super) value: f64,
    pub(super) p: Option<PValue>,
    pub(super) drifted: bool,
}

/// Both sides of a column, missing rows left out.
pub(super) enum Samples<'a> {
    Ordered([&'a Steps; 2]),
    /// Each number, of a column of numbers.
    Rows([&'a [f64]; 2]),
    Cells([&'a [u64]; 2]),
}

/// Applies a rule.
pub(super) fn apply(rule: Rule, samples: &Samples<'_>) -> Result<Outcome, NoAnswer> {
    let tested = |tested: plimsoll_stats::tested::Tested| (tested.statistic, Some(tested.p));
    let distance = |distance: f64| (distance, None);
    let (value, p) = match samples {
        Samples::Rows([a, b]) => tested(by_rows(rule.method, a, b)?),
        Samples::Cells([a, b]) => by_cells(rule.method, a, b)?,
        Samples::Ordered([a, b]) if rule.method.needs() == Needs::Cells => {
            let [a, b] = binned(&a.ladder(), &b.ladder());
            by_cells(rule.method, &a, &b)?
        }
        Samples::Ordered([a, b]) => {
            let [a, b] = [a, b]
                .map(|side| plimsoll_stats::drift::ladder::Ladder { missing: 0, ..side.ladder() });
            match rule.method {
                Method::Ks => tested(gap(a.ordered(), b.ordered())?.test()),
                Method::CramerVonMises => {
                    tested(cramer_von_mises::test(&Both::of_ordered(a.ordered(), b.ordered())?)?)
                }
                Method::MannWhitney => {
                    tested(mann_whitney::test(&Both::of_ordered(a.ordered(), b.ordered())?)?)
                }
                _ => {
                    let both = Both::of_ordered(a.ordered(), b.ordered())?;
                    distance(wasserstein::normed(&both)?)
                }
            }
        }
    };
    let drifted = match p {
        Some(p) => p.get() < rule.threshold,
        None => value >= rule.threshold,
    };
    if value.is_nan() { Err(NoAnswer::OutOfRange) } else { Ok(Outcome { value, p, drifted }) }
}

fn by_rows(
    method: Method,
    a: &[f64],
    b: &[f64],
) -> Result<plimsoll_stats::tested::Tested, NoAnswer> {
    let permutation = Permutation::new(Seed::from(a.len() as u64 ^ (b.len() as u64) << 32));
    match method {
        Method::AndersonDarling => anderson_darling::test(&[a, b], &permutation),
        Method::EppsSingleton => epps_singleton::test(a, b, &permutation),
        Method::Energy => wasserstein::energy_test(a, b, &permutation),
        Method::Mmd => mmd::test(a, b, &permutation),
        method => {
            let variances = if method == Method::Welch { Variances::Own } else { Variances::Equal };
            student::test(&Moments::of(a)?, &Moments::of(b)?, variances)
        }
    }
}

fn by_cells(method: Method, a: &[u64], b: &[u64]) -> Result<(f64, Option<PValue>), NoAnswer> {
    let tested = |tested: plimsoll_stats::tested::Tested| (tested.statistic, Some(tested.p));
    let two = || -> Result<TwoProportions, NoAnswer> {
        let of = |counts: &[u64]| {
            let hits = counts.get(1).copied().unwrap_or_default();
            (hits, counts.iter().sum::<u64>())
        };
        Ok(TwoProportions::new(of(a), of(b))?)
    };
    Ok(match method {
        Method::ChiSquare => tested(chi_square::test(a, b, Divergence::ChiSquare)?),
        Method::G => tested(chi_square::test(a, b, Divergence::G)?),
        Method::Z => tested(two()?.z(Continuity::Plain)?),
        Method::Fisher => tested(two()?.fisher()),
        Method::JensenShannon => (jensen_shannon(a, b, Unit::Nats)?, None),
        Method::Kl => (kullback_leibler(a, b, Unit::Nats)?, None),
        Method::Psi => (psi::of_counts(a, b)?, None),
        Method::Hellinger => (hellinger(a, b)?, None),
        Method::LInfinity => (largest(a, b)?, None),
        _ => (total_variation_of_counts(a, b)?, None),
    })
}
