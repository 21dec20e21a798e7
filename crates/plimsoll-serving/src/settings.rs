//! How a server is set up.

use std::fmt;
use std::net::SocketAddr;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use plimsoll_core::Timestamp;
use subtle::ConstantTimeEq;

/// Tells the present; the demo hands in one of its own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How a server is set up.
#[derive(Clone)]
pub struct Settings {
    /// Where it listens; port 0 takes a free one.
    pub address: SocketAddr,
    /// What callers must know; needed where others than this machine can reach it.
    pub token: Option<Token>,
    /// What is accepted at most.
    pub limits: Limits,
    /// How many threads answer.
    pub workers: NonZeroUsize,
    /// Where requests and answers are recorded, if they are.
    pub capture: Option<CaptureSettings>,
    /// The present, for captures.
    pub clock: Clock,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("address", &self.address)
            .field("token", &self.token)
            .field("limits", &self.limits)
            .field("workers", &self.workers)
            .field("capture", &self.capture)
            .finish_non_exhaustive()
    }
}

/// Where requests and answers are recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureSettings {
    /// The folder.
    pub folder: PathBuf,
    /// The variant that answers, `bike-demand` or `bike-demand.fast`.
    pub variant: String,
    /// A name that no other process of the variant has.
    pub instance: String,
}

/// What is accepted at most, and for how long it is waited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of a request's body.
    pub body: usize,
    /// Bytes of all large bodies that are being read or answered.
    pub bodies: usize,
    /// Connections at once.
    pub connections: usize,
    /// How long the head of a request may take.
    pub head_time: Duration,
    /// How long the body of a request may take.
    pub body_time: Duration,
    /// How long a connection may be idle.
    pub idle_time: Duration,
    /// How long a client may take nothing of an answer.
    pub write_time: Duration,
    /// How long requests in flight may take when the server ends.
    pub drain_time: Duration,
    /// Bytes of captures that wait to be written; what comes when they are reached is lost.
    pub capture_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 16 << 20,
            bodies: 256 << 20,
            connections: 1024,
            head_time: Duration::from_secs(10),
            body_time: Duration::from_secs(30),
            idle_time: Duration::from_secs(90),
            write_time: Duration::from_secs(30),
            drain_time: Duration::from_secs(20),
            capture_bytes: 64 << 20,
        }
    }
}

/// A secret that callers send in the header `Authorization: Bearer …`.
#[derive(Clone)]
pub struct Token(String);

/// The text cannot be a token.
#[derive(Debug, thiserror::Error)]
#[error("a token is {least} to {most} visible ASCII characters, got {found}", least = Token::LEAST, most = Token::MOST)]
pub struct ParseTokenError {
    found: String,
}

impl Token {
    const LEAST: usize = 8;
    const MOST: usize = 1024;

    /// Takes over a secret.
    ///
    /// # Errors
    /// It is too short, too long, or a header cannot hold it.
    pub fn new(secret: String) -> Result<Self, ParseTokenError> {
        let visible = secret.bytes().all(|byte| byte.is_ascii_graphic());
        if visible && (Self::LEAST..=Self::MOST).contains(&secret.len()) {
            return Ok(Self(secret));
        }
        let found = if visible { secret.len().to_string() } else { "others".to_owned() };
        Err(ParseTokenError { found })
    }

    /// Tells whether the value of an `Authorization` header brings it, in a time that depends on
    /// neither.
    pub(crate) fn is_in(&self, authorization: &[u8]) -> bool {
        let Some((scheme, token)) = authorization.split_at_checked(7) else { return false };
        scheme.eq_ignore_ascii_case(b"bearer ") && bool::from(token.ct_eq(self.0.as_bytes()))
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Token(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_compared_whole() {
        let token = Token::new("s3cret-token".to_owned()).unwrap();
        assert!(token.is_in(b"Bearer s3cret-token") && token.is_in(b"bearer s3cret-token"));
        for wrong in ["Bearer s3cret-toke", "Bearer s3cret-token ", "Basic s3cret-token", "Bearer"]
        {
            assert!(!token.is_in(wrong.as_bytes()), "{wrong}");
        }
        assert_eq!(format!("{token:?}"), "Token(…)");
    }

    #[test]
    fn a_token_is_no_empty_word() {
        let refused = |secret: &str| Token::new(secret.to_owned()).unwrap_err().to_string();
        assert_eq!(refused(""), "a token is 8 to 1024 visible ASCII characters, got 0");
        assert_eq!(
            refused("two words"),
            "a token is 8 to 1024 visible ASCII characters, got others"
        );
    }
}
