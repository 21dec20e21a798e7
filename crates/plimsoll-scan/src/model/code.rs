//! Every code that a finding of this module has.

use plimsoll_core::Code;

/// The codes, each with a page in the reference.
pub const CODES: &[Code] = &[
    Code::of("model.ambiguous"),
    Code::of("model.archive-path"),
    Code::of("model.code"),
    Code::of("model.custom-object"),
    Code::of("model.custom-operator"),
    Code::of("model.empty"),
    Code::of("model.external-data"),
    Code::of("model.filter"),
    Code::of("model.hidden-bytes"),
    Code::of("model.lambda"),
    Code::of("model.metadata"),
    Code::of("model.operator"),
    Code::of("model.pickle-call"),
    Code::of("model.pickle-global"),
    Code::of("model.pickle-hidden"),
    Code::of("model.pickle-persistent"),
    Code::of("model.recursion"),
    Code::of("model.template"),
    Code::of("model.too-large"),
    Code::of("model.unreadable"),
    Code::of("model.unrecognized"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Collects what is written like a code of this module in the sources of `folder`.
    fn collect(folder: &Path, codes: &mut BTreeSet<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, codes);
            } else if !path.ends_with("code.rs") && !path.ends_with("tests.rs") {
                let text = fs::read_to_string(&path).unwrap();
                let program = text.split("#[cfg(test)]").next().unwrap();
                for rest in program.split("\"model.").skip(1) {
                    let name = rest.split('"').next().unwrap();
                    if name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-') {
                        codes.insert(format!("model.{name}"));
                    }
                }
            }
        }
    }

    #[test]
    fn every_code_that_is_used_is_listed() {
        let mut used = BTreeSet::new();
        collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/model"), &mut used);
        used.remove("model.bin");
        let listed: BTreeSet<String> = CODES.iter().map(ToString::to_string).collect();
        assert_eq!(used.difference(&listed).collect::<Vec<_>>(), Vec::<&String>::new());
    }
}
