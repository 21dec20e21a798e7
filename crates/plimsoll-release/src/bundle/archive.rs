//! One tar file: POSIX ustar with the only header that a bundle needs.

use std::io::{self, Read as _, Write};
use std::os::unix::fs::FileExt as _;

use super::LARGEST_MODEL;
use super::open::{OpenBundleError, Section};

const BLOCK: u64 = 512;

/// Returns the header of a file: mode 0644, owned by nobody, changed in 1970.
pub(crate) fn header(name: &str, size: u64) -> Option<[u8; 512]> {
    let mut block = [0; 512];
    if name.len() > 99 || size > LARGEST_MODEL {
        return None;
    }
    block[..name.len()].copy_from_slice(name.as_bytes());
    block[100..108].copy_from_slice(b"0000644\0");
    block[108..116].copy_from_slice(b"0000000\0");
    block[116..124].copy_from_slice(b"0000000\0");
    block[124..135].copy_from_slice(format!("{size:011o}").as_bytes());
    block[136..147].copy_from_slice(b"00000000000");
    // The sum counts itself as eight spaces.
    block[148..156].copy_from_slice(b"        ");
    block[156] = b'0';
    block[257..265].copy_from_slice(b"ustar\x0000");
    block[329..337].copy_from_slice(b"0000000\0");
    block[337..345].copy_from_slice(b"0000000\0");
    let sum: u32 = block.iter().copied().map(u32::from).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    Some(block)
}

/// Returns how many zeros follow a file of `size` bytes.
fn padding(size: u64) -> u64 {
    (BLOCK - size % BLOCK) % BLOCK
}

/// Writes the zeros after a file of `size` bytes.
pub(crate) fn pad(to: &mut dyn Write, size: u64) -> io::Result<()> {
    io::copy(&mut io::repeat(0).take(padding(size)), to).map(drop)
}

/// Writes the end of an archive.
pub(crate) fn end(to: &mut dyn Write) -> io::Result<()> {
    to.write_all(&[0; 1024])
}

/// Returns the name of the first file of an archive, if it begins as this module writes one.
pub(crate) fn first_name(archive: &Section) -> Option<String> {
    let mut block = [0; 512];
    archive.file.read_exact_at(&mut block, archive.offset).ok()?;
    named(&block).map(|(name, _)| name)
}

/// Returns the files of an archive that is exactly as this module writes one, at most `most`.
pub(crate) fn files(
    archive: &Section,
    most: usize,
) -> Result<Vec<(String, Section)>, OpenBundleError> {
    let malformed = |at| OpenBundleError::Archive { at };
    let mut files: Vec<(String, Section)> = Vec::new();
    let mut at = 0;
    loop {
        let unread = |error: io::Error| match error.kind() {
            io::ErrorKind::UnexpectedEof => malformed(at),
            _ => OpenBundleError::Unreadable(error),
        };
        let mut block = [0; 512];
        archive.file.read_exact_at(&mut block, at).map_err(unread)?;
        if block == [0; 512] {
            let mut rest = [1; 512];
            archive.file.read_exact_at(&mut rest, at + BLOCK).map_err(unread)?;
            let ended = rest == [0; 512] && archive.size == at + 2 * BLOCK;
            return if ended { Ok(files) } else { Err(malformed(at)) };
        }
        if files.len() == most {
            return Err(OpenBundleError::TooMany);
        }
        let (name, size) = named(&block).ok_or(malformed(at))?;
        // Sorted names are also names that come once.
        if files.last().is_some_and(|(last, _)| *last >= name) {
            return Err(malformed(at));
        }
        // Neither sum can overflow: `at` lies in a file, `size` is below 2^33.
        let next = at + BLOCK + size + padding(size);
        if next > archive.size {
            return Err(malformed(at));
        }
        let content = Section { file: archive.file.clone(), offset: at + BLOCK, size };
        let mut zeros = [0; 512];
        let zeros = &mut zeros[..usize::try_from(padding(size)).unwrap_or(0)];
        archive.file.read_exact_at(zeros, at + BLOCK + size).map_err(unread)?;
        if zeros.iter().any(|byte| *byte != 0) {
            return Err(malformed(at));
        }
        files.push((name, content));
        at = next;
    }
}

/// Returns the name and size in a header, if it is the header that [`header`] makes of them.
fn named(block: &[u8; 512]) -> Option<(String, u64)> {
    let length = block[..100].iter().position(|byte| *byte == 0)?;
    let name = str::from_utf8(&block[..length]).ok()?;
    let size = u64::from_str_radix(str::from_utf8(&block[124..135]).ok()?, 8).ok()?;
    (header(name, size)? == *block).then(|| (name.to_owned(), size))
}
