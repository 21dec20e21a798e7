use std::io::{Read as _, Seek as _};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::test_server::{Said, Server};

const BYTES: &[u8] = b"0123456789";

fn whole() -> Said {
    Said { body: BYTES.to_vec(), ..Said::status(200) }.with("etag", "\"1\"")
}

fn fetch(server: &Server, known: Option<&Validators>) -> (Result<Fetched, FetchError>, Vec<u8>) {
    let mut file = tempfile::tempfile().unwrap();
    let address = format!("http://{}/PyPI/all.zip", server.address);
    let fetched = Fetcher::new(false).fetch(&address, known, 10, &mut file, &|_, _| ());
    let mut bytes = Vec::new();
    file.rewind().unwrap();
    file.read_to_end(&mut bytes).unwrap();
    (fetched, bytes)
}

fn tag(text: &str) -> Validators {
    Validators { etag: Some(text.to_owned()), last_modified: None }
}

#[test]
fn what_did_not_change_is_not_sent() {
    let server = Server::new(|asked| match asked.header("if-none-match") {
        Some("\"1\"") => Said::status(304),
        _ => whole(),
    });
    let (fetched, bytes) = fetch(&server, None);
    assert_eq!((fetched.unwrap(), &bytes[..]), (Fetched::New(tag("\"1\""), 10), BYTES));
    let (fetched, bytes) = fetch(&server, Some(&tag("\"1\"")));
    assert_eq!((fetched.unwrap(), bytes.len()), (Fetched::Unchanged, 0));
    let (fetched, _) = fetch(&server, Some(&tag("\"0\"")));
    assert!(matches!(fetched.unwrap(), Fetched::New(..)));
    // Nothing between here and the server may answer in its place.
    assert!(server.asked().iter().all(|asked| asked.header("cache-control") == Some("no-cache")));
    // Who was not asked for a difference cannot say that there is none.
    let server = Server::new(|_| Said::status(304));
    let error = fetch(&server, None).0.unwrap_err().to_string();
    assert!(error.ends_with("status 304"), "{error}");
}

#[test]
fn it_goes_on_where_it_broke_off_as_long_as_the_file_is_the_same() {
    let server = Server::new(|asked| match asked.header("range") {
        None => Said { cut: Some(4), ..whole() },
        Some(range) => {
            assert_eq!((range, asked.header("if-range")), ("bytes=4-", Some("\"1\"")));
            let rest = Said { body: BYTES[4..].to_vec(), ..Said::status(206) };
            rest.with("content-range", "bytes 4-9/10")
        }
    });
    let (fetched, bytes) = fetch(&server, None);
    assert_eq!((fetched.unwrap(), &bytes[..]), (Fetched::New(tag("\"1\""), 10), BYTES));

    // It changed meanwhile: all of the new one, and what the server says of that.
    let count = AtomicUsize::new(0);
    let server = Server::new(move |_| match count.fetch_add(1, Ordering::SeqCst) {
        0 => Said { cut: Some(4), ..whole() },
        _ => Said { body: b"abc".to_vec(), ..Said::status(200) }.with("etag", "\"2\""),
    });
    let (fetched, bytes) = fetch(&server, None);
    assert_eq!((fetched.unwrap(), &bytes[..]), (Fetched::New(tag("\"2\""), 3), &b"abc"[..]));

    // A tag that does not stand for the bytes is none to go on by.
    let count = AtomicUsize::new(0);
    let server = Server::new(move |asked| {
        assert_eq!(asked.header("range"), None);
        let cut = (count.fetch_add(1, Ordering::SeqCst) == 0).then_some(4);
        Said { body: BYTES.to_vec(), cut, ..Said::status(200) }.with("etag", "W/\"1\"")
    });
    assert_eq!(fetch(&server, None).1, BYTES);
}

#[test]
fn more_than_is_fetched_is_refused() {
    let server = Server::new(|_| Said { body: b"0123456789x".to_vec(), ..Said::status(200) });
    let error = fetch(&server, None).0.unwrap_err();
    assert!(matches!(error, FetchError::TooLarge { most: 10, .. }), "{error}");
}

#[test]
fn what_fails_is_told_apart() {
    let of = |status| {
        let server = Server::new(move |_| Said::status(status).with("retry-after", "0"));
        (fetch(&server, None).0.unwrap_err(), server.asked().len())
    };
    let (missing, asked) = of(404);
    assert!(missing.is_missing() && !missing.is_transient() && asked == 1, "{missing}");
    let (broken, asked) = of(503);
    assert!(broken.is_transient() && !broken.is_missing() && asked == 4, "{broken}");
    let server = Server::new(|_| Said::status(302).with("location", "/again"));
    let error = fetch(&server, None).0.unwrap_err().to_string();
    assert!(error.contains("sent on more than 5 times"), "{error}");
}

#[test]
fn nothing_is_fetched_in_the_open_from_elsewhere() {
    let refused = |address: &str, is_plain| {
        let mut file = tempfile::tempfile().unwrap();
        let fetched = Fetcher::new(is_plain).fetch(address, None, 10, &mut file, &|_, _| ());
        fetched.unwrap_err()
    };
    let error = refused("http://mirror.example.org/PyPI/all.zip", false);
    assert!(matches!(error, FetchError::Plain(_)), "{error}");
    for address in ["", "PyPI", "ftp://h/x", "https://ada:pw@h/x", "/x", "//h/x", "file:///x"] {
        let error = refused(address, true);
        assert!(matches!(error, FetchError::Address(_)), "{address}: {error}");
    }
    let server = Server::new(|_| Said::status(302).with("location", "http://mirror.example.org/x"));
    let error = fetch(&server, None).0.unwrap_err();
    assert!(matches!(error, FetchError::Plain(_)), "{error}");
}
