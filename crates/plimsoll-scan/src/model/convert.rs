//! Tensors of model files, written as safetensors: names, numbers, and nothing that a loader could run.
//!
//! Only what is nothing but tensors is converted, and only of files that were scanned and found safe. What
//! would be left out, or would have to be computed, is refused.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::content::Content;
use super::look::{Limits, Look, printable};
use super::pickle::tensors;
use super::report::{FileReport, Verdict};
use super::{npy, zip};

/// Kinds of numbers in the order in which they are written: those that need the widest alignment first.
const ORDER: &[&str] = &[
    "U64", "I64", "F64", "F32", "U32", "I32", "BF16", "F16", "U16", "I16", "F8_E4M3", "F8_E5M2",
    "I8", "U8", "BOOL",
];

/// The longest header that readers of safetensors take.
const LONGEST_HEADER: u64 = 100_000_000;

/// A file is not converted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConvertError {
    /// It was not found safe.
    #[error("only files that are safe are converted, and this one is {0}")]
    NotSafe(Verdict),
    /// It is of a format that holds no tensors, or of which none are read.
    #[error("tensors are read of PyTorch's and NumPy's files only")]
    Format,
    /// It holds something else than tensors, or tensors that safetensors has no form for.
    #[error("{0}")]
    Content(String),
}

/// A tensor, and its numbers where they lie.
struct Held {
    name: String,
    kind: &'static str,
    shape: Vec<u64>,
    numbers: Content,
}

/// The tensors of a file.
pub struct Tensors(Vec<Held>);

impl Tensors {
    /// Finds the tensors of a file, of which `report` tells; `name` is that of an array that has none.
    ///
    /// # Errors
    /// It is not safe, holds anything else than tensors, or tensors whose numbers do not lie in a row, little end
    /// first.
    pub fn of(content: &Content, report: &FileReport, name: &str) -> Result<Self, ConvertError> {
        if report.verdict != Verdict::Safe {
            return Err(ConvertError::NotSafe(report.verdict));
        }
        let has = |format: &str| report.formats.iter().any(|known| known == format);
        let mut look = Look::new(Limits::default().of_length(content.length()));
        let found = if has("zip") && has("torch") && !has("torchscript") {
            state_dict(content, &mut look)
        } else if has("zip") && has("npy") && report.formats.len() == 2 {
            arrays(content, &mut look)
        } else if report.formats == ["npy"] {
            array(name, content).map(|array| vec![array])
        } else {
            return Err(ConvertError::Format);
        };
        let mut tensors = found.map_err(ConvertError::Content)?;
        if tensors.is_empty() {
            return Err(ConvertError::Content("it holds no tensors".to_owned()));
        }
        let place = |kind| ORDER.iter().position(|known| *known == kind);
        tensors.sort_by(|a, b| place(a.kind).cmp(&place(b.kind)).then_with(|| a.name.cmp(&b.name)));
        Ok(Self(tensors))
    }

    /// Returns how many there are.
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Returns how many bytes their numbers take.
    pub fn length(&self) -> u64 {
        self.0.iter().map(|held| held.numbers.length()).sum()
    }

    /// Writes them as `safetensors` does, byte for byte.
    ///
    /// # Errors
    /// The numbers cannot be read, or not be written; or the names take more than readers take.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let header = self.header()?;
        out.write_all(&(header.len() as u64).to_le_bytes())?;
        out.write_all(header.as_bytes())?;
        for held in &self.0 {
            let written = io::copy(&mut held.numbers.reader(), out)?;
            if written != held.numbers.length() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(())
    }

    fn header(&self) -> io::Result<String> {
        /// Numbers begin at a multiple of this.
        const ALIGNMENT: usize = 8;
        let mut header = String::from("{");
        let mut at = 0;
        for (index, held) in self.0.iter().enumerate() {
            let end = at + held.numbers.length();
            let name = serde_json::to_string(&held.name)?;
            let shape = serde_json::to_string(&held.shape)?;
            let comma = if index > 0 { "," } else { "" };
            let kind = held.kind;
            // Writing to a string does not fail.
            _ = write!(
                header,
                "{comma}{name}:{{\"dtype\":\"{kind}\",\"shape\":{shape},\"data_offsets\":[{at},{end}]}}",
            );
            at = end;
        }
        header.push('}');
        while !header.len().is_multiple_of(ALIGNMENT) {
            header.push(' ');
        }
        if header.len() as u64 > LONGEST_HEADER {
            let message = format!("the header would take more than {LONGEST_HEADER} bytes");
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        Ok(header)
    }
}

/// Reads the state dict in an archive of `PyTorch`.
fn state_dict(content: &Content, look: &mut Look) -> Result<Vec<Held>, String> {
    let members = zip::members(content, look)?;
    let find = |wanted: &str| members.iter().find(|(name, _)| name == wanted).map(|(_, it)| it);
    let mut roots = members.iter().filter_map(|(name, _)| name.strip_suffix("data.pkl"));
    let (Some(root), None) = (roots.next(), roots.next()) else {
        return Err("it holds more than one pickle".to_owned());
    };
    if let Some(order) = find(&format!("{root}byteorder"))
        && order.head(8).map_err(|error| error.to_string())? != b"little"
    {
        return Err("its numbers are written big end first".to_owned());
    }
    let pickle = find(&format!("{root}data.pkl")).ok_or("it holds no pickle")?;
    let mut found = Vec::new();
    for (name, tensor) in tensors::read(pickle)? {
        let shown = printable(&name);
        let storage = find(&format!("{root}data/{}", tensor.storage));
        let storage = storage.ok_or_else(|| format!("the numbers of `{shown}` are missing"))?;
        let bytes = |count: Option<u64>| count.and_then(|count| count.checked_mul(tensor.width));
        let (first, length) = (bytes(Some(tensor.first)), bytes(tensor.count()));
        let end = first.zip(length).and_then(|(first, length)| first.checked_add(length));
        let stated = bytes(Some(tensor.held)).map(|stated| stated.min(storage.length()));
        let (Some(first), Some(length), true) = (first, length, end <= stated && end.is_some())
        else {
            return Err(format!("`{shown}` has more numbers than its storage holds"));
        };
        let numbers = storage.part(first, length);
        found.push(Held { name, kind: tensor.kind, shape: tensor.shape, numbers });
    }
    Ok(found)
}

/// Reads the arrays in an archive of `NumPy`.
fn arrays(content: &Content, look: &mut Look) -> Result<Vec<Held>, String> {
    let mut found = Vec::new();
    for (name, member) in zip::members(content, look)? {
        let stem = name.strip_suffix(".npy").ok_or("it holds more than arrays")?;
        found.push(array(stem, &member)?);
    }
    Ok(found)
}

fn array(name: &str, content: &Content) -> Result<Held, String> {
    if name == "__metadata__" {
        return Err("a tensor cannot be called `__metadata__`".to_owned());
    }
    let numbers = npy::numbers(content).map_err(|why| format!("`{}`: {why}", printable(name)))?;
    let npy::Numbers { kind, shape, bytes } = numbers;
    Ok(Held { name: name.to_owned(), kind, shape, numbers: bytes })
}

#[cfg(test)]
mod tests;
