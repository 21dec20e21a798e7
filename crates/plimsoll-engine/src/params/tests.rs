use std::process::{Command, Stdio};

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn flat(value: &Value) -> BTreeMap<String, Value> {
    flatten(value.as_object().unwrap()).unwrap()
}

fn sample() -> BTreeMap<String, Value> {
    flat(&json!({
        "split": { "window": "all", "holdout": 5 },
        "train": { "trees": 200, "rate": 1e-5, "features": ["hr", "temp"], "extra": {} },
        "train-fast": true,
    }))
}

#[test]
fn names_are_dotted() {
    let names: Vec<String> = sample().into_keys().collect();
    let expected = [
        "split.holdout",
        "split.window",
        "train-fast",
        "train.extra",
        "train.features",
        "train.rate",
        "train.trees",
    ];
    assert_eq!(names, expected);
}

#[test]
fn names_that_would_be_two_are_refused() {
    let refusal = |value: Value| flatten(value.as_object().unwrap()).unwrap_err().to_string();
    assert_eq!(
        refusal(json!({ "a": { "b.c": 1 } })),
        "the parameter `a.b.c` has a dot in its own name (write the part after the dot below it)"
    );
    assert_eq!(refusal(json!({ "a": { "": 1 } })), "the parameter `a.` has an empty name in it");
    assert!(refusal(json!({ "x".repeat(1001): 1 })).ends_with("longer than 1000 bytes"));
}

#[test]
fn a_step_gets_what_it_names() {
    let chosen = |wanted: &[&str]| -> Vec<String> {
        let wanted: Vec<String> = wanted.iter().map(|&name| name.to_owned()).collect();
        select(&sample(), &wanted).unwrap().into_keys().collect()
    };
    assert_eq!(chosen(&[]), [""; 0]);
    assert_eq!(chosen(&["split"]), ["split.holdout", "split.window"]);
    assert_eq!(chosen(&["train.rate", "train.rate"]), ["train.rate"]);
    assert_eq!(chosen(&["train"]).len(), 4, "without `train-fast`");
    assert_eq!(chosen(&["train", "train.trees", "split.window"]).len(), 5);
}

#[test]
fn a_name_that_does_not_exist_is_refused_with_the_nearest() {
    let refusal = |name: &str| select(&sample(), &[name.to_owned()]).unwrap_err().to_string();
    assert_eq!(
        refusal("trian.trees"),
        "there is no parameter `trian.trees` (did you mean `train.trees`?)"
    );
    assert_eq!(refusal("spilt"), "there is no parameter `spilt` (did you mean `split`?)");
    assert_eq!(refusal("train.t"), "there is no parameter `train.t` (did you mean `train`?)");
    assert_eq!(
        refusal("seed"),
        "there is no parameter `seed` (there are `split`, `train-fast`, `train`)"
    );
    let none = select(&BTreeMap::new(), &["seed".to_owned()]).unwrap_err();
    assert_eq!(none.to_string(), "there is no parameter `seed` (there are no parameters)");
}

