//! What an ELF file needs of others, and what it offers them.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Seek};

use object::elf::{DT_NEEDED, EM_X86_64, FileHeader64, VER_FLG_WEAK};
use object::read::elf::{ElfFile, FileHeader as _, ProgramHeader as _};
use object::read::{Error, ReadCache, ReadRef};
use object::{Endianness, SectionIndex, StringTable};

/// What is needed of an ELF file for 64-bit x86.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Elf {
    /// The loader that it asks for, if it is a program.
    pub(crate) loader: Option<String>,
    /// The libraries that it needs, as it names them.
    pub(crate) needed: BTreeSet<String>,
    /// Which versions of interfaces it needs, by library.
    pub(crate) wants: BTreeMap<String, BTreeSet<String>>,
    /// Which versions of interfaces it has.
    pub(crate) offers: BTreeSet<String>,
}

/// A file is not what can be run here.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ElfError {
    /// It is something else, or damaged.
    #[error("it is no ELF file of 64 bits that can be read ({0})")]
    Form(#[from] Error),
    /// It runs on another processor.
    #[error("it is for another processor (machine {0}, expected 62: x86-64)")]
    Machine(u16),
    /// A name in it is no text.
    #[error("it names something that is no text")]
    NoText,
}

impl Elf {
    /// Reads the tables of `file`.
    pub(crate) fn read(file: impl Read + Seek) -> Result<Self, ElfError> {
        Self::of(&ReadCache::new(file))
    }

    fn of<'data, R: ReadRef<'data>>(data: R) -> Result<Self, ElfError> {
        let elf: ElfFile<'data, FileHeader64<Endianness>, R> = ElfFile::parse(data)?;
        let endian = elf.endian();
        let machine = elf.elf_header().e_machine(endian);
        if machine != EM_X86_64 {
            return Err(ElfError::Machine(machine.0));
        }
        let mut found = Self::default();
        for segment in elf.elf_program_headers() {
            if let Some(loader) = segment.interpreter(endian, data)? {
                found.loader = Some(text(loader)?);
            }
        }
        let dynamic = elf.elf_dynamic_table()?;
        for entry in &dynamic {
            if entry.tag == DT_NEEDED {
                found.needed.insert(text(dynamic.string(entry)?)?);
            }
        }
        let sections = elf.elf_section_table();
        let strings = |index: SectionIndex| -> Result<StringTable<'data, R>, Error> {
            sections.strings(endian, data, index)
        };
        if let Some((needs, link)) = sections.gnu_verneed(endian, data)? {
            let names = strings(link)?;
            for need in needs {
                let (need, versions) = need?;
                let wanted = found.wants.entry(text(need.file(endian, names)?)?).or_default();
                for version in versions {
                    let version = version?;
                    // A weak one may be missing.
                    if !version.vna_flags.get(endian).contains(VER_FLG_WEAK) {
                        wanted.insert(text(version.name(endian, names)?)?);
                    }
                }
            }
        }
        if let Some((definitions, link)) = sections.gnu_verdef(endian, data)? {
            let names = strings(link)?;
            for definition in definitions {
                let (_, mut versions) = definition?;
                // The first is its name, the others are what it follows from.
                if let Some(version) = versions.next()? {
                    found.offers.insert(text(version.name(endian, names)?)?);
                }
            }
        }
        Ok(found)
    }
}

fn text(bytes: &[u8]) -> Result<String, ElfError> {
    std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| ElfError::NoText)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_program_says_what_it_needs() {
        let program = std::fs::File::open(std::env::current_exe().unwrap()).unwrap();
        let elf = Elf::read(program).unwrap();
        assert!(elf.needed.contains("libc.so.6"), "{elf:?}");
        assert!(elf.loader.as_deref().is_some_and(|loader| loader.starts_with('/')), "{elf:?}");
        assert!(elf.wants["libc.so.6"].contains("GLIBC_2.2.5"), "{elf:?}");
    }

    #[test]
    fn what_is_no_program_is_refused() {
        for bytes in [&b""[..], b"\x7fELF", b"#!/bin/sh\n", &[0x7f; 4096]] {
            assert!(matches!(Elf::of(bytes), Err(ElfError::Form(_))));
        }
        let program = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let mut other = program.clone();
        other[18] = 183;
        assert!(matches!(Elf::of(&*other), Err(ElfError::Machine(183))));
        assert!(Elf::of(&program[..program.len() / 2]).is_err());
    }
}
