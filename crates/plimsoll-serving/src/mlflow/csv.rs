//! Tables in CSV.

use super::FORM;
use super::table::Table;
use crate::intake::{Intake, IntakeError};
use crate::refusal::Refusal;

/// Reads a table whose first line names its columns.
///
/// A first column without a name is the index that pandas writes, and passed over.
pub(super) fn read<'i>(intake: &'i Intake, body: &[u8]) -> Result<Table<'i>, Refusal> {
    let form = |error: csv::Error| Refusal::Form { form: FORM, reason: error.to_string() };
    let mut reader = csv::ReaderBuilder::new().from_reader(body);
    let headers = reader.headers().map_err(form)?;
    let passed = usize::from(headers.get(0).is_some_and(str::is_empty));
    let names: Vec<String> = headers.iter().skip(passed).map(str::to_owned).collect();
    let mut table = Table::with_columns(intake, &names)?;
    let one_tensor = table.is_one_tensor();
    let mut record = csv::StringRecord::new();
    let mut row = 0;
    while reader.read_record(&mut record).map_err(form)? {
        row += 1;
        for (place, cell) in record.iter().skip(passed).enumerate() {
            let place = if one_tensor { 0 } else { place };
            let Some(column) = table.columns.get_mut(place) else { continue };
            if let Err(fault) = column.parse(cell) {
                let name = intake.name(column.target).as_ref().to_owned();
                return Err(IntakeError::Value { name, row: Some(row), fault }.into());
            }
        }
    }
    if one_tensor {
        table.columns[0].of_rows(row, names.len());
    }
    Ok(table)
}
