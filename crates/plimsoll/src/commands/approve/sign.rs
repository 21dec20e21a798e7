//! Signing what is said, and recording it.

use std::io::Cursor;

use plimsoll_core::Timestamp;
use plimsoll_core::approval::{Approval, Decision};
use plimsoll_core::audit::{Note, Occasion};
use plimsoll_release::envelope::Envelope;
use plimsoll_release::key::Sign;
use plimsoll_release::role::Role;
use plimsoll_release::statement::{ApprovalClaim, Claim, Statement, Word};
use plimsoll_release::trust::Trust;

use super::document::Recorded;
use super::target::Target;
use crate::commands::release;
use crate::error::{CommandError, Kind};
use crate::ports::{Catalogue, Ports};
use crate::ui::Ui;
use crate::{approvals, candidate, keys, view};

/// A day in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1000;

/// Who signs.
pub(super) struct Signer {
    key: Box<dyn Sign>,
    /// What the trust file calls the key.
    pub name: String,
}

/// What is said.
pub(super) struct Said<'a> {
    pub decision: Decision,
    pub comment: &'a Note,
    pub days: Option<u32>,
}

impl Signer {
    /// Finds the key and who it belongs to.
    pub(super) fn find(trust: &Trust, ports: &Ports, ui: &mut Ui) -> Result<Self, CommandError> {
        let key = keys::signing_key(&ports.settings, ui)?;
        let id = key.public().id().map_err(|error| CommandError::new(Kind::Bug, error))?;
        let Some(trusted) = trust.keys().get(&id) else {
            let message = format!("the trust file does not name your key ({})", id.short());
            return Err(CommandError::new(Kind::No, message).hint(NO_APPROVER));
        };
        let name = trusted.name.clone();
        if !trusted.roles.contains(&Role::Approver) {
            let message = format!("key `{name}` is not trusted as approver");
            return Err(CommandError::new(Kind::No, message).hint(NO_APPROVER));
        }
        if !trust.approvers(ports.clock.now()).contains(&name) {
            let message = format!("key `{name}` is not valid at present");
            return Err(CommandError::new(Kind::No, message).hint(NO_APPROVER));
        }
        Ok(Self { key, name })
    }

    /// Refuses to say yes where that could not count.
    pub(super) fn check(&self, decision: Decision, target: &Target) -> Result<(), CommandError> {
        if decision == Decision::Reject {
            return Ok(());
        }
        let what = &target.asked.what;
        if target.asked.makers.contains(&self.name) {
            let message = format!(
                "{} built or released {what}, and nobody approves their own work",
                self.name
            );
            return Err(CommandError::new(Kind::No, message)
                .hint("somebody else has to, with a key of another name in the trust file"));
        }
        let verdict = &target.verdict;
        if verdict.answer != plimsoll_core::gate::Answer::Pass {
            let message =
                format!("the gate says {} of {what}, and no approval changes that", verdict.answer);
            let hint = format!("`plimsoll show {}` says why", target.side.record.id.short());
            return Err(CommandError::new(Kind::No, message).hint(hint));
        }
        Ok(())
    }

    /// Signs what is said and records it; it counts from then on, or nothing was said.
    pub(super) async fn sign(
        &self,
        said: &Said<'_>,
        target: &Target,
        trust: &Trust,
        catalogue: &Catalogue,
        ports: &Ports,
    ) -> Result<Recorded, CommandError> {
        let (asked, now) = (&target.asked, ports.clock.now());
        let before = approvals::said(&asked.variant, asked.subject, trust, catalogue, now).await?;
        // The newest word counts, so it must be newer than one's last, whatever the clock says.
        let own = before.opinions.iter().filter(|opinion| opinion.by == self.name);
        let last = own.map(|opinion| opinion.at.as_millis().saturating_add(1)).max();
        let at = Timestamp::from_millis(last.unwrap_or(i64::MIN).max(now.as_millis()));
        let expires = said.days.map(|days| {
            Timestamp::from_millis(at.as_millis().saturating_add(i64::from(days) * DAY))
        });
        let run = target.side.record.id;
        let word = Word {
            decision: said.decision,
            comment: said.comment.clone(),
            run,
            verdict: asked.verdict,
            rules: asked.rules,
            policy: asked.policy,
            at,
            expires,
        };
        let claim = Claim::Approval(Box::new(ApprovalClaim::of(word, candidate::builder()?)));
        let (variant, subject) = (asked.variant.clone(), asked.subject);
        let statement = Statement { variant: variant.clone(), subject, claim };
        let bug = |error: &dyn std::fmt::Display| CommandError::new(Kind::Bug, error.to_string());
        let envelope = Envelope::seal(&statement, &self.key)?;
        let bytes = envelope.to_json().map_err(|error| bug(&error))?;
        // The statement first: an entry without one could not be believed.
        let statement = catalogue.objects.put(&mut Cursor::new(bytes)).await?;
        let by: Note = self.name.parse().map_err(|error| CommandError::new(Kind::Usage, error))?;
        let decision = said.decision;
        let approval = Approval { decision, variant, subject, run, by, statement };
        let occasion = Occasion { at: now, ..release::occasion(ports, Some(said.comment), "")? };
        let entry = catalogue.registry.approve(&approval, &occasion).await?;
        Ok(Recorded {
            statement,
            entry,
            by: self.name.clone(),
            at: view::rfc3339(at),
            expires: expires.map(view::rfc3339),
        })
    }
}

/// What to do for a key that may not approve.
const NO_APPROVER: &str = "sign with the key that the trust file names with the role `approver`, by PLIMSOLL_SIGNING_KEY; whoever answers for the trust file adds a key and raises `version`";
