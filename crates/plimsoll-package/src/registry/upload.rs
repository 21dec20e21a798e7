//! Bringing a blob into a registry: looked up first, taken over where it can be, sent where it must.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::Path;

use ureq::http::header::{CONTENT_RANGE, CONTENT_TYPE, RANGE};
use ureq::http::{Method, Uri};

use super::push::{Outcome, Watched};
use super::{Registry, RegistryError};
use crate::document::Descriptor;
use crate::transport::{ATTEMPTS, Body, Call, pause};

const BYTES: &str = "application/octet-stream";

impl Registry {
    /// Brings the blob in `file` into the repository, unless it is there.
    pub(super) fn upload(
        &self,
        blob: &Descriptor,
        file: &Path,
        watched: &dyn Fn(Watched<'_>),
    ) -> Result<Outcome, RegistryError> {
        let mut attempt = 1;
        loop {
            // What a broken connection left may be there after all.
            if self.has(blob)? {
                return Ok(Outcome::There);
            }
            let sent = match self.begin(blob)? {
                Begun::Mounted => return Ok(Outcome::Mounted),
                Begun::At(uri) => self.send(blob, file, uri, watched),
            };
            match sent {
                Ok(()) => return Ok(Outcome::Uploaded),
                Err(error) if error.is_transient() && attempt < ATTEMPTS => {
                    watched(Watched::Again { blob });
                    pause(attempt, None);
                    attempt += 1;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Tells whether a blob is there.
    fn has(&self, blob: &Descriptor) -> Result<bool, RegistryError> {
        let doing = format!("look for blob {}", blob.digest);
        let call = Call::new(Method::HEAD, self.uri(&format!("blobs/{}", blob.digest))?);
        let answer = self.call(&call, &Body::None, &doing)?;
        match answer.status {
            404 => Ok(false),
            _ => self.accepted(answer, &doing, &[200]).map(|_| true),
        }
    }

    /// Begins an upload, or has the blob taken over from another repository.
    fn begin(&self, blob: &Descriptor) -> Result<Begun, RegistryError> {
        let doing = format!("take blob {}", blob.digest);
        for from in &self.mount_from {
            let uri = self.uri(&format!("blobs/uploads/?mount={}&from={from}", blob.digest))?;
            let answer = self.call(&Call::new(Method::POST, uri), &Body::None, &doing)?;
            if answer.status == 201 {
                return Ok(Begun::Mounted);
            }
            // Where it cannot be taken over, an upload is begun instead; it is left to the registry.
        }
        let uri = self.uri("blobs/uploads/")?;
        let answer = self.call(&Call::new(Method::POST, uri.clone()), &Body::None, &doing)?;
        let answer = self.accepted(answer, &doing, &[202])?;
        Ok(Begun::At(self.location(&uri, &answer)?))
    }

    /// Sends a blob to where an upload was begun.
    fn send(
        &self,
        blob: &Descriptor,
        file: &Path,
        mut uri: Uri,
        watched: &dyn Fn(Watched<'_>),
    ) -> Result<(), RegistryError> {
        let doing = format!("take blob {}", blob.digest);
        let unread = |source| {
            let what = file.display().to_string();
            RegistryError::File { what, source }
        };
        if blob.size <= self.piece {
            let tell = |sent| watched(Watched::Sent { blob, sent });
            let open = || piece(file, 0, blob.size, &tell);
            File::open(file).map_err(unread)?;
            let call = Call::new(Method::PUT, named(&uri, blob)).header(CONTENT_TYPE, BYTES);
            let answer = self.call(&call, &Body::Reader(blob.size, &open), &doing)?;
            return self.accepted(answer, &doing, &[201, 202, 204]).map(drop);
        }
        let (mut at, mut attempt) = (0, 1);
        while at < blob.size {
            let size = self.piece.min(blob.size - at);
            let tell = |sent| watched(Watched::Sent { blob, sent });
            let open = || piece(file, at, size, &tell);
            File::open(file).map_err(unread)?;
            let call = Call::new(Method::PATCH, uri.clone())
                .header(CONTENT_TYPE, BYTES)
                .header(CONTENT_RANGE, &format!("{at}-{}", at + size - 1));
            let sent = self
                .call(&call, &Body::Reader(size, &open), &doing)
                .and_then(|answer| self.accepted(answer, &doing, &[202, 204, 201]));
            match sent {
                Ok(answer) => {
                    uri = self.location(&uri, &answer)?;
                    at += size;
                    attempt = 1;
                }
                Err(error) if error.is_transient() && attempt < ATTEMPTS => {
                    pause(attempt, None);
                    attempt += 1;
                    // From where the registry has it, rather than from the beginning.
                    (uri, at) = self.reached(&uri, &doing)?;
                    watched(Watched::At { blob, bytes: at });
                }
                Err(error) => return Err(error),
            }
        }
        let call = Call::new(Method::PUT, named(&uri, blob)).header(CONTENT_TYPE, BYTES);
        let answer = self.call(&call, &Body::None, &doing)?;
        self.accepted(answer, &doing, &[201, 202, 204]).map(drop)
    }

    /// Returns where an upload goes on, and how many bytes of it are there.
    fn reached(&self, uri: &Uri, doing: &str) -> Result<(Uri, u64), RegistryError> {
        let answer = self.call(&Call::new(Method::GET, uri.clone()), &Body::None, doing)?;
        let answer = self.accepted(answer, doing, &[204, 200, 202])?;
        let range = answer.headers.get(RANGE).and_then(|range| range.to_str().ok());
        let last = range.and_then(|range| range.rsplit('-').next()?.parse::<u64>().ok());
        // Nothing yet is written as `0-0` by most, which is also how one byte is written.
        let reached = match last {
            None | Some(0) => 0,
            Some(last) => last.saturating_add(1),
        };
        let on = self.location(uri, &answer).unwrap_or_else(|_| uri.clone());
        Ok((on, reached))
    }
}

enum Begun {
    Mounted,
    At(Uri),
}

/// Returns the address at which an upload ends, with what it must hash to.
fn named(uri: &Uri, blob: &Descriptor) -> Uri {
    let separator = if uri.query().is_some() { '&' } else { '?' };
    format!("{uri}{separator}digest={}", blob.digest).parse().unwrap_or_else(|_| uri.clone())
}

/// Opens a part of a file that tells how much of it was read.
fn piece<'t>(
    file: &Path,
    at: u64,
    size: u64,
    tell: &'t dyn Fn(u64),
) -> io::Result<Box<dyn Read + 't>> {
    let mut file = File::open(file)?;
    file.seek(SeekFrom::Start(at))?;
    Ok(Box::new(Told { from: file.take(size), at: Cell::new(at), tell }))
}

struct Told<'t> {
    from: io::Take<File>,
    at: Cell<u64>,
    tell: &'t dyn Fn(u64),
}

impl Read for Told<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.from.read(into)?;
        self.at.set(self.at.get() + read as u64);
        (self.tell)(self.at.get());
        Ok(read)
    }
}
