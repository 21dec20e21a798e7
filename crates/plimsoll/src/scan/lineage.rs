//! Under which terms data and base models come, followed to the model that is made of them.

use plimsoll_core::evidence::ScannedPackage;
use plimsoll_core::ports::{Reaching, ScanRequest};
use plimsoll_core::project::DatasetKind;
use plimsoll_core::{Code, Finding, Severity};
use plimsoll_scan::license::propagate::{Edge, Kind, Node, Relation, propagate};
use plimsoll_scan::license::{Card, Court, Declared, Named, Terms, Verdict};

use super::Places;
use crate::error::CommandError;
use crate::error::Kind as ErrorKind;

/// Terms that were handed on to the model do not go with what the release is for.
pub(super) const CONFLICT: Code = Code::of("license.conflict");

/// What stands for a license where nobody else's work is in the data.
const OWN: &str = "own";

/// A dataset or base model with its terms; `None` for what the organisation made itself.
#[derive(Debug)]
pub(super) struct Declaration<'r> {
    reaching: &'r Reaching,
    terms: Option<Terms>,
}

/// Reads what is declared of everything that reaches the model.
pub(super) fn declared<'r>(
    request: &'r ScanRequest,
    places: Places<'_>,
) -> Result<Vec<Declaration<'r>>, CommandError> {
    let mut all = Vec::new();
    for reaching in &request.lineage {
        let dataset = &reaching.declared;
        // What a server of one's own recorded came from nobody.
        let is_own = dataset.live.is_some() || dataset.license.as_deref() == Some(OWN);
        let terms = if is_own { None } else { Some(terms_of(reaching, places)?) };
        all.push(Declaration { reaching, terms });
    }
    Ok(all)
}

fn terms_of(reaching: &Reaching, places: Places<'_>) -> Result<Terms, CommandError> {
    let dataset = &reaching.declared;
    let own = dataset.license.as_deref().map(|license| Declared::of(license).terms());
    let of_card = match &dataset.card {
        None => None,
        Some(path) => {
            let bytes = plimsoll_config::read(&path.below(places.root))
                .map_err(|error| CommandError::new(ErrorKind::Usage, error))?;
            let card = Card::read(&String::from_utf8_lossy(&bytes));
            let card = card.map_err(|error| CommandError::usage(format!("{path}: {error}")))?;
            Some((path, card.declared.terms()))
        }
    };
    let terms = match (own, of_card) {
        (None, None) => Terms::unknown(format!("nothing is declared of `data.{}`", reaching.name)),
        (Some(terms), None) | (None, Some((_, terms))) => terms,
        (Some(own), Some((path, card))) => {
            let is_same = own.license.is_some() && own.license == card.license;
            if is_same {
                own
            } else {
                let both = [own.license, card.license].into_iter().flatten().collect();
                Terms::ambiguous(both, format!("`license` and `{path}` do not say the same"))
            }
        }
    };
    Ok(terms)
}

/// Returns what the policy says against what was handed on, with the way that it came.
pub(super) fn conflicts(
    request: &ScanRequest,
    declared: &[Declaration<'_>],
    court: Court<'_>,
) -> Result<Vec<Finding>, CommandError> {
    let mut nodes = vec![Node {
        kind: Kind::Model,
        name: request.name.to_string(),
        version: None,
        terms: None,
    }];
    let mut edges = Vec::new();
    for declaration in declared.iter().filter(|it| it.terms.is_some()) {
        let Reaching { name, through, declared, .. } = declaration.reaching;
        let mut from = nodes.len();
        nodes.push(Node {
            kind: match declared.kind {
                DatasetKind::Data => Kind::Dataset,
                DatasetKind::BaseModel => Kind::BaseModel,
            },
            name: name.to_string(),
            version: None,
            terms: declaration.terms.clone(),
        });
        // The last step makes the model itself.
        for step in through.iter().rev().skip(1).rev() {
            let what = nodes.len();
            let name = format!("what step `{step}` makes");
            nodes.push(Node { kind: Kind::Derived, name, version: None, terms: None });
            edges.push(Edge { what, relation: Relation::DerivedFrom, from });
            from = what;
        }
        edges.push(Edge { what: 0, relation: Relation::DerivedFrom, from });
    }
    let followed = propagate(&nodes, &edges, court)
        .map_err(|error| CommandError::usage(format!("the lineage cannot be followed: {error}")))?;
    let finding = |conflict: plimsoll_scan::license::propagate::Conflict| {
        let mut finding = Finding::new(CONFLICT, Severity::Error, conflict.message);
        finding.subject = Some(format!("data.{} under {}", conflict.source, conflict.license));
        finding.path = Some("plimsoll.yaml".to_owned());
        finding.next = Some(format!(
            "say under which terms it may be used (`license` or `card` of `data.{}`), or add an \
             exception to `scan.licenses`",
            conflict.source
        ));
        finding
    };
    Ok(followed.conflicts.into_iter().map(finding).collect())
}

/// Returns what was judged, as evidence has it.
pub(super) fn listed(declared: &[Declaration<'_>], court: Court<'_>) -> Vec<ScannedPackage> {
    let mut listed = Vec::new();
    for declaration in declared {
        let reaching = declaration.reaching;
        let name = reaching.name.to_string();
        let ecosystem = match reaching.declared.kind {
            DatasetKind::Data => "dataset",
            DatasetKind::BaseModel => "base-model",
        };
        let (license, state, verdict) = match &declaration.terms {
            None => (Some(OWN.to_owned()), "known".to_owned(), Verdict::Allow),
            Some(terms) => {
                let named = Named { name: &name, version: None, ecosystem: None };
                let license = terms.license.as_ref().map(ToString::to_string);
                (license, terms.state.to_string(), court.judge(named, terms).verdict)
            }
        };
        listed.push(ScannedPackage {
            ecosystem: ecosystem.to_owned(),
            version: Some(reaching.digest.to_string()),
            name,
            license,
            state,
            verdict: verdict.to_string(),
        });
    }
    listed
}
