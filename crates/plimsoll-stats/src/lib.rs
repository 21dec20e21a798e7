//! Tests, intervals and distances over slices of numbers; nothing else.
//!
//! Numbers, seeds and limits come in as values; the same come out, whatever the machine and the
//! number of threads. There is no IO, no clock and no reading of data: what is missing, a name or
//! an unknown class is for the caller to deal with. Formulas, sources and edge cases stand with
//! each statistic; `references/` has the scripts that printed the numbers of the tests.
//!
//! # From predictions to a judged number
//! 1. Put targets and predictions together: [`regression::Regression`], [`binary::Binary`] or
//!    [`multiclass::Multiclass`]. What is no sample (no rows, NaN, other lengths) is a
//!    [`sample::SampleError`].
//! 2. Say which rows belong together: [`blocks::Blocks::rows`] or [`blocks::Blocks::of_labels`].
//! 3. Name the metrics and the limits that wait for them ([`metric::Wanted`]) and a seed
//!    ([`plan::Plan::new`]), and call `measure`, or `compare` with a challenger on the same rows.
//!    All metrics of a call share their resamples, so one call is cheaper than several.
//! 4. Each answer is an [`estimate::Estimate`] with its [`interval::Interval`], or a
//!    [`estimate::NoValue`] with a reason code; never NaN. An approximate interval says why
//!    ([`interval::Remark`]) and holds its 99 % ends as well.
//! 5. [`estimate::Estimate::is_enough_evidence`] tells a number from a verdict
//!    ([`estimate::MIN_ROWS`], [`estimate::MIN_BLOCKS`]); [`needed::needed`] tells how much would
//!    settle an open question.
//!
//! ```
//! use plimsoll_stats::blocks::Blocks;
//! use plimsoll_stats::metric::{Metric, Wanted};
//! use plimsoll_stats::plan::Plan;
//! use plimsoll_stats::random::Seed;
//! use plimsoll_stats::regression::Regression;
//!
//! let target: Vec<f64> = (0..240).map(f64::from).collect();
//! let prediction: Vec<f64> = target.iter().map(|y| y + (1.7 * y).sin()).collect();
//! let days: Vec<usize> = (0..240).map(|row| row / 24).collect();
//!
//! let model = Regression::new(&target, &prediction)?;
//! let wanted = [Wanted { metric: Metric::Wape, limits: &[0.25] }, Wanted::of(Metric::R2)];
//! let plan = Plan::new(Seed::from(1));
//! let answers = model.measure(&wanted, &Blocks::of_labels(&days), &plan)?;
//!
//! let wape = answers[0].as_ref().unwrap();
//! assert!(wape.is_enough_evidence() && wape.interval.unwrap().high < 0.25);
//! # Ok::<(), plimsoll_stats::sample::SampleError>(())
//! ```
//!
//! # Map
//! | module | what it has |
//! |---|---|
//! | [`regression`] | MAE, RMSE, WAPE, MAPE, R2, bias, their gains; the mean of any column |
//! | [`binary`], [`multiclass`] | accuracy, losses of probabilities, scores of classes, rankings |
//! | [`quantile_forecasts`], [`interval_forecasts`] | quantile loss, coverage, width, score |
//! | [`calibration`], [`calibration_bins`] | reliability curve, calibration error and test |
//! | [`slices`], [`mod@slice`], [`fairness`] | losses of parts of the rows; rates of groups |
//! | [`costs`] | what right and wrong answers cost |
//! | [`metric`] | the metrics by name, which way is better, how two models are compared |
//! | [`auc`] | AUC of a single column (leak checks) |
//! | [`correlation`], [`cramers_v`], [`correlation_ratio`] | how much two columns go along: Pearson, Spearman, V, eta |
//! | [`moments`] | mean, variance, skewness, kurtosis, mergeable |
//! | [`psi`], [`distance`], [`divergence`] | distances of shares: PSI, total variation, Jensen-Shannon, Kullback-Leibler, Hellinger, L-infinity |
//! | [`wasserstein`] | Wasserstein's distance, normed or not, and the energy distance with its test |
//! | [`kolmogorov_smirnov`], [`chi_square`], [`two_proportions`] | tests of two samples, for drift |
//! | [`anderson_darling`], [`cramer_von_mises`], [`mann_whitney`], [`student`] | further tests, known from monitoring tools |
//! | [`epps_singleton`], [`mmd`], [`permutation`] | tests for any kind of change; p by dealing rows anew |
//! | [`tested`], [`p_value`], [`fdr`] | what tests answer; p on logarithms, adjusted for many tests |
//! | [`drift`] | the decision whether columns of a table have drifted |
//! | [`tails`], [`kolmogorov`], [`hypergeometric`], [`weighted_chi_squares`] | distributions, right in the far tail |
//! | [`series`], [`pareto`] | anomalies of a series with a weekly season; tails beyond a threshold |
//! | [`proportion`] | Wilson; Newcombe's paired difference and `McNemar`'s tests |
//! | [`paired`], [`forecasts`] | paired losses of two models; those of forecasts over time |
//! | [`sequential`] | tests that may be looked at after every row, for rollouts |
//! | [`verdict`], [`ledger`] | whether a gain meets its margin; what repeated looks cost |
//! | [`estimate`], [`interval`], [`needed`] | results: value, interval, remark, evidence |
//! | [`blocks`], [`plan`], [`random`] | what goes together, how much is resampled, from which seed |
//! | [`bootstrap`], [`smooth`], [`table`] | boot-t of any smooth function of column sums |
//! | [`sum`], [`quantile`], [`rank`], [`sample`], [`steps`] | compensated sums, quantiles, ranks, samples and their errors |

#![expect(clippy::cast_precision_loss, reason = "counts of rows are below 2^52")]

pub mod anderson_darling;
pub mod auc;
mod auc_blocks;
pub mod average_precision;
pub mod binary;
pub mod blocks;
pub mod bootstrap;
pub mod calibration;
pub mod calibration_bins;
mod centre;
pub mod chi_square;
mod class_scores;
mod class_sums;
mod classes;
pub mod correlation;
pub mod correlation_ratio;
pub mod costs;
pub mod cramer_von_mises;
pub mod cramers_v;
pub mod distance;
pub mod divergence;
mod draws;
pub mod drift;
pub mod epps_singleton;
pub mod estimate;
pub mod fairness;
pub mod fdr;
pub mod forecasts;
pub mod hypergeometric;
mod incomplete;
pub mod interval;
pub mod interval_forecasts;
pub mod kolmogorov;
pub mod kolmogorov_smirnov;
pub mod ledger;
mod losses;
pub mod mann_whitney;
mod measure;
pub mod metric;
pub mod mmd;
pub mod moments;
pub mod multiclass;
pub mod needed;
mod ordered;
pub mod p_value;
pub mod paired;
pub mod pareto;
mod parts;
pub mod permutation;
pub mod plan;
pub mod proportion;
pub mod psi;
pub mod quantile;
pub mod quantile_forecasts;
pub mod random;
pub mod rank;
pub mod regression;
mod saddle;
pub mod sample;
pub mod sequential;
pub mod series;
mod sides;
pub mod slice;
pub mod slices;
pub mod smooth;
pub mod steps;
pub mod student;
pub mod sum;
pub mod table;
pub mod tails;
pub mod tested;
pub mod two_proportions;
pub mod verdict;
pub mod wasserstein;
pub mod weighted_chi_squares;
mod weights;
