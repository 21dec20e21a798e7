//! Requests and answers of HTTP, each by itself: no redirect is followed, no secret is kept.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use ureq::http::header::{CONTENT_LENGTH, HeaderName, HeaderValue, RETRY_AFTER};
use ureq::http::{HeaderMap, Method, Request, Uri};
use ureq::tls::{RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, SendBody};

/// How long a connection may take to be there.
const CONNECT_TIME: Duration = Duration::from_secs(20);

/// How long a registry may think about an answer; it hashes what it was sent.
const ANSWER_TIME: Duration = Duration::from_mins(5);

/// How long nothing may move while something is sent or read.
const STALL_TIME: Duration = Duration::from_mins(1);

/// How long is waited before what failed is tried again, the first time; then twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);

/// The longest pause, whatever the registry asks for.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// How often something that is safe to repeat is tried.
pub(crate) const ATTEMPTS: u32 = 4;

/// What sends requests.
#[derive(Debug)]
pub(crate) struct Transport {
    agent: Agent,
}

/// A request without its body.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) uri: Uri,
    headers: Vec<(HeaderName, HeaderValue)>,
}

/// What is sent along. It can be sent again.
pub(crate) enum Body<'b> {
    None,
    Bytes(&'b [u8]),
    /// So many bytes of what is opened.
    Reader(u64, &'b dyn Fn() -> io::Result<Box<dyn Read + 'b>>),
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    /// The host that answered in place of the one that was asked, where that sent one on.
    pub(crate) elsewhere: Option<String>,
    body: Option<ureq::Body>,
}

impl Call {
    pub(crate) fn new(method: Method, uri: Uri) -> Self {
        Self { method, uri, headers: Vec::new() }
    }

    /// Adds a header; one that cannot be sent is none.
    pub(crate) fn header(mut self, name: HeaderName, value: &str) -> Self {
        self.headers.extend(HeaderValue::from_str(value).ok().map(|value| (name, value)));
        self
    }

    /// Adds a header that nobody may log.
    pub(crate) fn secret(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(mut value) = HeaderValue::from_str(value) {
            value.set_sensitive(true);
            self.headers.push((name, value));
        }
        self
    }

    /// Tells whether it can be sent twice without doing anything twice.
    fn is_safe(&self) -> bool {
        [Method::GET, Method::HEAD, Method::PUT].contains(&self.method)
    }
}

impl Body<'_> {
    fn can_be_repeated(&self) -> bool {
        // A large body is taken up again by whoever knows how far it came.
        !matches!(self, Self::Reader(..))
    }
}

impl Transport {
    pub(crate) fn new() -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .root_certs(RootCerts::PlatformVerifier)
            .unversioned_rustls_crypto_provider(provider)
            .build();
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT_TIME))
            .timeout_recv_response(Some(ANSWER_TIME))
            .timeout_per_read(Some(STALL_TIME))
            .timeout_per_write(Some(STALL_TIME))
            .user_agent(concat!("plimsoll/", env!("CARGO_PKG_VERSION")))
            .tls_config(tls);
        Self { agent: config.build().new_agent() }
    }

    /// Sends a request, again where that is safe and the world failed.
    pub(crate) fn send(&self, call: &Call, body: &Body<'_>) -> Result<Answer, ureq::Error> {
        let attempts = if call.is_safe() && body.can_be_repeated() { ATTEMPTS } else { 1 };
        let mut attempt = 1;
        loop {
            let sent = self.once(call, body);
            let asked_for = match &sent {
                Ok(answer) if is_transient(answer.status) => answer.retry_after(),
                Err(error) if failed_on_the_way(error) => None,
                _ => return sent,
            };
            if attempt == attempts {
                return sent;
            }
            pause(attempt, asked_for);
            attempt += 1;
        }
    }

    fn once(&self, call: &Call, body: &Body<'_>) -> Result<Answer, ureq::Error> {
        let mut request = Request::builder().method(call.method.clone()).uri(call.uri.clone());
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let response = match body {
            Body::None if [Method::GET, Method::HEAD].contains(&call.method) => {
                self.agent.run(request.body(())?)?
            }
            Body::None => self.agent.run(request.header(CONTENT_LENGTH, 0).body(&[][..])?)?,
            Body::Bytes(bytes) => self.agent.run(request.body(*bytes)?)?,
            Body::Reader(size, open) => {
                let mut reader = open()?;
                let body = SendBody::from_reader(&mut reader);
                self.agent.run(request.header(CONTENT_LENGTH, *size).body(body)?)?
            }
        };
        let (parts, body) = response.into_parts();
        let (status, headers) = (parts.status.as_u16(), parts.headers);
        Ok(Answer { status, headers, elsewhere: None, body: Some(body) })
    }
}

