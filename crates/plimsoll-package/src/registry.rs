//! A registry of images, spoken to by its own protocol (OCI distribution-spec 1.1).
//!
//! What is safe to repeat is repeated; what is there already is not sent again; a secret goes only to the
//! host that it is for, and over TLS unless the host is this machine or somebody asked for less.

mod challenge;
mod credentials;
mod error;
mod pull;
mod push;
mod reference;
mod referrers;
mod secret;
mod upload;

use std::cell::{Cell, RefCell};
use std::io::Read;

use plimsoll_core::Digest;
use serde::Deserialize;
use ureq::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION, WWW_AUTHENTICATE};
use ureq::http::{Method, Uri};

use self::challenge::{Challenge, Token};
use crate::document::{INDEX, MANIFEST};
use crate::transport::{self, Answer, Body, Call, Transport, same_place};

pub use self::credentials::{Credentials, Keychain, ReadCredentialsError};
pub use self::error::RegistryError;
pub use self::push::{Outcome, Pushed, PushedBlob, Watched};
pub(crate) use self::reference::is_loopback;
pub use self::reference::{ImageReference, ParseImageReferenceError};
pub use self::secret::Secret;

/// The largest manifest that is read, as registries limit them.
const LARGEST_DOCUMENT: u64 = 4 * 1024 * 1024;

/// What is sent at once.
const PIECE: u64 = 64 * 1024 * 1024;

/// How often a request is sent elsewhere before it is given up.
const MOST_REDIRECTS: usize = 5;

/// A repository of a registry.
#[derive(Debug)]
pub struct Registry {
    transport: Transport,
    reference: ImageReference,
    credentials: Credentials,
    /// What the registry's token service gave, for as long as it is accepted.
    token: RefCell<Option<Token>>,
    /// Other repositories of the same registry that blobs may be taken over from.
    mount_from: Vec<String>,
    /// What is sent at once; what is larger comes in pieces that can be taken up again.
    piece: u64,
    scheme: Cell<Scheme>,
    /// Whether tokens are to let nothing be written.
    only_reads: bool,
}

/// How a registry is spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scheme {
    /// Over TLS.
    Tls,
    /// Without, since somebody asked for it.
    Plain,
    /// Without, since it is on this machine; unless it turns out to want TLS.
    Presumed,
}

/// What a registry says of an error.
#[derive(Deserialize)]
struct Errors {
    errors: Vec<OneError>,
}

#[derive(Deserialize)]
struct OneError {
    #[serde(default)]
    code: String,
    #[serde(default)]
    message: String,
}

impl Registry {
    /// Names the repository of `reference`; nothing is asked yet.
    ///
    /// Without TLS only where `is_plain`, or where the registry is on this machine.
    pub fn new(reference: ImageReference, credentials: Credentials, is_plain: bool) -> Self {
        let scheme = match (is_plain, reference.is_loopback()) {
            (true, _) => Scheme::Plain,
            (false, true) => Scheme::Presumed,
            (false, false) => Scheme::Tls,
        };
        Self {
            transport: Transport::new(),
            reference,
            credentials,
            token: RefCell::new(None),
            mount_from: Vec::new(),
            piece: PIECE,
            scheme: Cell::new(scheme),
            only_reads: false,
        }
    }

    /// As [`Self::new`], of a repository that nothing is written to: who may only read it is let in.
    pub fn to_read(reference: ImageReference, credentials: Credentials, is_plain: bool) -> Self {
        Self { only_reads: true, ..Self::new(reference, credentials, is_plain) }
    }

    /// Lets blobs be taken over from another repository of the same registry.
    pub fn mount_from(&mut self, repository: String) {
        self.mount_from.push(repository);
    }

    /// Returns what it was made for.
    pub fn reference(&self) -> &ImageReference {
        &self.reference
    }

