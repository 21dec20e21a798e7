//! The real files, where they are present: what is proposed for them and what spoils them.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::fs;
use std::path::{Path, PathBuf};

use plimsoll_data::{Options, TableSchema, Wanted, column_as_f64, propose, read_columns, validate};
use serde_json::json;

/// Returns the path of a shared file, unless it is absent.
fn shared(path: &str) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/tabular");
    let path = shared.join(path);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
    }
    path.exists().then_some(path)
}

fn options() -> Options {
    Options::new("hour.csv", std::env::temp_dir())
}

fn hour() -> TableSchema {
    let flag = json!({ "type": "integer", "values": [0, 1] });
    let share = json!({ "type": "number", "min": 0, "max": 1 });
    let count = json!({ "type": "integer", "min": 0 });
    TableSchema::from_value(&json!({
        "rows": { "min": 5000 },
        "unique": [["instant"], ["dteday", "hr"]],
        "columns": {
            "instant": { "type": "integer", "min": 1 },
            "dteday": { "type": "date", "min": "2011-01-01", "max": "2012-12-31" },
            "season": { "type": "integer", "values": [1, 2, 3, 4] },
            "yr": flag,
            "mnth": { "type": "integer", "min": 1, "max": 12 },
            "hr": { "type": "integer", "min": 0, "max": 23 },
            "holiday": flag,
            "weekday": { "type": "integer", "min": 0, "max": 6 },
            "workingday": flag,
            "weathersit": { "type": "integer", "values": [1, 2, 3, 4] },
            "temp": share, "atemp": share, "hum": share, "windspeed": share,
            "casual": count, "registered": count, "cnt": count,
        },
    }))
    .unwrap()
}

/// Returns the findings of hour.csv after `change` of its rows, header first.
fn spoilt(text: &str, change: impl Fn(usize, &mut Vec<String>)) -> String {
    let mut spoilt = String::new();
    for (row, line) in text.lines().enumerate() {
        let mut cells: Vec<String> = line.split(',').map(str::to_owned).collect();
        change(row, &mut cells);
        spoilt += &(cells.join(",") + "\n");
    }
    findings(&spoilt)
}

fn findings(text: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, text).unwrap();
    let checked = validate(file.path(), &hour(), &options()).unwrap();
    let lines: Vec<_> =
        checked.findings.iter().map(|one| format!("{} {}", one.code, one.message)).collect();
    lines.join("\n")
}

#[test]
fn the_example_keeps_its_schema() {
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/bike-demand");
    let schema = fs::read_to_string(example.join("schemas/hour.yaml")).unwrap();
    let schema: TableSchema = serde_saphyr::from_str(&schema).unwrap();
    assert_eq!(schema.leaking().collect::<Vec<_>>(), ["casual", "registered"]);
    let mut files = vec![example.join("data/hour.csv"), example.join("data/later.csv")];
    files.extend(shared("bike-sharing/hour.csv"));
    for file in files {
        assert_eq!(
            validate(&file, &schema, &options()).unwrap().findings,
            [],
            "{}",
            file.display()
        );
    }
}

