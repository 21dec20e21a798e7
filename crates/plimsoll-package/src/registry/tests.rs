//! What a registry may do that a well-behaved one does seldom; a real one is pushed to by the tests of the
//! command.

mod pulled;
mod referred;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::document::Descriptor;
use crate::test_server::{Said, Server};

fn registry(server: &Server, credentials: Credentials) -> Registry {
    let reference = format!("{}/team/bikes:1.0.0", server.address).parse().unwrap();
    Registry::new(reference, credentials, false)
}

fn ada() -> Credentials {
    Credentials::Password { user: "ada".to_owned(), secret: Secret::new("s3cr3t".to_owned()) }
}

/// `ada:s3cr3t`.
const BASIC: &str = "Basic YWRhOnMzY3IzdA==";

#[test]
fn a_token_is_asked_for_once_and_only_the_service_sees_the_password() {
    let tokens = Server::new(|asked| {
        if asked.header("authorization") == Some(BASIC) {
            Said::status(200).body(r#"{"token": "t0k3n"}"#)
        } else {
            Said::status(401)
        }
    });
    let realm = format!("Bearer realm=\"http://{}/token\",service=\"r\"", tokens.address);
    let server = Server::new(move |asked| match asked.header("authorization") {
        Some("Bearer t0k3n") => Said::status(200).body("{}"),
        _ => Said::status(401).with("www-authenticate", realm.clone()),
    });
    let asked = registry(&server, ada());
    assert_eq!(asked.manifest("1").unwrap().as_deref(), Some(&b"{}"[..]));
    asked.manifest("2").unwrap();
    let line = &tokens.lines()[..];
    assert_eq!(line, ["GET /token?service=r&scope=repository:team/bikes:pull,push"]);
    assert_eq!(server.asked().len(), 3);
    assert!(server.asked().iter().all(|asked| asked.header("authorization") != Some(BASIC)));

    let error = registry(&server, Credentials::Anonymous).manifest("1").unwrap_err();
    assert!(matches!(error, RegistryError::Denied { .. }), "{error}");
}

#[test]
fn an_identity_token_is_exchanged() {
    let tokens = Server::new(|_| Said::status(200).body(r#"{"access_token": "t0k3n"}"#));
    let realm = format!("Bearer realm=\"http://{}/token\",service=\"r\"", tokens.address);
    let server = Server::new(move |asked| match asked.header("authorization") {
        Some("Bearer t0k3n") => Said::status(200).body("{}"),
        _ => Said::status(401).with("www-authenticate", realm.clone()),
    });
    let identity = Credentials::Identity(Secret::new("1d".to_owned()));
    registry(&server, identity).manifest("1").unwrap();
    let asked = &tokens.asked()[0];
    assert_eq!(asked.method, "POST");
    let body = String::from_utf8(asked.body.clone()).unwrap();
    assert!(
        body.contains("grant_type=refresh_token") && body.contains("refresh_token=1d"),
        "{body}"
    );
}

#[test]
fn a_password_is_not_sent_in_the_open_nor_to_another_place() {
    let server = Server::new(|_| {
        Said::status(401).with("www-authenticate", "Bearer realm=\"http://tokens.example.org/\"")
    });
    let error = registry(&server, ada()).manifest("1").unwrap_err();
    assert!(matches!(error, RegistryError::Plain { .. }), "{error}");

    let elsewhere = Server::new(|_| Said::status(200).body("{}"));
    let to = format!("http://localhost:{}/x", elsewhere.address.port());
    let server = Server::new(move |asked| match asked.header("authorization") {
        Some(_) => Said::status(307).with("location", to.clone()),
        None => Said::status(401).with("www-authenticate", "Basic realm=\"r\""),
    });
    let digest = Digest::sha256(b"{}");
    registry(&server, ada()).blob(&digest).unwrap();
    assert_eq!(server.asked()[1].header("authorization"), Some(BASIC));
    assert_eq!(elsewhere.asked()[0].header("authorization"), None);

    // Nor does an error show one.
    let server = Server::new(|_| {
        Said::status(401)
            .with("www-authenticate", "Basic realm=\"r\"")
            .body(r#"{"errors": [{"code": "UNAUTHORIZED", "message": "who\u0007?"}]}"#)
    });
    let error = registry(&server, ada()).manifest("1").unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cr3t"));
    assert!(
        error
            .to_string()
            .ends_with("does not let `ada` read team/bikes:1: status 401 (UNAUTHORIZED who?)"),
        "{error}"
    );
}

#[test]
fn whom_the_registry_sends_one_on_to_is_told_no_secret_whatever_it_asks_for() {
    let digest = Digest::sha256(b"{}");
    for kind in ["Bearer", "Basic"] {
        // It has a token service too, which a password would be welcome to.
        let elsewhere = Server::new(move |asked| {
            if !asked.path.starts_with("/x") {
                return Said::status(200).body(r#"{"token": "t0k3n"}"#);
            }
            let host = asked.header("host").unwrap();
            let said = format!("{kind} realm=\"http://{host}/token\",service=\"r\"");
            Said::status(401).with("www-authenticate", said)
        });
        let place = format!("localhost:{}", elsewhere.address.port());
        let to = format!("http://{place}/x");
        // Whether the registry itself asked for the password before or not.
        for is_known in [true, false] {
            let to = to.clone();
            let server = Server::new(move |asked| match asked.header("authorization") {
                None if is_known => Said::status(401).with("www-authenticate", "Basic realm=\"r\""),
                _ if asked.method == "POST" => Said::status(202).with("location", to.clone()),
                _ if asked.method == "HEAD" => Said::status(404),
                _ => Said::status(307).with("location", to.clone()),
            });
            let registry = registry(&server, ada());
            let (file, blob) = file(b"{}");
            let sent = registry.upload(&blob, file.path(), &|_| ()).unwrap_err();
            for error in [sent, registry.blob(&digest).map(drop).unwrap_err()] {
                let said = format!("status 401 from {place}, where it sends one on");
                assert!(error.to_string().ends_with(&said), "{error}");
            }
        }
        let asked = elsewhere.asked();
        assert_eq!(asked.len(), 4, "{kind}");
        assert!(asked.iter().all(|it| it.path.starts_with("/x")), "{asked:?}");
        assert!(asked.iter().all(|it| it.header("authorization").is_none()), "{asked:?}");
    }
}

#[test]
fn what_is_sent_in_circles_or_to_no_address_ends() {
    let server = Server::new(|_| Said::status(307).with("location", "/v2/again"));
    let error = registry(&server, Credentials::Anonymous).manifest("1").unwrap_err();
    assert!(error.to_string().contains("elsewhere more than 5 times"), "{error}");
    for location in ["file:///etc/passwd", "http://ada:pw@127.0.0.1/", "ftp://x/"] {
        let server = Server::new(move |_| Said::status(307).with("location", location));
        let error = registry(&server, Credentials::Anonymous).manifest("1").unwrap_err();
        assert!(matches!(error, RegistryError::Protocol { .. }), "{location}: {error}");
    }
}

#[test]
fn what_is_safe_is_tried_again() {
    let count = AtomicUsize::new(0);
    let server = Server::new(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Said::status(503).with("retry-after", "0"),
        1 => Said { broken: true, ..Said::default() },
        _ => Said::status(200).body("{}"),
    });
    registry(&server, Credentials::Anonymous).manifest("1").unwrap();
    assert_eq!(server.asked().len(), 3);
    let server = Server::new(|_| Said::status(503).with("retry-after", "0"));
    let error = registry(&server, Credentials::Anonymous).manifest("1").unwrap_err();
    assert!(error.is_transient(), "{error}");
    assert_eq!(server.asked().len(), 4);
}

#[test]
fn a_manifest_that_is_another_is_refused() {
    let server = Server::new(|_| Said::status(200).body("{}"));
    let digest = Digest::sha256(b"something else").to_string();
    let error = registry(&server, Credentials::Anonymous).manifest(&digest).unwrap_err();
    assert!(error.to_string().contains("something else in place of"), "{error}");
}

fn file(bytes: &[u8]) -> (tempfile::NamedTempFile, Descriptor) {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), bytes).unwrap();
    let size = bytes.len() as u64;
    (file, Descriptor::new("application/octet-stream", Digest::sha256(bytes), size))
}

#[test]
fn a_large_blob_goes_on_from_where_it_broke_off() {
    let received: Mutex<Vec<u8>> = Mutex::default();
    let broken = AtomicUsize::new(0);
    let server = Server::new(move |asked| {
        let mut received = received.lock().unwrap();
        let range = |there: usize| format!("0-{}", there.max(1) - 1);
        match asked.method.as_str() {
            "HEAD" => Said::status(404),
            "POST" => Said::status(202).with("location", "/v2/team/bikes/blobs/uploads/1"),
            "GET" => Said::status(204).with("range", range(received.len())),
            "PATCH" => {
                // The second piece arrives, but its answer does not; the third does not arrive.
                let attempt = broken.fetch_add(1, Ordering::SeqCst);
                if attempt != 2 {
                    received.extend_from_slice(&asked.body);
                }
                if [1, 2].contains(&attempt) {
                    return Said { broken: true, ..Said::default() };
                }
                let on = format!("/v2/team/bikes/blobs/uploads/1?at={}", received.len());
                Said::status(202).with("location", on).with("range", range(received.len()))
            }
            _ if *received == b"0123456789" => Said::status(201),
            _ => Said::status(400),
        }
    });
    let mut registry = registry(&server, Credentials::Anonymous);
    registry.piece = 4;
    let (file, blob) = file(b"0123456789");
    let outcome = registry.upload(&blob, file.path(), &|_| ()).unwrap();
    assert_eq!(outcome, Outcome::Uploaded);
    let ranges: Vec<String> = server
        .asked()
        .iter()
        .filter_map(|asked| asked.header("content-range").map(str::to_owned))
        .collect();
    assert_eq!(ranges, ["0-3", "4-7", "8-9", "8-9"]);
    let last = server.lines().pop().unwrap();
    assert_eq!(last, format!("PUT /v2/team/bikes/blobs/uploads/1?at=10&digest={}", blob.digest));
}

#[test]
fn a_small_blob_is_sent_again_whole_and_one_that_is_there_is_not() {
    let there = AtomicUsize::new(0);
    let server = Server::new(move |asked| match asked.method.as_str() {
        "HEAD" if there.load(Ordering::SeqCst) > 1 => Said::status(200),
        "HEAD" => Said::status(404),
        "POST" => Said::status(202).with("location", "/v2/team/bikes/blobs/uploads/1"),
        _ => match there.fetch_add(1, Ordering::SeqCst) {
            0 => Said::status(502),
            _ => Said::status(201),
        },
    });
    let registry = registry(&server, Credentials::Anonymous);
    let (file, blob) = file(b"0123456789");
    assert_eq!(registry.upload(&blob, file.path(), &|_| ()).unwrap(), Outcome::Uploaded);
    let puts = server.asked().into_iter().filter(|asked| asked.method == "PUT");
    assert!(puts.map(|asked| asked.body).eq([b"0123456789"; 2]));
    assert_eq!(registry.upload(&blob, file.path(), &|_| ()).unwrap(), Outcome::There);
}

#[test]
fn a_blob_is_taken_over_from_another_repository() {
    let server = Server::new(|asked| match asked.method.as_str() {
        "POST" if asked.path.contains("from=team/base") => Said::status(201),
        "HEAD" => Said::status(404),
        _ => Said::status(500),
    });
    let mut registry = registry(&server, Credentials::Anonymous);
    registry.mount_from("team/base".to_owned());
    let (file, blob) = file(b"0123456789");
    assert_eq!(registry.upload(&blob, file.path(), &|_| ()).unwrap(), Outcome::Mounted);
}

#[test]
fn a_list_of_referrers_keeps_what_others_wrote_to_it() {
    let kept: Mutex<(usize, Vec<u8>)> = Mutex::default();
    let server = Server::new(move |asked| {
        let mut list = kept.lock().unwrap();
        match asked.method.as_str() {
            "GET" if list.1.is_empty() => Said::status(404),
            "GET" => Said { body: list.1.clone(), ..Said::status(200) },
            _ => {
                list.0 += 1;
                list.1.clone_from(&asked.body);
                if list.0 == 1 {
                    // Somebody else has read it before, and writes it after.
                    list.1 = format!(
                        "{{\"schemaVersion\":2,\"manifests\":[{{\"mediaType\":\"m\",\"size\":1,\"digest\":\"{}\"}}]}}",
                        Digest::sha256(b"theirs")
                    )
                    .into();
                }
                Said::status(201)
            }
        }
    });
    let registry = registry(&server, Credentials::Anonymous);
    let ours = Descriptor::new(MANIFEST, Digest::sha256(b"ours"), 4);
    let subject = Digest::sha256(b"subject");
    registry.list_referrers(vec![(subject, ours)]).unwrap();
    let last = server.asked().into_iter().rfind(|asked| asked.method == "PUT").unwrap();
    let text = String::from_utf8(last.body).unwrap();
    for digest in [Digest::sha256(b"ours"), Digest::sha256(b"theirs")] {
        assert!(text.contains(&digest.to_string()), "{text}");
    }
    assert!(last.path.ends_with(&format!("manifests/sha256-{}", subject.hex())));
}
