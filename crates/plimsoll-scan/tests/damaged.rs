//! Model files with damage: whatever is wrong with one, looking at it ends, and never in a panic.
#![expect(clippy::unwrap_used, reason = "a test that cannot read its files has failed")]

use std::path::{Path, PathBuf};

use plimsoll_scan::model::{Content, Limits, Verdict, scan};

/// Little of everything, so that even what unpacks without end is over soon.
const SMALL: Limits =
    Limits { depth: 6, expanded: 4 << 20, members: 200, steps: 200_000, findings: 20 };

fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = ["attacks", "modelfiles/benign", "modelfiles/malicious", "modelfiles/suspicious"];
    let files = folders.iter().flat_map(|folder| std::fs::read_dir(root.join(folder)).unwrap());
    let mut files: Vec<PathBuf> = files.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// A sequence of numbers that is the same every time (Marsaglia's xorshift).
struct Numbers(u64);

impl Numbers {
    fn byte(&mut self) -> u8 {
        u8::try_from(self.below(256)).unwrap()
    }

    fn below(&mut self, most: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % most.max(1) as u64).unwrap()
    }
}

fn damaged(bytes: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    match numbers.below(5) {
        0 => bytes.truncate(numbers.below(bytes.len())),
        1 => {
            let at = numbers.below(bytes.len() + 1);
            let more: Vec<u8> = (0..numbers.below(9)).map(|_| numbers.byte()).collect();
            bytes.splice(at..at, more);
        }
        2 => {
            let (from, to) = (numbers.below(bytes.len() + 1), numbers.below(bytes.len() + 1));
            let piece = bytes[from.min(to)..from.max(to)].to_vec();
            let at = numbers.below(bytes.len() + 1);
            bytes.splice(at..at, piece);
        }
        _ => {
            for _ in 0..=numbers.below(6) {
                let at = numbers.below(bytes.len());
                if let Some(byte) = bytes.get_mut(at) {
                    *byte = [0, 1, 0x7f, 0x80, 0xff, numbers.byte()][numbers.below(6)];
                }
            }
        }
    }
    bytes
}

#[test]
fn no_damage_ends_in_a_panic() {
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    for path in fixtures() {
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let rounds = if bytes.len() > 8192 { 3 } else { 20 };
        for _ in 0..rounds {
            scan(&name, &Content::of_bytes(damaged(&bytes, &mut numbers)), SMALL);
        }
    }
}

#[test]
fn what_is_cut_off_is_never_safe() {
    let mut safe = Vec::new();
    for path in fixtures().iter().filter(|path| path.to_string_lossy().contains("benign")) {
        let bytes = std::fs::read(path).unwrap();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        // Texts may end anywhere.
        if ["txt", "json"].iter().any(|ending| name.ends_with(ending)) {
            continue;
        }
        for part in 1..8 {
            let cut = bytes[..bytes.len() * part / 8].to_vec();
            let report = scan(&name, &Content::of_bytes(cut), SMALL);
            if report.verdict == Verdict::Safe {
                safe.push(format!("{name}: {part}/8 of it"));
            }
        }
    }
    assert!(safe.is_empty(), "{safe:?}");
}
