//! What a path and a method ask for.

use std::borrow::Cow;

use hyper::Method;

use crate::metrics::Endpoint;
use crate::refusal::Refusal;

/// What is asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Route<'p> {
    /// Whether the server runs.
    Live,
    /// Whether it answers.
    Ready,
    /// Whether it answers, as `MLflow`'s servers are asked.
    Ping,
    /// Which version it has, as `MLflow`'s servers are asked.
    Version,
    /// What it is.
    Server,
    /// What it counts.
    Metrics,
    /// A prediction in `MLflow`'s format.
    Invocations,
    /// Something of a model.
    Model {
        /// What of it.
        what: OfModel,
        /// Its name.
        name: Cow<'p, str>,
        /// Its version, where one is asked for.
        version: Option<Cow<'p, str>>,
    },
}

/// What of a model is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OfModel {
    /// What it takes and gives.
    Metadata,
    /// Whether it answers.
    Ready,
    /// A prediction.
    Infer,
}

impl<'p> Route<'p> {
    /// Finds what `path` is for.
    pub(crate) fn of(method: &Method, path: &'p str) -> Result<Self, Refusal> {
        let route =
            Self::at(path).ok_or_else(|| Refusal::Path(path.chars().take(200).collect()))?;
        let posts = matches!(route, Self::Invocations | Self::Model { what: OfModel::Infer, .. });
        let accepted = match (posts, method) {
            (true, &Method::POST) | (false, &Method::GET | &Method::HEAD) => return Ok(route),
            (true, _) => "POST",
            (false, _) => "GET",
        };
        Err(Refusal::Method { method: method.as_str().chars().take(20).collect(), accepted })
    }

    fn at(path: &'p str) -> Option<Self> {
        let path = path.strip_suffix('/').filter(|path| !path.is_empty()).unwrap_or(path);
        Some(match path {
            "/v2" => Self::Server,
            "/v2/health/live" => Self::Live,
            "/v2/health/ready" => Self::Ready,
            "/ping" | "/health" => Self::Ping,
            "/version" => Self::Version,
            "/metrics" => Self::Metrics,
            "/invocations" => Self::Invocations,
            _ => {
                let mut parts = path.strip_prefix("/v2/models/")?.split('/');
                let name = decoded(parts.next()?)?;
                let (version, what) = match parts.next() {
                    Some("versions") => (Some(decoded(parts.next()?)?), parts.next()),
                    what => (None, what),
                };
                let what = match what {
                    None => OfModel::Metadata,
                    Some("ready") => OfModel::Ready,
                    Some("infer") => OfModel::Infer,
                    Some(_) => return None,
                };
                parts.next().is_none().then_some(Self::Model { what, name, version })?
            }
        })
    }

    /// Tells whether everybody may ask.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self, Self::Live | Self::Ready | Self::Ping)
    }

    /// Returns what it counts as.
    pub(crate) fn endpoint(&self) -> Endpoint {
        match self {
            Self::Live | Self::Ready | Self::Ping | Self::Model { what: OfModel::Ready, .. } => {
                Endpoint::Health
            }
            Self::Version | Self::Server | Self::Model { what: OfModel::Metadata, .. } => {
                Endpoint::Metadata
            }
            Self::Metrics => Endpoint::Metrics,
            Self::Invocations => Endpoint::Invocations,
            Self::Model { what: OfModel::Infer, .. } => Endpoint::Infer,
        }
    }
}

/// Returns a part of a path without its `%` escapes.
fn decoded(part: &str) -> Option<Cow<'_, str>> {
    if !part.contains('%') {
        return (!part.is_empty()).then_some(Cow::Borrowed(part));
    }
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&byte, more)) = rest.split_first() {
        if byte != b'%' {
            bytes.push(byte);
            rest = more;
            continue;
        }
        let (digits, more) = more.split_at_checked(2)?;
        bytes.push(u8::from_str_radix(str::from_utf8(digits).ok()?, 16).ok()?);
        rest = more;
    }
    String::from_utf8(bytes).ok().map(Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model<'p>(what: OfModel, name: &'p str, version: Option<&'p str>) -> Route<'p> {
        Route::Model { what, name: name.into(), version: version.map(Into::into) }
    }

    #[test]
    fn paths_lead_to_what_the_protocol_says() {
        let get = |path| Route::of(&Method::GET, path).ok();
        let post = |path| Route::of(&Method::POST, path).ok();
        assert_eq!(get("/v2/"), Some(Route::Server));
        assert_eq!(get("/v2/models/a"), Some(model(OfModel::Metadata, "a", None)));
        assert_eq!(
            get("/v2/models/a.b/versions/1.0.0/ready"),
            Some(model(OfModel::Ready, "a.b", Some("1.0.0")))
        );
        assert_eq!(post("/v2/models/a/infer"), Some(model(OfModel::Infer, "a", None)));
        assert_eq!(
            post("/v2/models/a%2Db/versions/2/infer"),
            Some(model(OfModel::Infer, "a-b", Some("2")))
        );
        for nothing in [
            "/",
            "",
            "/v3",
            "/v2/models",
            "/v2/models/",
            "/v2/models/a/x",
            "/v2/models/a/infer/b",
            "/v2/models/a/versions",
            "/v2/models/%ff",
            "/v2/models/%2",
        ] {
            assert_eq!(get(nothing), None, "{nothing}");
        }
        assert!(matches!(
            Route::of(&Method::GET, "/invocations"),
            Err(Refusal::Method { accepted: "POST", .. })
        ));
        assert!(matches!(
            Route::of(&Method::POST, "/metrics"),
            Err(Refusal::Method { accepted: "GET", .. })
        ));
    }
}
