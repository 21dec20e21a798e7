mod agreement;

use std::sync::Arc;

use arrow::array::{
    BooleanArray, Date32Array, Float64Array, Int64Array, StringArray, TimestampMicrosecondArray,
};
use proptest::prelude::*;

use super::*;

fn types() -> BTreeMap<&'static str, ColumnType> {
    use ColumnType::{Boolean, Date, Integer, Number, String, Timestamp};
    BTreeMap::from([
        ("a", Integer),
        ("b", Integer),
        ("x", Number),
        ("y", Number),
        ("s", String),
        ("t", String),
        ("p", Boolean),
        ("day", Date),
        ("at", Timestamp),
        ("a b", Integer),
    ])
}

fn compile(source: &str) -> Result<Expression, Vec<Complaint>> {
    Expression::compile(&[source], &types()).pop().unwrap()
}

/// The rows that most tests judge; the last row is empty.
fn cells(name: &str) -> ArrayRef {
    let day = crate::text::date("2012-02-29").unwrap();
    let at = crate::text::timestamp("2012-02-29T13:30:00.25Z").unwrap();
    match name {
        "a" | "a b" => Arc::new(Int64Array::from(vec![Some(1), Some(2), Some(i64::MAX), None])),
        "b" => Arc::new(Int64Array::from(vec![Some(3), Some(0), Some(-1), None])),
        "x" => Arc::new(Float64Array::from(vec![Some(0.5), Some(f64::NAN), Some(2.0), None])),
        "y" => Arc::new(Float64Array::from(vec![Some(0.5), Some(1.0), Some(-0.0), None])),
        "s" => Arc::new(StringArray::from(vec![Some("abc"), Some("äb"), Some("z"), None])),
        "t" => Arc::new(StringArray::from(vec![Some("b"), Some("ä"), Some("zz"), None])),
        "p" => Arc::new(BooleanArray::from(vec![Some(true), Some(false), Some(true), None])),
        "day" => Arc::new(Date32Array::from(vec![Some(day), Some(0), Some(-1), None])),
        _ => Arc::new(TimestampMicrosecondArray::from(vec![Some(at), Some(0), Some(-1), None])),
    }
}

fn judged(expression: &Expression, cells: impl Fn(&str) -> ArrayRef, count: usize) -> Vec<char> {
    let columns: Vec<ArrayRef> = expression.columns().iter().map(|name| cells(name)).collect();
    let now = crate::text::timestamp("2012-03-01T00:00Z");
    let truth = expression.judge(&Rows { columns: &columns, count, now });
    let (yes, no) = (truth.is(true), truth.is(false));
    let row = |row: usize| match (yes.value(row), no.value(row), truth.failures.get(&row)) {
        (true, false, None) => 'T',
        (false, true, None) => 'F',
        (false, false, None) => '?',
        (false, false, Some(_)) => '!',
        other => panic!("{other:?} in row {row} of {expression:?}"),
    };
    (0..count).map(row).collect()
}

/// Answers of each row: true, false, unknown, without an answer.
fn answers(source: &str) -> String {
    let expression = compile(source).unwrap_or_else(|e| panic!("{source}: {e:?}"));
    judged(&expression, cells, 4).into_iter().collect()
}

#[test]
fn an_empty_cell_is_unknown_and_only_what_decides_knows_better() {
    assert_eq!(answers("a > 1"), "FTT?");
    assert_eq!(answers("!(a > 1)"), "TFF?");
    assert_eq!(answers("a > 1 || b == 3"), "TTT?");
    assert_eq!(answers("a == null || a > 0"), "TTTT");
    assert_eq!(answers("a != null && a > 0"), "TTTF");
    assert_eq!(answers("a > 0 || true"), "TTTT");
    assert_eq!(answers("a > 0 && false"), "FFFF");
    assert_eq!(answers("p ? a > 0 : b > 0"), "TFT?");
    assert_eq!(answers("p == null ? true : a > 1"), "FTTT");
    assert_eq!(answers("a in [1, 2] || s == 'z'"), "TTT?");
    assert_eq!(answers("s.lowerAscii() == 'abc'"), "TFF?");
    assert_eq!(answers("(a == null) == (b == null)"), "TTTT");
}

