//! Two models whose bytes differ, asked about the same rows.

use std::path::Path;

use plimsoll_core::project::Evaluate;
use plimsoll_core::reproduction::{Differing, Tolerance};
use plimsoll_data::{Wanted, read_columns};
use plimsoll_predict::runtime::Runtime;
use plimsoll_predict::{FeatureMapping, LARGEST_FILE, Model, ModelFile, Output, Outputs, Values};

use crate::measure::Measurement;

/// Says how the answers of two models to the rows of `on` differ.
pub(super) fn compare(
    (then, now): (&Path, &Path),
    on: &Path,
    evaluate: &Evaluate,
    tolerance: Tolerance,
    measurement: &Measurement,
) -> Differing {
    let failed = |why: String| {
        Differing::wholly(format!("has other bytes, and its answers could not be compared: {why}"))
    };
    let runtime = match measurement.runtime() {
        Ok(runtime) => runtime,
        Err(error) => return failed(error.to_string()),
    };
    let ask =
        |file: &Path| answers(file, on, evaluate, &runtime).map_err(|error| error.to_string());
    let (before, after) = match (ask(then), ask(now)) {
        (Ok(before), Ok(after)) => (before, after),
        (Err(why), _) => return failed(format!("the one that was released: {why}")),
        (_, Err(why)) => return failed(why),
    };
    match apart(&before, &after) {
        Err(how) => Differing::wholly(how),
        Ok(0.0) => {
            let message = "has other bytes and gives the same answers to the test set".to_owned();
            Differing::by(0.0, tolerance, message)
        }
        Ok(distance) => {
            let message =
                format!("gives answers to the test set that differ by at most {distance:.1e}");
            Differing::by(distance, tolerance, message)
        }
    }
}

fn answers(
    file: &Path,
    on: &Path,
    evaluate: &Evaluate,
    runtime: &Runtime,
) -> Result<Outputs, Box<dyn std::error::Error>> {
    let rows = read_columns(on, Wanted::All)?;
    let bytes = ModelFile::read(file, LARGEST_FILE)?;
    // One thread: the order in which several add up is not what is to be compared.
    let mut model = Model::load(&bytes, runtime, 1)?;
    let mapping = FeatureMapping::new(&evaluate.features, &evaluate.target, model.signature())?;
    let fed = mapping.feed(&rows, 1)?;
    Ok(model.predict(&fed.inputs)?)
}

/// Returns the largest distance of two numbers.
///
/// # Errors
/// What differs and has no distance.
fn apart(then: &Outputs, now: &Outputs) -> Result<f64, String> {
    let names = |outputs: &Outputs| -> Vec<String> {
        outputs.0.iter().map(|(name, _)| name.clone()).collect()
    };
    let (before, after) = (names(then), names(now));
    if before != after {
        return Err(format!("answers {} (then {})", after.join(", "), before.join(", ")));
    }
    let mut farthest: f64 = 0.0;
    for ((name, then), (_, now)) in then.0.iter().zip(&now.0) {
        let distance = match (then, now) {
            (Output::Tensor(then), Output::Tensor(now)) if then.shape() == now.shape() => {
                of_values(name, then.values(), now.values())?
            }
            (Output::ClassScores(then), Output::ClassScores(now))
                if then.classes == now.classes && then.scores.len() == now.scores.len() =>
            {
                farthest_of(then.scores.iter().copied(), now.scores.iter().copied())
            }
            _ => return Err(format!("answers `{name}` in another shape")),
        };
        farthest = farthest.max(distance);
    }
    Ok(farthest)
}

fn of_values(name: &str, then: &Values, now: &Values) -> Result<f64, String> {
    let single = |values: &[f32]| -> Vec<f64> { values.iter().map(|it| f64::from(*it)).collect() };
    match (then, now) {
        (Values::Float(then), Values::Float(now)) => {
            Ok(farthest_of(single(then).into_iter(), single(now).into_iter()))
        }
        (Values::Double(then), Values::Double(now)) => {
            Ok(farthest_of(then.iter().copied(), now.iter().copied()))
        }
        // Labels are equal, or they are others.
        (then, now) if then == now => Ok(0.0),
        (then, now) if then.element() == now.element() => {
            Err(format!("answers `{name}` with other labels"))
        }
        (then, now) => {
            Err(format!("answers `{name}` as {} (then {})", now.element(), then.element()))
        }
    }
}

fn farthest_of(then: impl Iterator<Item = f64>, now: impl Iterator<Item = f64>) -> f64 {
    then.zip(now).map(|(then, now)| Tolerance::distance(then, now)).fold(0.0, f64::max)
}

#[cfg(test)]
mod tests {
    use plimsoll_predict::Tensor;

    use super::*;

    fn outputs(values: Values) -> Outputs {
        Outputs(vec![("y".to_owned(), Output::Tensor(Tensor::of_rows(values)))])
    }

    #[test]
    fn numbers_have_a_distance_and_labels_have_none() {
        let floats = |values: &[f32]| outputs(Values::Float(values.to_vec()));
        let distance = apart(&floats(&[1.0, 200.0]), &floats(&[1.0, 201.0])).unwrap();
        assert!((distance - 1.0 / 201.0).abs() < 1e-9);
        let nan = apart(&floats(&[1.0]), &floats(&[f32::NAN])).unwrap();
        assert!(nan.is_infinite());
        let labels = |values: &[i64]| outputs(Values::Int64(values.to_vec()));
        assert!(apart(&labels(&[1, 2]), &labels(&[1, 2])).unwrap().abs() < f64::MIN_POSITIVE);
        for (now, said) in [
            (labels(&[1, 3]), "answers `y` with other labels"),
            (labels(&[1]), "answers `y` in another shape"),
            (floats(&[1.0, 2.0]), "answers `y` as float (then int64)"),
            (Outputs(Vec::new()), "answers  (then y)"),
        ] {
            assert_eq!(apart(&labels(&[1, 2]), &now).unwrap_err(), said);
        }
    }
}
