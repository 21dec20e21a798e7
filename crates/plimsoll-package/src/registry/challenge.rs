//! What a registry asks of whoever it does not know, and the token that answers it.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Deserialize;
use ureq::http::header::{AUTHORIZATION, CONTENT_TYPE};
use ureq::http::{Method, Uri};

use super::credentials::Credentials;
use super::reference::is_loopback;
use super::secret::Secret;
use super::{Registry, RegistryError};
use crate::transport::{Body, Call, host};

/// The largest answer of a token service.
const LARGEST_TOKEN: u64 = 1024 * 1024;

/// What a registry asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Challenge {
    /// A name and a password.
    Basic,
    /// A token of the service at `realm`.
    Bearer {
        /// Where tokens are given.
        realm: String,
        /// What the registry is called there.
        service: Option<String>,
        /// What the token is for, where the registry says so.
        scope: Option<String>,
    },
}

/// What is sent along with a request.
#[derive(Clone, Debug)]
pub(super) struct Token(Secret);

#[derive(Deserialize)]
struct Given {
    token: Option<String>,
    access_token: Option<String>,
}

impl Token {
    pub(super) fn header(&self) -> &str {
        self.0.expose()
    }

    fn basic(user: &str, password: &Secret) -> Self {
        let both = BASE64.encode(format!("{user}:{}", password.expose()));
        Self(Secret::new(format!("Basic {both}")))
    }

    fn bearer(token: &str) -> Self {
        Self(Secret::new(format!("Bearer {token}")))
    }
}

impl Challenge {
    /// Reads a header `WWW-Authenticate`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (scheme, rest) = text.trim().split_once(' ').unwrap_or((text.trim(), ""));
        if scheme.eq_ignore_ascii_case("basic") {
            return Some(Self::Basic);
        }
        if !scheme.eq_ignore_ascii_case("bearer") {
            return None;
        }
        let (mut realm, mut service, mut scope) = (None, None, None);
        let mut rest = rest.trim_start();
        while let Some((name, after)) = rest.split_once('=') {
            let (value, left) = match after.strip_prefix('"') {
                Some(quoted) => quoted.split_once('"')?,
                None => after.split_at(after.find(',').unwrap_or(after.len())),
            };
            match name.trim().to_ascii_lowercase().as_str() {
                "realm" => realm = Some(value.to_owned()),
                "service" => service = Some(value.to_owned()),
                "scope" => scope = Some(value.to_owned()),
                _ => {}
            }
            rest = left.trim_start().trim_start_matches(',').trim_start();
        }
        Some(Self::Bearer { realm: realm?, service, scope })
    }
}

impl Registry {
    /// Returns what answers a challenge.
    pub(super) fn token_for(&self, challenge: &Challenge) -> Result<Token, RegistryError> {
        match challenge {
            Challenge::Basic => match &self.credentials {
                Credentials::Password { user, secret } => Ok(Token::basic(user, secret)),
                // The registry says what it thinks of it.
                _ => Ok(Token::basic("", &Secret::new(String::new()))),
            },
            Challenge::Bearer { realm, service, scope } => {
                self.ask(realm, service.as_deref(), scope.as_deref())
            }
        }
    }

