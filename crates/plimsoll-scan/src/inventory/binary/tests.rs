use std::io::Write;

use flate2::Compression;
use flate2::write::ZlibEncoder;
use proptest::prelude::*;

use super::*;
use crate::inventory::Kind;

/// Where the file lies in memory.
const ADDRESS: u64 = 0x40_0000;
const HEADERS: usize = 64 + 56;

/// Makes an ELF file of 64 bits with one segment that may be written, and these sections.
#[expect(clippy::cast_possible_truncation, reason = "the files are small")]
fn elf(sections: &[(&str, &[u8])]) -> Vec<u8> {
    let mut names = vec![0];
    let mut body = Vec::new();
    let mut table = vec![[0_u64; 4]];
    for (name, bytes) in sections {
        table.push([names.len() as u64, 1, (HEADERS + body.len()) as u64, bytes.len() as u64]);
        names.extend(name.bytes().chain([0]));
        body.extend(*bytes);
        body.resize(body.len().next_multiple_of(16), 0);
    }
    table.push([0, 3, (HEADERS + body.len()) as u64, names.len() as u64]);
    let size = (HEADERS + body.len()) as u64;
    body.extend(names);
    let sections_at = (HEADERS + body.len()) as u64;

    let mut file = b"\x7fELF\x02\x01\x01".to_vec();
    file.resize(16, 0);
    file.extend([2, 0, 62, 0, 1, 0, 0, 0]);
    for word in [0, 64, sections_at] {
        file.extend(word.to_le_bytes());
    }
    file.extend([0; 4]);
    let count = table.len() as u16;
    for half in [64, 56, 1, 64, count, count - 1] {
        file.extend(half.to_le_bytes());
    }
    file.extend([1, 0, 0, 0, 6, 0, 0, 0]);
    for word in [0, ADDRESS, ADDRESS, size, size, 16] {
        file.extend(word.to_le_bytes());
    }
    file.extend(body);
    for [name, kind, offset, size] in table {
        file.extend((name as u32).to_le_bytes());
        file.extend((kind as u32).to_le_bytes());
        for word in [0, 0, offset, size, 0, 0, 0] {
            file.extend(word.to_le_bytes());
        }
        file.truncate(file.len() - 8);
        file.extend([0; 8]);
    }
    file
}

fn marked(modules: &str) -> Vec<u8> {
    [&[0xaf; 16], modules.as_bytes(), &[0xf9; 16]].concat()
}

fn with_length(bytes: &[u8]) -> Vec<u8> {
    let mut written = Vec::new();
    let mut length = bytes.len();
    while length >= 0x80 {
        written.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
        length >>= 7;
    }
    written.push(u8::try_from(length).unwrap());
    written.extend(bytes);
    written
}

const MODULES: &str =
    "path\tcmd\nmod\texample.org/cmd\tv1.0.0\th1:=\ndep\tgolang.org/x/net\tv0.17.0\th1:=\n";

fn inline() -> Vec<u8> {
    let mut header = b"\xff Go buildinf:\x08\x02".to_vec();
    header.resize(32, 0);
    [header, with_length(b"go1.21.5"), with_length(&marked(MODULES))].concat()
}

/// Returns a program that Go built.
pub(in crate::inventory) fn program_of_go() -> Vec<u8> {
    elf(&[(".go.buildinfo", &inline())])
}

fn shown(file: &[u8]) -> String {
    let mut gathering = Gathering::new("bin");
    add_builds(&builds_of(file).unwrap(), &mut gathering).unwrap();
    gathering.finish(Kind::Binary).unwrap().shown()
}

const FROM_GO: &str = "Go example.org/cmd 1.0.0 (bin)\nGo golang.org/x/net 0.17.0 (bin)\n";

#[test]
fn reads_what_go_writes_out() {
    let expected = format!("{FROM_GO}Go stdlib 1.21.5 (bin)");
    assert_eq!(shown(&elf(&[(".text", b"code"), (".go.buildinfo", &inline())])), expected);
    // Without the name of the section it is looked for in the data.
    let elsewhere = elf(&[(".x", &[[0; 16].as_slice(), &inline()].concat())]);
    assert_eq!(builds_of(&elsewhere).unwrap(), []);
    let at_16 = [&[0; 8], inline().as_slice()].concat();
    assert_eq!(shown(&elf(&[(".x", &at_16)])), expected);
}

#[test]
fn reads_what_older_go_points_at() {
    let modules = marked(MODULES);
    let at = |offset: usize| ADDRESS + (HEADERS + offset) as u64;
    let mut section = b"\xff Go buildinf:\x08\x00".to_vec();
    section.extend([at(32), at(48)].map(u64::to_le_bytes).concat());
    section.extend([at(64), 6].map(u64::to_le_bytes).concat());
    section.extend([at(80), modules.len() as u64].map(u64::to_le_bytes).concat());
    section.extend(b"go1.17\0\0\0\0\0\0\0\0\0\0");
    section.extend(&modules);
    let file = elf(&[(".go.buildinfo", &section)]);
    assert_eq!(shown(&file), format!("{FROM_GO}Go stdlib 1.17.0 (bin)"));
}

#[test]
fn reads_what_cargo_auditable_writes() {
    let list = r#"{"packages":[{"name":"mine","version":"0.1.0","source":"local","root":true},{"name":"libc","version":"0.2.1","source":"crates.io"},{"name":"x","version":"1.0.0","source":"git"}]}"#;
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(list.as_bytes()).unwrap();
    let packed = encoder.finish().unwrap();
    insta::assert_snapshot!(shown(&elf(&[(".dep-v0", &packed)])), @r"
    crates.io libc 0.2.1 (bin)
    crates.io mine 0.1.0 (bin)
    crates.io x 1.0.0 (bin)
    not audited: mine 0.1.0: it comes from a working tree, not from the registry that advisories speak of (bin)
    not audited: x 1.0.0: it comes from git, not from the registry that advisories speak of (bin)
    ");
    insta::assert_snapshot!(shown(&elf(&[(".dep-v0", b"\x78\x9cno")])), @"not audited: a binary: its list of crates (`.dep-v0`) cannot be unpacked (bin)");
}

#[test]
fn a_list_that_unpacks_without_end_is_not_audited() {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(&vec![b' '; usize::try_from(MOST_OF_LIST).unwrap() + 1]).unwrap();
    let packed = encoder.finish().unwrap();
    let builds = builds_of(&elf(&[(".dep-v0", &packed)])).unwrap();
    assert!(matches!(builds.as_slice(), [Build::Unreadable(_)]));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]
    #[test]
    fn damage_makes_nothing_panic(at in 0_usize..600, byte: u8, cut in 0_usize..1200) {
        let mut file = elf(&[(".go.buildinfo", &inline()), (".dep-v0", b"x")]);
        let length = file.len();
        file[at % length] = byte;
        file.truncate(cut.max(16));
        if let Ok(builds) = builds_of(&file) {
            _ = add_builds(&builds, &mut Gathering::new("bin"));
        }
    }
}
