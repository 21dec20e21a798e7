use std::fs;
use std::os::unix::fs::symlink;

use serde_json::{Value, json};

use super::*;
use crate::key::SigningKey;
use crate::samples;

/// A folder of two files, with a repository of git around them.
fn model() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [("a.txt", "a\n"), ("sub/b.bin", "b\n"), ("a-b", ""), (".git/HEAD", "x")] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn walk(model: &Path) -> Walk {
    Walk { ignored: left_out(model, &model.join("model.sig")), links: Links::Refused }
}

fn signed(model: &Path) -> (Listing, ModelSignature) {
    let walk = walk(model);
    let listing = Listing::of("m".to_owned(), &ModelFiles::read(model, &walk).unwrap(), &walk);
    let signature = ModelSignature::sign(&listing, &samples::key()).unwrap();
    (listing, signature)
}

fn names(names: &[FileName]) -> Vec<String> {
    names.iter().map(ToString::to_string).collect()
}

/// Signs other bytes than a listing has, as a signer could that means ill or is broken.
fn opened(payload: &Value) -> String {
    let payload = payload.to_string().into_bytes();
    let signature = samples::key().sign(&sigstore::pre_authentication(PAYLOAD_TYPE, &payload));
    let hint = samples::key().public().hint().unwrap();
    let bundle = SigstoreBundle { payload, signature, key_id: String::new(), hint };
    let read = ModelSignature::from_json(&bundle.to_json().unwrap()).unwrap();
    read.open(&samples::key().public()).unwrap_err().to_string()
}

#[test]
fn what_is_signed_is_read_again() {
    let folder = model();
    let (listing, signature) = signed(folder.path());
    let read = ModelSignature::from_json(&signature.to_json().unwrap()).unwrap();
    assert_eq!(read, signature);
    assert_eq!(read.open(&samples::key().public()).unwrap(), listing);
    let other = SigningKey::from_random([8; 32]).unwrap().public();
    assert!(matches!(read.open(&other), Err(OpenSignatureError::OtherKey(_))));
    let mut hintless = read.clone();
    hintless.bundle.hint.clear();
    assert_eq!(hintless.open(&samples::key().public()).unwrap(), listing);
    assert!(matches!(hintless.open(&other), Err(OpenSignatureError::Signature)));
    let found = ModelFiles::read(folder.path(), &walk(folder.path())).unwrap();
    assert!(listing.differences(&found).is_empty());
    assert_eq!(names(&found.ignored.into_iter().collect::<Vec<_>>()), [".git"]);
}

#[test]
fn files_are_in_the_order_that_the_digest_of_the_whole_is_made_of() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a/b", "a-b", "Z"] {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, name).unwrap();
    }
    let (listing, _) = signed(folder.path());
    let wire: Value = serde_json::from_slice(&listing.to_json().unwrap()).unwrap();
    let listed = wire["predicate"]["resources"].as_array().unwrap();
    let listed: Vec<_> = listed.iter().map(|file| file["name"].as_str().unwrap()).collect();
    // By parts: as bytes, `a-b` comes before `a/b`.
    assert_eq!(listed, ["Z", "a/b", "a-b"]);
    // printf '%s' NAME | sha256sum, of each; their bytes in this order | sha256sum.
    let root = wire["subject"][0]["digest"]["sha256"].as_str().unwrap();
    assert_eq!(root, "7ace9690bc09886239b8210baed68ba423afa53fc37119c86d948b30cae1bc5f");
}

#[test]
fn every_difference_is_told() {
    let folder = model();
    let (listing, _) = signed(folder.path());
    fs::write(folder.path().join("a.txt"), "A\n").unwrap();
    fs::remove_file(folder.path().join("a-b")).unwrap();
    fs::write(folder.path().join("sub/c"), "").unwrap();
    fs::write(folder.path().join(".git/more"), "").unwrap();
    let found = ModelFiles::read(folder.path(), &walk(folder.path())).unwrap();
    let differences = listing.differences(&found);
    assert_eq!(names(&differences.changed), ["a.txt"]);
    assert_eq!(names(&differences.missing), ["a-b"]);
    assert_eq!(names(&differences.added), ["sub/c"]);
}