    /// Reads a manifest, by a tag or a digest; `None` where there is none.
    ///
    /// # Errors
    /// The registry cannot be reached, refuses it, or sends other bytes than the digest names.
    pub fn manifest(&self, name: &str) -> Result<Option<Vec<u8>>, RegistryError> {
        let doing = format!("read {}:{name}", self.reference.repository());
        let call = Call::new(Method::GET, self.uri(&format!("manifests/{name}"))?)
            .header(ACCEPT, &format!("{MANIFEST}, {INDEX}, {DOCKER_MANIFEST}, {DOCKER_LIST}"));
        let answer = self.call(&call, &Body::None, &doing)?;
        if answer.status == 404 {
            return Ok(None);
        }
        let bytes = self.accepted(answer, &doing, &[200])?.bytes(LARGEST_DOCUMENT);
        let bytes = bytes.map_err(|error| self.unreachable(&doing, error))?;
        match name.parse::<Digest>() {
            Ok(digest) if Digest::sha256(&bytes) != digest => {
                Err(self.changed(digest, Digest::sha256(&bytes)))
            }
            _ => Ok(Some(bytes)),
        }
    }

    /// Opens a blob. Whoever reads it holds it against its digest.
    ///
    /// # Errors
    /// There is none, the registry cannot be reached, or refuses it.
    pub fn blob(&self, digest: &Digest) -> Result<impl Read + 'static, RegistryError> {
        let doing = format!("read blob {digest}");
        let call = Call::new(Method::GET, self.uri(&format!("blobs/{digest}"))?);
        let answer = self.call(&call, &Body::None, &doing)?;
        Ok(self.accepted(answer, &doing, &[200])?.reader())
    }

    /// Writes a manifest, by a tag or a digest; tells whether the registry keeps lists of referrers.
    fn put_manifest(
        &self,
        name: &str,
        media_type: &str,
        bytes: &[u8],
    ) -> Result<bool, RegistryError> {
        let doing = format!("write {}:{name}", self.reference.repository());
        let uri = self.uri(&format!("manifests/{name}"))?;
        let call = Call::new(Method::PUT, uri).header(CONTENT_TYPE, media_type);
        let answer = self.call(&call, &Body::Bytes(bytes), &doing)?;
        let answer = self.accepted(answer, &doing, &[201, 202, 200])?;
        Ok(answer.headers.contains_key("oci-subject"))
    }

    fn uri(&self, path: &str) -> Result<Uri, RegistryError> {
        let scheme = if self.is_plain() { "http" } else { "https" };
        let (host, repository) = (self.reference.host(), self.reference.repository());
        format!("{scheme}://{host}/v2/{repository}/{path}")
            .parse()
            .map_err(|error| self.protocol(format!("{path} is no address: {error}")))
    }

    fn is_plain(&self) -> bool {
        self.scheme.get() != Scheme::Tls
    }

    /// Sends a request as whoever may send it, and again where that is safe.
    fn call(&self, call: &Call, body: &Body<'_>, doing: &str) -> Result<Answer, RegistryError> {
        let mut answer = self.sent(call, body, doing)?;
        let mut call = call.clone();
        // What servers answer that are spoken to without the TLS that they expect.
        let is_own = answer.elsewhere.is_none();
        if answer.status == 400 && is_own && self.scheme.get() == Scheme::Presumed {
            let mut over_tls = call.clone();
            over_tls.uri = transport::over_tls(&call.uri)
                .ok_or_else(|| self.protocol("its address is none over TLS".to_owned()))?;
            self.scheme.set(Scheme::Tls);
            match self.sent(&over_tls, body, doing) {
                Ok(answered) => (answer, call) = (answered, over_tls),
                Err(error) if error.is_untrusted() => return Err(error),
                // It was not that; what it said first is the answer.
                Err(_) => self.scheme.set(Scheme::Plain),
            }
        }
        // Whom the registry sends one on to says where a password is to go for itself only.
        let is_asked = answer.status == 401 && answer.elsewhere.is_none();
        let Some(challenge) = is_asked.then(|| challenge(&answer)).flatten() else {
            return Ok(answer);
        };
        // What was accepted so far is not any more, or nothing was said yet: once, with a new token.
        let token = self.token_for(&challenge)?;
        *self.token.borrow_mut() = Some(token);
        self.sent(&call, body, doing)
    }

    /// Sends a request to where it is wanted in the end. No secret goes along to another place.
    fn sent(&self, call: &Call, body: &Body<'_>, doing: &str) -> Result<Answer, RegistryError> {
        let home = self.uri("")?;
        let mut to = call.clone();
        for _ in 0..=MOST_REDIRECTS {
            let mut call = to.clone();
            let is_home = same_place(&home, &call.uri);
            if is_home && let Some(token) = &*self.token.borrow() {
                self.may_hold_secret(&call.uri)?;
                call = call.secret(AUTHORIZATION, token.header());
            }
            let answer = self.transport.send(&call, body);
            let mut answer = answer.map_err(|error| self.unreachable(doing, error))?;
            answer.elsewhere = (!is_home).then(|| transport::host(&call.uri));
            let is_elsewhere = match answer.status {
                307 | 308 => true,
                301..=303 => [Method::GET, Method::HEAD].contains(&call.method),
                _ => false,
            };
            if !is_elsewhere {
                return Ok(answer);
            }
            to.uri = self.location(&to.uri, &answer)?;
        }
        Err(self.protocol(format!("it sends one elsewhere more than {MOST_REDIRECTS} times")))
    }

    /// Returns where an answer points, from where it was asked.
    fn location(&self, from: &Uri, answer: &Answer) -> Result<Uri, RegistryError> {
        let said = answer.headers.get(LOCATION).and_then(|said| said.to_str().ok());
        let said = said.ok_or_else(|| self.protocol("it names no `Location`".to_owned()))?;
        let resolved = transport::resolve(from, said);
        let resolved =
            resolved.ok_or_else(|| self.protocol("its `Location` is none".to_owned()))?;
        // A step down from TLS would show everybody what is sent.
        if from.scheme_str() == Some("https") && resolved.scheme_str() != Some("https") {
            return Err(RegistryError::Plain { host: transport::host(&resolved) });
        }
        Ok(resolved)
    }

    fn may_hold_secret(&self, uri: &Uri) -> Result<(), RegistryError> {
        if uri.scheme_str() == Some("https") || self.is_plain() {
            return Ok(());
        }
        Err(RegistryError::Plain { host: transport::host(uri) })
    }

    /// Returns an answer of one of the statuses that are expected; of another, what it says.
    fn accepted(
        &self,
        mut answer: Answer,
        doing: &str,
        expected: &[u16],
    ) -> Result<Answer, RegistryError> {
        let status = answer.status;
        if expected.contains(&status) {
            return Ok(answer);
        }
        let mut said = said(&mut answer);
        let (host, doing) = (self.reference.host().to_owned(), doing.to_owned());
        if let Some(elsewhere) = answer.elsewhere {
            // Nobody's name was said there, so it is not about anybody.
            said = format!(" from {elsewhere}, where it sends one on{said}");
        } else if [401, 403].contains(&status) {
            let who = self.credentials.who();
            return Err(RegistryError::Denied { host, who, doing, status, said });
        }
        Err(RegistryError::Refused { host, doing, status, said })
    }

    fn unreachable(&self, doing: &str, source: ureq::Error) -> RegistryError {
        let (host, doing) = (self.reference.host().to_owned(), doing.to_owned());
        RegistryError::Unreachable { host, doing, source: Box::new(source) }
    }

    fn changed(&self, digest: Digest, found: Digest) -> RegistryError {
        RegistryError::Changed { host: self.reference.host().to_owned(), digest, found }
    }

    fn protocol(&self, what: String) -> RegistryError {
        RegistryError::Protocol { host: self.reference.host().to_owned(), what }
    }
}

const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";

/// Returns what a registry asks for: a token, where it offers several ways.
fn challenge(answer: &Answer) -> Option<Challenge> {
    let said = answer.headers.get_all(WWW_AUTHENTICATE).iter();
    let challenges = said.filter_map(|said| Challenge::parse(said.to_str().ok()?));
    let offered: Vec<Challenge> = challenges.collect();
    let is_bearer = |it: &&Challenge| matches!(it, Challenge::Bearer { .. });
    offered.iter().find(is_bearer).or(offered.first()).cloned()
}

/// Returns what a registry says of an error, as the end of a sentence.
fn said(answer: &mut Answer) -> String {
    const LONGEST: usize = 300;
    let bytes = answer.take_bytes(64 * 1024).unwrap_or_default();
    let Ok(Errors { errors }) = serde_json::from_slice(&bytes) else { return String::new() };
    let one = |it: &OneError| format!("{} {}", it.code, it.message).trim().to_owned();
    let all = errors.iter().map(one).collect::<Vec<_>>().join("; ");
    let all: String = all.chars().filter(|c| !c.is_control()).take(LONGEST).collect();
    if all.is_empty() { all } else { format!(" ({all})") }
}

#[cfg(test)]
mod tests;
