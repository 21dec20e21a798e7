//! What an image is called: a registry, a repository in it, and a tag or a digest.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use plimsoll_core::Digest;

const LONGEST: usize = 255;
const LONGEST_TAG: usize = 128;
const DOCKER: &str = "docker.io";
const DOCKER_HOST: &str = "registry-1.docker.io";
const OFFICIAL: &str = "library";

/// The name of an image, `registry.example.org/team/bikes:1.0.0` or with `@sha256:…`.
///
/// The registry is always named: a name that means another place on another machine is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageReference {
    registry: String,
    repository: String,
    tag: Option<String>,
    digest: Option<Digest>,
}

/// The text is no name of an image.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is no image of a registry: {why} (expected HOST[:PORT]/REPOSITORY[:TAG])")]
pub struct ParseImageReferenceError {
    text: String,
    why: &'static str,
}

impl ImageReference {
    /// Returns the registry as it is named.
    pub fn registry(&self) -> &str {
        &self.registry
    }

    /// Returns the repository in it.
    pub fn repository(&self) -> &str {
        &self.repository
    }

    /// Returns the tag.
    pub fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }

    /// Returns the digest.
    pub fn digest(&self) -> Option<Digest> {
        self.digest
    }

    /// Returns the host that answers, with its port.
    pub(super) fn host(&self) -> &str {
        if self.registry == DOCKER { DOCKER_HOST } else { &self.registry }
    }

    /// Tells whether the registry is on this machine.
    pub(super) fn is_loopback(&self) -> bool {
        is_loopback(&self.registry)
    }
}

/// Tells whether a host, with or without a port, is this machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|it| it.is_ascii_digit()) => {
            name
        }
        _ => host,
    };
    let name = name.trim_start_matches('[').trim_end_matches(']');
    name == "localhost" || name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl FromStr for ImageReference {
    type Err = ParseImageReferenceError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let refused = |why| {
            let text = text.chars().take(LONGEST).collect();
            Err(ParseImageReferenceError { text, why })
        };
        let (rest, digest) = match text.split_once('@') {
            None => (text, None),
            Some((rest, digest)) => match digest.parse::<Digest>() {
                Ok(digest) if digest.algorithm() == plimsoll_core::digest::Algorithm::Sha256 => {
                    (rest, Some(digest))
                }
                _ => return refused("what follows `@` is no sha256 digest"),
            },
        };
        let Some((registry, rest)) = rest.split_once('/') else {
            return refused("it names no registry");
        };
        if !is_registry(registry) {
            return refused("what precedes the first `/` is no host");
        }
        let (repository, tag) = match rest.split_once(':') {
            None => (rest, None),
            Some((repository, tag)) => (repository, Some(tag)),
        };
        if repository.len() > LONGEST || !repository.split('/').all(is_component) {
            return refused("the repository has lower-case words joined by `.`, `_`, `-` and `/`");
        }
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return refused("the tag has letters, digits, `_`, `.` and `-`, at most 128");
        }
        // What docker calls `docker.io/debian` is kept there among those of nobody in particular.
        let is_official = registry == DOCKER && !repository.contains('/');
        let repository =
            if is_official { format!("{OFFICIAL}/{repository}") } else { repository.to_owned() };
        Ok(Self { registry: registry.to_owned(), repository, tag: tag.map(str::to_owned), digest })
    }
}

fn is_registry(text: &str) -> bool {
    let named = text.contains(['.', ':']) || text == "localhost";
    let plain = text.bytes().all(|it| it.is_ascii_alphanumeric() || b".-:[]".contains(&it));
    named && plain && text.len() <= LONGEST && text.starts_with(|c: char| c != '.' && c != '-')
}

fn is_component(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let separators = ["", ".", "_", "__"];
    let mut between = text.split(is_word);
    text.starts_with(is_word)
        && text.ends_with(is_word)
        && between.all(|it| separators.contains(&it) || it.bytes().all(|byte| byte == b'-'))
}

fn is_tag(text: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.starts_with(is_word)
        && text.len() <= LONGEST_TAG
        && text.chars().all(|c| is_word(c) || c == '.' || c == '-')
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn a_name_has_one_spelling() {
        for text in [
            "registry.example.org/bikes",
            "registry.example.org:5000/team/bikes.fast:1.0.0",
            "localhost/bikes:latest",
            "127.0.0.1:5055/a/b__c/d--e:v_1",
            "[::1]:5000/bikes",
            "docker.io/library/debian:12",
            &format!("ghcr.io/a/b{DIGEST}"),
            &format!("ghcr.io/a/b:1{DIGEST}"),
        ] {
            let parsed: ImageReference = text.parse().unwrap();
            assert_eq!(parsed.to_string(), text);
        }
    }

    #[test]
    fn an_image_of_nobody_in_particular_is_found_where_docker_keeps_it() {
        let parsed: ImageReference = "docker.io/debian:12".parse().unwrap();
        assert_eq!(parsed.to_string(), "docker.io/library/debian:12");
        let parsed: ImageReference = "quay.io/debian".parse().unwrap();
        assert_eq!(parsed.repository(), "debian");
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for text in [
            "",
            "bikes",
            "team/bikes",
            "r.org/",
            "r.org//a",
            "r.org/A",
            "r.org/a:",
            "r.org/a:-1",
            "r.org/a/",
            "r.org/../a",
            "r.org/a?x=1",
            "r.org/a b",
            "r.org/a:1@sha256:0",
            "-r.org/a",
            "user@r.org/a",
            "r.org/a___b",
            "r.org/-a",
            "https://r.org/a",
            "r.org/a#b",
            "r.org\n/a",
            "r.org/a@blake3:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
        ] {
            assert!(text.parse::<ImageReference>().is_err(), "{text}");
        }
    }

    #[test]
    fn only_this_machine_is_loopback() {
        for (host, is_so) in [
            ("localhost", true),
            ("localhost:5000", true),
            ("127.0.0.1:5055", true),
            ("[::1]:5000", true),
            ("127.9.9.9", true),
            ("127.0.0.1.example.org", false),
            ("localhost.example.org", false),
            ("10.0.0.1:5000", false),
            ("[::2]:1", false),
        ] {
            assert_eq!(is_loopback(host), is_so, "{host}");
        }
    }
}
