use proptest::prelude::*;

use super::*;

/// Reads the form alone.
fn table(path: &str, bytes: &[u8]) -> Result<TableSchema, Mistakes> {
    super::table(path, bytes, &|_| Meaning::default())
}

#[test]
fn the_normal_form_says_everything() {
    let text = b"rows: { min: 10 }\nunique: [[a], [a, b]]\ncolumns:\n  a: { type: integer, min: 1 }\n  b: { type: date, min: 2011-01-01, nullable: true }\n";
    let table = table("schemas/x.yaml", text).unwrap();
    let expected = json!({
        "rows": { "min": 10 },
        "unique": [["a"], ["a", "b"]],
        "columns": {
            "a": { "type": "integer", "min": 1, "nullable": false, "optional": false, "leaks": false },
            "b": { "type": "date", "min": "2011-01-01", "nullable": true, "optional": false, "leaks": false },
        },
        "additional": false,
    });
    assert_eq!(table.value, expected);
    assert_eq!(table.lines.get("b"), Some(&5));
}

#[test]
fn columns_are_sorted_by_name_and_typed_as_they_are_written() {
    let text = b"columns:\n  z: { type: integer }\n  at: { type: timestamp, leaks: true }\n  day: { type: date }\n  Ort: { type: string, optional: true }\n  a: { type: number }\n  on: { type: boolean }\nadditional: true\n";
    let table = table("schemas/x.yaml", text).unwrap();
    let columns: Vec<String> = table.columns().iter().map(ToString::to_string).collect();
    assert_eq!(
        columns,
        [
            "`Ort` (string)",
            "`a` (number)",
            "`at` (timestamp)",
            "`day` (date)",
            "`on` (boolean)",
            "`z` (integer)",
        ]
    );
    assert!(table.is_open());
    assert_eq!(table.leaking(), ["at"]);
}

#[test]
fn the_example_has_no_mistakes() {
    let text = include_bytes!("../../../../examples/bike-demand/schemas/hour.yaml");
    assert_eq!(table("hour.yaml", text).unwrap().lines.len(), 17);
}

