//! A mirror of exports of OSV, with tags, parts, and faults where a test wants them.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Cursor, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use plimsoll_core::Digest;
use zip::write::SimpleFileOptions;

/// What is wrong with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The server says this instead.
    Status(u16),
    /// The first half is sent, once, and the connection breaks off.
    Broken,
    /// The first half is sent, and then nothing for a minute.
    Stuck,
}

#[derive(Clone, Default)]
struct File {
    bytes: Vec<u8>,
    fault: Option<Fault>,
}

/// A server on loopback; it ends with the test's process.
pub(crate) struct Mirror {
    pub(crate) base: String,
    files: Arc<Mutex<BTreeMap<String, File>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Mirror {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let base = format!("http://{}/osv", listener.local_addr().unwrap());
        let files: Arc<Mutex<BTreeMap<String, File>>> = Arc::default();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let (served, log) = (Arc::clone(&files), Arc::clone(&asked));
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (served, log) = (Arc::clone(&served), Arc::clone(&log));
                std::thread::spawn(move || _ = answer(&stream, &served, &log));
            }
        });
        Self { base, files, asked }
    }

    /// Puts the export of an ecosystem there, of records by their id.
    pub(crate) fn put(&self, ecosystem: &str, records: &[(&str, &str)]) {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (id, record) in records {
            zip.start_file(format!("{id}.json"), SimpleFileOptions::default()).unwrap();
            zip.write_all(record.as_bytes()).unwrap();
        }
        self.put_bytes(ecosystem, zip.finish().unwrap().into_inner());
    }

    pub(crate) fn put_bytes(&self, ecosystem: &str, bytes: Vec<u8>) {
        let path = format!("/osv/{ecosystem}/all.zip");
        self.files.lock().unwrap().insert(path, File { bytes, fault: None });
    }

    /// Lets the export of an ecosystem go wrong.
    pub(crate) fn fail(&self, ecosystem: &str, fault: Option<Fault>) {
        let mut files = self.files.lock().unwrap();
        files.entry(format!("/osv/{ecosystem}/all.zip")).or_default().fault = fault;
    }

    /// Returns what was asked for since the last time, each with its status.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

fn answer(
    stream: &TcpStream,
    files: &Mutex<BTreeMap<String, File>>,
    log: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines();
    let first = lines.next().unwrap_or_else(|| Ok(String::new()))?;
    let path = first.split(' ').nth(1).unwrap_or_default().to_owned();
    let mut headers = BTreeMap::new();
    for line in lines {
        let line = line?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    let (file, fault) = {
        let mut files = files.lock().unwrap();
        let missing = File { bytes: Vec::new(), fault: Some(Fault::Status(404)) };
        let entry = files.get_mut(&path);
        let found = entry.as_deref().cloned().unwrap_or(missing);
        if let Some(entry) = entry.filter(|entry| entry.fault == Some(Fault::Broken)) {
            entry.fault = None;
        }
        (found.bytes, found.fault)
    };
    let tag = format!("\"{}\"", Digest::blake3(&file).hex());
    let from = headers.get("range").and_then(|range| {
        let is_same = headers.get("if-range") == Some(&tag);
        range.strip_prefix("bytes=")?.strip_suffix('-')?.parse().ok().filter(|_| is_same)
    });
    let from: usize = from.unwrap_or_default();
    let (status, body) = match fault {
        Some(Fault::Status(status)) => (status, &[][..]),
        _ if headers.get("if-none-match") == Some(&tag) => (304, &[][..]),
        _ if from > 0 => (206, &file[from..]),
        _ => (200, &file[..]),
    };
    log.lock().unwrap().push(format!("{status} {path}"));
    let mut to = stream;
    write!(to, "HTTP/1.1 {status} x\r\nconnection: close\r\netag: {tag}\r\nretry-after: 0\r\n")?;
    if status == 206 {
        let last = file.len() - 1;
        write!(to, "content-range: bytes {from}-{last}/{}\r\n", file.len())?;
    }
    write!(to, "content-length: {}\r\n\r\n", body.len())?;
    let half = &body[..body.len() / 2];
    match fault {
        Some(Fault::Broken) => to.write_all(half),
        Some(Fault::Stuck) => {
            to.write_all(half)?;
            to.flush()?;
            std::thread::sleep(Duration::from_mins(1));
            Ok(())
        }
        _ => to.write_all(body),
    }
}
