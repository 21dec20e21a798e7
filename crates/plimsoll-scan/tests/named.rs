//! Files that begin alike and are told apart by their names.

use plimsoll_scan::model::{Content, Limits, Verdict, scan};

fn verdict(name: &str, text: &str) -> Verdict {
    scan(name, &Content::of_bytes(text.into()), Limits::default()).verdict
}

#[test]
fn a_brace_or_a_bracket_is_what_the_name_says_and_json_besides() {
    assert_eq!(verdict("x/vocab.jsonl", "{\"a\": 1}\n{\"b\": 2}\n"), Verdict::Safe);
    assert_eq!(verdict("README.md", "[a link](x) and text\n"), Verdict::Safe);
    assert_eq!(verdict("config.json", "{\"a\": 1}"), Verdict::Safe);
    assert_eq!(verdict("config.json", "{\"a\": 1}\n{}"), Verdict::Unknown);
    assert_eq!(verdict("train.ipynb", "{\"cells\": []}"), Verdict::Unknown);
    assert_eq!(verdict("a.yaml", "[!!python/object/apply:os.system [id]]"), Verdict::Unsafe);
    let lambda = r#"{"class_name":"Lambda","config":{"function":["4wAA",null,null]}}"#;
    for name in ["config.json", "notes.txt", "model.yaml"] {
        assert_eq!(verdict(name, lambda), Verdict::Unsafe, "{name}");
    }
}
