//! What people must have said in the card: each section there, written, and for the facts of now.

use super::check::as_weighed;
use super::unmeasured;
use crate::card::{CARD_INCOMPLETE, Facts, Prose};
use crate::gate::waiver::Waivers;
use crate::gate::{Judged, Outcome, Rule};
use crate::name::SectionName;
use crate::{Finding, RunId, Severity};

/// Returns the judged rule, and the findings that go into the verdict with it.
pub(super) fn judge_card(
    rule: &Rule,
    sections: &[SectionName],
    card: Option<(&Prose, &Facts)>,
    waivers: &mut Waivers<'_>,
    run: RunId,
) -> (Judged, Vec<Finding>) {
    let faults = match card {
        Some((prose, facts)) => {
            sections.iter().filter_map(|name| prose.fault(name, facts)).collect()
        }
        None => vec![no_prose(sections)],
    };
    let found = waivers.without_waived_of(rule, faults);
    let blocking: Vec<String> = found
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .map(|finding| finding.message.clone())
        .collect();
    let (outcome, message) = match blocking.as_slice() {
        [] => (Outcome::Pass, format!("{} section(s) hold for what was measured", sections.len())),
        [first] => (Outcome::Block, first.clone()),
        [first, rest @ ..] => (Outcome::Block, format!("{first}; and {} more", rest.len())),
    };
    let next = format!("plimsoll model card {}", run.short());
    let judged = Judged {
        outcome,
        message,
        next: (outcome == Outcome::Block).then_some(next),
        ..unmeasured(rule, "")
    };
    (judged, found.into_iter().map(|finding| as_weighed(rule, finding)).collect())
}

fn no_prose(sections: &[SectionName]) -> Finding {
    let names: Vec<&str> = sections.iter().map(SectionName::as_str).collect();
    let message = format!("the card has no prose ({} demanded)", names.join(", "));
    let mut finding = Finding::new(CARD_INCOMPLETE, Severity::Error, message);
    finding.path = Some("plimsoll.yaml".to_owned());
    finding.next =
        Some("write the sections, and name their file: `card: MODEL_CARD.md`".to_owned());
    finding
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::card::Written;
    use crate::gate::{Demand, Origin, Waiver, Weight};

    fn prose() -> Prose {
        let license = json!({"license": {"license": "MIT"}});
        Prose {
            path: "MODEL_CARD.md".parse().unwrap(),
            written: Written::read("## License\nOurs.\n## Contact\nAda.\n## Limits\nTODO\n")
                .unwrap(),
            accepted: serde_json::from_value(json!({"license": license})).unwrap(),
        }
    }

    fn facts(license: &str) -> Facts {
        serde_json::from_value(json!({"license": {"license": license}})).unwrap()
    }

    fn judged(sections: &[&str], license: &str, waivers: &[Waiver]) -> (Judged, Vec<Finding>) {
        let sections: Vec<SectionName> =
            sections.iter().map(|name| name.parse().unwrap()).collect();
        let rule = Rule::new(9, Demand::Card { sections: sections.clone() });
        let (prose, facts) = (prose(), facts(license));
        let mut waivers = Waivers::new(waivers, "2027-01-31".parse().unwrap());
        let run = RunId::from_bytes([1; 16]);
        judge_card(&rule, &sections, Some((&prose, &facts)), &mut waivers, run)
    }

    fn codes(found: &[Finding]) -> Vec<&str> {
        found.iter().map(|finding| finding.code.as_str()).collect()
    }

    #[test]
    fn what_is_missing_to_be_replaced_or_stale_blocks() {
        let (good, found) = judged(&["license", "contact"], "MIT", &[]);
        assert_eq!((good.outcome, found.len()), (Outcome::Pass, 0));
        let (bad, found) = judged(&["license", "limits", "uses"], "GPL-3.0-only", &[]);
        assert_eq!(bad.outcome, Outcome::Block);
        assert_eq!(codes(&found), ["card.stale", "card.incomplete", "card.incomplete"]);
        assert!(
            bad.message.ends_with("the license is `GPL-3.0-only`, was `MIT`; and 2 more"),
            "{}",
            bad.message
        );
    }

    #[test]
    fn a_waiver_excuses_a_section_and_without_prose_nothing_does() {
        let waiver = Waiver {
            line: 70,
            finding: crate::card::CARD_STALE,
            subject: Some("license".to_owned()),
            path: None,
            owner: "ada".to_owned(),
            reason: "on its way".to_owned(),
            expires: "2027-06-01".parse().unwrap(),
            from: Origin::Project,
        };
        let (excused, found) = judged(&["license"], "GPL-3.0-only", &[waiver]);
        assert_eq!((excused.outcome, found.len()), (Outcome::Pass, 0));
        let sections = ["uses".parse().unwrap()];
        let mut rule = Rule::new(9, Demand::Card { sections: sections.to_vec() });
        rule.severity = Weight::Warning;
        let mut waivers = Waivers::new(&[], "2027-01-31".parse().unwrap());
        let run = RunId::from_bytes([1; 16]);
        let (none, found) = judge_card(&rule, &sections, None, &mut waivers, run);
        assert_eq!((none.outcome, none.stops()), (Outcome::Block, false));
        assert_eq!(
            (codes(&found), found[0].severity),
            (vec!["card.incomplete"], Severity::Warning)
        );
    }
}
