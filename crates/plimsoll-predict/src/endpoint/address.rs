//! Where a served model is.

use std::fmt;
use std::str::FromStr;

/// The address of a model behind HTTP: `http://HOST:PORT/v2/models/NAME[/versions/VERSION]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointAddress {
    /// `http://HOST:PORT`.
    server: String,
    /// `/v2/models/NAME`, and the version.
    path: String,
}

/// The text is no such address.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ParseAddressError {
    /// It is another scheme.
    #[error("`{0}` is not served over plain HTTP; TLS is left to a proxy on the way")]
    Scheme(String),
    /// It names no server.
    #[error("`{0}` names no server")]
    NoServer(String),
    /// It names no model.
    #[error(
        "`{0}` names no model; the Open Inference Protocol has it at \
         http://HOST:PORT/v2/models/NAME"
    )]
    NoModel(String),
}

impl EndpointAddress {
    /// Returns the server, `http://HOST:PORT`.
    pub fn server(&self) -> &str {
        &self.server
    }

    /// Returns the address of the model's description.
    pub(super) fn metadata(&self) -> String {
        self.to_string()
    }

    /// Returns the address of questions.
    pub(super) fn infer(&self) -> String {
        format!("{self}/infer")
    }
}

impl FromStr for EndpointAddress {
    type Err = ParseAddressError;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let rest = s.strip_prefix("http://").ok_or_else(|| ParseAddressError::Scheme(s.into()))?;
        let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        // A name and secret in front of the host would end up in messages.
        if host.is_empty() || host.contains(|c: char| c == '@' || c.is_whitespace()) {
            return Err(ParseAddressError::NoServer(s.to_owned()));
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        let path = path.strip_suffix("/infer").unwrap_or(path);
        let parts: Vec<&str> = path.split('/').collect();
        let is_part = |part: &str| !part.is_empty() && !part.contains(['?', '#', ' ']);
        match parts.as_slice() {
            ["", "v2", "models", name] if is_part(name) => {}
            ["", "v2", "models", name, "versions", version]
                if is_part(name) && is_part(version) => {}
            _ => return Err(ParseAddressError::NoModel(s.to_owned())),
        }
        Ok(Self { server: format!("http://{host}"), path: path.to_owned() })
    }
}

impl fmt::Display for EndpointAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.server, self.path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_has_one_spelling() {
        let address = |text: &str| text.parse::<EndpointAddress>().map(|read| read.to_string());
        let model = "http://127.0.0.1:8080/v2/models/bike";
        for text in [model, "http://127.0.0.1:8080/v2/models/bike/", &format!("{model}/infer")] {
            assert_eq!(address(text).unwrap(), model);
        }
        assert!(address("http://h/v2/models/bike/versions/1.0.0").is_ok());
        assert!(matches!(address("https://h/v2/models/a"), Err(ParseAddressError::Scheme(_))));
        assert!(matches!(address("model.onnx"), Err(ParseAddressError::Scheme(_))));
        for text in ["http://", "http:///v2/models/a", "http://me:secret@h/v2/models/a"] {
            assert!(matches!(address(text), Err(ParseAddressError::NoServer(_))), "{text}");
        }
        for text in ["http://h", "http://h/v2/models/", "http://h/v2/models/a/x", "http://h/v2"] {
            assert!(matches!(address(text), Err(ParseAddressError::NoModel(_))), "{text}");
        }
    }
}