#[test]
fn what_cannot_be_computed_has_no_answer_unless_the_other_side_decides() {
    assert_eq!(answers("a + 1 > 0"), "TT!?");
    assert_eq!(answers("a / b >= 0"), "T!F?");
    assert_eq!(answers("a % b == 1"), "T!F?");
    assert_eq!(answers("x < 1.0"), "T!F?");
    assert_eq!(answers("x == x"), "T!T?");
    assert_eq!(answers("!(x > 1.0)"), "T!F?");
    assert_eq!(answers("x in [0.5, 2.0]"), "T!T?");
    // As a loop, and as a part that is interpreted.
    for nought in ["(x - x) / (x - x)", "1e308 * 10.0 - 1e308 * 10.0 + x", "math.sqrt(-x)"] {
        assert_eq!(answers(&format!("{nought} != 1.0")), "!!!?", "{nought}");
        assert_eq!(answers(&format!("[{nought} != 1.0].all(q, q)")), "!!!?", "{nought}");
        assert_eq!(answers(&format!("[x].all(q, {nought} == q || true)")), "T!T?", "{nought}");
    }
    assert_eq!(answers("[x, x + 1.0].map(q, q * 2.0).all(q, q > 0.0)"), "T!T?");
    assert_eq!(answers("a / b >= 0 || b == 0"), "TTF?");
    assert_eq!(answers("b != 0 && a / b >= 0"), "TFF?");
    assert_eq!(answers("b == 0 ? true : a / b >= 0"), "TTF?");
    assert_eq!(answers("math.abs(x) < 1.0"), "T!F?");
    assert_eq!(answers("int(s) > 0"), "!!!?");
    assert_eq!(answers("(a + 1 == null) || p"), "TFTT");
    assert_eq!(answers("-(a - 9223372036854775807 - 2) > 0"), "!TT?");
}

#[test]
fn numbers_texts_and_columns_are_compared() {
    assert_eq!(answers("double(a) < y"), "FFF?");
    assert_eq!(answers("a <= x"), "F!F?");
    assert_eq!(answers("y == 0.0 || y in [0]"), "FFT?");
    assert_eq!(answers("s < t"), "TFT?");
    assert_eq!(answers("s.startsWith(t)"), "FTF?");
    assert_eq!(answers("s.contains(t) && t.endsWith('b')"), "TFF?");
    assert_eq!(answers("size(s) == 2 || s.size() == 3"), "TTF?");
    assert_eq!(answers("s.matches('^[a-c]+$')"), "TFF?");
    assert_eq!(answers("row[\"a b\"] == row.a"), "TTT?");
    assert_eq!(answers("s in [t, 'abc']"), "TFF?");
    assert_eq!(answers("[a, b].exists(q, q > 2)"), "TFT?");
    assert_eq!(answers("s + t == 'abcb'"), "TFF?");
    assert_eq!(answers("p || !p"), "TTT?");
    assert_eq!(answers("p > false"), "TFT?");
    assert_eq!(answers("(p ? s : t) == 'abc'"), "TFF?");
}

#[test]
fn moments_are_compared_moved_and_taken_apart() {
    assert_eq!(answers("day == date('2012-02-29')"), "TFF?");
    assert_eq!(answers("at > day"), "TFT?");
    assert_eq!(answers("at - day < duration('14h')"), "TTF?");
    assert_eq!(answers("now - at > duration('10h29m')"), "TTT?");
    assert_eq!(answers("at <= timestamp('2012-02-29T14:30:00.25+01:00')"), "TTT?");
    assert_eq!(answers("day + duration('24h') == date('2012-03-01')"), "TFF?");
    assert_eq!(
        answers("at.getFullYear() == 2012 && at.getMonth() == 1 && at.getDate() == 29"),
        "TFF?"
    );
    assert_eq!(answers("at.getDayOfMonth() == 28 && at.getDayOfWeek() == 3"), "TFF?");
    assert_eq!(answers("at.getHours() == 13 && at.getMinutes() == 30"), "TFF?");
    assert_eq!(answers("at.getMilliseconds() == 250 && at.getSeconds() == 0"), "TFF?");
    assert_eq!(answers("at.getMilliseconds() == 999 && day.getDayOfYear() == 364"), "FFT?");
    let without_a_clock = compile("at < now").unwrap();
    let columns = [cells("at")];
    let truth = without_a_clock.judge(&Rows { columns: &columns, count: 4, now: None });
    assert_eq!(truth.failures.len(), 4);
}

