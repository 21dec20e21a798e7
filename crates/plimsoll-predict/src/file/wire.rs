//! Protocol buffers, read without trust: fields of a message as slices of its bytes.

/// The bytes are no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// A field goes on where the bytes end.
    #[error("it is cut off")]
    CutOff,
    /// A field is of a kind that ONNX does not use.
    #[error("it is no protocol buffer")]
    Malformed,
    /// Messages lie in each other too deep.
    #[error("it is nested more than {0} deep")]
    TooDeep(usize),
}

/// The content of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content<'b> {
    /// An integer.
    Integer(u64),
    /// Text, bytes, a message, or packed numbers.
    Bytes(&'b [u8]),
    /// A floating point number, never looked at.
    Fixed,
}

/// Goes through the fields of a message.
pub(super) struct Fields<'b>(pub(super) &'b [u8]);

impl<'b> Fields<'b> {
    /// Returns the next field's number and content, `None` at the end.
    pub(super) fn next(&mut self) -> Result<Option<(u64, Content<'b>)>, WireError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let tag = self.integer()?;
        let content = match tag & 7 {
            0 => Content::Integer(self.integer()?),
            1 => self.take(8).map(|_| Content::Fixed)?,
            2 => {
                let length = self.integer()?;
                Content::Bytes(self.take(usize::try_from(length).unwrap_or(usize::MAX))?)
            }
            5 => self.take(4).map(|_| Content::Fixed)?,
            _ => return Err(WireError::Malformed),
        };
        match tag >> 3 {
            0 => Err(WireError::Malformed),
            number => Ok(Some((number, content))),
        }
    }

    /// Reads an integer of up to ten bytes, seven bits in each, the lowest first.
    pub(super) fn integer(&mut self) -> Result<u64, WireError> {
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let (&byte, rest) = self.0.split_first().ok_or(WireError::CutOff)?;
            self.0 = rest;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(WireError::Malformed)
    }

    fn take(&mut self, length: usize) -> Result<&'b [u8], WireError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or(WireError::CutOff)?;
        self.0 = rest;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(bytes: &[u8]) -> Result<Vec<(u64, Content<'_>)>, WireError> {
        let mut fields = Fields(bytes);
        let mut found = Vec::new();
        while let Some(field) = fields.next()? {
            found.push(field);
        }
        Ok(found)
    }

    #[test]
    fn fields_are_read_as_specified() {
        // The examples of protobuf.dev/programming-guides/encoding: 150 and "testing".
        assert_eq!(all(&[0x08, 0x96, 0x01]).unwrap(), [(1, Content::Integer(150))]);
        let text = [&[0x12, 0x07], &b"testing"[..]].concat();
        assert_eq!(all(&text).unwrap(), [(2, Content::Bytes(b"testing"))]);
    }

    #[test]
    fn bytes_that_are_no_message_are_refused() {
        assert_eq!(all(&[0x12, 0x08, b'x']), Err(WireError::CutOff));
        assert_eq!(all(&[0x08, 0x96]), Err(WireError::CutOff));
        assert_eq!(all(&[0x0b]), Err(WireError::Malformed));
        assert_eq!(all(&[0x00, 0x00]), Err(WireError::Malformed));
        assert_eq!(all(&[0xff; 12]), Err(WireError::Malformed));
        let longest = [0x12, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(all(&longest), Err(WireError::CutOff));
    }
}
