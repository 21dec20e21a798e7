//! TensorFlow Lite: a flat buffer of operators.

use super::content::Content;
use super::flatbuffer::Buffer;
use super::look::{Look, printable};
use super::report::{Finding, Verdict};
use super::tensorflow::operators;
use super::text;
use super::window::Unread;

/// What stands at byte 4.
const MAGIC: &[u8] = b"TFL3";

/// The number of operators that are not built in.
const CUSTOM: u64 = 32;

/// The operators that are built in (schema of 2026, with room for those of the next years left unknown).
const BUILT_IN: u64 = 210;

/// Custom operators that the runtime and `MediaPipe` bring themselves.
const BROUGHT: [&str; 11] = [
    "TFLite_Detection_PostProcess",
    "NumericVerify",
    "Convolution2DTransposeBias",
    "MaxPoolingWithArgmax2D",
    "MaxUnpooling2D",
    "TransformTensorBilinear",
    "TransformLandmarks",
    "Landmarks2TransformMatrix",
    "AudioSpectrogram",
    "Mfcc",
    "RandomUniform",
];

/// Tells whether a file that begins with `head` is one.
pub(crate) fn is(head: &[u8]) -> bool {
    head.get(4..8) == Some(MAGIC)
}

/// Looks at a model.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("tflite");
    if let Err(error) = read(content, look) {
        error.tell("a model of TensorFlow Lite", look);
    }
}

fn read(content: &Content, look: &mut Look) -> Result<(), Unread> {
    let mut buffer = Buffer::new(content);
    let root = buffer.root()?;
    let version = buffer.number::<4>(root, 0)?;
    if version != 3 {
        return Err(Unread::broken(format!("the version {version} is not known"), 0));
    }
    for code in buffer.tables(root, 1)? {
        look.steps(1)?;
        // The first place has room for 127, and one less than that is written there for the rest.
        let number = buffer.number::<1>(code, 0)?.max(buffer.number::<4>(code, 3)?);
        let custom = buffer.text(code, 1)?;
        if number == CUSTOM || !custom.is_empty() {
            judge(&custom, look);
        } else if number >= BUILT_IN {
            let message = format!("the operator {number} is not known");
            look.found(Finding::new("model.custom-operator", Verdict::Unknown, message));
        }
    }
    if buffer.tables(root, 2)?.is_empty() {
        return Err(Unread::broken("it has no graph", 0));
    }
    let description = buffer.text(root, 3)?;
    if let Some(why) = text::suspicion(&description) {
        look.unknown("model.metadata", format!("the description {why}"));
    }
    Ok(())
}

fn judge(name: &str, look: &mut Look) {
    let shown = printable(name);
    if let Some(operator) = name.strip_prefix("Flex") {
        // TensorFlow's own, run by it.
        operators::tell(operator, None, look);
    } else if !BROUGHT.contains(&name) {
        let message =
            format!("the operator `{shown}` is not known: a library that brings it runs its code");
        look.found(Finding::new("model.custom-operator", Verdict::Unknown, message).of(shown));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::flatbuffer::write::{Part, buffer};
    use crate::model::look::Limits;

    fn model(number: u32, custom: &'static str) -> Vec<u8> {
        let custom = if custom.is_empty() { Part::None } else { Part::Text(custom) };
        let code = Part::Table(vec![
            Part::Number(number.min(127)),
            custom,
            Part::None,
            Part::Number(number),
        ]);
        let graphs = Part::List(vec![Part::Table(vec![])]);
        buffer(
            MAGIC,
            &Part::Table(vec![Part::Number(3), Part::List(vec![code]), graphs, Part::Text("x")]),
        )
    }

    fn told(bytes: Vec<u8>) -> (Verdict, Vec<String>) {
        let mut seen = Look::new(Limits::default());
        look(&Content::of_bytes(bytes), &mut seen);
        let report = seen.report("m.tflite");
        (report.verdict, report.findings.into_iter().map(|finding| finding.code).collect())
    }

    #[test]
    fn operators_are_judged_by_number_and_by_name() {
        assert!(is(&model(9, "")) && !is(b"TFL3"));
        for usual in [
            model(9, ""),
            model(150, ""),
            model(32, "TFLite_Detection_PostProcess"),
            model(32, "FlexErf"),
        ] {
            assert_eq!(told(usual), (Verdict::Safe, vec![]));
        }
        let unknown = (Verdict::Unknown, vec!["model.custom-operator".to_owned()]);
        assert_eq!(told(model(32, "Evil")), unknown);
        assert_eq!(told(model(0, "Evil")), unknown);
        assert_eq!(told(model(400, "")), unknown);
        assert_eq!(told(model(32, "FlexEvil")), unknown);
        assert_eq!(
            told(model(32, "FlexReadFile")),
            (Verdict::Unsafe, vec!["model.operator".to_owned()])
        );
    }

    #[test]
    fn what_tensorflow_converts_is_safe() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/tensorflow");
        let model = std::fs::read(folder.join("functional.tflite")).unwrap();
        assert!(is(&model));
        assert_eq!(told(model), (Verdict::Safe, vec![]));
    }

    #[test]
    fn what_is_cut_off_or_changed_is_no_panic() {
        let whole = model(32, "Evil");
        for length in 0..whole.len() {
            assert_ne!(told(whole[..length].to_vec()).0, Verdict::Safe, "{length}");
        }
        for at in 0..whole.len() {
            let mut changed = whole.clone();
            changed[at] ^= 0xff;
            told(changed);
        }
    }
}
