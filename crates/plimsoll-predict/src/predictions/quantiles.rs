//! Quantiles that are told by their names.

use super::{PredictionsError, Quantiles};

/// How such columns and outputs are called: `quantile_0.9`.
pub(super) const QUANTILE: &str = "quantile_";

/// The level whose quantile stands for the prediction, where there is none.
pub(super) const MEDIAN: f64 = 0.5;

/// Puts the numbers of each level together, of which there is a name; none of no names.
pub(super) fn together(
    named: Vec<(String, Vec<f64>)>,
) -> Result<Option<Quantiles>, PredictionsError> {
    let mut columns = Vec::new();
    for (name, numbers) in named {
        let level = name.strip_prefix(QUANTILE).and_then(|level| level.parse::<f64>().ok());
        match level.filter(|level| *level > 0.0 && *level < 1.0) {
            Some(level) => columns.push((level, numbers)),
            None => return Err(PredictionsError::Level(name)),
        }
    }
    columns.sort_by(|a, b| a.0.total_cmp(&b.0));
    if let Some(twice) = columns.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
        return Err(PredictionsError::Level(format!("{QUANTILE}{}", twice[1].0)));
    }
    let Some((_, first)) = columns.first() else { return Ok(None) };
    let rows = 0..first.len();
    let values = rows.flat_map(|row| columns.iter().map(move |(_, all)| all[row])).collect();
    Ok(Some(Quantiles { levels: columns.iter().map(|(level, _)| *level).collect(), values }))
}

impl Quantiles {
    /// Returns the quantile of a level in each row.
    pub fn of(&self, level: f64) -> Option<Vec<f64>> {
        let at = self.levels.iter().position(|known| known.to_bits() == level.to_bits())?;
        Some(self.values.chunks_exact(self.levels.len()).map(|row| row[at]).collect())
    }
}
