//! Tensors as bytes behind the JSON, little-endian, as the protocol's extension has them.

use crate::cells::Fault;
use crate::datatype::Datatype;
use crate::element::Element;

/// Reads `bytes` as values of `datatype`.
pub(super) fn read<T: Element>(bytes: &[u8], datatype: Datatype) -> Result<Vec<T>, Fault> {
    match datatype {
        Datatype::Bytes => texts(bytes),
        Datatype::Bool => each(bytes, datatype, |[byte]: [u8; 1]| match byte {
            0 => T::of_bool(false),
            1 => T::of_bool(true),
            _ => None,
        }),
        Datatype::Float(32) => {
            each(bytes, datatype, |value| T::of_f64(f32::from_le_bytes(value).into()))
        }
        Datatype::Float(64) => each(bytes, datatype, |value| T::of_f64(f64::from_le_bytes(value))),
        Datatype::Float(_) => {
            Err(Fault::Json(format!("{datatype} is not read as bytes, FP32 and FP64 are")))
        }
        Datatype::Signed(8) => {
            each(bytes, datatype, |value| T::of_i64(i8::from_le_bytes(value).into()))
        }
        Datatype::Signed(16) => {
            each(bytes, datatype, |value| T::of_i64(i16::from_le_bytes(value).into()))
        }
        Datatype::Signed(32) => {
            each(bytes, datatype, |value| T::of_i64(i32::from_le_bytes(value).into()))
        }
        Datatype::Signed(_) => each(bytes, datatype, |value| T::of_i64(i64::from_le_bytes(value))),
        Datatype::Unsigned(8) => {
            each(bytes, datatype, |value| T::of_i64(u8::from_le_bytes(value).into()))
        }
        Datatype::Unsigned(16) => {
            each(bytes, datatype, |value| T::of_i64(u16::from_le_bytes(value).into()))
        }
        Datatype::Unsigned(32) => {
            each(bytes, datatype, |value| T::of_i64(u32::from_le_bytes(value).into()))
        }
        Datatype::Unsigned(_) => each(bytes, datatype, |value| {
            let value = i64::try_from(u64::from_le_bytes(value)).ok()?;
            T::of_i64(value)
        }),
    }
}

fn each<T, const SIZE: usize>(
    bytes: &[u8],
    datatype: Datatype,
    element: impl Fn([u8; SIZE]) -> Option<T>,
) -> Result<Vec<T>, Fault> {
    let (values, rest) = bytes.as_chunks::<SIZE>();
    if !rest.is_empty() {
        let reason = format!("{} bytes are no whole values of {datatype}", bytes.len());
        return Err(Fault::Json(reason));
    }
    let mut elements = Vec::with_capacity(values.len());
    for (at, value) in values.iter().enumerate() {
        let range = || Fault::Range {
            at,
            expected: "value that the model takes",
            found: format!("{datatype} {value:02x?}"),
        };
        elements.push(element(*value).ok_or_else(range)?);
    }
    Ok(elements)
}

/// Each text follows its length, four bytes.
fn texts<T: Element>(mut bytes: &[u8]) -> Result<Vec<T>, Fault> {
    let mut elements = Vec::new();
    while !bytes.is_empty() {
        let at = elements.len();
        let cut = || Fault::Json(format!("text {} is longer than the bytes that follow", at + 1));
        let (length, rest) = bytes.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| cut())?;
        let (text, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        bytes = rest;
        let text = str::from_utf8(text).ok().and_then(T::of_text);
        let kind = || Fault::Kind { at, expected: "text", found: "other bytes".to_owned() };
        elements.push(text.ok_or_else(kind)?);
    }
    Ok(elements)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_little_endian() {
        let bytes: Vec<u8> = [1.5_f32, -2.0].iter().flat_map(|value| value.to_le_bytes()).collect();
        assert_eq!(read::<f32>(&bytes, Datatype::Float(32)).unwrap(), [1.5, -2.0]);
        assert_eq!(read::<i64>(&[0xff, 0xff], Datatype::Signed(16)).unwrap(), [-1]);
        assert_eq!(read::<f32>(&[200], Datatype::Unsigned(8)).unwrap(), [200.0]);
        assert!(read::<f32>(&bytes[..7], Datatype::Float(32)).is_err());
        assert!(read::<f32>(&f32::NAN.to_le_bytes(), Datatype::Float(32)).is_err());
        assert!(read::<bool>(&[2], Datatype::Bool).is_err());
    }

    #[test]
    fn texts_follow_their_lengths() {
        let bytes = b"\x02\0\0\0ab\0\0\0\0\x01\0\0\0c";
        assert_eq!(read::<String>(bytes, Datatype::Bytes).unwrap(), ["ab", "", "c"]);
        assert!(read::<String>(b"\xff\xff\xff\xffab", Datatype::Bytes).is_err());
        assert!(read::<String>(b"\x01\0\0\0\xff", Datatype::Bytes).is_err());
    }
}
