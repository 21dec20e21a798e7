//! A registry that sends whatever it is told to in place of what it is asked for.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::made::Layout;

/// A registry on loopback; it ends with the test's process.
pub(crate) struct Liar {
    pub(crate) host: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Liar {
    /// Starts one of a layout whose every tag is what the layout is about. In place of one blob it sends
    /// another.
    pub(crate) fn new(layout: &Layout, lie: Option<(&str, &[u8])>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (log, root) = (Arc::clone(&asked), layout.root().to_owned());
        let lie = lie.map(|(digest, bytes)| (digest.to_owned(), bytes.to_vec()));
        let blobs = layout.folder().join("blobs/sha256");
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                _ = answer(&stream, &log, &blobs, &root, lie.as_ref());
            }
        });
        Self { host, asked }
    }

    /// Returns the paths that were asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

fn answer(
    stream: &TcpStream,
    log: &Mutex<Vec<String>>,
    blobs: &Path,
    root: &str,
    lie: Option<&(String, Vec<u8>)>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    // The rest of the request says nothing that matters here.
    while lines.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    log.lock().unwrap().push(path.clone());
    let name = path.rsplit('/').next().unwrap_or_default();
    let digest = if name.starts_with("sha256:") { name } else { root };
    let found = std::fs::read(blobs.join(digest.trim_start_matches("sha256:")));
    let (status, body) = match (lie, found) {
        (Some((of, bytes)), _) if of == digest => (200, bytes.clone()),
        (_, Ok(bytes)) => (200, bytes),
        (_, Err(_)) => (404, Vec::new()),
    };
    let mut to = stream;
    let length = body.len();
    write!(to, "HTTP/1.1 {status} x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n")?;
    to.write_all(&body)
}