#[test]
fn bad_changes_of_bike_sharing_are_found() {
    let Some(path) = shared("bike-sharing/hour.csv") else { return };
    let text = fs::read_to_string(path).unwrap();
    insta::assert_snapshot!(findings(&text), @"");
    insta::assert_snapshot!(spoilt(&text, |row, cells| {
        if let Ok(temp) = cells[10].parse::<f64>() && row > 0 {
            cells[10] = format!("{:.2}", temp * 41.0);
        }
    }), @"data.range column `temp` is above 1 in 17,362 of 17,379 rows (99.9 %), for example line 2: 9.84, line 3: 9.02, line 4: 9.02, line 5: 9.84, line 6: 9.84");
    insta::assert_snapshot!(spoilt(&text, |row, cells| {
        if row > 0 {
            cells[9] = ["clear", "mist", "rain", "storm"][cells[9].parse::<usize>().unwrap() - 1].to_owned();
        }
    }), @r#"data.type column `weathersit` holds no integer in 17,379 of 17,379 rows (100 %), for example line 2: "clear", line 3: "clear", line 4: "clear", line 5: "clear", line 6: "clear""#);
    insta::assert_snapshot!(spoilt(&text, |row, cells| {
        if row == 0 {
            cells[12] = "humidity".to_owned();
        }
    }), @"
    data.column-missing column `hum` (number) is missing; was it renamed to `humidity`?
    data.column-unknown column `humidity` is not in the schema
    ");
    insta::assert_snapshot!(spoilt(&text, |_, cells| _ = cells.pop()), @"data.column-missing column `cnt` (integer) is missing");
    insta::assert_snapshot!(spoilt(&text, |_, cells| cells[1] = cells[1].replace("2012-", "2013-")), @r#"
    data.type column `dteday` holds no date in 23 of 17,379 rows (0.1 %), for example line 10057: "2013-02-29", line 10058: "2013-02-29", line 10059: "2013-02-29", line 10060: "2013-02-29", line 10061: "2013-02-29"
    data.range column `dteday` is above 2012-12-31 in 8,711 of 17,379 rows (50.1 %), for example line 8647: 2013-01-01, line 8648: 2013-01-01, line 8649: 2013-01-01, line 8650: 2013-01-01, line 8651: 2013-01-01
    "#);
    let (_, rows) = text.split_once('\n').unwrap();
    let first: String = rows.split_inclusive('\n').take(24).collect();
    insta::assert_snapshot!(findings(&format!("{text}{first}")), @"
    data.unique column `instant` repeats an earlier row in 24 of 17,403 rows (0.1 %), for example line 17381: 1 (as in line 2), line 17382: 2 (as in line 3), line 17383: 3 (as in line 4), line 17384: 4 (as in line 5), line 17385: 5 (as in line 6)
    data.unique columns `dteday`, `hr` repeat an earlier row in 24 of 17,403 rows (0.1 %), for example line 17381: 2011-01-01, 0 (as in line 2), line 17382: 2011-01-01, 1 (as in line 3), line 17383: 2011-01-01, 2 (as in line 4), line 17384: 2011-01-01, 3 (as in line 5), line 17385: 2011-01-01, 4 (as in line 6)
    ");
    let january: String = text.split_inclusive('\n').take(689).collect();
    insta::assert_snapshot!(findings(&january), @"data.rows there are 688 rows, at least 5,000 expected");
}

/// Proposes a schema for `text`, holds the file against it, and returns it.
fn proposed(text: &str) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, text).unwrap();
    let proposal = propose(file.path(), &Options::new("data.csv", std::env::temp_dir())).unwrap();
    let checked = validate(file.path(), &proposal.schema, &options()).unwrap();
    assert!(checked.is_valid(), "{:?}", checked.findings);
    proposal.to_string()
}

#[test]
fn bike_sharing_is_described() {
    let Some(path) = shared("bike-sharing/hour.csv") else { return };
    insta::assert_snapshot!(proposed(&fs::read_to_string(path).unwrap()), @"
    # Proposed from data.csv (17,379 rows, 17 columns): what holds for every row. Tighten what is known
    # better, and mark columns that give the target away with `leaks: true`.
    rows: { min: 8689 }                                           # half of 17,379
    unique: [[instant]]
    columns:
      instant: { type: integer, min: 0 }                          # 1 to 17379
      dteday: { type: date }                                      # 2011-01-01 to 2012-12-31
      season: { type: integer, values: [1, 2, 3, 4] }             # 1 to 4
      yr: { type: integer, values: [0, 1] }                       # 0 to 1
      mnth: { type: integer, min: 1, max: 12 }                    # 1 to 12
      hr: { type: integer, min: 0 }                               # 0 to 23
      holiday: { type: integer, values: [0, 1] }                  # 0 to 1
      weekday: { type: integer, min: 0, max: 6 }                  # 0 to 6
      workingday: { type: integer, values: [0, 1] }               # 0 to 1
      weathersit: { type: integer, values: [1, 2, 3, 4] }         # 1 to 4
      temp: { type: number, min: 0, max: 1 }                      # 0.02 to 1
      atemp: { type: number, min: 0, max: 1 }                     # 0 to 1
      hum: { type: number, min: 0, max: 1 }                       # 0 to 1
      windspeed: { type: number, min: 0, max: 1 }                 # 0 to 0.8507
      casual: { type: integer, min: 0 }                           # 0 to 367
      registered: { type: integer, min: 0 }                       # 0 to 886
      cnt: { type: integer, min: 0 }                              # 1 to 977
    additional: false
    ");
}

#[test]
fn telco_churn_is_described() {
    let Some(path) = shared("telco-churn/Telco-Customer-Churn.csv") else { return };
    let proposal = proposed(&fs::read_to_string(path).unwrap());
    let line =
        |name: &str| proposal.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
    assert_eq!(line("unique:"), "unique: [[customerID]]");
    // Blanks in a column of numbers: no number, and no empty cell either.
    assert!(line("TotalCharges:").contains("{ type: string }"));
    assert!(line("TotalCharges:").contains("\" \" in 11 rows"), "{proposal}");
    assert!(line("TotalCharges:").ends_with(" The rest are numbers"), "{proposal}");
    assert!(line("Churn:").contains("values: [\"No\", \"Yes\"]"));
}

#[test]
fn adult_is_described() {
    let Some(path) = shared("adult/adult-train.csv") else { return };
    let names = "age,workclass,fnlwgt,education,education-num,marital-status,occupation,relationship,race,sex,gain,loss,hours,country,income\n";
    let text = names.to_owned() + &fs::read_to_string(path).unwrap();
    let proposal = proposed(&text);
    let line =
        |name: &str| proposal.lines().find(|line| line.trim_start().starts_with(name)).unwrap();
    assert!(line("age:").contains("{ type: integer, min: 0 }"), "{proposal}");
    assert!(
        line("workclass:").ends_with("\" ?\" in 1,836 rows: is that an empty cell?"),
        "{proposal}"
    );
}

#[test]
fn the_truth_of_bike_sharing_is_read() {
    let Some(path) = shared("bike-sharing/hour.csv") else { return };
    let read = read_columns(&path, Wanted::Named(&["cnt", "dteday"])).unwrap();
    let truth = column_as_f64(read.column(0)).unwrap();
    // awk -F, 'NR > 1 { s += $17 } END { print NR - 1, s }' hour.csv
    assert_eq!(truth.len(), 17_379);
    assert!((truth.iter().flatten().sum::<f64>() - 3_292_679.0).abs() < 1e-6);
}