    /// Asks the service at `realm` for a token.
    fn ask(
        &self,
        realm: &str,
        service: Option<&str>,
        scope: Option<&str>,
    ) -> Result<Token, RegistryError> {
        let doing = "give a token";
        let uri: Uri = realm
            .parse()
            .map_err(|_| self.protocol("its token service has no address".to_owned()))?;
        let place = host(&uri);
        let is_safe = uri.scheme_str() == Some("https") || (self.is_plain() && is_loopback(&place));
        // The realm of a plain registry that was asked for is as plain as the registry.
        let is_registry = self.is_plain() && place == self.reference.host();
        if !is_safe && !is_registry {
            return Err(RegistryError::Plain { host: place });
        }
        let mut fields: Vec<(&str, String)> = Vec::new();
        fields.extend(service.map(|service| ("service", service.to_owned())));
        let actions = if self.only_reads { "pull" } else { "pull,push" };
        let own = format!("repository:{}:{actions}", self.reference.repository());
        let others = self.mount_from.iter().map(|name| format!("repository:{name}:pull"));
        let scopes: Vec<String> =
            scope.map(str::to_owned).into_iter().chain([own]).chain(others).collect();
        let answer = if let Credentials::Identity(identity) = &self.credentials {
            fields.push(("grant_type", "refresh_token".to_owned()));
            fields.push(("client_id", "plimsoll".to_owned()));
            fields.push(("refresh_token", identity.expose().to_owned()));
            fields.push(("scope", scopes.join(" ")));
            let call = Call::new(Method::POST, uri)
                .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
            self.transport.send(&call, &Body::Bytes(form(&fields).as_bytes()))
        } else {
            fields.extend(unique(scopes).into_iter().map(|scope| ("scope", scope)));
            let separator = if uri.query().is_some() { '&' } else { '?' };
            let asked: Uri = format!("{realm}{separator}{}", form(&fields))
                .parse()
                .map_err(|_| self.protocol("its token service has no address".to_owned()))?;
            let mut call = Call::new(Method::GET, asked);
            if let Credentials::Password { user, secret } = &self.credentials {
                call = call.secret(AUTHORIZATION, Token::basic(user, secret).header());
            }
            self.transport.send(&call, &Body::None)
        };
        let answer = answer.map_err(|error| self.unreachable(doing, error))?;
        let answer = self.accepted(answer, doing, &[200])?;
        let bytes = answer.bytes(LARGEST_TOKEN).map_err(|error| self.unreachable(doing, error))?;
        // What is no token may still hold one; it is not shown.
        let given: Result<Given, _> = serde_json::from_slice(&bytes);
        let token = given.ok().and_then(|given| given.token.or(given.access_token));
        let token = token.filter(|token| !token.is_empty());
        token
            .map(|token| Token::bearer(&token))
            .ok_or_else(|| self.protocol("its token service gives no token".to_owned()))
    }
}

/// Returns the scopes, each once.
fn unique(scopes: Vec<String>) -> Vec<String> {
    let mut once: Vec<String> = Vec::new();
    for scope in scopes {
        if !once.contains(&scope) {
            once.push(scope);
        }
    }
    once
}

/// Writes fields as a form has them.
fn form(fields: &[(&str, String)]) -> String {
    let pairs = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value)));
    pairs.collect::<Vec<_>>().join("&")
}

fn encoded(text: &str) -> String {
    let mut out = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~:/,".contains(&byte) {
            out.push(char::from(byte));
        } else {
            _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_read_as_registries_write_it() {
        let said = r#"Bearer realm="https://auth.example.org/token?a=b,c",service="registry",scope="repository:a/b:pull,push""#;
        let Some(Challenge::Bearer { realm, service, scope }) = Challenge::parse(said) else {
            panic!()
        };
        assert_eq!(realm, "https://auth.example.org/token?a=b,c");
        assert_eq!(service.as_deref(), Some("registry"));
        assert_eq!(scope.as_deref(), Some("repository:a/b:pull,push"));
        let said = "bearer Realm=https://a/t, service=x";
        let Some(Challenge::Bearer { realm, service, .. }) = Challenge::parse(said) else {
            panic!()
        };
        assert_eq!((realm.as_str(), service.as_deref()), ("https://a/t", Some("x")));
        assert_eq!(Challenge::parse("Basic realm=\"x\""), Some(Challenge::Basic));
        for said in ["", "Negotiate", "Bearer", "Bearer service=\"x\"", "Bearer realm=\"open"] {
            assert_eq!(Challenge::parse(said), None, "{said}");
        }
    }

    #[test]
    fn what_is_in_a_form_stays_in_its_field() {
        let fields = [("scope", "a b&c=d".to_owned()), ("service", "ü".to_owned())];
        assert_eq!(form(&fields), "scope=a%20b%26c%3Dd&service=%C3%BC");
    }
}
