use proptest::prelude::*;

use super::*;

type Reader = fn(&str) -> Result<Node, Problem>;
const READERS: [Reader; 3] = [json, toml, yaml];

#[test]
fn the_same_in_three_formats_is_the_same_tree() {
    let texts = [
        "{\n\"name\": \"demo\",\n\"list\": [{\"a\": true},\n{\"a\": \"1.10\"}]}",
        "name = 'demo'\nlist = [{ a = true },\n{ a = '1.10' }]",
        "name: demo\nlist:\n- a: true\n- a: 1.10",
    ];
    let lines = [[3, 4], [2, 3], [3, 4]];
    for ((reader, text), lines) in READERS.iter().zip(texts).zip(lines) {
        let tree = reader(text).unwrap();
        assert_eq!(tree.text("name"), Some("demo"));
        let list = tree.list("list").unwrap();
        assert!(list[0].is_true("a"), "{text}");
        assert_eq!(list[1].text("a"), Some("1.10"), "{text}");
        assert_eq!([list[0].line, list[1].line], lines.map(Some), "{text}");
    }
}

#[test]
fn a_key_given_twice_is_a_mistake() {
    for (reader, text) in READERS.iter().zip([
        "{\"a\": {\"b\": 1, \"b\": 2}}",
        "[a]\nb = 1\nb = 2",
        "a:\n  b: 1\n  b: 2",
    ]) {
        let error = reader(text).unwrap_err().to_string();
        assert!(error.contains("twice") || error.contains("duplicate"), "{error}");
    }
}

#[test]
fn nesting_ends_somewhere() {
    for depth in [1_000, 200_000] {
        let brackets = "[".repeat(depth);
        assert!(json(&brackets).is_err());
        assert!(json(&"{\"a\":".repeat(depth)).is_err());
        assert!(toml(&format!("a = {brackets}")).is_err());
        assert!(toml(&format!("[{}a]", "a.".repeat(depth))).is_err());
        assert!(toml(&format!("{}a = 1", "a.".repeat(depth))).is_err());
        assert!(toml(&format!("b = {{ {}a = 1 }}", "a.".repeat(depth))).is_err());
        assert!(yaml(&brackets).is_err());
        assert!(yaml(&"- ".repeat(depth)).is_err());
    }
}

#[test]
fn what_yaml_may_grow_by_is_refused() {
    insta::assert_snapshot!(yaml("a: &x [1]\nb: *x").unwrap_err(), @"line 1: anchors (`&name`) are not accepted");
    insta::assert_snapshot!(yaml("a: 1\n---\nb: 2").unwrap_err(), @"line 3: 2 documents in one file (expected one)");
    insta::assert_snapshot!(yaml("a: !!python/object:os.system x").unwrap_err(), @"line 1: tags (`!name`) are not accepted");
}

proptest! {
    #[test]
    fn no_text_makes_a_reader_panic(text in "(\\PC|[\\[\\]{}\":,=.\n' -]){0,80}") {
        for reader in READERS {
            _ = reader(&text);
        }
    }
}
