//! A file at an address, fetched as a whole or not at all, and only if it changed.

use std::cell::{Cell, RefCell};
use std::fs::File;
use std::io;

use serde::{Deserialize, Serialize};
use ureq::http::header::{
    CACHE_CONTROL, CONTENT_LENGTH, ETAG, HeaderName, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    LAST_MODIFIED, LOCATION, RANGE,
};
use ureq::http::{HeaderMap, Method, Uri};

use crate::registry::is_loopback;
use crate::resume::{Bounds, BringError, LONGEST, Part, bring};
use crate::transport::{self, Answer, Body, Call, Transport};

/// How often a request is sent elsewhere before it is given up.
const MOST_REDIRECTS: usize = 5;

/// What fetches files.
#[derive(Debug)]
pub struct Fetcher {
    transport: Transport,
    is_plain: bool,
}

/// What a server said of a file, by which it tells later whether the file changed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Validators {
    /// The tag of this version of the file.
    pub etag: Option<String>,
    /// When it changed, as the server writes it.
    pub last_modified: Option<String>,
}

/// How the fetching of a file ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fetched {
    /// The file is what it was.
    Unchanged,
    /// It is there, with so many bytes.
    New(Validators, u64),
}

/// A file was not fetched.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FetchError {
    /// The text is no address.
    #[error("`{0}` is no address that can be fetched (expected https://HOST/PATH)")]
    Address(String),
    /// Anybody on the way could put something else in its place.
    #[error("{0} would be fetched without TLS, so that anybody on the way could change it")]
    Plain(String),
    /// The server could not be reached, or went away.
    #[error("{address} cannot be fetched")]
    Unreachable {
        /// The address.
        address: String,
        /// Why.
        source: Box<ureq::Error>,
    },
    /// The server says no.
    #[error("{address} cannot be fetched: status {status}")]
    Refused {
        /// The address.
        address: String,
        /// The HTTP status.
        status: u16,
    },
    /// The server answers what was not asked.
    #[error("{address} cannot be fetched: {what}")]
    Protocol {
        /// The address.
        address: String,
        /// What is wrong.
        what: String,
    },
    /// It is larger than what is fetched.
    #[error("{address} has more than {most} bytes, which is the most that is fetched")]
    TooLarge {
        /// The address.
        address: String,
        /// The most bytes.
        most: u64,
    },
    /// It takes longer than anybody waits.
    #[error("{address} was not there within {hours} hours")]
    Late {
        /// The address.
        address: String,
        /// How long it was waited for.
        hours: u64,
    },
    /// What was fetched could not be written.
    #[error("what was fetched of {address} could not be written")]
    File {
        /// The address.
        address: String,
        /// Why.
        source: io::Error,
    },
}

impl FetchError {
    /// Tells whether the server's certificate is none that is trusted here.
    pub fn is_untrusted(&self) -> bool {
        matches!(self, Self::Unreachable { source, .. } if transport::is_untrusted(source))
    }

    /// Tells whether the same may work later.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Refused { status, .. } => transport::is_transient(*status),
            Self::Unreachable { .. } => !self.is_untrusted(),
            Self::Late { .. } | Self::File { .. } => true,
            _ => false,
        }
    }

    /// Tells whether there is no such file.
    pub fn is_missing(&self) -> bool {
        matches!(self, Self::Refused { status: 404 | 410, .. })
    }
}

/// Why nothing more is asked for.
enum Stop {
    Unchanged,
    Failed(FetchError),
}

impl Validators {
    fn of(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Self { etag: text(ETAG), last_modified: text(LAST_MODIFIED) }
    }

    /// Returns a tag that stands for the very bytes, rather than for what they mean.
    fn strong(&self) -> Option<&str> {
        self.etag.as_deref().filter(|tag| !tag.starts_with("W/"))
    }
}

impl Fetcher {
    /// Makes one that does without TLS only where `is_plain`, or where the server is this machine.
    pub fn new(is_plain: bool) -> Self {
        Self { transport: Transport::new(), is_plain }
    }

