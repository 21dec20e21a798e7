//! Candidates for tests.

use std::collections::BTreeMap;

use super::{Candidate, Contents, Judgement, Lineage, Subject};
use crate::audit::Occasion;
use crate::gate::Answer;
use crate::signature::{Field, FieldKind, Signature};
use crate::{Digest, RunId, Timestamp};

/// Makes a candidate that passed, of a model, an environment and a card called so.
pub(crate) fn candidate(width: u64, model: &str, environment: &str, card: &str) -> Candidate {
    let subject = Subject::of(format!("{width} {model} {environment} {card}").as_bytes());
    let digest = |of: &str| Digest::blake3(of.as_bytes());
    let run = RunId::from_bytes([7; 16]);
    let kind = FieldKind::Tensor { element: "float".to_owned(), shape: vec![None, Some(width)] };
    Candidate {
        variant: "bike-demand".parse().unwrap(),
        subject,
        signature: Signature {
            inputs: vec![Field { name: "input".to_owned(), kind }],
            outputs: Vec::new(),
            columns: BTreeMap::new(),
            classes: Vec::new(),
            recorded: None,
        },
        contents: Contents {
            model: digest(model),
            environment: digest(environment),
            card: digest(card),
        },
        lineage: Lineage {
            run,
            commit: "0f".repeat(20).parse().unwrap(),
            data: [("hourly".parse().unwrap(), digest("hour.csv"))].into(),
            parent: None,
            cause: None,
        },
        judgement: Judgement {
            verdict: digest("verdict"),
            subject,
            run,
            model: digest(model),
            answer: Answer::Pass,
            rules: 4,
            failed: 0,
            findings: 0,
        },
    }
}

pub(crate) fn occasion(why: &str) -> Occasion {
    Occasion {
        at: Timestamp::from_millis(1000),
        who: "ada".parse().unwrap(),
        why: why.parse().unwrap(),
        evidence: None,
    }
}