#[test]
fn mistakes_have_a_place_and_an_advice() {
    let said = |source: &str| {
        let complaints = compile(source).unwrap_err();
        let lines = complaints.iter().map(|one| {
            let meant: String = source.chars().skip(one.at.start).take(one.at.len()).collect();
            let help = one.help.as_ref().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{meant}: {}{help}", one.message)
        });
        lines.collect::<Vec<_>>().join("\n")
    };
    let lines: Vec<String> = [
        "'ü' == s && dya == date('2012-01-01') && q > 1",
        "x * 41 > 30.0",
        "a + x > 1.0",
        "a + 1",
        "s > 1",
        "a < null",
        "s.lenght() > 1 || s.trimm() == ''",
        "s.startsWith(a)",
        "size(a) > 1",
        "p && a",
        "a ? p : p",
        "p ? 1 : 'a'",
        "a in ['x']",
        "s in [1, 'x']",
        "at + at > day",
        "at + 1 > day",
        "row > 1",
        "row.tt == 's'",
        "has(row.s)",
        "a > 1u",
        "s == b'x'",
        "date(s) > day",
        "date('2012-02-30') > day",
        "s.matches(t)",
        "s.matches('(')",
        "string(day) == ''",
        "[day].exists(d, d > day)",
        "[null].exists(d, d == a)",
        "{'a': 1}['a'] == a",
        "[1, 2].all(a, a > zz)",
        "s.x == 1",
        "a >",
        "a b",
        "a = b",
        "'abc",
        "",
        &"(".repeat(200),
        &format!("a{} > 0", " + a".repeat(100)),
        &format!("a == 1{}", " ".repeat(5000)),
        &format!("a == {}", "9".repeat(30)),
    ]
    .into_iter()
    .map(|source| {
        let short: String = source.chars().take(60).collect();
        format!("{short}\n    {}", said(source).replace('\n', "\n    "))
    })
    .collect();
    insta::assert_snapshot!(lines.join("\n"), @r#"
    'ü' == s && dya == date('2012-01-01') && q > 1
        dya: `dya` is no column of this schema (the nearest column is `day`)
        q: `q` is no column of this schema (the nearest column is `a`)
    x * 41 > 30.0
        *: `*` does not take number and integer (write `41.0`)
    a + x > 1.0
        +: `+` does not take integer and number (write `double(a)`)
    a + 1
        +: the expression is of type integer, not true or false (compare it with something, like `a <= b`)
    s > 1
        >: `>` does not compare string with integer
    a < null
        <: `<` does not compare integer with null (ask `x == null` or `x != null`)
    s.lenght() > 1 || s.trimm() == ''
        lenght: there is no function `lenght`
        trimm: there is no function `trimm` (the nearest function is `trim`)
    s.startsWith(a)
        startsWith: `startsWith` does not take string, integer (it is called as `string.startsWith(string)`)
    size(a) > 1
        size: `size` does not take integer (it is called as `string.size()` or `list.size()`)
    p && a
        a: `&&` takes true or false, this is integer
    a ? p : p
        a: `?` asks for true or false, this is integer
    p ? 1 : 'a'
        ?: `?:` gives integer or string, not one of them
    a in ['x']
        in: integer is never in a list of string
    s in [1, 'x']
        'x': string in a list of integer
    at + at > day
        +: `+` does not take timestamp and timestamp
    at + 1 > day
        +: `+` does not take timestamp and integer
    row > 1
        row: `row` is all columns; name one: `row["NAME"]`
    row.tt == 's'
        .: `tt` is no column of this schema (the nearest column is `at`)
    has(row.s)
        has: `has` tells nothing of a table (write `s != null`)
    a > 1u
        1u: columns hold no unsigned integers (write it without the `u`)
    s == b'x'
        b'x': columns hold no bytes (write it without the `b`)
    date(s) > day
        s: `date` takes a text in quotes
    date('2012-02-30') > day
        '2012-02-30': this is no date (write it as `date("2012-01-31")`)
    s.matches(t)
        t: `matches` takes a pattern in quotes
    s.matches('(')
        '(': this is no pattern: unclosed group
    string(day) == ''
        string: `string` does not take timestamp (it is called as `string(number)` or `string(boolean)` or `string(string)`)
    [day].exists(d, d > day)
        day: a timestamp can be compared, added to, subtracted from and taken apart, but not used here
    [null].exists(d, d == a)
        null: `null` can only be compared with a column
    {'a': 1}['a'] == a
        {: maps are not supported
    [1, 2].all(a, a > zz)
        zz: `zz` is no column of this schema
    s.x == 1
        .: there are no fields to select from
    a >
        : the expression ends too early
    a b
        b: 'b' is not expected here
    a = b
        =: '= ' is not understood here
    'abc
        ': ''abc' is not understood here

        : the expression ends too early
    ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((
        (: the expression is nested deeper than 32 brackets
    a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + 
        a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a + a > 0: the expression is nested deeper than 64 levels; a chain of operators is as deep as it is long (split it into several checks)
    a == 1                                                      
        a == 1                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                                        : the expression has 5006 bytes (at most 4000 are accepted) (split it into several checks)
    a == 999999999999999999999999999999
        9: invalid int literal
    "#);
}

fn complaint(source: &str) -> (String, String) {
    let complaint = compile(source).expect_err(source).remove(0);
    let at: String = source.chars().skip(complaint.at.start).take(complaint.at.len()).collect();
    (at, complaint.message)
}

#[test]
fn a_list_of_integers_and_numbers_is_a_mistake_with_an_advice() {
    for (source, at, help) in [
        ("x in [1, 2.5]", "2.5", "write `1.0`"),
        ("x in [2.5, 1]", "1", "write `1.0`"),
        ("x in [a, 2.5]", "2.5", "write `double(a)`"),
        ("x in [a + 1, 2.5]", "2.5", "put `double(…)` around the integer"),
    ] {
        let mistake = compile(source).expect_err(source).remove(0);
        assert_eq!(mistake.help.as_deref(), Some(help), "{source}");
        assert_eq!(complaint(source).0, at, "{source}");
    }
}

#[test]
fn a_short_expression_cannot_take_hours() {
    let nested = |depth: usize, inner: &str| {
        (0..depth).rev().fold(inner.to_owned(), |inner, level| {
            format!("[1,2,3,4,5,6,7,8,9].all(v{level}, {inner})")
        })
    };
    assert!(compile(&nested(2, "v0 + v1 < 20")).is_ok());
    for depth in [5, 8, 24] {
        let (at, message) = complaint(&nested(depth, "a > 0"));
        assert_eq!(at, "all");
        assert!(message.ends_with("steps for a row (at most 10000 are accepted)"), "{message}");
    }
    // Each element that is computed is compared with the whole of what stands before `in`.
    let compared = (0..25).fold("p".to_owned(), |inner, _| format!("({inner} in [p,p,p,p])"));
    assert!(complaint(&compared).1.contains("steps for a row"));
    // Of long texts alone: the row has no answer.
    let pairs = compile("s.split('').all(x, s.split('').all(y, x != 'z'))").unwrap();
    let long = |_: &str| -> ArrayRef {
        Arc::new(StringArray::from(vec!["abc".to_owned(), "ab".repeat(5_000), "zx".to_owned()]))
    };
    assert_eq!(judged(&pairs, long, 3), ['T', '!', 'F']);
}

#[test]
fn a_short_expression_cannot_take_gigabytes() {
    let replaced = |times: usize| format!("s{} != ''", ".replace('o', 'oooooooooo')".repeat(times));
    assert!(compile(&replaced(2)).is_ok());
    let (at, message) = complaint(&replaced(7));
    assert_eq!(at, "replace");
    assert!(message.starts_with("it makes a value of up to "), "{message}");
    for source in [
        "s.replace('', s).replace('', s).replace('', s).replace('', s).replace('', s) != ''",
        "s.split('').map(x, s.split('').map(y, s + s + s + s)).size() > 0",
        "(s.split('') + s.split('')).map(x, s.split('').join(s)).join(s).split('').join(s) != ''",
    ] {
        complaint(source);
    }
}

#[test]
fn rows_whose_texts_are_made_in_parts_are_judged_alike() {
    let expression = compile("s.replace('a', 'bbbbbbbb').endsWith('b') || a > 1").unwrap();
    let rows = 3_000;
    let cells = |name: &str| -> ArrayRef {
        let row = 0..rows;
        match name {
            "a" => Arc::new(
                row.map(|row| (row % 7 > 0).then_some(i64::from(row % 3))).collect::<Int64Array>(),
            ),
            _ => Arc::new(
                row.map(|row| {
                    let end = if row % 2 == 0 { "a" } else { "c" };
                    (row % 5 > 0)
                        .then(|| format!("{}{end}", "xa".repeat(if row == 9 { 20_000 } else { 3 })))
                })
                .collect::<StringArray>(),
            ),
        }
    };
    let columns: Vec<ArrayRef> = expression.columns().iter().map(|name| cells(name)).collect();
    let all = Rows { columns: &columns, count: 3_000, now: None };
    assert!(expression.rows_at_once(&all) < 1_000);
    let whole = expression.root.of(&all);
    let parts = expression.judge(&all);
    assert_eq!((parts.is(true), parts.is(false)), (whole.is(true), whole.is(false)));
    assert_eq!(parts.failures, whole.failures);
}