#[test]
fn a_single_file_is_a_model_whatever_it_is_called() {
    let folder = model();
    let (one, other) = (folder.path().join("a.txt"), folder.path().join("other"));
    let (listing, _) = signed(&one);
    assert_eq!(listing.files.keys().collect::<Vec<_>>(), [&FileName::of_model()]);
    fs::rename(&one, &other).unwrap();
    let found = ModelFiles::read(&other, &walk(&other)).unwrap();
    assert!(listing.differences(&found).is_empty());
    let found = ModelFiles::read(folder.path(), &walk(folder.path())).unwrap();
    assert_eq!(names(&listing.differences(&found).missing), ["."]);
}

#[test]
fn links_and_special_files_are_refused_by_name() {
    let folder = model();
    let link = folder.path().join("link");
    let read = |links| {
        let walk = Walk { links, ..walk(folder.path()) };
        ModelFiles::read(folder.path(), &walk).map_err(|error| error.to_string())
    };
    symlink("a.txt", &link).unwrap();
    assert!(read(Links::Refused).unwrap_err().contains("link is a symbolic link (its target"));
    let followed = read(Links::Followed).unwrap();
    let name = |text: &str| text.parse::<FileName>().unwrap();
    assert_eq!(followed.files[&name("link")], followed.files[&name("a.txt")]);
    for target in ["sub", "/dev/zero", "nowhere"] {
        fs::remove_file(&link).unwrap();
        symlink(target, &link).unwrap();
        let error = read(Links::Followed).unwrap_err();
        let said = if target == "nowhere" { "could not be read" } else { "that is no file" };
        assert!(error.contains(said), "{error}");
        assert!(read(Links::Refused).is_err());
    }
    fs::remove_file(&link).unwrap();
    fs::write(folder.path().join("line\nbreak"), "").unwrap();
    assert!(read(Links::Refused).unwrap_err().contains("cannot be signed"));
    let socket = tempfile::tempdir().unwrap();
    let _listener = std::os::unix::net::UnixListener::bind(socket.path().join("s")).unwrap();
    let error = ModelFiles::read(socket.path(), &walk(socket.path())).unwrap_err();
    assert!(matches!(error, ReadFilesError::Special(_)), "{error}");
}

#[test]
fn a_listing_that_is_signed_and_wrong_is_refused_by_its_reason() {
    let folder = model();
    let (listing, _) = signed(folder.path());
    let wire: Value = serde_json::from_slice(&listing.to_json().unwrap()).unwrap();
    let serialization = "/predicate/serialization";
    let cases = [
        ("/predicateType", json!("https://model_signing/Digests/v0.1"), "says a `https://model_"),
        ("/_type", json!("https://in-toto.io/Statement/v0.1"), "not a `https://in-toto.io/State"),
        ("/subject", json!([]), "is about 0 models"),
        ("/subject/0/digest/sha256", json!("00"), "names sha256:00 as the digest of the model"),
        ("/predicate/resources", json!([]), "lists no files"),
        (
            "/predicate/resources/0/name",
            json!("../a.txt"),
            "`../a.txt` names no file of the model's",
        ),
        ("/predicate/resources/0/name", json!("/etc/passwd"), "`/etc/passwd` names no file"),
        ("/predicate/resources/0/name", json!("sub/./b"), "`sub/./b` names no file"),
        ("/predicate/resources/0/name", json!("sub//b"), "`sub//b` names no file"),
        ("/predicate/resources/0/name", json!("a.txt"), "lists `a.txt` twice"),
        ("/predicate/resources/0/name", json!(".git/HEAD"), "lists `.git/HEAD`, which it leaves"),
        ("/predicate/resources/0/algorithm", json!("md5"), "has the algorithm `md5`"),
        ("/predicate/resources/0/digest", json!("AB"), "has a malformed SHA-256"),
        ("/predicate/resources/0/digest", json!(7), "is no listing of files in the form"),
        (&format!("{serialization}/method"), json!("shards"), "has the method `shards`"),
        (&format!("{serialization}/hash_type"), json!("blake2"), "has the hash type `blake2`"),
        (&format!("{serialization}/ignore_paths"), json!(["."]), "leaves out the whole model"),
        (&format!("{serialization}/ignore_paths"), json!(["../m"]), "`../m` names no file"),
        (&format!("{serialization}/allow_symlinks"), json!("no"), "is no listing of files"),
    ];
    for (place, value, said) in cases {
        let mut changed = wire.clone();
        *changed.pointer_mut(place).unwrap() = value;
        let error = opened(&changed);
        assert!(error.contains(said), "{place}: {error}");
    }
    assert!(opened(&json!("[]")).contains("is no listing of files"));
}

