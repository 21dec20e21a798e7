//! Where a tensor's bytes are, if not in the model.

use crate::model::look::printable;
use crate::model::place::way_out;
use crate::model::report::{Finding, Verdict};

/// Returns what is wrong with the entries that say where a tensor's bytes are.
///
/// A plain name inside of the model's folder is what every big model has.
pub(super) fn judge(entries: &[(String, String)], tensor: &str) -> Vec<Finding> {
    let tensor = printable(tensor);
    let mut findings = Vec::new();
    let mut say = |verdict, what: String| {
        let message = format!("tensor `{tensor}` is read from elsewhere: {what}");
        findings.push(Finding::new("model.external-data", verdict, message));
    };
    if !entries.iter().any(|(key, _)| key == "location") {
        say(Verdict::Unknown, "it is not said where".to_owned());
    }
    let mut keys: Vec<&str> = entries.iter().map(|(key, _)| key.as_str()).collect();
    keys.sort_unstable();
    for pair in keys.windows(2).filter(|pair| pair.first() == pair.last()) {
        let key = printable(pair.first().unwrap_or(&""));
        say(Verdict::Unknown, format!("`{key}` is said twice"));
    }
    for (key, value) in entries {
        let shown = printable(value);
        match key.as_str() {
            "location" => {
                if let Some(why) = way_out(value) {
                    say(Verdict::Unsafe, format!("`{shown}` {why}"));
                }
            }
            "offset" | "length" => {
                // As the standard library's `stoll` reads it: digits, nothing else.
                let is_number = value.bytes().all(|byte| byte.is_ascii_digit());
                if value.starts_with('-') {
                    say(Verdict::Unsafe, format!("its {key} is negative ({shown})"));
                } else if !is_number || value.parse::<i64>().is_err() {
                    say(Verdict::Unknown, format!("its {key} is no number ({shown})"));
                }
            }
            "checksum" => {}
            _ => say(Verdict::Unknown, format!("`{}` is no known key", printable(key))),
        }
    }
    findings
}

#[cfg(test)]
mod tests {
    use super::*;

    fn worst(entries: &[(&str, &str)]) -> Option<Verdict> {
        let owned: Vec<_> =
            entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        judge(&owned, "w").into_iter().map(|finding| finding.verdict).max()
    }

    #[test]
    fn names_in_the_folder_are_fine_and_ways_out_are_not() {
        let usual = [("location", "model.onnx.data"), ("offset", "4096"), ("length", "16")];
        assert_eq!(worst(&usual), None);
        assert_eq!(worst(&[("location", "weights/a b-1..bin")]), None);
        for out in [
            "../secret",
            "a/../../b",
            "/etc/passwd",
            "\\\\host\\share",
            "C:\\x",
            "c:x",
            "a\\..\\b",
            "http://host/x",
            "file:/etc/passwd",
            "a/..",
            "~/x",
            "*/_ORT_MEM_ADDR_/*",
            "",
            ".",
            "x\0y",
            "$HOME/x",
            ".. /x",
        ] {
            assert_eq!(worst(&[("location", out)]), Some(Verdict::Unsafe), "{out:?}");
        }
        assert_eq!(worst(&[("location", "x"), ("offset", "-8")]), Some(Verdict::Unsafe));
        for odd in [
            vec![("offset", "0")],
            vec![("location", "x"), ("location", "y")],
            vec![("location", "x"), ("offset", "0x10")],
            vec![("location", "x"), ("length", "99999999999999999999")],
            vec![("location", "x"), ("basepath", "/")],
        ] {
            assert_eq!(worst(&odd), Some(Verdict::Unknown), "{odd:?}");
        }
    }
}
