use std::time::Instant;

use proptest::prelude::*;

use super::*;
use crate::Mistakes;
use crate::source::{LARGEST, Source};

fn read(text: &str) -> Result<Option<Node>, Mistakes> {
    let source = Source::new("plimsoll.yaml", text.as_bytes())?;
    let mut report = Report::new(&source);
    let node = parse(&mut report);
    let mistakes = report.finish();
    if mistakes.is_empty() { Ok(node) } else { Err(mistakes) }
}

fn refusal(text: &str) -> String {
    read(text).unwrap_err().to_string()
}

#[test]
fn everything_knows_where_it_stands() {
    let root = read("a: 1\nb:\n  - x: ü yes\n    y: \"2\"\nc:\n").unwrap().unwrap();
    let place = |node: &Node| (node.place.line, node.place.column, node.place.width);
    assert_eq!(place(root.get("a").unwrap()), (1, 4, 1));
    let item = &root.get("b").unwrap().items()[0];
    assert_eq!(place(item.get("x").unwrap()), (3, 8, 5));
    assert_eq!(item.get("y").unwrap().text(), Some("2"));
    assert_eq!(root.entry("b").unwrap().place.line, 2);
    assert_eq!(place(root.get("c").unwrap()), (5, 1, 1), "nothing stands where its key does");
}

