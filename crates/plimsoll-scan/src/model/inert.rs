//! Files beside a model that no loader runs, and those that somebody runs.
//!
//! A file is inert if it is text that a name like `README.md` or `vocab.txt` promises, or a picture, to its last
//! byte. Python and other code in a model's folder is what a loader with `trust_remote_code` imports; programs
//! and libraries are what it loads. Neither can be judged here, so that both are unknown. The caller has looked
//! for every other format before: a pickle of protocol 0 is text too.

mod picture;

use std::io::Read;

use super::content::Content;
use super::look::Look;
use super::window::Unread;

/// What a file is that is no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Text that people or tokenizers read.
    Text,
    /// YAML, which is more than text to some readers.
    Yaml,
    /// A template of a chat.
    Template,
    /// A picture, by its format.
    Picture(&'static str),
    /// A program's source.
    Source(&'static str),
    /// A program or a library, by its format.
    Program(&'static str),
}

/// How programs begin.
const PROGRAMS: [(&[u8], &str); 17] = [
    (b"\x7fELF", "ELF"),
    (b"MZ", "PE"),
    (b"\xfe\xed\xfa\xce", "Mach-O"),
    (b"\xfe\xed\xfa\xcf", "Mach-O"),
    (b"\xce\xfa\xed\xfe", "Mach-O"),
    (b"\xcf\xfa\xed\xfe", "Mach-O"),
    (b"\xca\xfe\xba\xbe", "Mach-O or Java class"),
    (b"\0asm", "WebAssembly"),
    (b"dex\n", "Dalvik"),
    (b"!<arch>\n", "archive of objects"),
    (b"BC\xc0\xde", "LLVM bitcode"),
    (b"\x1bLua", "Lua bytecode"),
    (b"\xac\xed\0\x05", "serialized Java objects"),
    (b"RDX2\n", "R data"),
    (b"RDX3\n", "R data"),
    (b"RDA2\n", "R data"),
    (b"RDA3\n", "R data"),
];

/// Ends of the names of programs' sources.
const SOURCES: [(&str, &str); 12] = [
    ("Python", "py pyi pyx pxd pyw pth"),
    ("a notebook", "ipynb"),
    ("a shell script", "sh bash zsh fish ksh csh command"),
    ("a Windows script", "bat cmd ps1 psm1 vbs wsf hta lnk reg"),
    ("JavaScript", "js mjs cjs ts jsx tsx"),
    ("a page with scripts", "html htm xhtml svg xht mht"),
    ("C or C++", "c cc cpp cxx h hh hpp cu cuh m mm"),
    (
        "another language",
        "rb pl php lua r rmd jl scala java kt kts go rs swift cs fs vb groovy clj ex erl",
    ),
    ("a recipe", "cmake gradle mk ninja bazel bzl dockerfile nix"),
    ("a desktop entry", "desktop service timer url webloc"),
    ("a macro", "vba xlsm docm pptm"),
    ("a kernel", "metal glsl hlsl cl ptx"),
];

/// Whole names of programs' sources.
const SOURCE_NAMES: [&str; 6] =
    ["dockerfile", "makefile", "cmakelists.txt", "jenkinsfile", "rakefile", "vagrantfile"];

/// Ends of the names of programs that have no mark of their own.
const BYTECODE: [&str; 4] = ["pyc", "pyo", "pyd", "class"];

/// Ends of the names of texts that people, tokenizers and tables are read from.
const TEXTS: &str = "txt text md markdown rst adoc tex bib csv tsv jsonl ndjson toml ini cfg conf properties log vocab \
    bpe merges tokens labels names words dict lst list srt vtt po license licence notice authors changelog citation cff \
    gitattributes gitignore gitmodules editorconfig dockerignore lock sha256 sha512 md5 checksum sum proto pbtxt prototxt \
    xsd dtd arpa phones lexicon";

/// Whole names of such texts.
const TEXT_NAMES: [&str; 15] = [
    "readme",
    "license",
    "licence",
    "notice",
    "copying",
    "authors",
    "contributors",
    "changelog",
    "version",
    "checkpoint",
    "vocab",
    "merges",
    "labels",
    "requirements",
    "sha256sums",
];

/// Tells what a file is, by its name (without folders) and by how it begins.
pub(crate) fn kind(name: &str, head: &[u8]) -> Option<Kind> {
    if let Some((_, format)) = PROGRAMS.iter().find(|(mark, _)| head.starts_with(mark)) {
        return Some(Kind::Program(format));
    }
    if head.starts_with(b"#!") {
        return Some(Kind::Source("a script"));
    }
    let name = name.to_ascii_lowercase();
    // The end of `weights.tar.gz` is `gz`; a hidden file is its own end.
    let (_, end) = name.rsplit_once('.').unwrap_or((name.as_str(), ""));
    let is_in = |words: &str| words.split_ascii_whitespace().any(|word| word == end);
    if BYTECODE.contains(&end) {
        return Some(Kind::Program("bytecode"));
    }
    if SOURCE_NAMES.contains(&name.as_str()) {
        return Some(Kind::Source("a recipe"));
    }
    if let Some((language, _)) = SOURCES.iter().find(|(_, ends)| is_in(ends)) {
        return Some(Kind::Source(language));
    }
    if let Some(format) = picture::format(head) {
        return Some(Kind::Picture(format));
    }
    match end {
        "yaml" | "yml" => return Some(Kind::Yaml),
        "jinja" | "jinja2" | "j2" => return Some(Kind::Template),
        _ => {}
    }
    if name == "mlmodel" {
        return Some(Kind::Yaml);
    }
    let is_named = TEXT_NAMES.contains(&name.as_str());
    (is_in(TEXTS) || is_named).then_some(Kind::Text)
}

/// Looks at a file of that kind.
pub(crate) fn look(content: &Content, kind: Kind, look: &mut Look) {
    let read = match kind {
        Kind::Text => {
            look.read_as("text");
            text(content, look)
        }
        Kind::Picture(format) => {
            look.read_as(format);
            picture::look(content, format, look)
        }
        Kind::Yaml => {
            super::yaml::look(content, look);
            Ok(())
        }
        Kind::Template => {
            super::jinja::look(content, look);
            Ok(())
        }
        Kind::Source(language) => {
            look.read_as("source");
            look.unknown(
                "model.code",
                format!("it is {language}: whoever runs it with the model runs it all"),
            );
            Ok(())
        }
        Kind::Program(format) => {
            look.read_as("program");
            look.unknown("model.code", format!("it is a program or a library ({format})"));
            Ok(())
        }
    };
    if let Err(error) = read {
        error.tell("text", look);
    }
}

/// Reads a text to its end: UTF-8 (or Latin letters) without control characters.
fn text(content: &Content, look: &mut Look) -> Result<(), Unread> {
    const PIECE: usize = 64 << 10;
    let mut reader = content.reader();
    let mut piece = vec![0; PIECE];
    let mut at: u64 = 0;
    loop {
        let count = reader.read(&mut piece)?;
        if count == 0 {
            return Ok(());
        }
        let bytes = piece.get(..count).unwrap_or_default();
        let is_control = |byte: &u8| *byte < 0x20 && !b"\t\n\r\x0c".contains(byte) || *byte == 0x7f;
        if let Some(place) = bytes.iter().position(is_control) {
            let at = at + place as u64;
            return Err(Unread::broken("it has a byte that is no text", at));
        }
        at += count as u64;
        look.steps(1)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;
    use crate::model::report::Verdict;

    fn verdict(name: &str, bytes: &[u8]) -> Option<Verdict> {
        let kind = kind(name, bytes.get(..64).unwrap_or(bytes))?;
        let mut seen = Look::new(Limits::default());
        look(&Content::of_bytes(bytes.to_vec()), kind, &mut seen);
        Some(seen.report(name).verdict)
    }

    #[test]
    fn texts_and_pictures_are_inert() {
        for (name, bytes) in [
            ("README.md", &b"# A model\nimport os\n"[..]),
            ("vocab.txt", "hé\tllo\r\n".as_bytes()),
            ("LICENSE", b"Apache"),
            (".gitattributes", b"*.bin filter=lfs"),
            ("params.yaml", b"a: 1"),
            ("chat_template.jinja", b"{{ messages }}"),
            ("x.gif", b"GIF89a\x01\0\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x01\0\0;"),
        ] {
            assert_eq!(verdict(name, bytes), Some(Verdict::Safe), "{name}");
        }
    }

    #[test]
    fn code_and_programs_are_unknown_by_name_and_by_mark() {
        for (name, bytes) in [
            ("modeling_x.py", &b"x = 1"[..]),
            ("setup.SH", b"x"),
            ("Makefile", b"all:"),
            ("README.md", b"#!/bin/sh\n"),
            ("vocab.txt", b"\x7fELF\x02"),
            ("icon.svg", b"<svg/>"),
            ("x.pyc", b"\xa7\r\r\n"),
            ("notes.txt", b"a\0b"),
            ("a.yaml", b"a: !!x.y z"),
        ] {
            assert!(
                verdict(name, bytes).is_some_and(|verdict| verdict >= Verdict::Unknown),
                "{name}"
            );
        }
        assert_eq!(verdict("chat_template.jinja", b"{{ x.__class__ }}"), Some(Verdict::Unsafe));
    }

    #[test]
    fn names_that_promise_nothing_are_left_to_others() {
        for name in ["weights.dat", "model.bin", "readme.pkl", "x", "archive.zip"] {
            assert_eq!(kind(name, b"text"), None, "{name}");
        }
    }
}
