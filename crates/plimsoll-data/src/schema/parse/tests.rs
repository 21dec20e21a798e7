use serde_json::json;

use super::*;
use crate::schema::{Allowance, Domain, Fresh, Limit, Monotone, Rule};

#[test]
fn reads_the_format() {
    let schema = schema(&json!({
        "rows": { "min": 5000, "max": 20000, "severity": "warning" },
        "unique": [["instant"], ["dteday", "hr"], { "columns": ["hr"], "allow": 5 }],
        "columns": {
            "instant": { "type": "integer", "min": 1, "unique": true, "monotone": "increasing" },
            "dteday": { "type": "date", "max": "2012-12-31", "fresh": { "within": "2d" } },
            "hr": { "type": "integer", "values": [0, 1], "environments": ["training", "serving"] },
            "temp": { "type": "number", "min": 0, "max": 1, "values": [1, 0.5], "allow": 0.25 },
            "casual": { "type": "integer", "leaks": true, "environments": ["training"] },
            "note": {
                "type": "string", "nullable": true, "optional": true, "severity": "info",
                "pattern": "[a-z]+", "length": { "min": 1, "max": 9 }, "allow": "0.1%",
                "rules": { "pattern": { "allow": 3, "severity": "critical" } },
            },
        },
        "checks": [
            { "name": "small", "expression": "temp < 2.0 || note == null", "when": "hr > 0" },
            { "name": "counted", "expression": "casual >= 0", "environments": ["training"] },
        ],
        "references": [{ "columns": ["hr"], "file": "../hours.csv", "to": ["hour"] }],
    }));
    let schema = schema.unwrap();
    assert_eq!((schema.rows.min, schema.rows.max), (Some(5000), Some(20000)));
    assert_eq!(schema.leaking().collect::<Vec<_>>(), ["casual"]);
    let Domain::Date { range, .. } = &schema.columns["dteday"].domain else { panic!() };
    assert_eq!(range.max, Some(Limit { value: 15_705, text: "2012-12-31".to_owned() }));
    let fresh = Fresh { within: 2 * 86_400_000_000, text: "2d".to_owned() };
    assert_eq!(schema.columns["dteday"].fresh, Some(fresh));
    assert_eq!(schema.columns["instant"].monotone, Some(Monotone::Increasing));
    let keys = schema.keys();
    assert_eq!(keys.len(), 3);
    assert_eq!(keys[2].weight.allow, Allowance::Rows(5));
    let note = &schema.columns["note"].weights;
    assert_eq!(note.of(Rule::Pattern).allow, Allowance::Rows(3));
    assert_eq!(note.of(Rule::Pattern).severity, plimsoll_core::Severity::Error);
    assert_eq!(note.of(Rule::Length).allow.said(), ", at most 0.1 % accepted");
    assert_eq!(note.of(Rule::ColumnMissing).allow, Allowance::Rows(0));
    assert_eq!(note.of(Rule::Type).severity, plimsoll_core::Severity::Info);
    assert_eq!(schema.checks[0].columns().into_iter().collect::<Vec<_>>(), ["hr", "note", "temp"]);
    assert_eq!(schema.references[0].to, ["hour"]);
    assert!(!schema.additional);
    assert!(schema.is_of_the_present());

    let serving = schema.in_environment(Some("serving")).unwrap();
    assert!(!serving.columns.contains_key("casual"));
    assert!(serving.elsewhere.contains("casual"));
    assert_eq!(serving.checks.len(), 1);
    assert_eq!(schema.in_environment(None).unwrap().columns.len(), 6);
    let error = schema.in_environment(Some("servign")).unwrap_err().to_string();
    assert_eq!(error, "the schema has no environment `servign` (is `serving` meant?)");
}

