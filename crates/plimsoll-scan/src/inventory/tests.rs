use std::io::{self, Cursor};

use super::*;

fn read_bytes(path: &str, bytes: &[u8], told: Option<Told>) -> Result<Inventory, InventoryError> {
    let mut include = |_: &str| Err(io::ErrorKind::NotFound.into());
    let how = Reading { told, include: &mut include, platform: None };
    read(path, Input::File(&mut Cursor::new(bytes)), how)
}

#[test]
fn a_lock_is_read_as_what_it_is() {
    let inventory = read_bytes("requirements.txt", b"\xef\xbb\xbfnumpy==1.26.4\n", None).unwrap();
    let json = serde_json::to_string_pretty(&inventory).unwrap();
    insta::assert_snapshot!(json, @r#"
    {
      "kind": "requirements",
      "packages": [
        {
          "ecosystem": "PyPI",
          "name": "numpy",
          "version": "1.26.4",
          "source": null,
          "published": {
            "expression": null,
            "text": null,
            "classifiers": [],
            "files": []
          },
          "place": {
            "path": "requirements.txt",
            "line": 1
          }
        }
      ],
      "not-audited": [],
      "notes": []
    }
    "#);
}

#[test]
fn what_cannot_be_read_is_an_error_that_names_it() {
    let error = |path, bytes| read_bytes(path, bytes, None).unwrap_err().to_string();
    insta::assert_snapshot!(error("a/requirements.txt", b"numpy\xff"), @"a/requirements.txt: byte 5 is not part of any UTF-8 text");
    insta::assert_snapshot!(error("a.bin", b"\x7fELF"), @"a.bin: it is no ELF file, or its tables lie outside of it");
    insta::assert_snapshot!(error("notes.txt", b"hello"), @"notes.txt: it is of no kind that is known; say what it is, or give a lock, a requirements file, an SBOM, an environment or an image");
    insta::assert_snapshot!(error("package-lock.json", b"{\"lockfileVersion\": 3,"), @"package-lock.json: line 1: no JSON: EOF while parsing a value");
}

#[test]
fn more_text_than_is_read_is_refused() {
    let bytes = vec![b'\n'; usize::try_from(MOST_OF_TEXT).unwrap() + 1];
    let error = read_bytes("requirements.txt", &bytes, None).unwrap_err();
    insta::assert_snapshot!(error, @"requirements.txt: more than 67108864 bytes of text, which is the most that is read");
}
