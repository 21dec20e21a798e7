//! Pictures, which have an end: what is behind it is something else.

use crate::model::content::Content;
use crate::model::look::Look;
use crate::model::window::{Order, Unread, Window};

/// Tells the format of a picture by how it begins.
pub(super) fn format(head: &[u8]) -> Option<&'static str> {
    if head.starts_with(b"\x89PNG\r\n\x1a\n") {
        Some("png")
    } else if head.starts_with(b"\xff\xd8\xff") {
        Some("jpeg")
    } else if head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a") {
        Some("gif")
    } else if head.starts_with(b"RIFF") && head.get(8..12) == Some(b"WEBP") {
        Some("webp")
    } else {
        None
    }
}

/// Looks at a picture of that format.
pub(super) fn look(content: &Content, format: &str, look: &mut Look) -> Result<(), Unread> {
    let mut window = Window::new(content);
    let length = content.length();
    let end = match format {
        "png" => png_end(&mut window, look)?,
        "webp" => window.number::<4>(4, Order::Little)?.saturating_add(8).next_multiple_of(2),
        // Their parts are not walked: the last bytes have to be the mark of the end.
        "gif" if window.byte(length - 1)? == b';' => length,
        "jpeg" if window.bytes(length - 2, 2)? == b"\xff\xd9" => length,
        _ => return Err(Unread::broken("the picture does not end where the file does", length)),
    };
    if end > length {
        return Err(Unread::broken("the picture is cut off", length));
    }
    if end < length {
        let count = length - end;
        look.unknown(
            "model.hidden-bytes",
            format!("{count} bytes are behind the end of the picture"),
        );
    }
    Ok(())
}

/// Walks the parts of a PNG: a length, four letters, the content, a checksum.
fn png_end(window: &mut Window, look: &mut Look) -> Result<u64, Unread> {
    let mut at = 8;
    loop {
        look.steps(1)?;
        let length = window.number::<4>(at, Order::Big)?;
        let is_end = window.bytes(at + 4, 4)? == b"IEND";
        at += 12 + length;
        if is_end {
            return Ok(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::look::Limits;
    use crate::model::report::Verdict;

    fn verdict(bytes: &[u8]) -> Verdict {
        let mut seen = Look::new(Limits::default());
        let read = look(&Content::of_bytes(bytes.to_vec()), format(bytes).unwrap(), &mut seen);
        if read.is_err() { Verdict::Unknown } else { seen.report("").verdict }
    }

    #[test]
    fn pictures_end_where_the_file_does() {
        let png = b"\x89PNG\r\n\x1a\n\0\0\0\x02IDATxx____\0\0\0\0IEND____";
        let webp = b"RIFF\x06\0\0\0WEBPxx";
        let jpeg = b"\xff\xd8\xff\xe0____\xff\xd9";
        for whole in [&png[..], webp, jpeg, b"GIF89a;"] {
            assert_eq!(verdict(whole), Verdict::Safe);
            assert_eq!(verdict(&[whole, b"PK"].concat()), Verdict::Unknown);
            assert_eq!(verdict(&whole[..whole.len() - 1]), Verdict::Unknown);
        }
    }
}
