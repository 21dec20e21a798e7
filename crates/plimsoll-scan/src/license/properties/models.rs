//! Terms of models and datasets that the SPDX list has no id for, under ids of ours.
//!
//! Facts from the published texts of each: what the community licenses of Meta, the terms of Gemma, the RAIL
//! licenses and the research licenses forbid, ask and limit.

use super::{Family, Properties, Property};

use Property::{
    Attribution, NoDerivatives, NonCommercial, OutputTerms, ResearchOnly, SizeLimit,
    UseRestrictions,
};

const TERMS: &[(&str, Family, &[Property])] = &[
    ("LicenseRef-Public-Domain", Family::PublicDomain, &[]),
    (
        "LicenseRef-Llama-2",
        Family::Limited,
        &[Attribution, UseRestrictions, SizeLimit, OutputTerms],
    ),
    (
        "LicenseRef-Llama-3",
        Family::Limited,
        &[Attribution, UseRestrictions, SizeLimit, OutputTerms],
    ),
    (
        "LicenseRef-Llama-3.1",
        Family::Limited,
        &[Attribution, UseRestrictions, SizeLimit, OutputTerms],
    ),
    (
        "LicenseRef-Llama-3.2",
        Family::Limited,
        &[Attribution, UseRestrictions, SizeLimit, OutputTerms],
    ),
    (
        "LicenseRef-Llama-3.3",
        Family::Limited,
        &[Attribution, UseRestrictions, SizeLimit, OutputTerms],
    ),
    (
        "LicenseRef-Llama-4",
        Family::Limited,
        &[Attribution, UseRestrictions, SizeLimit, OutputTerms],
    ),
    ("LicenseRef-Gemma", Family::Limited, &[UseRestrictions]),
    ("LicenseRef-OpenRAIL", Family::Limited, &[UseRestrictions]),
    ("LicenseRef-OpenRAIL-PlusPlus", Family::Limited, &[UseRestrictions]),
    ("LicenseRef-CreativeML-OpenRAIL-M", Family::Limited, &[UseRestrictions]),
    ("LicenseRef-BigScience-OpenRAIL-M", Family::Limited, &[UseRestrictions]),
    ("LicenseRef-BigScience-BLOOM-RAIL-1.0", Family::Limited, &[UseRestrictions]),
    ("LicenseRef-BigCode-OpenRAIL-M", Family::Limited, &[UseRestrictions]),
    ("LicenseRef-DeepFloyd-IF", Family::Limited, &[ResearchOnly, NonCommercial, UseRestrictions]),
    (
        "LicenseRef-FAIR-Noncommercial-Research",
        Family::Limited,
        &[ResearchOnly, NonCommercial, UseRestrictions],
    ),
    ("LicenseRef-Apple-AMLR", Family::Limited, &[ResearchOnly, NonCommercial]),
    ("LicenseRef-Apple-ASCL", Family::Unclassified, &[]),
    ("LicenseRef-H-Research", Family::Limited, &[ResearchOnly, NonCommercial]),
    ("LicenseRef-Intel-Research", Family::Limited, &[ResearchOnly, UseRestrictions]),
    ("LicenseRef-Grok-2-Community", Family::Limited, &[SizeLimit, UseRestrictions, OutputTerms]),
    ("LicenseRef-Research-Only", Family::Limited, &[ResearchOnly, NonCommercial]),
    ("LicenseRef-Non-Commercial", Family::Limited, &[NonCommercial]),
    ("LicenseRef-Commons-Clause", Family::Limited, &[NonCommercial]),
    ("LicenseRef-MNPL", Family::Limited, &[NonCommercial, ResearchOnly]),
    ("LicenseRef-FLUX-1-dev-Non-Commercial", Family::Limited, &[NonCommercial, UseRestrictions]),
    ("LicenseRef-Free-For-Educational-Use", Family::Limited, &[ResearchOnly, NonCommercial]),
    ("LicenseRef-Free-For-Home-Use", Family::Limited, &[NonCommercial]),
    ("LicenseRef-Free-for-non-commercial-use", Family::Limited, &[NonCommercial]),
    ("LicenseRef-Free-To-Use-But-Restricted", Family::Limited, &[UseRestrictions]),
    ("LicenseRef-No-Derivatives", Family::Limited, &[NoDerivatives]),
    ("LicenseRef-Intel-Simplified-Software-License", Family::Proprietary, &[NoDerivatives]),
];

/// Returns what is known of an id of ours.
pub(super) fn properties(id: &str) -> Option<Properties> {
    let (_, family, properties) =
        TERMS.iter().find(|(known, ..)| known.eq_ignore_ascii_case(id))?;
    Some(Properties { family: *family, properties: properties.iter().copied().collect() })
}