#[test]
fn is_written_as_people_write_it() {
    insta::assert_snapshot!(render(&sample()), @"
    split:
      holdout: 5
      window: all
    train:
      extra: {}
      features: [hr, temp]
      rate: 1.0e-05
      trees: 200
    train-fast: true
    ");
    assert_eq!(render(&BTreeMap::new()), "{}\n");
}

/// Values, and how they are written so that `PyYAML` 6.0.3 reads them back.
#[test]
fn traps_of_yaml_are_avoided() {
    let traps = [
        (json!(1e-5), "1.0e-05"),
        (json!(1.5e300), "1.5e+300"),
        (json!(1e16), "1.0e+16"),
        (json!(-0.0), "-0.0"),
        (json!(1.0), "1.0"),
        (json!(-7), "-7"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!(null), "null"),
        (json!(false), "false"),
        (json!([]), "[]"),
        (json!({}), "{}"),
        (json!([[], [[1, null]], { "no": {} }]), "[[], [[1, null]], {\"no\" : {}}]"),
        (json!("all"), "all"),
        (json!("build/m.onnx"), "build/m.onnx"),
        (json!(""), "\"\""),
        (json!("yes"), "\"yes\""),
        (json!("No"), "\"No\""),
        (json!("ON"), "\"ON\""),
        (json!("null"), "\"null\""),
        (json!("~"), "\"~\""),
        (json!("y"), "\"y\""),
        (json!("1:30"), "\"1:30\""),
        (json!("0o7"), "\"0o7\""),
        (json!("007"), "\"007\""),
        (json!("1_000"), "\"1_000\""),
        (json!("1e3"), "\"1e3\""),
        (json!(".inf"), "\".inf\""),
        (json!("2024-01-01"), "\"2024-01-01\""),
        (json!("="), "\"=\""),
        (json!("<<"), "\"<<\""),
        (json!("a: b"), "\"a: b\""),
        (json!("a #b"), "\"a #b\""),
        (json!("*a"), "\"*a\""),
        (json!("!x"), "\"!x\""),
        (json!("---"), "\"---\""),
        (json!("a "), "\"a \""),
        (json!("a\"\\\n\t\r\0"), "\"a\\\"\\\\\\n\\t\\r\\x00\""),
        (json!("ü\u{2028}\u{feff}😀"), "\"\\xFC\\u2028\\uFEFF\\U0001F600\""),
    ];
    for (value, expected) in &traps {
        let params = BTreeMap::from([("k".to_owned(), value.clone())]);
        assert_eq!(render(&params), format!("k: {expected}\n"));
    }
    let keys = ["yes", "1", "<<", "=", "null", "ü", "a b", "~"];
    let keyed = keys.map(|key| (key.to_owned(), json!(1)));
    read_back(&[BTreeMap::from(keyed)]);
    let named = traps.iter().enumerate().map(|(at, (value, _))| (format!("k{at}"), value.clone()));
    read_back(&[named.collect(), sample(), BTreeMap::new()]);
    let long = "😀".repeat(100);
    let long_keys = json!({ &long: { &long: 1 }, "l": [{ &long: "x".repeat(3000) }] });
    read_back(&[flat(&long_keys)]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2))]

    #[test]
    fn any_values_are_read_back(many in prop::collection::vec(any_params(), 100)) {
        read_back(&many);
    }
}

fn any_params() -> impl Strategy<Value = BTreeMap<String, Value>> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        prop::num::f64::NORMAL.prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "[-+.:0-9_eExXoObTZ ]{0,12}".prop_map(Value::from),
        "[a-zA-Z~<=]{0,5}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[^.]{1,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[^.]{1,6}", value, 0..5)
        .prop_map(|map| flatten(&map.into_iter().collect()).unwrap())
}

/// Has `PyYAML` read what is written, where it is installed: equal values of equal types.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn read_back(many: &[BTreeMap<String, Value>]) {
    const SCRIPT: &str = "
import json, sys, yaml
for line in sys.stdin:
    text, flat = json.loads(line)
    nested = {}
    for name, value in flat.items():
        *above, last = name.split('.')
        inner = nested
        for part in above:
            inner = inner.setdefault(part, {})
        inner[last] = value
    same = lambda value: json.dumps(value, sort_keys=True)
    for loader in [yaml.SafeLoader] + ([yaml.CSafeLoader] if yaml.__with_libyaml__ else []):
        read = yaml.load(text, loader)
        assert same(read) == same(nested), (loader, text, read, nested)
";
    let mut python = Command::new("python3");
    let installed = python.args(["-c", "import yaml"]).stderr(Stdio::null()).status();
    if !installed.is_ok_and(|status| status.success()) {
        eprintln!("skipped: there is no python3 with PyYAML on PATH");
        return;
    }
    let lines: String =
        many.iter().map(|params| json!([render(params), params]).to_string() + "\n").collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, lines).unwrap();
    let python = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(file.reopen().unwrap())
        .output()
        .unwrap();
    assert!(python.status.success(), "{}", String::from_utf8_lossy(&python.stderr));
}
