//! `plimsoll data profile`, and what becomes of the profiles that it stores.

use std::fmt::Write;
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

use serde_json::Value;

use crate::sandbox::Sandbox;

/// Customers: every seventh has no age, and those of the basic plan leave more often.
fn customers(rows: std::ops::Range<u32>) -> String {
    let mut text = "id,age,plan,since,left\n".to_owned();
    for row in rows {
        let age = if row % 7 == 0 { "NA".to_owned() } else { (18 + row * 31 % 50).to_string() };
        let plan = ["basic", "plus", "team"][(row % 3) as usize];
        let left = row % 3 == 0 && row % 5 > 0;
        let day = 1 + row % 28;
        writeln!(text, "c-{row:05},{age},{plan},2024-03-{day:02},{left}").unwrap();
    }
    text
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("customers.csv", &customers(0..210));
    sandbox
}

fn json(sandbox: &Sandbox, arguments: &[&str]) -> Value {
    let ended = sandbox.plimsoll([&["--json", "data"], arguments].concat());
    serde_json::from_str(&ended.stdout).unwrap_or_else(|_| panic!("{ended}"))
}

/// Holds the columns of two documents against each other.
#[track_caller]
fn ensure_alike(found: &Value, whole: &Value) {
    let columns = |of: &Value| of["columns"].as_array().unwrap().clone();
    assert_eq!(columns(found).len(), columns(whole).len());
    for (of_found, of_whole) in columns(found).iter().zip(&columns(whole)) {
        // Sums in another order may differ in the last digits.
        for field in
            ["name", "kind", "missing", "distinct", "frequent", "instants", "text", "trend"]
        {
            assert_eq!(of_found[field], of_whole[field], "{} {field}", of_whole["name"]);
        }
        let quantiles = |of: &Value| of["numbers"]["quantiles"].clone();
        assert_eq!(quantiles(of_found), quantiles(of_whole));
    }
}

