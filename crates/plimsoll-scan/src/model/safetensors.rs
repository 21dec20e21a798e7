//! Safetensors: a header of JSON, and tensors that fill the rest of the file without a gap.
//!
//! The format runs nothing; what is left to find is bytes that belong to no tensor, and headers that two
//! readers would read differently. Tensors are never read.

use std::collections::HashSet;
use std::fmt;
use std::io::{BufReader, Read};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::content::Content;
use super::look::{Look, printable};
use super::window::{Order, Unread, Window};

/// The longest header that the format's own reader takes.
const LONGEST_HEADER: u64 = 100_000_000;

/// How many tensors a file may have.
const MOST_TENSORS: usize = 1 << 20;

/// Tells whether a file of `length` bytes that begins with `head` is one.
pub(crate) fn is(head: &[u8], length: u64) -> bool {
    let Some((size, rest)) = head.split_first_chunk::<8>() else { return false };
    let size = u64::from_le_bytes(*size);
    (2..=LONGEST_HEADER).contains(&size) && size <= length && rest.first() == Some(&b'{')
}

/// Looks at a safetensors file.
pub(crate) fn look(content: &Content, look: &mut Look) {
    look.read_as("safetensors");
    if let Err(error) = read(content, look) {
        error.tell("safetensors", look);
    }
}

fn read(content: &Content, look: &mut Look) -> Result<(), Unread> {
    let size = Window::new(content).number::<8>(0, Order::Little)?;
    let start = size.checked_add(8).filter(|start| *start <= content.length());
    let start = start
        .filter(|_| size <= LONGEST_HEADER)
        .ok_or_else(|| Unread::broken(format!("a header of {size} bytes is too long"), 0))?;
    let mut header = Header::default();
    let reader = BufReader::new(content.part(8, size).reader().take(size));
    let mut deserializer = serde_json::Deserializer::from_reader(reader);
    let parsed = Seed(&mut header).deserialize(&mut deserializer).and_then(|()| deserializer.end());
    look.steps(header.names.len() as u64)?;
    parsed.map_err(|error| Unread::broken(format!("the header is not right: {error}"), 8))?;
    let buffer = content.length() - start;
    header.places.sort_unstable();
    let mut covered = 0;
    for (begin, end) in header.places {
        if begin != covered {
            let what =
                if begin > covered { "belong to no tensor" } else { "belong to two tensors" };
            let (low, high) = (begin.min(covered), begin.max(covered));
            look.unknown(
                "model.hidden-bytes",
                format!("bytes {low} to {high} of the tensors {what}"),
            );
        }
        covered = covered.max(end);
    }
    if covered < buffer {
        let count = buffer - covered;
        look.unknown(
            "model.hidden-bytes",
            format!("{count} bytes behind the last tensor belong to none"),
        );
    } else if covered > buffer {
        let what = format!("the tensors need {covered} bytes, and there are {buffer}");
        return Err(Unread::broken(what, start));
    }
    Ok(())
}

/// What the format knows of a tensor, and nothing more.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Tensor {
    dtype: Dtype,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// The kinds of numbers, of the format's version 0.7.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[expect(non_camel_case_types, clippy::upper_case_acronyms, reason = "as the format writes them")]
enum Dtype {
    BOOL,
    F4,
    F6_E2M3,
    F6_E3M2,
    U8,
    I8,
    F8_E5M2,
    F8_E4M3,
    F8_E8M0,
    F8_E4M3FNUZ,
    F8_E5M2FNUZ,
    I16,
    U16,
    F16,
    BF16,
    I32,
    U32,
    F32,
    F64,
    I64,
    U64,
    C64,
}

impl Dtype {
    fn bits(self) -> u64 {
        match self {
            Self::F4 => 4,
            Self::F6_E2M3 | Self::F6_E3M2 => 6,
            Self::BOOL
            | Self::U8
            | Self::I8
            | Self::F8_E5M2
            | Self::F8_E4M3
            | Self::F8_E8M0
            | Self::F8_E4M3FNUZ
            | Self::F8_E5M2FNUZ => 8,
            Self::I16 | Self::U16 | Self::F16 | Self::BF16 => 16,
            Self::I32 | Self::U32 | Self::F32 => 32,
            Self::F64 | Self::I64 | Self::U64 | Self::C64 => 64,
        }
    }
}

impl Tensor {
    /// Returns what is wrong with it.
    fn fault(&self) -> Option<String> {
        let (begin, end) = self.data_offsets;
        let mut bits = Some(self.dtype.bits());
        for side in &self.shape {
            bits = bits.and_then(|bits| bits.checked_mul(*side));
        }
        let bytes = end.checked_sub(begin);
        let fits = bits.zip(bytes).is_some_and(|(bits, bytes)| bytes.checked_mul(8) == Some(bits));
        (!fits).then(|| format!("its shape and dtype do not make the bytes {begin} to {end}"))
    }
}

