//! The key that signs, and the keys that count.

use std::fmt::Write as _;

use plimsoll_core::Timestamp;
use plimsoll_release::role::Role;
use plimsoll_release::trust::{TrustedKey, Validity};

use super::Check;
use crate::keys;
use crate::settings::Settings;
use crate::view;

/// How long before its end a key is told of, in milliseconds: 30 days.
const SOON: u64 = 30 * DAY;

const DAY: u64 = 24 * 60 * 60 * 1000;

const REPLACE: &str = "make another key, add it beside this one with the same roles, raise `version`, and sign with it before this one ends";

/// Looks at the key that signs, and at how it stands in the trust file.
pub(super) fn key(settings: &Settings, now: Option<Timestamp>) -> Check {
    const NAME: &str = "signing key";
    let (place, key) = match keys::present_key(settings) {
        Ok(Some(found)) => found,
        Ok(None) => {
            let next = "the first `plimsoll release` at a terminal makes one";
            return Check::later(NAME, "none", next);
        }
        Err(error) => {
            return Check::missing(NAME, error.to_string(), "correct it: nothing can be signed");
        }
    };
    let id = key.id().map_or_else(|error| error.to_string(), |id| id.short());
    let found = format!("{place} (key {id})");
    // What is wrong with the trust file is told of by itself.
    let Ok(trust) = keys::trust(settings, None) else { return Check::fine(NAME, found) };
    match keys::standing(&key, &trust, now) {
        Ok(()) => Check::fine(NAME, found),
        Err(why) => {
            let next = "what it signs does not verify here: add a key that counts to trust.yaml and raise `version`, or sign with one";
            Check::later(NAME, format!("{found} {why}"), next)
        }
    }
}

/// Looks at the trust file, and at keys in it that end soon.
pub(super) fn trust(settings: &Settings, now: Option<Timestamp>) -> Check {
    const NAME: &str = "trust file";
    if !keys::trust_file(&settings.home).exists() {
        return Check::later(NAME, "none", "it is made together with the key");
    }
    let trust = match keys::trust(settings, None) {
        Ok(trust) => trust,
        Err(error) => {
            return Check::missing(NAME, error.to_string(), "correct it, or restore it");
        }
    };
    let keys = trust.keys();
    let plural = if keys.len() == 1 { "" } else { "s" };
    let mut found = format!("version {}, {} key{plural}", trust.version(), keys.len());
    let Some(now) = now else { return Check::fine(NAME, found) };
    let count =
        |is: fn(Validity) -> bool| keys.values().filter(|key| is(key.validity(now))).count();
    for (what, count) in [
        ("revoked", count(|validity| validity == Validity::Revoked)),
        ("ended", count(|validity| matches!(validity, Validity::Ended(_)))),
        ("not valid yet", count(|validity| matches!(validity, Validity::NotYet(_)))),
    ] {
        if count > 0 {
            _ = write!(found, ", {count} {what}");
        }
    }
    let ending: Vec<String> = keys.values().filter_map(|key| ending(key, now)).collect();
    if !ending.is_empty() {
        return Check::later(NAME, format!("{found}; {}", ending.join("; ")), REPLACE);
    }
    let may_release = |key: &&TrustedKey| {
        key.roles.contains(&Role::Release) && key.validity(now) == Validity::Valid
    };
    if !keys.values().any(|key| may_release(&key)) {
        let next = "no bundle verifies here: add a key with the role `release` and raise `version`";
        return Check::later(NAME, format!("{found}; none of them may release"), next);
    }
    Check::fine(NAME, found)
}

/// Says when a key ends, where that is soon.
fn ending(key: &TrustedKey, now: Timestamp) -> Option<String> {
    let to = key.to.filter(|_| key.validity(now) == Validity::Valid)?;
    let left = to.millis_since(now);
    let days = left.div_ceil(DAY);
    let plural = if days == 1 { "" } else { "s" };
    (left <= SOON).then(|| {
        format!("key {} ends at {}, within {days} day{plural}", key.shown(), view::rfc3339(to))
    })
}