#[test]
fn a_person_sees_the_columns_what_to_look_at_and_the_target() {
    let sandbox = sandbox();
    let ended = sandbox.plimsoll(["data", "profile", "customers.csv", "--target", "left"]);
    assert_eq!(ended.code, Some(0), "{ended}");
    insta::assert_snapshot!(ended.stdout, @r#"
    customers.csv: 210 rows, 5 columns, no row twice

      column  kind        missing  distinct  shape         values
      id      identifier        -       210                7 characters
      age     integer      14.3 %        50  ▆▆█▅▆▇▅█▆▄▇█  18 … 43 … 67
      plan    category          -         3                basic 33.3 %, plus 33.3 %, team 33.3 %
      since   date              -        28  ▆▆█▆▆█▆▆█▆▆█  2024-03-01 to 2024-03-28
      left    boolean           -         2                false 73.3 %, true 26.7 %

      column  look at
      age     spelled-missing  missing values are spelled "NA" 30 times

      with left  strength  measure            along the column
      plan          0.849  Cramér's V         0.800 (basic) … 0.0 (team)
      age           0.096  correlation ratio  0.125 (18 to 23) … 0.190 (63 to 67)
      since           0.0  correlation ratio  0.250 (2024-03-01 to 2024-03-03) … 0.286 (2024-03-25 to 2024-03-28)
    "#);
}

#[test]
fn a_folder_a_list_and_standard_input_are_one_table() {
    let sandbox = sandbox();
    sandbox.write("parts/1.csv", &customers(0..100));
    sandbox.write("parts/2.tsv", &customers(100..210).replace(',', "\t"));
    let whole = json(&sandbox, &["profile", "customers.csv"]);
    assert_eq!(whole["rows"], 210);
    for files in [&["parts"][..], &["parts/1.csv", "parts/2.tsv"], &["parts/?.?sv"]] {
        ensure_alike(&json(&sandbox, &[&["profile"], files].concat()), &whole);
    }
    let mut command = sandbox.command(["--json", "data", "profile", "-"]);
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(customers(0..210).as_bytes()).unwrap();
    let piped: Value = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(piped["columns"], whole["columns"]);
}

#[test]
fn stored_profiles_of_parts_are_the_profile_of_the_whole() {
    let sandbox = sandbox();
    sandbox.write("1.csv", &customers(0..100));
    sandbox.write("2.csv", &customers(100..210));
    for part in ["1", "2"] {
        let (file, output) = (format!("{part}.csv"), format!("profiles/{part}.profile"));
        let ended = sandbox.plimsoll(["data", "profile", &file, "--output", &output]);
        assert_eq!((ended.code, ended.stderr), (Some(0), format!("profile: {output}\n")));
    }
    let parts = ["profile", "profiles/1.profile", "profiles/2.profile", "--output", "all.profile"];
    let merged = json(&sandbox, &parts);
    let whole = json(&sandbox, &["profile", "customers.csv"]);
    assert_eq!((&merged["rows"], &merged["repeated"]), (&whole["rows"], &whole["repeated"]));
    ensure_alike(&merged, &whole);
    let again = json(&sandbox, &["profile", "all.profile"]);
    assert_eq!(again["rows"], 210);
    // A profile and further rows are one table too.
    assert_eq!(json(&sandbox, &["profile", "profiles/1.profile", "2.csv"])["rows"], 210);
}

#[test]
fn drift_says_of_stored_profiles_what_it_says_of_their_files() {
    let sandbox = Sandbox::new();
    let mut tables = [("before", 0), ("after", 1_500)].map(|(name, shift)| {
        let mut text = "wind,town,calm\n".to_owned();
        for row in 0..20_000_u64 {
            // More different numbers than are counted one by one, so that sketches are compared.
            let wind = row * 7919 % 20_011 + shift;
            let town = if shift > 0 && row % 5 == 0 { 9 } else { row * 7 % 4 };
            writeln!(text, "{wind},t{town},{}", row * 31 % 97).unwrap();
        }
        (name, text)
    });
    for (name, text) in &mut tables {
        sandbox.write(&format!("{name}.csv"), text);
        let (file, output) = (format!("{name}.csv"), format!("{name}.profile"));
        let ended = sandbox.plimsoll(["data", "profile", &file, "-o", &output]);
        assert_eq!(ended.code, Some(0), "{ended}");
    }
    let files = json(&sandbox, &["drift", "before.csv", "after.csv"]);
    for sides in [["before.profile", "after.profile"], ["before.csv", "after.profile"]] {
        let stored = json(&sandbox, &["drift", sides[0], sides[1]]);
        assert_eq!((&stored["verdict"], &stored["answer"]), (&files["verdict"], &files["answer"]));
        let of = |report: &Value, name: &str| {
            let columns = report["columns"].as_array().unwrap();
            columns.iter().find(|column| column["name"] == name).unwrap().clone()
        };
        for (name, drifted) in [("wind", false), ("town", true), ("calm", false)] {
            let (a, b) = (of(&files, name), of(&stored, name));
            assert_eq!((&a["drifted"], &b["drifted"]), (&drifted.into(), &drifted.into()), "{b}");
            let off = a["effect"].as_f64().unwrap() - b["effect"].as_f64().unwrap();
            // 0.14 % of each side, at 99 % confidence.
            assert!(off.abs() < 0.003, "{name}: {off}");
        }
    }
    assert_eq!(json(&sandbox, &["drift", "before.profile", "before.csv"])["drifted"], false);
}

#[test]
fn a_profile_without_rows_that_could_not_be_read_is_not_stored() {
    let sandbox = sandbox();
    sandbox.write("customers.csv", &(customers(0..50) + "c-9,1\n"));
    sandbox.write("old.profile", "an earlier one");
    let arguments = ["data", "profile", "customers.csv", "--output", "old.profile"];
    let ended = sandbox.plimsoll(arguments);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stdout.contains("error[data.ragged-row]"), "{ended}");
    assert!(ended.stderr.contains("old.profile was not written"), "{ended}");
    assert_eq!(sandbox.read("old.profile"), "an earlier one");
    let found = json(&sandbox, &arguments[1..]);
    assert_eq!((&found["profile"], &found["rows"]), (&Value::Null, &50.into()));
}

#[test]
fn what_does_not_fit_is_refused_with_advice() {
    let sandbox = sandbox();
    sandbox.write("other.csv", "id,height\n1,2\n");
    for file in ["customers", "other"] {
        let (from, to) = (format!("{file}.csv"), format!("{file}.profile"));
        assert_eq!(sandbox.plimsoll(["data", "profile", &from, "-o", &to]).code, Some(0));
    }
    let whole = fs::read(sandbox.repo().join("customers.profile")).unwrap();
    fs::write(sandbox.repo().join("half.profile"), &whole[..whole.len() / 2]).unwrap();
    for (arguments, said) in [
        (&["customers.csv", "--target", "lfet"][..], "no column `lfet` (is `left` meant?)"),
        (&["customers.profile", "--target", "lfet"], "no column `lfet`"),
        (&["customers.profile", "other.profile"], "only one of the profiles has the column"),
        (&["customers.profile", "--block", "since"], "does not know blocks by `since`"),
        (&["half.profile"], "it is truncated"),
        (&["nothing.csv"], "nothing.csv"),
    ] {
        let ended = sandbox.plimsoll([&["data", "profile"], arguments].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{arguments:?}: {ended}");
        assert!(ended.stderr.contains(said), "{arguments:?}: {ended}");
    }
}

#[test]
fn the_page_needs_nothing_but_itself() {
    let sandbox = sandbox();
    let arguments = ["data", "profile", "customers.csv", "--target", "left", "--html", "page.html"];
    let ended = sandbox.plimsoll(arguments);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), "page: page.html\n"));
    let page = sandbox.read("page.html");
    for shown in ["customers.csv", "With left", "spelled-missing", "Column by column"] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("<script") && !page.contains("://"), "asks for something");
}
