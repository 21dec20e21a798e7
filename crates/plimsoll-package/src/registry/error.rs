//! What keeps a registry from doing what it is asked for.

use plimsoll_core::Digest;

use crate::transport;

/// A registry did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// It could not be reached, or went away.
    #[error("registry {host} cannot be reached ({doing})")]
    Unreachable {
        /// Its host.
        host: String,
        /// What was asked for.
        doing: String,
        /// Why.
        source: Box<ureq::Error>,
    },
    /// It answers, and says no.
    #[error("registry {host} refused to {doing}: status {status}{said}")]
    Refused {
        /// Its host.
        host: String,
        /// What was asked for.
        doing: String,
        /// The HTTP status.
        status: u16,
        /// What it says of it, from its own list of errors.
        said: String,
    },
    /// It knows nobody by these credentials.
    #[error("registry {host} does not let {who} {doing}: status {status}{said}")]
    Denied {
        /// Its host.
        host: String,
        /// As whom it was asked.
        who: String,
        /// What was asked for.
        doing: String,
        /// The HTTP status.
        status: u16,
        /// What it says of it.
        said: String,
    },
    /// It answers in another protocol than registries have.
    #[error("{host} does not answer as a registry does ({what})")]
    Protocol {
        /// Its host.
        host: String,
        /// What is wrong.
        what: String,
    },
    /// A secret would go over the network for everybody to read.
    #[error("{host} asks for a secret without TLS, which is not sent")]
    Plain {
        /// The host that asks.
        host: String,
    },
    /// It has nothing of that name.
    #[error("registry {host} has no {what}")]
    Missing {
        /// Its host.
        host: String,
        /// What was asked for.
        what: String,
    },
    /// It sends other bytes than it was asked for.
    #[error("registry {host} sent something else in place of {digest} (its bytes hash to {found})")]
    Changed {
        /// Its host.
        host: String,
        /// What was asked for.
        digest: Digest,
        /// What it sent.
        found: Digest,
    },
    /// It sends more bytes than were agreed on.
    #[error("registry {host} sent more than {most} bytes for {digest}")]
    TooLarge {
        /// Its host.
        host: String,
        /// What was asked for.
        digest: Digest,
        /// How many bytes it may have.
        most: u64,
    },
    /// It sends so slowly that nobody waits for the end.
    #[error("registry {host} did not send {digest} within {hours} hours")]
    Late {
        /// Its host.
        host: String,
        /// What was asked for.
        digest: Digest,
        /// How long it was waited for.
        hours: u64,
    },
    /// A file could not be read or written.
    #[error("{what} could not be read or written")]
    File {
        /// Which.
        what: String,
        /// Why.
        source: std::io::Error,
    },
    /// A document has no JSON.
    #[error("a document of the image is no JSON that is known")]
    Json(#[from] serde_json::Error),
}

impl RegistryError {
    /// Tells whether the registry's certificate is none that is trusted here.
    pub fn is_untrusted(&self) -> bool {
        matches!(self, Self::Unreachable { source, .. } if transport::is_untrusted(source))
    }

    /// Tells whether asking again later may help.
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Unreachable { .. } => !self.is_untrusted(),
            Self::Refused { status, .. } => transport::is_transient(*status),
            _ => false,
        }
    }
}