#[test]
fn what_yaml_hides_behind_signs_is_refused_all_at_once() {
    insta::assert_snapshot!(refusal("a: &x 1\nb: *x\nc: !!python/object y\n<<: *x\n1: z\na: 2\n[q]: r\nd: 99999999999999999999\n"), @r#"
    plimsoll.yaml:1:4: anchors (`&name`) are not accepted
      |
    1 | a: &x 1
      |    ^^
      = help: write the value out where it is needed

    plimsoll.yaml:2:4: aliases (`*name`) are not accepted
      |
    2 | b: *x
      |    ^^
      = help: write the value out; a text that starts with `*` needs quotes

    plimsoll.yaml:3:4: tags (`!name`) are not accepted
      |
    3 | c: !!python/object y
      |    ^^^^^^^^^^^^^^^
      = help: remove it, or quote a text that starts with `!`

    plimsoll.yaml:4:1: merge keys (`<<`) are not accepted
      |
    4 | <<: *x
      | ^^
      = help: write the keys out where they are needed

    plimsoll.yaml:4:5: aliases (`*name`) are not accepted
      |
    4 | <<: *x
      |     ^^
      = help: write the value out; a text that starts with `*` needs quotes

    plimsoll.yaml:5:1: key `1` is no text
      |
    5 | 1: z
      | ^
      = help: put it in quotes: "1"

    plimsoll.yaml:6:1: key `a` is given twice (first on line 1, column 1)
      |
    6 | a: 2
      | ^
      = help: keep one of the two

    plimsoll.yaml:7:1: a list or a mapping cannot be a key (expected a text)
      |
    7 | [q]: r
      | ^

    plimsoll.yaml:8:4: the number is too large to be held exactly
      |
    8 | d: 99999999999999999999
      |    ^^^^^^^^^^^^^^^^^^^^
      = help: put it in quotes if it is a text
    "#);
}

#[test]
fn says_what_is_no_yaml() {
    insta::assert_snapshot!(refusal("a:\n\tb: 1\n"), @r"
    plimsoll.yaml:2:1: a tab stands in the indentation
      |
    2 | →b: 1
      | ^
      = help: indent with spaces
    ");
    insta::assert_snapshot!(refusal("steps:\n  a:\n \t  run: x\n"), @r"
    plimsoll.yaml:3:2: a tab stands in the indentation
      |
    3 |  →  run: x
      |  ^
      = help: indent with spaces
    ");
    insta::assert_snapshot!(refusal("a: b: c\n"), @r"
    plimsoll.yaml:1:5: `:` starts a value where none can stand
      |
    1 | a: b: c
      |     ^
      = help: quote a text that contains `: `, or check the indentation
    ");
    insta::assert_snapshot!(refusal("a: [1, 2\nb: 3\n"), @r"
    plimsoll.yaml:2:2: `:` cannot stand here inside brackets
      |
    2 | b: 3
      |  ^
      = help: close the bracket `[` or `{` that was opened above
    ");
    insta::assert_snapshot!(refusal("a: {x: 1\n"), @r"
    plimsoll.yaml:1:4: `{` is never closed
      |
    1 | a: {x: 1
      |    ^
      = help: add the closing bracket
    ");
    insta::assert_snapshot!(refusal("a: \"x\nb: 1\n"), @r"
    plimsoll.yaml:2:1: the quoted text that started above goes on here
      |
    2 | b: 1
      | ^
      = help: add the closing quote, or indent the line
    ");
    insta::assert_snapshot!(refusal("a: 1\n  b: 2\n"), @r"
    plimsoll.yaml:2:4: `:` starts a value where none can stand
      |
    2 |   b: 2
      |    ^
      = help: quote a text that contains `: `, or check the indentation
    ");
    insta::assert_snapshot!(refusal("a: @x\n"), @r"
    plimsoll.yaml:1:4: `@` cannot start a value
      |
    1 | a: @x
      |    ^
      = help: put a text that starts with it in quotes
    ");
    insta::assert_snapshot!(refusal("%YAML 1.1\n---\na: 1\n"), @r"
    plimsoll.yaml:1:1: directives (`%…`) are not accepted
      |
    1 | %YAML 1.1
      | ^
      = help: quote a text that starts with `%`
    ");
    insta::assert_snapshot!(refusal("---\na: 1\n---\nb: 2\n"), @r"
    plimsoll.yaml:3:1: a second document starts here (expected one)
      |
    3 | ---
      | ^^^
      = help: remove the line `---`
    ");
    insta::assert_snapshot!(refusal("a: 1\nb\nc: 2\n"), @r"
    plimsoll.yaml:2:1: `key: value` was expected here
      |
    2 | b
      | ^
      = help: check the indentation and that `:` is followed by a space
    ");
    insta::assert_snapshot!(refusal("code: *.py\n"), @r"
    plimsoll.yaml:1:7: aliases (`*name`) are not accepted
      |
    1 | code: *.py
      |       ^^^^
      = help: write the value out; a text that starts with `*` needs quotes
    ");
}

#[test]
fn a_bomb_does_not_go_off() {
    let mut bomb = vec!["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n".to_owned()];
    for (name, of) in ('b'..='i').zip('a'..) {
        let nine = vec![format!("*{of}"); 9].join(", ");
        bomb.push(format!("{name}: &{name} [{nine}]\n"));
    }
    let mistakes = read(&bomb.concat()).unwrap_err();
    assert_eq!(mistakes.count(), 9 + 8 * 9);
}

#[test]
fn hostile_files_end_soon() {
    let filled = |piece: &str| piece.repeat(LARGEST / piece.len());
    let deep_blocks: Vec<String> =
        (0..1400).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let keys: Vec<String> = (0..45_000).map(|i| format!("k{i}: 1,")).collect();
    for text in [
        filled("["),
        filled("{"),
        filled("- "),
        filled("? "),
        filled("a: "),
        filled("[]\n"),
        filled("- \n"),
        filled(": "),
        filled("&a "),
        filled("*a "),
        filled("!!a "),
        filled("\"\\\""),
        filled("'"),
        filled("#\n"),
        filled("\n"),
        filled("--- \n"),
        filled("a"),
        filled("a\n"),
        filled("- a\n"),
        filled("a,"),
        format!("[{}", filled("a,").get(2..).unwrap()),
        filled("|\n "),
        filled("? a\n: b\n"),
        filled(" "),
        filled("\t"),
        deep_blocks.concat(),
        format!("k: [{}]", "{a: 1},".repeat(99_000)),
        format!("k: {{{}}}", keys.concat()),
        format!("k: [{}]", "*a, 1: b,".repeat(40_000)),
    ] {
        let start = Instant::now();
        let _ = read(&text).map_err(|mistakes| mistakes.to_string());
        let shown: String = text.chars().take(12).collect();
        assert!(start.elapsed().as_secs() < 9, "{shown:?} took {:?}", start.elapsed());
    }
}

#[test]
fn depth_and_number_are_bounded() {
    assert!(read(&format!("{}{}", "[".repeat(64), "]".repeat(64))).is_ok());
    insta::assert_snapshot!(refusal(&format!("a: {}{}", "[".repeat(64), "]".repeat(64))), @r"
    plimsoll.yaml:1:67: lists and mappings are nested deeper than 64 levels
      |
    1 | a: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]…
      |                                                                   ^
    ");
    insta::assert_snapshot!(refusal(&"[".repeat(100_000)), @r"
    plimsoll.yaml:1:256: lists and mappings are nested deeper than 64 levels
      |
    1 | …[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[…
      |                                ^
    ");
    insta::assert_snapshot!(refusal(&format!("a: [{}]", "1,".repeat(100_001))), @r"
    plimsoll.yaml:1:200003: the file has more than 100000 values
      |
    1 | …
      |                                ^
      = help: keep data in files of its own
    ");
}

proptest! {
    #[test]
    fn no_bytes_are_too_strange(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(source) = Source::new("x", &bytes) {
            let mut report = Report::new(&source);
            parse(&mut report);
            let _ = report.finish().to_string();
        }
    }

    #[test]
    fn no_yaml_is_too_strange(text in "([a-c:,&*!?|>%@`'\"#{}\\[\\] \\-\n\t~<0-9.]|é|\r){0,120}") {
        let _ = read(&text).map_err(|mistakes| mistakes.to_string());
    }
}
