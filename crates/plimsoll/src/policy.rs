//! The organisation's policy: found in the home, pinned in the trust file; and what it refuses.

use std::path::{Path, PathBuf};

use plimsoll_core::Version;
use plimsoll_core::gate::{Answer, Judged, Policy, Transition, Verdict, Weight};
use plimsoll_core::record::RunRecord;
use plimsoll_release::gate::judge_by;

use crate::error::{CommandError, Kind};
use crate::keys;
use crate::ports::Catalogue;
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
    let policy = parse(&bytes, &shown)?;
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

/// Reads the policy in a file, whether it is pinned or not.
pub(crate) fn read(path: &Path, shown: &str) -> Result<Policy, CommandError> {
    let bytes = plimsoll_config::read(path);
    let bytes = bytes.map_err(|error| CommandError::new(Kind::Usage, error))?;
    parse(&bytes, shown)
}

fn parse(bytes: &[u8], shown: &str) -> Result<Policy, CommandError> {
    plimsoll_config::policy(shown, bytes).map_err(|mistakes| {
        let count = mistakes.count();
        let plural = if count == 1 { "" } else { "s" };
        CommandError::usage(format!("{count} mistake{plural} in {shown}\n\n{mistakes}"))
    })
}

/// Refuses a version that may not be deployed: one whose verdict holds at release and not at deploy,
/// or that was judged by another policy than the present one and does not pass that.
pub(crate) async fn check_deploy(
    version: &Version,
    verdict: &Verdict,
    catalogue: &Catalogue,
    settings: &Settings,
) -> Result<(), CommandError> {
    let now = of(settings)?;
    let then = verdict.of.as_ref().and_then(|of| of.policy);
    let stops = |judged: &&Judged| {
        let weight = judged.rule.weight(Transition::Deploy);
        weight == Weight::Error
            && judged.rule.judged_at(Transition::Deploy).stops_at(judged.outcome)
    };
    let refused: Vec<&Judged> = verdict.rules.iter().filter(stops).collect();
    if !refused.is_empty() {
        return Err(refusal(version, &refused, "the rules that block at `deploy`"));
    }
    // Older verdicts do not say by which policy they were made.
    if now.as_ref().map(|policy| policy.digest) == then {
        return Ok(());
    }
    let again = judge_by(
        verdict.run,
        now.as_ref(),
        Transition::Deploy,
        &*catalogue.runs,
        &*catalogue.objects,
    );
    let again = again.await.map_err(|error| {
        let named = now.as_ref().map_or("no policy".to_owned(), |it| it.digest.to_string());
        let message = format!(
            "{version} was judged by another policy than the present one ({named}), and cannot be \
             judged by it here: {error}"
        );
        CommandError::new(Kind::No, message)
            .hint("run the pipeline again under the present policy, and release what passes")
    })?;
    if again.answer == Answer::Pass {
        return Ok(());
    }
    let refused: Vec<&Judged> = again.stopping().collect();
    if refused.is_empty() {
        let reason = again.reason();
        let message = format!("{version} does not pass the present policy: {reason}");
        return Err(CommandError::new(Kind::No, message)
            .hint("run the pipeline again under the present policy, and release what passes"));
    }
    Err(refusal(version, &refused, "the present policy, which it was not judged by,"))
}

fn refusal(version: &Version, refused: &[&Judged], what: &str) -> CommandError {
    let rules = refused.iter().map(|judged| {
        format!(
            "\n  {} {} ({}): {}",
            judged.outcome,
            judged.rule.demand,
            judged.rule.place(),
            judged.message
        )
    });
    let message =
        format!("{version} may not be deployed: {what} refuse it{}", rules.collect::<String>());
    CommandError::new(Kind::No, message)
        .hint("run the pipeline again under the present policy, and release what passes")
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