fn mistakes(value: &Value) -> String {
    let mistakes = schema(value).unwrap_err().0;
    mistakes.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn tells_every_mistake_with_its_place() {
    insta::assert_snapshot!(mistakes(&json!({
        "row": {},
        "rows": { "min": -1 },
        "unique": [["tmp"], [], ["note"]],
        "additional": "no",
        "columns": {
            "a": { "type": "int" },
            "b": { "type": "integer", "min": 0.5, "max": 1, "leak": true },
            "c": { "type": "number", "min": 2, "max": 1, "values": ["x"] },
            "d": { "type": "date", "min": "2011-02-30" },
            "e": { "type": "string", "values": [] },
            "note": { "type": "string", "optional": true, "max": 3 },
        },
    })), @r"
    `row`: unknown key (is `rows` meant?)
    `rows.min`: expected a number of rows, found -1
    `additional`: expected true or false, found `no`
    `columns.a.type`: expected one of integer, number, string, boolean, date, timestamp
    `columns.b.leak`: unknown key (is `leaks` meant?)
    `columns.b.min`: expected an integer, found 0.5
    `columns.c.min`: min 2 is above max 1
    `columns.c.values.0`: expected a number, found `x`
    `columns.d.min`: expected a date like 2011-01-31, found `2011-02-30`
    `columns.e.values`: expected a list, each a string, found an empty list
    `columns.note.max`: `max` means nothing for string
    `unique.0.0`: `tmp` is no column of this schema (known: a, b, c, d, e, note)
    `unique.1`: expected a list, like [instant] or { columns: [dteday, hr], allow: 5 }
    `unique.2.0`: `note` is optional; what may be absent cannot be held to this
    ");
    let nothing = schema(&json!({})).unwrap_err().to_string();
    assert!(nothing.contains("at least one column"), "{nothing}");
}

#[test]
fn rules_that_mean_nothing_are_mistakes() {
    insta::assert_snapshot!(mistakes(&json!({
        "environments": ["training", "serving", "training"],
        "columns": {
            "a": { "type": "integer", "pattern": "x", "fresh": { "within": "2d" }, "allow": 1.5 },
            "b": { "type": "string", "pattern": "(", "length": {}, "monotone": "increasing" },
            "c": { "type": "boolean", "values": [true, 1], "rules": { "range": {}, "tpye": {} } },
            "d": { "type": "date", "fresh": { "within": "2 days" }, "monotone": "upwards" },
            "e": { "type": "timestamp", "fresh": {}, "environments": ["prod"], "severity": "high" },
            "f": { "type": "integer", "rules": { "column-missing": { "allow": 1 }, "type": 3 } },
            "g": { "type": "string", "length": { "min": 3, "max": 1 }, "allow": "100%" },
            "h": { "type": "integer", "optional": true, "unique": true, "nullable": true,
                   "rules": { "column-missing": {}, "missing-values": {}, "not-finite": {} } },
        },
    })), @r"
    `environments.2`: `training` is named twice
    `columns.a.pattern`: `pattern` means nothing for integer
    `columns.a.fresh`: `fresh` means nothing for integer
    `columns.a.allow`: expected rows like `5` or a share below 1 like `0.1%` or `0.001`, found 1.5
    `columns.b.monotone`: `monotone` means nothing for string
    `columns.b.pattern`: `(` is no regular expression: unclosed group
    `columns.b.length`: expected `min`, `max` or both
    `columns.c.values.1`: expected true or false, found 1
    `columns.c.rules.range`: `range` weighs nothing: there is no `min` or `max`
    `columns.c.rules.tpye`: `tpye` is no rule of a column (is `type` meant?)
    `columns.d.monotone`: `upwards` is no order (known: increasing, strictly-increasing, decreasing, strictly-decreasing)
    `columns.d.fresh.within`: expected a time like `36h` or `2d`, found `2 days`
    `columns.e.fresh`: expected how old the newest value may be, like `{ within: 2d }`
    `columns.e.environments.0`: `prod` is no environment of this schema (known: training, serving, training)
    `columns.e.severity`: `high` is no severity (known: critical, warning, info)
    `columns.f.rules.column-missing.allow`: `column-missing` is not about rows, so it allows none
    `columns.f.rules.type`: expected keys and values, found 3
    `columns.g.length.min`: min 3 is above max 1
    `columns.g.allow`: expected rows like `5` or a share below 1 like `0.1%` or `0.001`, found `100%`
    `columns.h.rules.column-missing`: `column-missing` weighs nothing: the column is optional
    `columns.h.rules.missing-values`: `missing-values` weighs nothing: the column is nullable
    `columns.h.rules.not-finite`: `not-finite` weighs nothing: only numbers may be infinite
    `columns.h.unique`: what may be absent cannot be held unique
    ");
}

#[test]
fn rules_of_several_columns_name_columns_that_are_there() {
    insta::assert_snapshot!(mistakes(&json!({
        "unique": [["a", "a"], { "columns": ["a"], "alow": 3 }, { "allow": 3 }, ["late"], "a"],
        "columns": {
            "a": { "type": "integer" },
            "x": { "type": "number" },
            "broken": { "type": "integre" },
            "late": { "type": "integer", "environments": ["training"] },
            "may": { "type": "integer", "optional": true },
        },
        "checks": [
            { "name": "one", "expression": "a > bb", "when": "a + 1" },
            { "name": "one", "expression": "broken > 1 && a > 0" },
            { "name": "two", "expression": "late > 0 && may > 0" },
            { "name": "three", "expression": "late > 0", "environments": ["serving"] },
            { "expression": "a >" },
            { "name": "four", "expression": true },
            { "name": 5, "expression": "a > 1", "then": "x" },
        ],
        "references": [
            { "columns": ["x"], "file": "/etc/passwd" },
            { "columns": ["a"], "file": "b.csv", "to": ["one", "two"] },
            { "columns": ["b"], "to": [] },
            { "columns": ["may"], "file": "c.csv" },
        ],
    })), @r"
    `columns.broken.type`: expected one of integer, number, string, boolean, date, timestamp; is `integer` meant?
    `unique.0.1`: `a` is named twice
    `unique.1.alow`: unknown key (is `allow` meant?)
    `unique.2`: expected `columns`
    `unique.3`: `late` is there in training only (add `environments: [training]` to the rule)
    `unique.4`: expected a list, like [instant] or { columns: [dteday, hr], allow: 5 }
    `checks.1.name`: `one` is the name of two checks
    `checks.4`: expected `name`
    `checks.6.then`: unknown key (is `when` meant?)
    `checks.6.name`: expected a text, found 5
    `checks.0.expression`: `bb` is no column of this schema
    `checks.0.when`: the expression is of type integer, not true or false (compare it with something, like `a <= b`)
    `checks.2.expression`: `late` is there in training only (add `environments: [training]` to the rule)
    `checks.3.expression`: `late` is there in training only
    `checks.4.expression`: the expression ends too early
    `references.0.file`: expected a path relative to the folder of the schema
    `references.0.columns.0`: `x` is a number, which names nothing
    `references.1.to`: `to` names 2 columns, `columns` names 1
    `references.2`: expected `file`
    `references.2.columns.0`: `b` is no column of this schema (is `a` meant?)
    `references.2.to`: expected a list, like [id]
    `references.3.columns.0`: `may` is optional; what may be absent cannot be held to this
    ");
}

#[test]
fn survives_any_value() {
    for value in [
        json!(null),
        json!([1]),
        json!("x"),
        json!({ "columns": [], "unique": 3 }),
        json!({ "columns": { "a": 3 }, "checks": [3, {}], "references": [[], {}], "unique": [{}] }),
        json!({ "columns": { "a": { "type": "integer", "rules": [], "fresh": 1, "allow": [] } } }),
    ] {
        assert!(schema(&value).is_err());
    }
}
