//! Names of files in a model, and how they lead out of its folder.

/// ONNX Runtime takes this for an address in its own memory, and the offset for a pointer.
const MEMORY: &str = "_ORT_MEM_ADDR_";

/// Returns how a name leads out of the folder that it is meant to be in.
pub(crate) fn way_out(name: &str) -> Option<&'static str> {
    let is_drive = matches!(name.as_bytes(), [letter, b':', ..] if letter.is_ascii_alphabetic());
    if name.is_empty() || name == "." {
        Some("names no file")
    } else if name.contains(MEMORY) {
        Some("is an address in the memory of who loads it")
    } else if name.chars().any(char::is_control) {
        Some("has control characters")
    } else if name.contains("://") || name.to_ascii_lowercase().starts_with("file:") {
        Some("is a URL")
    } else if name.starts_with(['/', '\\']) || is_drive {
        Some("is an absolute path")
    } else if name.split(['/', '\\']).any(|part| part.trim() == "..") {
        Some("leads out of the folder")
    } else if name.contains('\\') {
        Some("is read as a path on some systems and as a name on others")
    } else if name.starts_with('~') || name.contains(['$', '%', '*', '?', '|', '`', ':']) {
        Some("is more than a name to a shell or a file system")
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::way_out;

    #[test]
    fn plain_names_stay_inside() {
        for name in
            ["model.onnx.data", "weights/a b-1..bin", "assets/vocabulary.txt", "a/b/.hidden"]
        {
            assert_eq!(way_out(name), None, "{name}");
        }
        for name in ["..", "/", "a/../b", "s3://bucket/x", "data:", "nul\u{7f}"] {
            assert!(way_out(name).is_some(), "{name}");
        }
    }
}
