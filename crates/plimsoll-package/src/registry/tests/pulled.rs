//! Blobs of registries that break off, or send something else.

use std::io::{Read as _, Seek as _};

use super::*;

const BYTES: &[u8] = b"0123456789";

fn read(bytes: &[u8], fetched: Result<(), RegistryError>, mut file: std::fs::File) {
    fetched.unwrap();
    let mut found = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut found).unwrap();
    assert_eq!(found, bytes);
}

fn fetch(server: &Server, size: u64) -> (Result<(), RegistryError>, std::fs::File) {
    let registry = registry(server, Credentials::Anonymous);
    let mut file = tempfile::tempfile().unwrap();
    let fetched = registry.fetch(&Digest::sha256(BYTES), size, &mut file, &|_| ());
    (fetched, file)
}

fn whole() -> Said {
    Said { body: BYTES.to_vec(), ..Said::status(200) }
}

#[test]
fn a_blob_goes_on_where_it_broke_off() {
    let server = Server::new(|asked| match asked.header("range") {
        None => Said { cut: Some(4), ..whole() },
        Some("bytes=4-") => Said { body: BYTES[4..].to_vec(), ..Said::status(206) }
            .with("content-range", "bytes 4-9/10"),
        Some(other) => panic!("{other}"),
    });
    let (fetched, file) = fetch(&server, 10);
    read(BYTES, fetched, file);
    assert_eq!(server.asked().len(), 2);

    // Who knows no ranges sends all of it again.
    let count = AtomicUsize::new(0);
    let server = Server::new(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Said { cut: Some(4), ..whole() },
        _ => whole(),
    });
    let (fetched, file) = fetch(&server, 10);
    read(BYTES, fetched, file);
}

#[test]
fn another_part_than_was_asked_for_is_not_taken_for_it() {
    let server = Server::new(|asked| match asked.header("range") {
        None => Said { cut: Some(4), ..whole() },
        Some(_) => Said { body: BYTES[5..].to_vec(), ..Said::status(206) }
            .with("content-range", "bytes 5-9/10"),
    });
    let error = fetch(&server, 10).0.unwrap_err();
    assert!(error.to_string().contains("another part than was asked for"), "{error}");
}

#[test]
fn bytes_that_are_others_more_or_fewer_are_refused() {
    let of = |body: &'static [u8]| {
        let server = Server::new(move |_| Said { body: body.to_vec(), ..Said::status(200) });
        fetch(&server, 10).0.unwrap_err().to_string()
    };
    assert!(of(b"9876543210").contains("sent something else in place of sha256:"));
    assert!(of(b"012345678").contains("sent something else in place of sha256:"));
    assert!(of(b"0123456789x").contains("sent more than 10 bytes for sha256:"));
}

#[test]
fn what_is_not_there_is_said_by_name() {
    let server = Server::new(|_| Said::status(404));
    let registry = registry(&server, Credentials::Anonymous);
    let error = registry.resolve().unwrap_err().to_string();
    assert!(error.ends_with("has no team/bikes:1.0.0"), "{error}");
    let error = fetch(&server, 10).0.unwrap_err();
    assert!(matches!(error, RegistryError::Missing { .. }), "{error}");
    assert!(registry.small_blob(&Digest::sha256(BYTES)).unwrap().is_none());
}

#[test]
fn a_digest_decides_whatever_the_tag_points_at() {
    let digest = Digest::sha256(BYTES);
    let server = Server::new(|asked| match asked.path.rsplit('/').next() {
        Some("1.0.0") => Said::status(200).body("{}"),
        _ => whole(),
    });
    let of = |name: &str| {
        let reference = format!("{}/{name}", server.address).parse().unwrap();
        Registry::to_read(reference, Credentials::Anonymous, false).resolve()
    };
    assert_eq!(of("team/bikes:1.0.0").unwrap().0, Digest::sha256(b"{}"));
    assert_eq!(of(&format!("team/bikes:1.0.0@{digest}")).unwrap().0, digest);
    let other = Digest::sha256(b"other");
    let error = of(&format!("team/bikes@{other}")).unwrap_err();
    assert!(matches!(error, RegistryError::Changed { .. }), "{error}");
    assert!(of("team/bikes").is_ok());
    assert!(server.asked().last().unwrap().path.ends_with("/manifests/latest"));
}

#[test]
fn who_only_reads_asks_for_a_token_that_lets_nothing_be_written() {
    let tokens = Server::new(|_| Said::status(200).body(r#"{"token": "t0k3n"}"#));
    let realm = format!("Bearer realm=\"http://{}/token\"", tokens.address);
    let server = Server::new(move |asked| match asked.header("authorization") {
        Some(_) => Said::status(200).body("{}"),
        None => Said::status(401).with("www-authenticate", realm.clone()),
    });
    let reference = format!("{}/team/bikes:1.0.0", server.address).parse().unwrap();
    Registry::to_read(reference, Credentials::Anonymous, false).resolve().unwrap();
    assert_eq!(tokens.lines(), ["GET /token?scope=repository:team/bikes:pull"]);
}
