//! The organisation's policy: found in the home, pinned in the trust file.

use std::path::{Path, PathBuf};

use plimsoll_core::gate::Policy;
use plimsoll_core::record::RunRecord;

use crate::error::{CommandError, Kind};
use crate::keys;
use crate::settings::Settings;

/// Returns where the policy of `home` lies: never in the repository that it judges.
fn file(home: &Path) -> PathBuf {
    home.join("policy.yaml")
}

/// Returns the policy that every model is judged by here; `None` where there is none.
///
/// A policy that the trust file does not pin, or pins otherwise, is refused, and so is the absence of
/// one that it pins: nobody gets rid of a policy by changing or removing its file.
pub(crate) fn of(settings: &Settings) -> Result<Option<Policy>, CommandError> {
    let (path, trust) = (file(&settings.home), keys::trust_file(&settings.home));
    let pinned = if trust.exists() { keys::trust(settings, None)?.policy().copied() } else { None };
    let (shown, trust) = (path.display().to_string(), trust.display());
    if !path.exists() {
        return match pinned {
            None => Ok(None),
            Some(digest) => Err(CommandError::usage(format!(
                "there is no policy {shown}, and {trust} pins {digest}"
            ))
            .hint("bring the organisation's policy back, or ask who answers for it")),
        };
    }
    let bytes =
        plimsoll_config::read(&path).map_err(|error| CommandError::new(Kind::Usage, error))?;
    let policy = plimsoll_config::policy("policy.yaml", &bytes).map_err(|mistakes| {
        let count = mistakes.count();
        let plural = if count == 1 { "" } else { "s" };
        CommandError::usage(format!("{count} mistake{plural} in {shown}\n\n{mistakes}"))
    })?;
    match pinned {
        Some(pinned) if pinned == policy.digest => Ok(Some(policy)),
        Some(pinned) => Err(CommandError::usage(format!(
            "{shown} has the digest {}, and {trust} pins {pinned}",
            policy.digest
        ))
        .hint("whoever answers for the policy pins its new digest and raises `version`")),
        None => Err(CommandError::usage(format!("{trust} does not pin the policy {shown}"))
            .hint(format!("add `policy: {}` to it, and raise `version`", policy.digest))),
    }
}

/// Refuses a run that was judged by another policy than the present one, or by none.
pub(crate) fn check_run(record: &RunRecord, settings: &Settings) -> Result<(), CommandError> {
    let now = of(settings)?.map(|policy| policy.digest);
    let then = record.start.project.policy;
    if now == then {
        return Ok(());
    }
    let run = record.id.short();
    let named = |digest: Option<plimsoll_core::Digest>| {
        digest.map_or("no policy".to_owned(), |digest| format!("the policy {digest}"))
    };
    let message = format!("run {run} was judged by {}, now there is {}", named(then), named(now));
    Err(CommandError::new(Kind::No, message).hint("plimsoll run"))
}
