//! The bytes of a journal, format version 1. Numbers are little-endian.
//!
//! A journal is the magic, the version as `u32`, and frames. A frame is the length of its payload
//! as `u32`, the CRC-32 of the payload as `u32`, and the payload, whose first byte says what it is:
//! the head (once, first), a layout, or a record of a layout.

use std::sync::Arc;

use super::super::record::{Column, Element, Record, Values};

/// What a journal begins with.
pub(super) const MAGIC: &[u8; 8] = b"PLIMJRNL";

/// The version of the format that is written.
pub(super) const VERSION: u32 = 1;

/// How many bytes come before the first frame.
pub(super) const PREAMBLE: usize = MAGIC.len() + 4;

/// How many bytes of a frame come before its payload.
pub(super) const FRAME_HEAD: usize = 8;

/// How many bytes a payload has at most.
pub(crate) const MAX_PAYLOAD: usize = 16 << 20;

pub(super) const HEAD: u8 = 0;
pub(super) const LAYOUT: u8 = 1;
pub(super) const RECORD: u8 = 2;

/// What a journal says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Tells it from every other journal, for names can be used again.
    pub(crate) nonce: u64,
    /// The hour that it belongs to, counted from 1970.
    pub(crate) hour: i64,
    /// The variant that answered.
    pub(crate) variant: String,
    /// The column that names a row.
    pub(crate) id: Option<String>,
    /// The column that says when something happened.
    pub(crate) time: Option<String>,
}

/// The columns of records that look alike.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) version: Arc<str>,
    pub(crate) inputs: Vec<LayoutColumn>,
    pub(crate) context: Vec<LayoutColumn>,
    pub(crate) outputs: Vec<LayoutColumn>,
}

/// A column without its values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LayoutColumn {
    pub(crate) name: Arc<str>,
    pub(crate) element: Element,
    pub(crate) width: u32,
}

impl Layout {
    pub(super) fn of(record: &Record) -> Self {
        let all = |columns: &[Column]| columns.iter().map(LayoutColumn::of).collect();
        Self {
            version: record.version.clone(),
            inputs: all(&record.inputs),
            context: all(&record.context),
            outputs: all(&record.outputs),
        }
    }

    pub(super) fn fits(&self, record: &Record) -> bool {
        fit(&self.inputs, &record.inputs)
            && fit(&self.context, &record.context)
            && fit(&self.outputs, &record.outputs)
            && self.version == record.version
    }
}

fn fit(layout: &[LayoutColumn], columns: &[Column]) -> bool {
    layout.len() == columns.len()
        && layout.iter().zip(columns).all(|(layout, column)| layout.fits(column))
}

impl LayoutColumn {
    fn of(column: &Column) -> Self {
        let (name, element) = (column.name.clone(), column.values.element());
        Self { name, element, width: column.width }
    }

    fn fits(&self, column: &Column) -> bool {
        let same_name = Arc::ptr_eq(&self.name, &column.name) || self.name == column.name;
        same_name && self.width == column.width && self.element == column.values.element()
    }
}

/// Appends numbers and text to bytes.
pub(super) trait Put {
    fn number(&mut self, number: u32);
    fn wide(&mut self, number: i64);
    fn text(&mut self, text: &str);
}

impl Put for Vec<u8> {
    fn number(&mut self, number: u32) {
        self.extend_from_slice(&number.to_le_bytes());
    }

    fn wide(&mut self, number: i64) {
        self.extend_from_slice(&number.to_le_bytes());
    }

    fn text(&mut self, text: &str) {
        // A payload is bounded after it was written, so a length that is cut off is never kept.
        self.number(u32::try_from(text.len()).unwrap_or(u32::MAX));
        self.extend_from_slice(text.as_bytes());
    }
}

/// What is left of a payload that is being read.
pub(super) struct Take<'a>(pub(super) &'a [u8]);

impl<'a> Take<'a> {
    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn byte(&mut self) -> Option<u8> {
        self.bytes(1).map(|byte| byte[0])
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn wide(&mut self) -> Option<i64> {
        self.array().map(i64::from_le_bytes)
    }

    pub(super) fn text(&mut self) -> Option<&'a str> {
        let length = usize::try_from(self.number()?).ok()?;
        std::str::from_utf8(self.bytes(length)?).ok()
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes(N)?.try_into().ok()
    }

    /// Reads `count` values; what cannot be there is refused before room is made for it.
    pub(super) fn values(&mut self, element: Element, count: u64) -> Option<Values> {
        let count = usize::try_from(count).ok()?;
        let taken = |size: usize, take: &mut Self| take.bytes(count.checked_mul(size)?);
        Some(match element {
            Element::Float32 => Values::Float32(
                taken(4, self)?
                    .as_chunks()
                    .0
                    .iter()
                    .map(|bytes| f32::from_le_bytes(*bytes))
                    .collect(),
            ),
            Element::Float64 => Values::Float64(
                taken(8, self)?
                    .as_chunks()
                    .0
                    .iter()
                    .map(|bytes| f64::from_le_bytes(*bytes))
                    .collect(),
            ),
            Element::Int64 => Values::Int64(
                taken(8, self)?
                    .as_chunks()
                    .0
                    .iter()
                    .map(|bytes| i64::from_le_bytes(*bytes))
                    .collect(),
            ),
            Element::Bool => Values::Bool(taken(1, self)?.iter().map(|byte| *byte != 0).collect()),
            Element::Text => {
                if count > self.0.len() / 4 {
                    return None;
                }
                let texts = (0..count).map(|_| self.text().map(str::to_owned));
                Values::Text(texts.collect::<Option<_>>()?)
            }
        })
    }
}
