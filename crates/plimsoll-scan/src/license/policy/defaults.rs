//! The policies that hold where none is given, one for each intent.
//!
//! | | internal | service | redistribute |
//! |---|---|---|---|
//! | public domain, permissive, weak copyleft | allow | allow | allow |
//! | strong copyleft (GPL): asks for its terms on what is handed on | allow | allow | deny |
//! | network copyleft (AGPL, SSPL): also on what is offered over a network | review | deny | deny |
//! | share-alike (CC-BY-SA, `ODbL`): on what is adapted, and a model may be that | allow | review | review |
//! | non-commercial, no derivatives, not for what competes | review | deny | deny |
//! | forbidden uses, limits of size, terms on output (RAIL, Llama, Gemma) | review | review | review |
//! | for research only | deny | deny | deny |
//! | proprietary | review | review | deny |
//! | advertising clause | allow | allow | review |
//! | anything else, and what nobody has classified | deny | deny | deny |

use super::{Family, Intent, Policy, Property, Selection, Verdict};

impl Policy {
    /// Returns the policy that holds for an intent where none is given.
    pub fn default_for(intent: Intent) -> Self {
        use Family::{
            Limited, NetworkCopyleft, Permissive, Proprietary, PublicDomain, ShareAlike,
            StrongCopyleft, WeakCopyleft,
        };
        use Property::{
            Advertising, NoDerivatives, NonCommercial, NonCompete, OutputTerms, ResearchOnly,
            SizeLimit, UseRestrictions,
        };
        let mut policy = Self {
            extends: None,
            allow: families(&[PublicDomain, Permissive, WeakCopyleft]),
            review: properties(&[UseRestrictions, SizeLimit, OutputTerms]),
            deny: properties(&[ResearchOnly]),
            otherwise: Verdict::Deny,
            exceptions: Vec::new(),
            transitive: None,
        };
        let limits = [NonCommercial, NoDerivatives, NonCompete];
        match intent {
            Intent::Internal => {
                policy.allow.families.extend([StrongCopyleft, ShareAlike]);
                policy.review.families.extend([NetworkCopyleft, Proprietary, Limited]);
                policy.review.properties.extend(limits);
            }
            Intent::Service => {
                policy.allow.families.push(StrongCopyleft);
                policy.review.families.extend([ShareAlike, Proprietary]);
                policy.deny.families.extend([NetworkCopyleft, Limited]);
                policy.deny.properties.extend(limits);
            }
            Intent::Redistribute => {
                policy.review.families.push(ShareAlike);
                policy.review.properties.push(Advertising);
                policy.deny.families.extend([
                    StrongCopyleft,
                    NetworkCopyleft,
                    Limited,
                    Proprietary,
                ]);
                policy.deny.properties.extend(limits);
            }
        }
        policy
    }
}

fn families(families: &[Family]) -> Selection {
    Selection { families: families.to_vec(), ..Selection::default() }
}

fn properties(properties: &[Property]) -> Selection {
    Selection { properties: properties.to_vec(), ..Selection::default() }
}
