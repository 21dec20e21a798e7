//! `plimsoll data` on plain files, with no project around.

mod check;
mod selftest;

use serde_json::Value;

use crate::sandbox::{Ended, Sandbox};

const SCHEMA: &str = r"rows: { min: 2 }
unique: [[id]]
columns:
  id: { type: integer, unique: true }
  store: { type: integer, nullable: true }
  mail: { type: string, pattern: '[a-z]+@[a-z]+', severity: warning }
  day: { type: date, fresh: { within: 2d } }
  sold: { type: number, environments: [training] }
checks:
  - name: sold-something
    expression: sold > 0.0
    environments: [training]
references:
  - { columns: [store], file: stores.csv, to: [id] }
";

const ROWS: &str = "id,store,mail,day,sold\n1,1,a@b,2012-01-01,2.5\n2,,c@d,2012-01-02,1\n";

/// A folder with data, what they refer to, and a schema beside them.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("data.csv", ROWS);
    sandbox.write("schemas/sales.yaml", SCHEMA);
    sandbox.write("schemas/stores.csv", "id\n1\n2\n");
    sandbox
}

fn validate(sandbox: &Sandbox, more: &[&str]) -> Ended {
    let mut arguments = vec!["data", "validate", "data.csv", "--schema", "schemas/sales.yaml"];
    if !more.contains(&"--at") {
        arguments.extend(["--at", "2012-01-03T00:00:00Z"]);
    }
    arguments.extend(more);
    sandbox.plimsoll(&arguments)
}

#[test]
fn a_table_is_valid_where_every_rule_holds() {
    let sandbox = sandbox();
    let ended = validate(&sandbox, &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(0), "data.csv: valid (2 rows)\n"));
    let later = validate(&sandbox, &["--at", "2012-01-06T00:00:00Z"]);
    assert_eq!(later.code, Some(1));
    insta::assert_snapshot!(later.stdout, @r"
    data.csv: not valid, 1 finding(s) (2 rows)
      error[data.fresh] column `day` ends at 2012-01-02, 3 days before 2012-01-06T00:00:00; at most 2d accepted
          at data.csv
          next: correct the data, or the rule at schemas/sales.yaml:7
    ");
    // Nobody is asked what time it is: the present is long after.
    let present =
        sandbox.plimsoll(["data", "validate", "data.csv", "--schema", "schemas/sales.yaml"]);
    assert!(present.stdout.contains("error[data.fresh]"), "{}", present.stdout);
}