    /// Fetches the file at `address` into the empty file `to`, unless it is what it was when the server said
    /// `known` of it. `sent` is told how many bytes are there, and of how many, where that is known.
    ///
    /// It goes on where it broke off, as long as the file is the same; what is in `to` after an error is worth
    /// nothing.
    ///
    /// # Errors
    /// It is not there, the server cannot be reached or refuses it, or it has more than `most` bytes.
    pub fn fetch(
        &self,
        address: &str,
        known: Option<&Validators>,
        most: u64,
        to: &mut File,
        sent: &dyn Fn(u64, Option<u64>),
    ) -> Result<Fetched, FetchError> {
        let uri = self.checked(address)?;
        let (now, size) = (RefCell::new(Validators::default()), Cell::new(None));
        let mut ask = |from: u64| {
            let call = Call::new(Method::GET, uri.clone()).header(CACHE_CONTROL, "no-cache");
            let call = match (from, known, now.borrow().strong()) {
                (0, Some(known), _) => conditional(call, known),
                (1.., _, Some(tag)) => {
                    call.header(RANGE, &format!("bytes={from}-")).header(IF_RANGE, tag)
                }
                _ => call,
            };
            let answer = self.sent(&call, address).map_err(Stop::Failed)?;
            match answer.status {
                304 if from == 0 && known.is_some() => return Err(Stop::Unchanged),
                206 if from > 0 => {}
                200 => {
                    *now.borrow_mut() = Validators::of(&answer.headers);
                    size.set(length(&answer));
                }
                status => {
                    let address = address.to_owned();
                    return Err(Stop::Failed(FetchError::Refused { address, status }));
                }
            }
            if size.get().is_some_and(|size| size > most) {
                let address = address.to_owned();
                return Err(Stop::Failed(FetchError::TooLarge { address, most }));
            }
            let what = "the server sends another part than was asked for";
            Part::of(answer, from).ok_or_else(|| Stop::Failed(protocol(address, what)))
        };
        let told = |there| sent(there, size.get());
        let bounds = Bounds { most, is_exact: false, sent: &told };
        let address = address.to_owned();
        match bring(&mut ask, to, &bounds) {
            Ok(bytes) => Ok(Fetched::New(now.take(), bytes)),
            Err(BringError::Asked(Stop::Unchanged)) => Ok(Fetched::Unchanged),
            Err(BringError::Asked(Stop::Failed(error))) => Err(error),
            Err(BringError::Broken(error)) => {
                Err(FetchError::Unreachable { address, source: Box::new(error.into()) })
            }
            Err(BringError::TooLarge) => Err(FetchError::TooLarge { address, most }),
            Err(BringError::Late) => {
                Err(FetchError::Late { address, hours: LONGEST.as_secs() / 3600 })
            }
            Err(BringError::File(source)) => Err(FetchError::File { address, source }),
        }
    }

    /// Returns an address that may be fetched.
    fn checked(&self, address: &str) -> Result<Uri, FetchError> {
        let uri = transport::resolve_absolute(address);
        let uri = uri.ok_or_else(|| FetchError::Address(address.to_owned()))?;
        self.is_safe(&uri).then_some(uri).ok_or_else(|| FetchError::Plain(address.to_owned()))
    }

    fn is_safe(&self, uri: &Uri) -> bool {
        let is_tls = uri.scheme_str() == Some("https");
        is_tls || self.is_plain || is_loopback(&transport::host(uri))
    }

    /// Sends a request to where the file is in the end.
    fn sent(&self, call: &Call, address: &str) -> Result<Answer, FetchError> {
        let mut call = call.clone();
        for _ in 0..=MOST_REDIRECTS {
            let answer = self.transport.send(&call, &Body::None).map_err(|source| {
                FetchError::Unreachable { address: address.to_owned(), source: Box::new(source) }
            })?;
            if !matches!(answer.status, 301..=303 | 307 | 308) {
                return Ok(answer);
            }
            let said = answer.headers.get(LOCATION).and_then(|said| said.to_str().ok());
            let next = said.and_then(|said| transport::resolve(&call.uri, said));
            let next = next.ok_or_else(|| protocol(address, "it is sent on to no address"))?;
            let is_downgrade =
                call.uri.scheme_str() == Some("https") && next.scheme_str() != Some("https");
            if is_downgrade || !self.is_safe(&next) {
                return Err(FetchError::Plain(next.to_string()));
            }
            call.uri = next;
        }
        let what = format!("it is sent on more than {MOST_REDIRECTS} times");
        Err(protocol(address, what))
    }
}

fn protocol(address: &str, what: impl Into<String>) -> FetchError {
    FetchError::Protocol { address: address.to_owned(), what: what.into() }
}

/// Asks only for what is no longer as it is known.
fn conditional(call: Call, known: &Validators) -> Call {
    let call = match &known.etag {
        Some(tag) => call.header(IF_NONE_MATCH, tag),
        None => call,
    };
    match &known.last_modified {
        Some(time) => call.header(IF_MODIFIED_SINCE, time),
        None => call,
    }
}

fn length(answer: &Answer) -> Option<u64> {
    answer.headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
