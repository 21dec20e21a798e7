//! `LightGBM`'s text: lines of a name and values.

use std::io::Read;

use crate::model::content::Content;
use crate::model::look::{Look, printable};
use crate::model::report::{Finding, Verdict};
use crate::model::window::Unread;

/// How much of a line is looked at; the rest are numbers.
const HEAD: usize = 256;

/// The names of what a model and its trees have (`LightGBM`'s `gbdt_model_text.cpp` and `tree.cpp`, versions 2 to 4).
const NAMES: &str = "version num_class num_tree_per_iteration label_index max_feature_idx objective average_output \
    feature_names monotone_constraints feature_infos tree_sizes num_leaves num_cat split_feature split_gain threshold \
    decision_type left_child right_child leaf_value leaf_weight leaf_count internal_value internal_weight internal_count \
    cat_boundaries cat_threshold is_linear leaf_const num_features leaf_features leaf_coeff shrinkage";

/// Lines that stand alone.
const ALONE: &str = "tree|average_output|end of trees|feature_importances:|feature importances:|parameters:|\
    end of parameters";

/// Tells whether a file that begins with `head` is one.
pub(crate) fn is(head: &[u8]) -> bool {
    head.starts_with(b"tree\nversion=") || head.starts_with(b"tree\r\nversion=")
}

/// Looks at a model.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("lightgbm");
    if let Err(error) = read(content, look) {
        error.tell("a model of LightGBM", look);
    }
}

/// Which part of the file a line is in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Trees,
    Importances,
    Rest,
}

fn read(content: &Content, look: &mut Look) -> Result<(), Unread> {
    let mut reader = content.reader();
    let mut piece = vec![0; 64 << 10];
    let mut line = Vec::new();
    let (mut part, mut ended) = (Part::Trees, false);
    let (mut at, mut line_at) = (0_u64, 0_u64);
    loop {
        let count = reader.read(&mut piece)?;
        let bytes = piece.get(..count).unwrap_or_default();
        for byte in bytes {
            match byte {
                b'\n' => {
                    look.steps(1)?;
                    judge(&line, line_at, &mut part, &mut ended, look);
                    line.clear();
                    line_at = at + 1;
                }
                b'\t' | b'\r' | b' '..=b'~' | 0x80..=0xff => {
                    if line.len() < HEAD {
                        line.push(*byte);
                    }
                }
                _ => {
                    let message = "it has bytes that are no text";
                    look.found(
                        Finding::new("model.hidden-bytes", Verdict::Unknown, message).at(at),
                    );
                    return Ok(());
                }
            }
            at += 1;
        }
        if count == 0 {
            break;
        }
    }
    judge(&line, line_at, &mut part, &mut ended, look);
    if !ended {
        return Err(Unread::broken("it ends in the middle of its trees", at));
    }
    Ok(())
}

fn judge(line: &[u8], at: u64, part: &mut Part, ended: &mut bool, look: &mut Look) {
    let line = String::from_utf8_lossy(line);
    let line = line.trim_end();
    match line {
        "end of trees" => *ended = true,
        "feature_importances:" | "feature importances:" => *part = Part::Importances,
        "parameters:" => *part = Part::Rest,
        _ => {}
    }
    let is_known = match line.split_once('=') {
        _ if line.is_empty() || ALONE.split('|').any(|known| known == line) => true,
        // Parameters in brackets, and what pandas knows of the categories, in JSON.
        _ if *part == Part::Rest => {
            (line.starts_with('[') && line.contains(": "))
                || line.starts_with("pandas_categorical:")
        }
        Some((name, _)) if *part == Part::Trees => {
            name.starts_with("Tree") || NAMES.split_ascii_whitespace().any(|known| known == name)
        }
        Some(_) => *part == Part::Importances,
        None => line.starts_with("pandas_categorical:"),
    };
    if !is_known {
        let shown = printable(line);
        let message = format!("the line `{shown}` is not one of a model of LightGBM");
        look.found(Finding::new("model.hidden-bytes", Verdict::Unknown, message).at(at));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;

    const MODEL: &str = "tree\nversion=v4\nnum_class=1\nfeature_names=a b\n\nTree=0\nnum_leaves=2\nthreshold=0.5\n\n\nend of \
        trees\n\nfeature_importances:\na=1\n\nparameters:\n[boosting: gbdt]\n[data: ]\n\nend of parameters\n\n\
        pandas_categorical:null\n";

    fn told(text: &str) -> Vec<String> {
        let mut seen = Look::new(Limits::default());
        look(&Content::of_bytes(text.into()), &mut seen);
        seen.report("").findings.into_iter().map(|finding| finding.code).collect()
    }

    #[test]
    fn lines_of_a_model_are_safe_and_others_are_told() {
        assert!(is(MODEL.as_bytes()) && !is(b"tree house"));
        assert!(told(MODEL).is_empty());
        assert_eq!(told(&MODEL.replace("threshold", "import os")), ["model.hidden-bytes"]);
        assert_eq!(told(&format!("{MODEL}import os\n")), ["model.hidden-bytes"]);
        assert_eq!(told(&format!("{MODEL}\u{1}")), ["model.hidden-bytes"]);
        assert!(told(&MODEL[..60]).contains(&"model.unreadable".to_owned()));
    }
}