#[test]
fn nothing_to_sign_and_keys_of_another_kind_are_refused() {
    let empty = tempfile::tempdir().unwrap();
    let walk = walk(empty.path());
    let found = ModelFiles::read(empty.path(), &walk).unwrap();
    let listing = Listing::of("m".to_owned(), &found, &walk);
    let error = ModelSignature::sign(&listing, &samples::key()).unwrap_err();
    assert!(matches!(error, SignFilesError::Empty), "{error}");
    let folder = model();
    let (_, mut signature) = signed(folder.path());
    let ed25519 = PublicKey::from_pem(include_str!("../../testdata/openssl-ed25519.pub")).unwrap();
    signature.bundle.hint = ed25519.hint().unwrap();
    assert!(matches!(signature.open(&ed25519), Err(OpenSignatureError::Scheme)));
}

#[test]
fn a_signature_within_its_model_is_found_by_any_path_to_it() {
    let folder = model();
    let inside = folder.path().join("sub/../sub/model.sig");
    let place = place_within(folder.path(), &inside).unwrap();
    assert_eq!(place.to_string(), "sub/model.sig");
    let elsewhere = tempfile::tempdir().unwrap();
    let link = elsewhere.path().join("link");
    symlink(folder.path(), &link).unwrap();
    assert!(place_within(folder.path(), &link.join("model.sig")).is_some());
    assert_eq!(place_within(folder.path(), &folder.path().join("../model.sig")), None);
}

#[test]
fn a_signature_file_is_read_up_to_its_limit() {
    let folder = model();
    let (_, signature) = signed(folder.path());
    let file = folder.path().join("model.sig");
    fs::write(&file, signature.to_json().unwrap()).unwrap();
    assert_eq!(ModelSignature::read(&file).unwrap(), signature);
    let bytes = fs::read(&file).unwrap();
    fs::write(&file, &bytes[..bytes.len() - 1]).unwrap();
    let error = ModelSignature::read(&file).unwrap_err().to_string();
    assert!(error.contains("model.sig is no Sigstore bundle"), "{error}");
    fs::File::create(&file).unwrap().set_len(LARGEST + 1).unwrap();
    let error = ModelSignature::read(&file).unwrap_err().to_string();
    assert!(error.contains("has 33554433 bytes (at most 33554432)"), "{error}");
    let error = ModelSignature::read(folder.path()).unwrap_err().to_string();
    assert!(error.contains("is no regular file"), "{error}");
    assert!(ModelSignature::read(&folder.path().join("none")).is_err());
}

proptest::proptest! {
    #[test]
    fn a_changed_byte_never_lets_anything_else_be_believed(at in 0..usize::MAX, byte: u8) {
        let folder = model();
        let (listing, signature) = signed(folder.path());
        let mut bytes = signature.to_json().unwrap();
        let at = at % bytes.len();
        bytes[at] = byte;
        if let Ok(read) = ModelSignature::from_json(&bytes)
            && let Ok(opened) = read.open(&samples::key().public())
        {
            proptest::prop_assert_eq!(opened, listing);
        }
    }

    #[test]
    fn a_part_of_a_signature_is_none(length in 0..1000_usize) {
        let folder = model();
        let (_, signature) = signed(folder.path());
        let bytes = signature.to_json().unwrap();
        proptest::prop_assert!(ModelSignature::from_json(&bytes[..length % bytes.len()]).is_err());
    }
}
