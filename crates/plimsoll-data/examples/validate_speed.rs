//! How long validation takes and how much memory it holds, on a table like that of the peers.
//!
//! `validate_speed write FOLDER ROWS` writes `table.parquet` and `table.csv`: 20 columns of mixed
//! types. `validate_speed check FILE` holds one of them against 54 rules.
#![expect(clippy::print_stdout, reason = "what it measured is its output")]

use std::fs::{self, File};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context, bail};
use arrow::array::{
    ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray,
    TimestampMillisecondArray,
};
use arrow::csv;
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;
use plimsoll_data::{Options, TableSchema, validate};
use serde_json::{Map, Value, json};

const LEVELS: [u64; 4] = [5, 10, 50, 200];

/// Rows that are written at once.
const PIECE: u64 = 1 << 16;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[1..] {
        ["write", folder, rows] => write(Path::new(folder), rows.parse()?),
        ["check", file] => check(Path::new(file)),
        _ => bail!("usage: validate_speed write FOLDER ROWS | check FILE"),
    }
}

fn check(file: &Path) -> anyhow::Result<()> {
    let integer = json!({ "type": "integer", "min": 0, "max": 1000 });
    let mut columns = Map::new();
    columns.insert("id".into(), json!({ "type": "integer" }));
    for at in 0..8 {
        let rule = json!({ "type": "number", "min": -10, "max": 10, "nullable": at < 4 });
        columns.insert(format!("f{at}"), rule);
    }
    for (at, levels) in LEVELS.iter().enumerate() {
        columns.insert(format!("i{at}"), integer.clone());
        let values: Vec<_> = (0..*levels).map(|level| format!("c{at}_{level}")).collect();
        columns.insert(format!("c{at}"), json!({ "type": "string", "values": values }));
    }
    for (name, column_type) in [("email", "string"), ("ts", "timestamp"), ("flag", "boolean")] {
        columns.insert(name.into(), json!({ "type": column_type }));
    }
    let schema = json!({ "unique": [["id"]], "columns": Value::Object(columns) });
    let schema = TableSchema::from_value(&schema)?;
    let options = Options::new(file.display().to_string(), std::env::temp_dir());
    let start = Instant::now();
    let checked = validate(file, &schema, &options)?;
    println!("{} rows in {:.2} s", checked.rows, start.elapsed().as_secs_f64());
    checked.findings.iter().for_each(|finding| println!("{}", finding.message));
    let status = fs::read_to_string("/proc/self/status").context("no /proc here")?;
    status.lines().filter(|line| line.starts_with("VmHWM")).for_each(|line| println!("{line}"));
    Ok(())
}

fn write(folder: &Path, rows: u64) -> anyhow::Result<()> {
    let zstd = Compression::ZSTD(ZstdLevel::default());
    let properties = WriterProperties::builder().set_compression(zstd);
    let properties = properties.set_max_row_group_row_count(Some(262_144)).build();
    let mut random = Random(1);
    let schema = piece(0, 1, &mut random)?.schema();
    let parquet = File::create(folder.join("table.parquet"))?;
    let mut parquet = ArrowWriter::try_new(parquet, schema, Some(properties))?;
    let mut csv = csv::Writer::new(File::create(folder.join("table.csv"))?);
    for from in (0..rows).step_by(usize::try_from(PIECE)?) {
        let piece = piece(from, (rows - from).min(PIECE), &mut random)?;
        parquet.write(&piece)?;
        csv.write(&piece)?;
    }
    parquet.close()?;
    Ok(())
}

/// Numbers that look random and are the same every time (splitmix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ self.0 >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ mixed >> 31
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    #[expect(clippy::cast_precision_loss, reason = "53 bits are left")]
    fn share(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

fn piece(from: u64, rows: u64, random: &mut Random) -> anyhow::Result<RecordBatch> {
    let mut columns: Vec<(String, ArrayRef)> = Vec::new();
    let whole = |number: u64| i64::try_from(number).unwrap_or_default();
    // An odd factor makes each number one other number, in no order.
    let ids = (from..from + rows).map(|row| whole(row.wrapping_mul(0x9e37_79b9) % (1 << 32)));
    columns.push(("id".into(), Arc::new(Int64Array::from_iter_values(ids))));
    for at in 0..8 {
        let numbers = (0..rows).map(|_| {
            let number = (0..6).map(|_| random.share()).sum::<f64>() - 3.0;
            Some(number).filter(|_| at >= 4 || random.below(100) > 0)
        });
        columns.push((format!("f{at}"), Arc::new(numbers.collect::<Float64Array>())));
    }
    for at in 0..4 {
        let numbers = (0..rows).map(|_| whole(random.below(1001)));
        columns.push((format!("i{at}"), Arc::new(Int64Array::from_iter_values(numbers))));
    }
    for (at, levels) in LEVELS.into_iter().enumerate() {
        let texts = (0..rows).map(|_| format!("c{at}_{}", random.below(levels)));
        columns.push((format!("c{at}"), Arc::new(StringArray::from_iter_values(texts))));
    }
    let emails = (0..rows).map(|_| format!("user{}@example.com", random.below(1_000_000_000)));
    columns.push(("email".into(), Arc::new(StringArray::from_iter_values(emails))));
    let moments = (0..rows).map(|_| 1_700_000_000_000 + whole(random.below(10_000_000_000)));
    let moments = TimestampMillisecondArray::from_iter_values(moments);
    columns.push(("ts".into(), Arc::new(moments)));
    let flags: BooleanArray = (0..rows).map(|_| Some(random.below(10) < 3)).collect();
    columns.push(("flag".into(), Arc::new(flags)));
    Ok(RecordBatch::try_from_iter_with_nullable(
        columns.into_iter().map(|(name, column)| (name, column, true)),
    )?)
}