#[test]
fn findings_name_the_rule_that_they_break() {
    let sandbox = sandbox();
    sandbox.write(
        "data.csv",
        "id,store,mail,day,sold\n1,1,A,2012-01-01,2.5\n1,9,c@d,2012-01-02,-1\n3,9,e@f,2012-01-02,-2\n",
    );
    let ended = validate(&sandbox, &["--examples", "1"]);
    assert_eq!(ended.code, Some(1));
    insta::assert_snapshot!(ended.stdout, @r#"
    data.csv: not valid, 3 finding(s) (3 rows)
      warning[data.pattern] column `mail` does not match `[a-z]+@[a-z]+` in 1 of 3 rows (33.3 %), for example line 2: "A"
          at data.csv:2
          next: correct the data, or the rule at schemas/sales.yaml:6
      error[data.unique] column `id` repeats an earlier row in 1 of 3 rows (33.3 %), for example line 3: 1 (as in line 2)
          at data.csv:3
          next: correct the data, or the rule at schemas/sales.yaml:2
      error[data.check] check `sold-something` (sold > 0.0) is false in 2 of 3 rows (66.7 %), for example line 3: sold -1
          at data.csv:3
          next: correct the data, or the rule at schemas/sales.yaml:10
      error[data.reference] column `store` is not among `id` of stores.csv in 2 of 3 rows (66.7 %), for example line 3: 9
          at data.csv:3
          next: correct the data, or the rule at schemas/sales.yaml:14
    "#);
    let serving = validate(&sandbox, &["--environment", "serving"]);
    assert!(serving.stdout.contains("column `sold` belongs to another environment"));
    assert!(!serving.stdout.contains("sold-something"));
}

#[test]
fn warnings_fail_only_where_they_are_asked_to() {
    let sandbox = sandbox();
    sandbox.write("data.csv", &ROWS.replace("a@b", "A"));
    let ended = validate(&sandbox, &[]);
    assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    assert!(ended.stdout.starts_with("data.csv: valid, 1 warning(s) (2 rows)\n"));
    let strict = validate(&sandbox, &["--strict"]);
    assert_eq!(strict.code, Some(1));
    assert!(strict.stdout.starts_with("data.csv: not valid, 1 warning(s) (2 rows)\n"));
}

#[test]
fn mistakes_in_rules_have_a_line_and_a_column() {
    let sandbox = sandbox();
    let schema = SCHEMA
        .replace("sold > 0.0", "sold > 0 && stroe == 1")
        .replace("'[a-z]+@[a-z]+'", "'[a-z'")
        .replace("to: [id] }", "to: [id, name] }")
        .replace("nullable: true", "nullable: true, allow: 200%");
    sandbox.write("schemas/sales.yaml", &schema);
    let ended = validate(&sandbox, &[]);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    insta::assert_snapshot!(ended.stderr, @r"
    error: 4 mistakes in the data schema

    schemas/sales.yaml:5:50: `200%` is no share
      |
    5 |   store: { type: integer, nullable: true, allow: 200% }
      |                                                  ^^^^
      = help: write a percentage from 0 to 100, such as `10%`, or a number from 0 to 1

    schemas/sales.yaml:6:34: `[a-z` is no regular expression: unclosed character class
      |
    6 |   mail: { type: string, pattern: '[a-z', severity: warning }
      |                                  ^^^^^^

    schemas/sales.yaml:11:29: `stroe` is no column of this schema
       |
    11 |     expression: sold > 0 && stroe == 1
       |                             ^^^^^
       = help: the nearest column is `store`

    schemas/sales.yaml:14:43: `to` names 2 columns, `columns` names 1
       |
    14 |   - { columns: [store], file: stores.csv, to: [id, name] }
       |                                           ^^
    ");
    sandbox.write("schemas/sales.yaml", SCHEMA);
    let ended = validate(&sandbox, &["--environment", "serveing"]);
    assert_eq!(ended.code, Some(2));
    insta::assert_snapshot!(ended.stderr, @"error: the schema has no environment `serveing` (is `serving` meant?)");
}

#[test]
fn the_schema_that_the_documents_show_has_no_mistake() {
    let page = include_str!("../../../../docs/src/concepts/data-schemas.md");
    let (_, rest) = page.split_once("```yaml\n").unwrap();
    let sandbox = sandbox();
    sandbox.write("schemas/sales.yaml", rest.split_once("```").unwrap().0);
    let ended = validate(&sandbox, &[]);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stdout.contains("column `hr` (integer) is missing"), "{}", ended.stdout);
}

#[test]
fn the_document_has_the_rows_of_each_finding() {
    let sandbox = sandbox();
    sandbox.write("data.csv", &ROWS.replace(",1\n", ",-1\n"));
    let ended = validate(&sandbox, &["--format", "json"]);
    let document: Value = serde_json::from_str(&ended.stdout).unwrap();
    assert_eq!(document["schema"], "plimsoll.data-validate/v1");
    assert_eq!((&document["rows"], &document["valid"]), (&2.into(), &false.into()));
    let found = &document["findings"][0];
    assert_eq!(found["code"], "data.check");
    insta::assert_snapshot!(found["affected"].to_string(), @r#"{"count":1,"examples":[{"line":3,"value":"sold -1"}],"of":2,"share":0.5}"#);
    assert_eq!(validate(&sandbox, &["--json"]).stdout, ended.stdout);
    assert_eq!(validate(&sandbox, &["--json", "--format", "sarif"]).code, Some(2));
}

#[test]
fn code_hosts_and_ci_read_what_was_found() {
    let sandbox = sandbox();
    sandbox.write("data.csv", &ROWS.replace("a@b", "A<&>").replace(",1\n", ",-1\n"));
    let sarif = validate(&sandbox, &["--format", "sarif"]);
    assert_eq!(sarif.code, Some(1));
    let log: Value = serde_json::from_str(&sarif.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    insta::assert_snapshot!(serde_json::to_string_pretty(&log["runs"][0]["results"]).unwrap(), @r#"
    [
      {
        "level": "warning",
        "locations": [
          {
            "logicalLocations": [
              {
                "kind": "member",
                "name": "mail"
              }
            ],
            "physicalLocation": {
              "artifactLocation": {
                "uri": "data.csv"
              },
              "region": {
                "startLine": 2
              }
            }
          }
        ],
        "message": {
          "text": "column `mail` does not match `[a-z]+@[a-z]+` in 1 of 2 rows (50 %), for example line 2: \"A<&>\"\nNext: correct the data, or the rule at schemas/sales.yaml:6"
        },
        "properties": {
          "count": 1,
          "of": 2
        },
        "ruleId": "data.pattern",
        "ruleIndex": 1
      },
      {
        "level": "error",
        "locations": [
          {
            "logicalLocations": [
              {
                "kind": "member",
                "name": "sold-something"
              }
            ],
            "physicalLocation": {
              "artifactLocation": {
                "uri": "data.csv"
              },
              "region": {
                "startLine": 3
              }
            }
          }
        ],
        "message": {
          "text": "check `sold-something` (sold > 0.0) is false in 1 of 2 rows (50 %), for example line 3: sold -1\nNext: correct the data, or the rule at schemas/sales.yaml:10"
        },
        "properties": {
          "count": 1,
          "of": 2
        },
        "ruleId": "data.check",
        "ruleIndex": 0
      }
    ]
    "#);
    let junit = validate(&sandbox, &["--format", "junit"]);
    assert_eq!(junit.code, Some(1));
    insta::assert_snapshot!(junit.stdout, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="plimsoll data validate">
      <testsuite name="data.csv" tests="9" failures="1" errors="0" skipped="0" time="0.000">
        <testcase classname="plimsoll.data.csv" name="table" time="0.000"/>
        <testcase classname="plimsoll.data.csv" name="column day" time="0.000"/>
        <testcase classname="plimsoll.data.csv" name="column id" time="0.000"/>
        <testcase classname="plimsoll.data.csv" name="column mail" time="0.000"/>
        <testcase classname="plimsoll.data.csv" name="column sold" time="0.000"/>
        <testcase classname="plimsoll.data.csv" name="column store" time="0.000"/>
        <testcase classname="plimsoll.data.csv" name="unique id" time="0.000"/>
        <testcase classname="plimsoll.data.csv" name="check sold-something" time="0.000">
          <failure message="data.check: check `sold-something` (sold &gt; 0.0) is false in 1 of 2 rows (50 %), for example line 3: sold -1">data.check: check `sold-something` (sold &gt; 0.0) is false in 1 of 2 rows (50 %), for example line 3: sold -1</failure>
        </testcase>
        <testcase classname="plimsoll.data.csv" name="reference store" time="0.000"/>
      </testsuite>
    </testsuites>
    "#);
}

#[test]
fn a_folder_is_one_table_and_standard_input_another() {
    let sandbox = sandbox();
    let half = |rows: &str| format!("id,store,mail,day,sold\n{rows}\n");
    sandbox.write("parts/1.csv", &half("1,1,a@b,2012-01-01,2.5"));
    sandbox.write("parts/2.csv", &half("1,1,a@b,2012-01-02,2.5"));
    let arguments = ["data", "validate", "parts", "--schema", "schemas/sales.yaml"];
    let ended = sandbox.plimsoll([&arguments[..], &["--at", "2012-01-03T00:00:00Z"]].concat());
    assert_eq!(ended.code, Some(1));
    insta::assert_snapshot!(ended.stdout, @r"
    parts: not valid, 1 finding(s) (2 rows)
      error[data.unique] column `id` repeats an earlier row in 1 of 2 rows (50 %), for example line 2 of parts/2.csv: 1 (as in line 2 of parts/1.csv)
          at parts/2.csv:2
          next: correct the data, or the rule at schemas/sales.yaml:2
    ");
}

#[test]
fn a_project_holds_its_data_against_the_same_rules() {
    let sandbox = sandbox();
    sandbox.write(
        "plimsoll.yaml",
        "model: sales\ntask: regression\ndata:\n  sales: { path: data.csv, schema: schemas/sales.yaml }\nsteps:\n  copy: { run: cp data.csv copy.csv, inputs: [data.sales], outputs: [copy.csv] }\n",
    );
    sandbox.replace("schemas/sales.yaml", "fresh: { within: 2d }", "min: 2011-01-01");
    let run = |sandbox: &Sandbox| sandbox.plimsoll(["run", "--no-gate", "copy"]);
    let ended = run(&sandbox);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    // Another answer where only the other file changed.
    sandbox.write("schemas/stores.csv", "id\n2\n");
    let ended = run(&sandbox);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    assert!(
        ended.stdout.contains("column `store` is not among `id` of stores.csv"),
        "{}",
        ended.stdout
    );
    sandbox.write("schemas/stores.csv", "id\n1\n");
    sandbox.replace("schemas/sales.yaml", "min: 2011-01-01", "fresh: { within: 2d }");
    let ended = run(&sandbox);
    assert!(ended.stdout.contains("data.fresh"), "{}", ended.stdout);
    sandbox.replace("schemas/sales.yaml", "sold > 0.0", "solt > 0.0");
    let ended = run(&sandbox);
    assert_eq!(ended.code, Some(2));
    insta::assert_snapshot!(ended.stderr, @r"
    error: 1 mistake in the configuration

    schemas/sales.yaml:11:17: `solt` is no column of this schema
       |
    11 |     expression: solt > 0.0
       |                 ^^^^
       = help: the nearest column is `sold`
    ");
    sandbox.write("schemas/sales.yaml", &SCHEMA.replace("stores.csv", "../../stores.csv"));
    let ended = run(&sandbox);
    assert!(ended.stderr.contains("out of the repository"), "{}", ended.stderr);
}

#[test]
fn a_library_that_gives_up_on_a_damaged_file_says_nothing_of_its_own() {
    let sandbox = Sandbox::new();
    let damaged = include_bytes!("../../../../fixtures/damaged/divides-by-nought.parquet");
    std::fs::write(sandbox.repo().join("data.parquet"), damaged).unwrap();
    let columns =
        "columns:\n  a: { type: integer, nullable: true }\n  s: { type: string, nullable: true }\n";
    sandbox.write("schema.yaml", columns);
    let ended = sandbox.plimsoll(["data", "validate", "data.parquet", "--schema", "schema.yaml"]);
    assert_eq!((ended.code, ended.stderr.as_str()), (Some(1), ""));
    assert!(ended.stdout.contains("error[data.unreadable]"), "{}", ended.stdout);
    assert!(ended.stdout.contains("the library that reads it gave up on it"), "{}", ended.stdout);
}

#[test]
fn a_schema_is_proposed_for_whatever_can_be_validated() {
    let sandbox = Sandbox::new();
    sandbox.write("parts/a.csv", "id,kind\n1,x\n2,y\n");
    sandbox.write("parts/b.csv", "id,kind\n3,x\n");
    for name in ["parts", "parts/*.csv"] {
        let ended = sandbox.plimsoll(["data", "schema", name]);
        assert_eq!((ended.code, ended.stderr.as_str()), (Some(0), ""), "{name}");
        let from = format!("# Proposed from {name} (3 rows, 2 columns)");
        assert!(ended.stdout.starts_with(&from), "{}", ended.stdout);
        sandbox.write("schema.yaml", &ended.stdout);
        let ended = sandbox.plimsoll(["data", "validate", name, "--schema", "schema.yaml"]);
        assert_eq!(ended.code, Some(0), "{}", ended.stdout);
    }
    let input = std::fs::File::open(sandbox.repo().join("parts/a.csv")).unwrap();
    let output = sandbox.command(["data", "schema", "-"]).stdin(input).output().unwrap();
    let ended = sandbox.ended(&output);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("(2 rows, 2 columns)"), "{}", ended.stdout);
    let ended = sandbox.plimsoll(["data", "schema", "none/*.csv"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
}