#[test]
fn finds_every_mistake() {
    let text = r"
rows: { min: 20, max: 10 }
unique: [instant, [dtedya], [a, a]]
columns:
  instant: { type: int, min: 1 }
  dteday: { type: date, min: 2011-02-29, max: 2011 }
  at: { type: timestamp, min: 2012-01-01T00:00:00Z, max: 2012-01-01T00:00:00+01:00 }
  season: { type: integer, values: [1, two, 3.5, 1.0], nullable: yes }
  casual: { type: number, min: 3, max: .inf, leak: true }
  note: { type: string, min: a, values: [1, yes] }
  flag: { type: boolean, values: [true, no, null] }
  2011: { type: date }
additionals: false
";
    insta::assert_snapshot!(table("schemas/hour.yaml", text.as_bytes()).unwrap_err(), @r#"
    schemas/hour.yaml:2:14: `min` 20 is greater than `max` 10
      |
    2 | rows: { min: 20, max: 10 }
      |              ^^
      = help: nothing could meet both; swap or correct them

    schemas/hour.yaml:3:10: expected a list or a mapping, found the text `instant`
      |
    3 | unique: [instant, [dtedya], [a, a]]
      |          ^^^^^^^
      = help: write [instant]

    schemas/hour.yaml:3:20: `dtedya` is no column of this schema
      |
    3 | unique: [instant, [dtedya], [a, a]]
      |                    ^^^^^^
      = help: the nearest column is `dteday`

    schemas/hour.yaml:3:30: `a` is no column of this schema
      |
    3 | unique: [instant, [dtedya], [a, a]]
      |                              ^
      = help: the nearest column is `at`

    schemas/hour.yaml:3:33: the text `a` is listed twice (first on line 3)
      |
    3 | unique: [instant, [dtedya], [a, a]]
      |                                 ^
      = help: remove one of the two

    schemas/hour.yaml:3:33: `a` is no column of this schema
      |
    3 | unique: [instant, [dtedya], [a, a]]
      |                                 ^
      = help: the nearest column is `at`

    schemas/hour.yaml:5:20: `int` is not accepted here
      |
    5 |   instant: { type: int, min: 1 }
      |                    ^^^
      = help: the known values are `integer`, `number`, `string`, `boolean`, `date`, `timestamp`

    schemas/hour.yaml:6:30: `2011-02-29` does not fit the type `date`
      |
    6 |   dteday: { type: date, min: 2011-02-29, max: 2011 }
      |                              ^^^^^^^^^^
      = help: write it as `2011-12-31`

    schemas/hour.yaml:6:47: `2011` does not fit the type `date`
      |
    6 |   dteday: { type: date, min: 2011-02-29, max: 2011 }
      |                                               ^^^^
      = help: write it as `2011-12-31`

    schemas/hour.yaml:7:31: `min` 2012-01-01T00:00:00Z is greater than `max` 2012-01-01T00:00:00+01:00
      |
    7 |   at: { type: timestamp, min: 2012-01-01T00:00:00Z, max: 2012-01-01T00:00:00+01:00 }
      |                               ^^^^^^^^^^^^^^^^^^^^
      = help: nothing could meet both; swap or correct them

    schemas/hour.yaml:8:40: `two` does not fit the type `integer`
      |
    8 |   season: { type: integer, values: [1, two, 3.5, 1.0], nullable: yes }
      |                                        ^^^
      = help: write a number without quotes, or change the type

    schemas/hour.yaml:8:45: `3.5` does not fit the type `integer`
      |
    8 |   season: { type: integer, values: [1, two, 3.5, 1.0], nullable: yes }
      |                                             ^^^
      = help: write a number without quotes, or change the type

    schemas/hour.yaml:8:66: expected `true` or `false`, found the text `yes`
      |
    8 |   season: { type: integer, values: [1, two, 3.5, 1.0], nullable: yes }
      |                                                                  ^^^
      = help: `yes` is a text in YAML 1.2; write `true`

    schemas/hour.yaml:9:40: `.inf` is no finite number
      |
    9 |   casual: { type: number, min: 3, max: .inf, leak: true }
      |                                        ^^^^

    schemas/hour.yaml:9:46: unknown key `leak`
      |
    9 |   casual: { type: number, min: 3, max: .inf, leak: true }
      |                                              ^^^^
      = help: the nearest key is `leaks`

    schemas/hour.yaml:10:25: a string has no `min`
       |
    10 |   note: { type: string, min: a, values: [1, yes] }
       |                         ^^^
       = help: list the accepted `values` instead

    schemas/hour.yaml:10:42: `1` does not fit the type `string`
       |
    10 |   note: { type: string, min: a, values: [1, yes] }
       |                                          ^
       = help: put it in quotes: "1"

    schemas/hour.yaml:11:41: `no` does not fit the type `boolean`
       |
    11 |   flag: { type: boolean, values: [true, no, null] }
       |                                         ^^
       = help: write `true` or `false`

    schemas/hour.yaml:11:45: expected a text or a number or `true` or `false`, found nothing
       |
    11 |   flag: { type: boolean, values: [true, no, null] }
       |                                             ^^^^

    schemas/hour.yaml:12:3: key `2011` is no text
       |
    12 |   2011: { type: date }
       |   ^^^^
       = help: put it in quotes: "2011"

    schemas/hour.yaml:13:1: unknown key `additionals`
       |
    13 | additionals: false
       | ^^^^^^^^^^^
       = help: the nearest key is `additional`
    "#);
    insta::assert_snapshot!(table("schemas/hour.yaml", b"# nothing\n").unwrap_err(), @r"
    schemas/hour.yaml:1:1: the file is empty (expected `columns`)
      |
    1 | # nothing
      | ^
    ");
}

#[test]
fn what_rules_mean_is_said_where_they_stand() {
    let text = r#"
unique: [[a], { columns: [b] }]
columns:
  a: { type: integer, pattern: "(" }
  b: { type: integer, nullable: yes, rules: { range: { allow: 5 } } }
checks:
  - { name: one, expression: "a + x > 1", when: 'y' }
  - name: two
    expression: a > "é" + z
  - name: three
    expression: |
      a >
      q
references: [{ columns: [a, b], file: ../stores.csv }]
"#;
    let remark = |at: &str, within: Option<std::ops::Range<usize>>| {
        let at: Vec<String> = at.split('.').map(str::to_owned).collect();
        Remark { message: at.join(" "), at, within, help: Some("correct it".to_owned()) }
    };
    let meaning = |value: &Value| {
        assert_eq!(value["checks"][0]["name"], "one");
        let remarks = vec![
            remark("columns.a.pattern", None),
            remark("columns.b.nullable", None),
            remark("columns.b.rules.range", None),
            remark("columns.b.length", None),
            remark("unique.1.columns.0", None),
            remark("checks.0.expression", Some(4..5)),
            remark("checks.0.when", Some(0..1)),
            remark("checks.1.expression", Some(10..11)),
            remark("checks.2.expression", Some(4..5)),
            remark("checks.7", None),
        ];
        Meaning { remarks, is_of_the_present: true }
    };
    let mistakes = super::table("x.yaml", text.as_bytes(), &meaning).unwrap_err();
    insta::assert_snapshot!(mistakes, @r#"
    x.yaml:2:27: unique 1 columns 0
      |
    2 | unique: [[a], { columns: [b] }]
      |                           ^
      = help: correct it

    x.yaml:4:32: columns a pattern
      |
    4 |   a: { type: integer, pattern: "(" }
      |                                ^^^
      = help: correct it

    x.yaml:5:3: columns b length
      |
    5 |   b: { type: integer, nullable: yes, rules: { range: { allow: 5 } } }
      |   ^
      = help: correct it

    x.yaml:5:33: expected `true` or `false`, found the text `yes`
      |
    5 |   b: { type: integer, nullable: yes, rules: { range: { allow: 5 } } }
      |                                 ^^^
      = help: `yes` is a text in YAML 1.2; write `true`

    x.yaml:5:47: columns b rules range
      |
    5 |   b: { type: integer, nullable: yes, rules: { range: { allow: 5 } } }
      |                                               ^^^^^
      = help: correct it

    x.yaml:6:1: checks 7
      |
    6 | checks:
      | ^^^^^^
      = help: correct it

    x.yaml:7:35: checks 0 expression
      |
    7 |   - { name: one, expression: "a + x > 1", when: 'y' }
      |                                   ^
      = help: correct it

    x.yaml:7:50: checks 0 when
      |
    7 |   - { name: one, expression: "a + x > 1", when: 'y' }
      |                                                  ^
      = help: correct it

    x.yaml:9:27: checks 1 expression
      |
    9 |     expression: a > "é" + z
      |                           ^
      = help: correct it

    x.yaml:13:7: checks 2 expression
       |
    13 |       q
       |       ^
       = help: correct it
    "#);

    let sound = text.replace("yes", "true");
    let present = |_: &Value| Meaning { is_of_the_present: true, ..Meaning::default() };
    let read = super::table("x.yaml", sound.as_bytes(), &present).unwrap();
    assert!(read.is_of_the_present);
    assert_eq!(read.references(), ["../stores.csv"]);
    let lines: Vec<_> = read.rules.iter().map(|(name, line)| format!("{name}: {line}")).collect();
    assert_eq!(
        lines,
        [
            "check one: 7",
            "check three: 10",
            "check two: 8",
            "reference a, b: 14",
            "unique a: 2",
            "unique b: 2"
        ]
    );
}

proptest! {
    #[test]
    fn no_schema_is_too_strange(column in "[a-z: {}\\[\\],.0-9-]{0,40}", rest in any::<Vec<u8>>()) {
        let text = format!("columns:\n  a: {{ type: date, {column} }}\n  b: {{ {column} }}\n");
        for bytes in [text.as_bytes(), &rest] {
            let _ = table("x", bytes).map_err(|mistakes| mistakes.to_string());
            let _ = params("x", bytes).map_err(|mistakes| mistakes.to_string());
        }
    }
}
