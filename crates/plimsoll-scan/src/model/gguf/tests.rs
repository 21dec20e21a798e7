use super::*;
use crate::model::look::Limits;
use crate::model::report::{FileReport, Verdict};

/// Writes small files in either order of bytes.
#[derive(Clone, Copy)]
struct Writer {
    version: u32,
    is_big: bool,
}

const USUAL: Writer = Writer { version: 3, is_big: false };

impl Writer {
    fn u32(self, value: u32) -> Vec<u8> {
        if self.is_big { value.to_be_bytes().to_vec() } else { value.to_le_bytes().to_vec() }
    }

    fn u64(self, value: u64) -> Vec<u8> {
        if self.is_big { value.to_be_bytes().to_vec() } else { value.to_le_bytes().to_vec() }
    }

    fn size(self, value: u64) -> Vec<u8> {
        if self.version == 1 { self.u32(u32::try_from(value).unwrap()) } else { self.u64(value) }
    }

    fn text(self, text: &str) -> Vec<u8> {
        [self.size(text.len() as u64), text.as_bytes().to_vec()].concat()
    }

    fn string(self, name: &str, value: &str) -> Vec<u8> {
        [self.text(name), self.u32(8), self.text(value)].concat()
    }

    fn strings(self, name: &str, values: &[&str]) -> Vec<u8> {
        let mut list =
            [self.text(name), self.u32(9), self.u32(8), self.size(values.len() as u64)].concat();
        for value in values {
            list.extend(self.text(value));
        }
        list
    }

    fn tensor(self, name: &str, side: u64, offset: u64) -> Vec<u8> {
        [self.text(name), self.u32(1), self.size(side), self.u32(0), self.u64(offset)].concat()
    }

    fn file(self, entries: &[Vec<u8>], tensors: &[Vec<u8>], bytes: usize) -> Vec<u8> {
        let mut file = [MAGIC.to_vec(), self.u32(self.version)].concat();
        file.extend(self.size(tensors.len() as u64));
        file.extend(self.size(entries.len() as u64));
        file.extend(entries.concat());
        file.extend(tensors.concat());
        if bytes > 0 {
            file.resize(file.len().next_multiple_of(32) + bytes, 0);
        }
        file
    }
}

fn report(file: Vec<u8>) -> FileReport {
    assert!(is(&file));
    let mut seen = Look::new(Limits::default());
    look(&Content::of_bytes(file), &mut seen);
    seen.report("m.gguf")
}

fn told(file: Vec<u8>) -> (Verdict, Vec<String>) {
    let report = report(file);
    (report.verdict, report.findings.into_iter().map(|finding| finding.code).collect())
}

#[test]
fn metadata_and_tensors_of_all_versions_are_safe() {
    for version in 1..=3 {
        for is_big in [false, true] {
            let to = Writer { version, is_big };
            let entries = [
                to.string("general.architecture", "llama"),
                [to.text("llama.block_count"), to.u32(4), to.u32(2)].concat(),
                [to.text("scores"), to.u32(9), to.u32(6), to.size(2), vec![0; 8]].concat(),
                to.strings("tokenizer.ggml.tokens", &["{{", "}}", "{%", "<s>"]),
                to.string("tokenizer.chat_template", "{{ messages[0]['content'] }}"),
            ];
            let tensors = [to.tensor("a", 8, 0), to.tensor("b", 3, 32)];
            assert_eq!(told(to.file(&entries, &tensors, 44)), (Verdict::Safe, vec![]));
            assert_eq!(told(to.file(&entries, &[], 0)), (Verdict::Safe, vec![]));
        }
    }
}

#[test]
fn templates_are_judged_under_any_name() {
    let bad = "{{ cycler.__init__.__globals__ }}";
    for entry in [
        USUAL.string("tokenizer.chat_template", bad),
        USUAL.string("tokenizer.chat_template.tool_use", bad),
        USUAL.string("general.description", bad),
        USUAL.strings("tokenizer.chat_templates", &["x", bad]),
    ] {
        assert_eq!(told(USUAL.file(&[entry], &[], 0)).0, Verdict::Unsafe);
    }
}

#[test]
fn bytes_that_belong_to_nothing_are_told() {
    let one = [USUAL.tensor("a", 8, 0)];
    assert_eq!(told(USUAL.file(&[], &one, 33)).1, ["model.hidden-bytes"]);
    let gap = [USUAL.tensor("a", 8, 0), USUAL.tensor("b", 8, 64)];
    assert_eq!(told(USUAL.file(&[], &gap, 96)).1, ["model.hidden-bytes"]);
    let over = [USUAL.tensor("a", 8, 0), USUAL.tensor("b", 8, 0)];
    assert_eq!(told(USUAL.file(&[], &over, 32)).1, ["model.hidden-bytes"]);
    let twice = [USUAL.string("a", "x"), USUAL.string("a", "y")];
    assert_eq!(told(USUAL.file(&twice, &[], 0)).1, ["model.ambiguous"]);
}

#[test]
fn what_cannot_be_is_unreadable() {
    let mut absurd = [MAGIC.to_vec(), USUAL.u32(3), USUAL.u64(u64::MAX), USUAL.u64(1)].concat();
    assert_eq!(told(absurd.clone()).1, ["model.unreadable"]);
    absurd.splice(8..24, [USUAL.u64(0), USUAL.u64(u64::MAX)].concat());
    let deep =
        [USUAL.text("a"), USUAL.u32(9), USUAL.u32(9), USUAL.u64(1), USUAL.u32(9), USUAL.u64(1)]
            .concat();
    let long = [USUAL.text("a"), USUAL.u32(9), USUAL.u32(12), USUAL.u64(u64::MAX)].concat();
    let odd = [USUAL.text("a"), USUAL.u32(77)].concat();
    for file in [
        absurd,
        USUAL.file(&[deep], &[], 0),
        USUAL.file(&[long], &[], 0),
        USUAL.file(&[odd], &[], 0),
        USUAL.file(&[], &[USUAL.tensor("a", u64::MAX, 0)], 32),
        USUAL.file(&[], &[USUAL.tensor("a", 64, 0)], 32),
        Writer { version: 9, ..USUAL }.file(&[], &[], 0),
        MAGIC.to_vec(),
    ] {
        assert_eq!(told(file).1, ["model.unreadable"]);
    }
    let whole = USUAL.file(&[USUAL.string("name", "value")], &[USUAL.tensor("a", 8, 0)], 32);
    for length in 4..whole.len() {
        assert_eq!(told(whole[..length].to_vec()).0, Verdict::Unknown, "{length}");
    }
}