impl Answer {
    /// Reads all of the body, which may have `most` bytes.
    pub(crate) fn bytes(mut self, most: u64) -> Result<Vec<u8>, ureq::Error> {
        self.take_bytes(most)
    }

    pub(crate) fn take_bytes(&mut self, most: u64) -> Result<Vec<u8>, ureq::Error> {
        let Some(body) = self.body.take() else { return Ok(Vec::new()) };
        body.into_with_config().limit(most).read_to_vec()
    }

    /// Reads the body in pieces.
    pub(crate) fn reader(mut self) -> impl Read + 'static {
        self.body
            .take()
            .map(ureq::Body::into_reader)
            .into_iter()
            .fold(Box::new(io::empty()) as Box<dyn Read>, |_, reader| Box::new(reader))
    }

    fn retry_after(&self) -> Option<Duration> {
        let said = self.headers.get(RETRY_AFTER)?.to_str().ok()?;
        said.parse().ok().map(Duration::from_secs)
    }
}

/// Waits before attempt `attempt + 1`.
pub(crate) fn pause(attempt: u32, asked_for: Option<Duration>) {
    let own = FIRST_PAUSE * 2_u32.saturating_pow(attempt.saturating_sub(1));
    std::thread::sleep(asked_for.unwrap_or(own).min(LONGEST_PAUSE));
}

/// Tells whether a status means that trying again may help.
pub(crate) fn is_transient(status: u16) -> bool {
    matches!(status, 408 | 429 | 500 | 502 | 503 | 504)
}

/// Tells whether a request came to nothing on its way, rather than being a wrong one.
fn failed_on_the_way(error: &ureq::Error) -> bool {
    use ureq::Error as E;
    if is_untrusted(error) {
        return false;
    }
    matches!(error, E::Io(_) | E::Timeout(_) | E::ConnectionFailed | E::HostNotFound)
}

/// Tells whether a server's certificate is none that is trusted here.
pub(crate) fn is_untrusted(error: &ureq::Error) -> bool {
    let wrapped = match error {
        ureq::Error::Rustls(error) => Some(error),
        ureq::Error::Io(error) => {
            error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>())
        }
        _ => None,
    };
    matches!(wrapped, Some(rustls::Error::InvalidCertificate(_)))
}

/// Returns the host of an address, with its port.
pub(crate) fn host(uri: &Uri) -> String {
    uri.authority().map(ToString::to_string).unwrap_or_default()
}

/// Tells whether two addresses are at the same place: what is told to one may be told to the other.
pub(crate) fn same_place(one: &Uri, other: &Uri) -> bool {
    one.scheme() == other.scheme() && one.authority() == other.authority()
}

/// Returns the address that `said` means at `from`; only HTTP is one.
pub(crate) fn resolve(from: &Uri, said: &str) -> Option<Uri> {
    let absolute = if said.starts_with("//") {
        format!("{}:{said}", from.scheme_str()?)
    } else if said.starts_with('/') {
        format!("{}://{}{said}", from.scheme_str()?, from.authority()?)
    } else {
        said.to_owned()
    };
    resolve_absolute(&absolute)
}

/// Returns the same address over TLS.
pub(crate) fn over_tls(uri: &Uri) -> Option<Uri> {
    resolve_absolute(&format!("https{}", uri.to_string().strip_prefix("http")?))
}

/// Returns the address that a text is; only HTTP is one.
pub(crate) fn resolve_absolute(absolute: &str) -> Option<Uri> {
    let uri: Uri = absolute.parse().ok()?;
    let is_http = matches!(uri.scheme_str(), Some("http" | "https"));
    // A name and a password in an address would be somebody else's.
    let is_bare = uri.authority().is_some_and(|it| !it.as_str().contains('@'));
    (is_http && is_bare).then_some(uri)
}
