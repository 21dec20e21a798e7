//! Schemas that are proposed hold for the file that they were proposed from.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]

use std::fs;
use std::path::Path;

use plimsoll_data::{Options, Proposal, TableSchema, propose, validate};
use proptest::prelude::*;

/// Proposes a schema, reads its YAML back and tries it on the file.
fn proposed(path: &Path) -> Proposal {
    let options = Options::new("data.csv", std::env::temp_dir());
    let proposal = propose(path, &options).unwrap();
    let yaml = proposal.to_string();
    let value: serde_json::Value =
        serde_saphyr::from_str(&yaml).unwrap_or_else(|e| panic!("{e}\n{yaml}"));
    let schema = TableSchema::from_value(&value).unwrap_or_else(|e| panic!("{e}\n{yaml}"));
    assert_eq!(schema, proposal.schema, "{yaml}");
    let checked = validate(path, &schema, &options).unwrap();
    assert_eq!(checked.findings, proposal.findings, "{yaml}");
    proposal
}

fn file(text: &str) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, text).unwrap();
    file
}

#[test]
fn a_proposal_is_for_a_person() {
    let row = |row: u16| {
        let (day, share) = (row % 28 + 1, f64::from(row) / 80.0);
        let sky = ["clear", "\"mist \"\"thick\"\"\""][usize::from(row % 2)];
        let code = ["a", "?", ""][usize::from(row % 3)];
        let charge = if row == 7 { " ".to_owned() } else { format!("{row}.5") };
        let (on, count, paid) = (row % 4 + 1, i32::from(row) * 7 - 3, row.is_multiple_of(2));
        format!("{row},2011-01-{day:02},{share},{sky},{on},{count},{code},{paid},{charge}\n")
    };
    let header = "id,day,share,sky,\"on\",count,code,paid,charge\n";
    let text = header.to_owned() + &(0..60).map(row).collect::<String>();
    let file = file(&text);
    insta::assert_snapshot!(proposed(file.path()), @r#"
    # Proposed from data.csv (60 rows, 9 columns): what holds for every row. Tighten what is known
    # better, and mark columns that give the target away with `leaks: true`.
    rows: { min: 30 }                                             # half of 60
    unique: [[id]]
    columns:
      id: { type: integer, min: 0 }                               # 0 to 59
      day: { type: date }                                         # 2011-01-01 to 2011-01-28
      share: { type: number, min: 0, max: 1 }                     # 0 to 0.7375
      sky: { type: string, values: ["clear", "mist \"thick\""] }  # 2 values
      "on": { type: integer, values: [1, 2, 3, 4] }               # 1 to 4
      count: { type: integer }                                    # -3 to 410
      code: { type: string, values: ["?", "a"], nullable: true }  # 2 values, 20 empty, "?" in 20 rows: is that an empty cell?
      paid: { type: boolean }
      charge: { type: string }                                    # free text, " " in 1 row: is that an empty cell? The rest are numbers
    additional: false
    "#);
}

#[test]
fn what_is_not_finite_stays_a_finding() {
    let file = file("a,b\n1,nan\n2,0.5\n");
    let proposal = proposed(file.path());
    assert_eq!(proposal.findings.len(), 1);
    assert!(
        proposal.to_string().contains("# Not valid yet: column `b` is not finite in 1 of 2 rows")
    );
}

#[test]
fn a_first_line_of_data_is_noticed() {
    assert!(
        proposed(file("7.4,0.7,red\n7.8,0.88,red\n").path())
            .to_string()
            .contains("looks like data")
    );
}

#[test]
fn refuses_what_cannot_be_described() {
    let refused = |text: &str| {
        let file = file(text);
        let error =
            propose(file.path(), &Options::new("data.csv", std::env::temp_dir())).unwrap_err();
        error.to_string().replace(&*file.path().to_string_lossy(), "data.csv")
    };
    insta::assert_snapshot!(refused("a,,b\n1,2,3\n"), @"data.csv: column 2 (``) has no name; give it one in the header");
    insta::assert_snapshot!(refused("a,b,a\n1,2,3\n"), @"data.csv: column 3 (`a`) has the name of another one; rename it");
    insta::assert_snapshot!(refused("a,b\n"), @"data.csv has no rows to propose a schema from");
    insta::assert_snapshot!(refused("a,b\n1,2\n1\n"), @"data.csv has damaged rows: 1 of 2 rows (50 %) have another number of fields than the header, for example line 3: 1 fields, not 2");
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(String::new()),
        Just("nan".to_owned()),
        (-3..30_i64).prop_map(|n| n.to_string()),
        any::<i64>().prop_map(|n| n.to_string()),
        any::<f64>().prop_map(|n| n.to_string()),
        any::<bool>().prop_map(|b| b.to_string()),
        Just("2011-01-01".to_owned()),
        Just("2011-01-01 10:00".to_owned()),
        "\\PC{0,5}",
        any::<String>().prop_map(|text| text.chars().take(5).filter(|c| *c != '\0').collect()),
    ]
}

/// A column: cells that are all alike, or of any kind.
fn column() -> impl Strategy<Value = Vec<String>> {
    let many = |cell: BoxedStrategy<String>| prop::collection::vec(cell, 60);
    prop_oneof![
        many(cell().boxed()),
        many((0..9_i64).prop_map(|n| n.to_string()).boxed()),
        many((0.0..1.5_f64).prop_map(|n| n.to_string()).boxed()),
        many(prop_oneof![Just("yes"), Just("\"no: #"), Just("")].prop_map(str::to_owned).boxed()),
        Just((0..60).map(|n| n.to_string()).collect()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_file_keeps_the_rules_that_were_proposed_for_it(
        columns in prop::collection::vec(("[^\0\\s][^\0]{0,8}", column()), 1..5),
        rows in 1..60_usize,
    ) {
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let mut names: Vec<_> = columns.iter().map(|(name, _)| name.clone()).collect();
        names.iter_mut().enumerate().for_each(|(at, name)| name.push_str(&at.to_string()));
        let mut text = names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(",") + "\n";
        for row in 0..rows {
            let cells: Vec<_> = columns.iter().map(|(_, cells)| quoted(&cells[row])).collect();
            text += &(cells.join(",") + "\n");
        }
        proposed(file(&text).path());
    }
}