#[derive(Default)]
struct Header {
    names: HashSet<String>,
    places: Vec<(u64, u64)>,
}

struct Seed<'h>(&'h mut Header);

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object of tensors")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(name) = map.next_key::<String>()? {
            let shown = printable(&name);
            if self.0.names.len() >= MOST_TENSORS {
                return Err(A::Error::custom(format!("more than {MOST_TENSORS} tensors")));
            }
            if name == "__metadata__" {
                map.next_value::<Metadata>()?;
            } else {
                let tensor: Tensor = map.next_value()?;
                if let Some(fault) = tensor.fault() {
                    return Err(A::Error::custom(format!("tensor `{shown}`: {fault}")));
                }
                self.0.places.push(tensor.data_offsets);
            }
            if !self.0.names.insert(name) {
                return Err(A::Error::custom(format!("`{shown}` is there twice")));
            }
        }
        Ok(())
    }
}

/// Texts under names, each there once.
struct Metadata;

impl<'de> Deserialize<'de> for Metadata {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Texts;
        impl<'de> Visitor<'de> for Texts {
            type Value = Metadata;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Metadata, A::Error> {
                let mut names = HashSet::new();
                while let Some(name) = map.next_key::<String>()? {
                    map.next_value::<String>()?;
                    if !names.insert(name) {
                        return Err(A::Error::custom("a key of the metadata is there twice"));
                    }
                }
                Ok(Metadata)
            }
        }
        deserializer.deserialize_map(Texts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;
    use crate::model::report::Verdict;

    fn file(header: &str, tensors: usize) -> Vec<u8> {
        let mut bytes = (header.len() as u64).to_le_bytes().to_vec();
        bytes.extend_from_slice(header.as_bytes());
        bytes.resize(bytes.len() + tensors, 0);
        bytes
    }

    fn verdict(bytes: Vec<u8>) -> (Verdict, Vec<String>) {
        let mut seen = Look::new(Limits::default());
        look(&Content::of_bytes(bytes), &mut seen);
        let report = seen.report("");
        (report.verdict, report.findings.into_iter().map(|finding| finding.code).collect())
    }

    const TWO: &str = r#"{"__metadata__":{"format":"pt"},
        "a":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},
        "b":{"dtype":"F4","shape":[2,1],"data_offsets":[16,17]},
        "empty":{"dtype":"I64","shape":[0],"data_offsets":[17,17]}}   "#;

    #[test]
    fn tensors_that_fill_the_file_are_safe() {
        let bytes = file(TWO, 17);
        assert!(is(&bytes, bytes.len() as u64) && !is(b"{}", 2) && !is(&bytes[..8], 8));
        assert_eq!(verdict(bytes), (Verdict::Safe, Vec::new()));
        assert_eq!(verdict(file("{}", 0)).0, Verdict::Safe);
    }

    #[test]
    fn bytes_of_no_tensor_or_of_two_are_told() {
        let one = |name, from, to| {
            format!(r#""{name}":{{"dtype":"U8","shape":[4],"data_offsets":[{from},{to}]}}"#)
        };
        for (header, tensors) in [
            (format!("{{{}}}", one("a", 0, 4)), 5),
            (format!("{{{},{}}}", one("a", 0, 4), one("b", 6, 10)), 10),
            (format!("{{{},{}}}", one("a", 0, 4), one("b", 2, 6)), 6),
            (format!("{{{}}}", one("a", 2, 6)), 6),
        ] {
            assert_eq!(verdict(file(&header, tensors)).1, ["model.hidden-bytes"], "{header}");
        }
    }

    #[test]
    fn headers_that_are_not_right_are_unreadable() {
        let tensor = r#""a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}"#;
        for header in [
            format!("{{{tensor},{tensor}}}"),
            r#"{"a":{"dtype":"U8","dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#.to_owned(),
            r#"{"a":{"dtype":"U9","shape":[4],"data_offsets":[0,4]}}"#.to_owned(),
            r#"{"a":{"dtype":"U8","shape":[5],"data_offsets":[0,4]}}"#.to_owned(),
            r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[4,0]}}"#.to_owned(),
            r#"{"a":{"dtype":"F64","shape":[4294967296,4294967296],"data_offsets":[0,0]}}"#.to_owned(),
            r#"{"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4],"code":"x"}}"#.to_owned(),
            r#"{"__metadata__":{"a":1},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#.to_owned(),
            r#"{"__metadata__":{"a":"","a":""},"a":{"dtype":"U8","shape":[4],"data_offsets":[0,4]}}"#
                .to_owned(),
            r#"{"a":{"dtype":"U8","shape":[9],"data_offsets":[0,9]}}"#.to_owned(),
            format!("{{{tensor}}} PK"),
        ] {
            assert_eq!(verdict(file(&header, 4)).1, ["model.unreadable"], "{header}");
        }
        assert_eq!(verdict(file(TWO, 17)[..60].to_vec()).1, ["model.unreadable"]);
    }
}
