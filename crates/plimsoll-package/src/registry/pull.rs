//! Bringing what an image is made of from a registry, each blob only as what its digest says.

use std::fs::File;
use std::io::{Read as _, Seek as _};

use plimsoll_core::Digest;
use ureq::http::Method;
use ureq::http::header::RANGE;

use super::{LARGEST_DOCUMENT, Registry, RegistryError};
use crate::hashed;
use crate::resume::{Bounds, BringError, LONGEST, Part, bring};
use crate::transport::{Body, Call};

/// What a reference without a tag and a digest stands for.
const USUAL_TAG: &str = "latest";

impl Registry {
    /// Reads what the reference stands for: an index or a manifest, and its digest.
    ///
    /// A digest in the reference decides, whatever its tag points at.
    ///
    /// # Errors
    /// There is none, the registry cannot be reached or refuses it, or sends something else.
    pub fn resolve(&self) -> Result<(Digest, Vec<u8>), RegistryError> {
        let named = self.reference.digest().map(|digest| digest.to_string());
        let name = named.as_deref().or(self.reference.tag()).unwrap_or(USUAL_TAG);
        match self.manifest(name)? {
            Some(bytes) => Ok((Digest::sha256(&bytes), bytes)),
            None => Err(self.missing(name)),
        }
    }

    /// Reads a small blob, the configuration of an image; `None` where there is none.
    ///
    /// # Errors
    /// The registry cannot be reached or refuses it, or sends something else.
    pub fn small_blob(&self, digest: &Digest) -> Result<Option<Vec<u8>>, RegistryError> {
        let mut bytes = Vec::new();
        let read = match self.blob(digest) {
            Ok(blob) => blob.take(LARGEST_DOCUMENT + 1).read_to_end(&mut bytes),
            Err(RegistryError::Refused { status: 404, .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        read.map_err(|error| self.unreachable(&format!("read blob {digest}"), error.into()))?;
        if bytes.len() as u64 > LARGEST_DOCUMENT {
            return Err(self.too_large(*digest, LARGEST_DOCUMENT));
        }
        match Digest::sha256(&bytes) {
            found if found == *digest => Ok(Some(bytes)),
            found => Err(self.changed(*digest, found)),
        }
    }

    /// Brings a blob of `size` bytes into the empty file `to`, and goes on where it broke off. `sent` is
    /// told how many bytes are there.
    ///
    /// What is in the file after an error is worth nothing.
    ///
    /// # Errors
    /// There is none, the registry cannot be reached or refuses it, or sends something else.
    pub fn fetch(
        &self,
        digest: &Digest,
        size: u64,
        to: &mut File,
        sent: &dyn Fn(u64),
    ) -> Result<(), RegistryError> {
        let doing = format!("read blob {digest}");
        let uri = self.uri(&format!("blobs/{digest}"))?;
        let mut ask = |from: u64| {
            let mut call = Call::new(Method::GET, uri.clone());
            if from > 0 {
                call = call.header(RANGE, &format!("bytes={from}-"));
            }
            let answer = self.call(&call, &Body::None, &doing)?;
            if answer.status == 404 {
                return Err(self.missing(&digest.to_string()));
            }
            let answer = self.accepted(answer, &doing, &[200, 206])?;
            Part::of(answer, from)
                .ok_or_else(|| self.protocol("it sends another part than was asked for".to_owned()))
        };
        let bounds = Bounds { most: size, is_exact: true, sent };
        let unread = |source| RegistryError::File { what: doing.clone(), source };
        bring(&mut ask, to, &bounds).map_err(|error| match error {
            BringError::Asked(error) => error,
            BringError::Broken(error) => self.unreachable(&doing, error.into()),
            BringError::TooLarge => self.too_large(*digest, size),
            BringError::Late => {
                let host = self.reference.host().to_owned();
                RegistryError::Late { host, digest: *digest, hours: LONGEST.as_secs() / 3600 }
            }
            BringError::File(source) => unread(source),
        })?;
        to.rewind().map_err(unread)?;
        match hashed::hash(&*to).map_err(unread)? {
            (found, _) if found == *digest => Ok(()),
            (found, _) => Err(self.changed(*digest, found)),
        }
    }

    fn missing(&self, name: &str) -> RegistryError {
        let host = self.reference.host().to_owned();
        let separator = if name.starts_with("sha256:") { '@' } else { ':' };
        let what = format!("{}{separator}{name}", self.reference.repository());
        RegistryError::Missing { host, what }
    }

    fn too_large(&self, digest: Digest, most: u64) -> RegistryError {
        RegistryError::TooLarge { host: self.reference.host().to_owned(), digest, most }
    }
}
