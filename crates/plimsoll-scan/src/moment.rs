//! Moments as documents have them: RFC 3339, in UTC.

use plimsoll_core::Timestamp;
use serde::Serializer;

/// Writes a moment.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde hands references")]
pub(crate) fn rfc3339<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
    match jiff::Timestamp::from_millisecond(at.as_millis()) {
        Ok(at) => serializer.collect_str(&at),
        Err(error) => Err(serde::ser::Error::custom(error)),
    }
}

/// Writes a moment where there is one.
#[expect(clippy::ref_option, reason = "serde hands references")]
pub(crate) fn rfc3339_or_none<S: Serializer>(
    at: &Option<Timestamp>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match at {
        Some(at) => rfc3339(at, serializer),
        None => serializer.serialize_none(),
    }
}
