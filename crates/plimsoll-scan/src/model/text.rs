//! Texts in places where no loader runs them, and what would be odd to find there.

/// What Python code that acts looks like. Loaders have evaluated metadata (`eval(meta["names"])` in early
/// YOLO releases), so that such a text is a payload that waits for one.
const CODE: [&str; 16] = [
    "__import__",
    "__builtins__",
    "__globals__",
    "__subclasses__",
    "__reduce__",
    "eval(",
    "exec(",
    "compile(",
    "getattr(",
    "os.system",
    "os.popen",
    "subprocess.",
    "importlib",
    "pickle.loads",
    "marshal.loads",
    "<script",
];

/// How pickles of protocols 2 to 5 begin in base64.
const PICKLES: [&str; 6] = ["gAJ", "gAN", "gASV", "gAWV", "gARL", "gARj"];

/// Returns why a text does not belong into metadata, as the end of a sentence.
pub(crate) fn suspicion(text: &str) -> Option<&'static str> {
    if CODE.iter().any(|code| text.contains(code)) {
        return Some("holds what looks like code");
    }
    let is_encoded = |text: &str| {
        text.len() >= 16
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=-_\n\r".contains(&byte))
    };
    let trimmed = text.trim();
    if PICKLES.iter().any(|begin| trimmed.starts_with(begin)) && is_encoded(trimmed) {
        return Some("holds what looks like a pickle in base64");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::suspicion;

    #[test]
    fn code_and_pickles_are_told_from_words() {
        for text in
            ["", "{0: 'person', 1: 'bicycle'}", "2026-11-29", "{\"id\": [1, 2]}", "gASV is short"]
        {
            assert_eq!(suspicion(text), None, "{text}");
        }
        for text in
            ["__import__('os').system('id')", "eval(x)", "gASVJAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOU"]
        {
            assert!(suspicion(text).is_some(), "{text}");
        }
    }
}
