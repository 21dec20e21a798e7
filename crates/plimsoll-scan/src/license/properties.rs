//! What a license asks and allows, as far as a policy speaks of it.
//!
//! Our own classification (`table`) of nine in ten of the licenses of the SPDX list, and of the terms of models and
//! datasets that have an id of ours. What is in no table is `unclassified`, and no rule about families
//! allows it.

mod models;
mod table;

use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::expression::License;

/// What becomes of what is made with a licensed work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// Nothing is asked.
    PublicDomain,
    /// It may come under any terms; notices are kept.
    Permissive,
    /// Changed parts stay under its terms.
    WeakCopyleft,
    /// What is handed on comes under its terms.
    StrongCopyleft,
    /// What is offered over a network does too.
    NetworkCopyleft,
    /// What is adapted of a work or a database stays under its terms.
    ShareAlike,
    /// Its use is limited: to a trade, a purpose, a number of users, or without change.
    Limited,
    /// Somebody's own terms, of which no more is known.
    Proprietary,
    /// Nobody has looked at it.
    Unclassified,
}

/// One thing that a license asks, forbids or gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Property {
    /// Whoever made it has to be named.
    Attribution,
    /// Advertisements have to name whoever made it.
    Advertising,
    /// Only its own terms may be put on what is made of it.
    ShareAlike,
    /// Source has to be offered with what is handed on.
    SourceDisclosure,
    /// Use over a network counts as handing on.
    NetworkUse,
    /// No use in trade.
    NonCommercial,
    /// No changed versions.
    NoDerivatives,
    /// Some uses are forbidden, also to those who get it later.
    UseRestrictions,
    /// Only for research, teaching or evaluation.
    ResearchOnly,
    /// Not for those who have more users or income than the terms say.
    SizeLimit,
    /// Not for what competes with whoever made it.
    NonCompete,
    /// What it makes may not improve other models, or has to carry its name.
    OutputTerms,
    /// Patents are licensed, and the license ends for whoever sues.
    PatentGrant,
}

/// What is known of a license.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Properties {
    /// What becomes of what is made with it.
    pub family: Family,
    /// What else it asks, forbids or gives.
    pub properties: BTreeSet<Property>,
}

/// Exceptions that let programs of other terms use the work: what is left is a weak copyleft.
///
/// Of each the SPDX list's text says so: linking, or what a tool writes into its output. Those that only
/// let works of certain other licenses in (`Universal-FOSS-exception-1.0`, those for OpenSSL) are not here.
const SOFTENING: &[&str] = &[
    "Autoconf-exception-2.0",
    "Autoconf-exception-3.0",
    "Autoconf-exception-generic",
    "Autoconf-exception-generic-3.0",
    "Autoconf-exception-macro",
    "Bison-exception-1.24",
    "Bison-exception-2.2",
    "Bootloader-exception",
    "Classpath-exception-2.0",
    "Classpath-exception-2.0-short",
    "eCos-exception-2.0",
    "Font-exception-2.0",
    "FLTK-exception",
    "freertos-exception-2.0",
    "GCC-exception-2.0",
    "GCC-exception-2.0-note",
    "GCC-exception-3.1",
    "GNAT-exception",
    "GNU-compiler-exception",
    "GPL-3.0-linking-exception",
    "gnu-javamail-exception",
    "i2p-gpl-java-exception",
    "Independent-modules-exception",
    "Libtool-exception",
    "Linux-syscall-note",
    "LGPL-3.0-linking-exception",
    "mif-exception",
    "OCaml-LGPL-linking-exception",
    "OpenJDK-assembly-exception-1.0",
    "Simple-Library-Usage-exception",
    "Texinfo-exception",
    "u-boot-exception-2.0",
    "WxWindows-exception-3.1",
];

static FAMILIES: LazyLock<HashMap<&'static str, Family>> = LazyLock::new(|| {
    let of = |(family, ids): &(Family, &'static str)| {
        let family = *family;
        ids.split_whitespace().map(move |id| (id, family)).collect::<Vec<_>>()
    };
    table::FAMILIES.iter().flat_map(of).collect()
});

impl Properties {
    /// Returns what is known of a license, softened by its exception where that does so.
    pub fn of(license: &License) -> Self {
        let id = license.id.trim_end_matches('+');
        if let Some(own) = models::properties(id) {
            return own;
        }
        let family = match FAMILIES.get(id) {
            Some(family) => *family,
            None if is_proprietary(id) => Family::Proprietary,
            None => Family::Unclassified,
        };
        let softens = license.exception.as_deref().is_some_and(|it| SOFTENING.contains(&it));
        let family = match family {
            Family::StrongCopyleft if softens => Family::WeakCopyleft,
            other => other,
        };
        Self { family, properties: properties(id, family) }
    }

    /// Tells whether it has a property.
    pub fn has(&self, property: Property) -> bool {
        self.properties.contains(&property)
    }
}

/// Tells whether an id of somebody's own says that the terms are proprietary.
fn is_proprietary(id: &str) -> bool {
    let Some(name) = id.strip_prefix("LicenseRef-") else { return false };
    let lower = name.to_lowercase();
    ["proprietary", "commercial", "eula"].iter().any(|word| lower.contains(word))
        && !lower.contains("non")
}

/// Licenses that license patents, and end for whoever sues over them.
const PATENT_GRANT: &str = "Apache-2.0 BSD-2-Clause-Patent MPL-1.0 MPL-1.1 MPL-2.0 MPL-2.0-no-copyleft-exception \
    EPL-1.0 EPL-2.0 CPL-1.0 IPL-1.0 CDDL-1.0 CDDL-1.1 GPL-3.0-only GPL-3.0-or-later LGPL-3.0-only \
    LGPL-3.0-or-later AGPL-3.0-only AGPL-3.0-or-later MulanPSL-2.0 UPL-1.0 BlueOak-1.0.0 ECL-2.0 MS-PL MS-RL \
    OSL-3.0 AFL-3.0 Artistic-2.0 EUPL-1.1 EUPL-1.2 OpenMDW-1.0 ESA-PL-permissive-2.4";

/// Licenses whose advertising clause asks to be named.
const ADVERTISING: &str = "BSD-4-Clause BSD-4-Clause-Shortened BSD-4-Clause-UC BSD-4.3RENO BSD-4.3TAHOE \
    BSD-Advertising-Acknowledgement MIT-advertising OpenSSL OpenSSL-standalone SSLeay-standalone Apache-1.0 \
    PHP-3.0 PHP-3.01 Zend-2.0 XFree86-1.1";

/// Licenses that forbid uses.
const USE_RESTRICTIONS: &str = "JSON Hippocratic-2.1 BSD-3-Clause-No-Military-License \
    BSD-3-Clause-No-Nuclear-License BSD-3-Clause-No-Nuclear-License-2014 CPOL-1.02 C-UDA-1.0 UnRAR MS-LPL \
    3D-Slicer-1.0";

fn properties(id: &str, family: Family) -> BTreeSet<Property> {
    let is_in = |list: &str| list.split_whitespace().any(|it| it == id);
    let parts: Vec<&str> = id.split('-').collect();
    let says = |part: &str| parts.first() == Some(&"CC") && parts.contains(&part);
    let non_commercial =
        says("NC") || is_in("PolyForm-Noncommercial-1.0.0 NCGL-UK-2.0 Aladdin NPOSL-3.0 PPL");
    let copyleft =
        matches!(family, Family::WeakCopyleft | Family::StrongCopyleft | Family::NetworkCopyleft);
    let attribution = says("BY")
        || is_in(
            "ODC-By-1.0 ODbL-1.0 CDLA-Sharing-1.0 CPAL-1.0 AAL etalab-2.0 OGL-UK-3.0 DL-DE-BY-2.0",
        );
    let facts = [
        (Property::Attribution, attribution),
        (Property::Advertising, is_in(ADVERTISING)),
        (Property::ShareAlike, says("SA") || family == Family::ShareAlike),
        (Property::SourceDisclosure, copyleft),
        (Property::NetworkUse, family == Family::NetworkCopyleft),
        (Property::NonCommercial, non_commercial),
        (Property::NoDerivatives, says("ND")),
        (Property::UseRestrictions, is_in(USE_RESTRICTIONS)),
        (Property::SizeLimit, is_in("PolyForm-Small-Business-1.0.0")),
        (
            Property::NonCompete,
            is_in("Elastic-2.0 BUSL-1.1 FSL-1.1-ALv2 FSL-1.1-MIT SUL-1.0 SSPL-1.0"),
        ),
        (Property::PatentGrant, is_in(PATENT_GRANT)),
    ];
    facts.into_iter().filter(|(_, holds)| *holds).map(|(property, _)| property).collect()
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::PublicDomain => "public-domain",
            Self::Permissive => "permissive",
            Self::WeakCopyleft => "weak-copyleft",
            Self::StrongCopyleft => "strong-copyleft",
            Self::NetworkCopyleft => "network-copyleft",
            Self::ShareAlike => "share-alike",
            Self::Limited => "limited",
            Self::Proprietary => "proprietary",
            Self::Unclassified => "unclassified",
        })
    }
}

impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Attribution => "attribution",
            Self::Advertising => "advertising",
            Self::ShareAlike => "share-alike",
            Self::SourceDisclosure => "source-disclosure",
            Self::NetworkUse => "network-use",
            Self::NonCommercial => "non-commercial",
            Self::NoDerivatives => "no-derivatives",
            Self::UseRestrictions => "use-restrictions",
            Self::ResearchOnly => "research-only",
            Self::SizeLimit => "size-limit",
            Self::NonCompete => "non-compete",
            Self::OutputTerms => "output-terms",
            Self::PatentGrant => "patent-grant",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(license: &str) -> Properties {
        Properties::of(&License::try_from(license.to_owned()).unwrap())
    }

    #[test]
    fn every_id_of_the_tables_is_one_and_is_there_once() {
        let mut seen = BTreeSet::new();
        for (_, ids) in table::FAMILIES {
            for id in ids.split_whitespace() {
                assert!(spdx::license_id(id).is_some(), "{id}");
                assert!(seen.insert(id), "{id} is there twice");
            }
        }
        assert!(seen.len() > 600, "{}", seen.len());
        let lists = [PATENT_GRANT, ADVERTISING, USE_RESTRICTIONS].join(" ");
        for id in lists.split_whitespace() {
            assert!(spdx::license_id(id).is_some(), "{id}");
        }
        for id in SOFTENING {
            assert!(spdx::exception_id(id).is_some(), "{id}");
        }
    }

    #[test]
    fn what_others_hold_for_copyleft_is_not_permissive() {
        for license in spdx::identifiers::LICENSES {
            let is_copyleft = license.flags & spdx::flags::IS_COPYLEFT != 0;
            let family = FAMILIES.get(license.name);
            let easy = matches!(family, Some(Family::Permissive | Family::PublicDomain));
            assert!(!(is_copyleft && easy), "{}", license.name);
        }
    }

    #[test]
    fn a_license_is_what_it_asks() {
        assert_eq!(of("MIT").family, Family::Permissive);
        assert_eq!(of("LGPL-2.1-or-later").family, Family::WeakCopyleft);
        assert_eq!(of("GPL-2.0-only").family, Family::StrongCopyleft);
        assert_eq!(of("GPL-2.0-only WITH Classpath-exception-2.0").family, Family::WeakCopyleft);
        assert_eq!(
            of("GPL-2.0-only WITH Universal-FOSS-exception-1.0").family,
            Family::StrongCopyleft
        );
        assert_eq!(of("Apache-2.0 WITH LLVM-exception").family, Family::Permissive);
        assert!(of("AGPL-3.0-only").has(Property::NetworkUse));
        let data = of("CC-BY-NC-SA-4.0");
        assert!(data.has(Property::NonCommercial) && data.has(Property::ShareAlike));
        assert!(data.has(Property::Attribution) && !data.has(Property::NoDerivatives));
        assert!(of("CC-BY-NC-ND-4.0").has(Property::NoDerivatives));
        assert_eq!(of("CC-BY-4.0").family, Family::Permissive);
        assert_eq!(of("ODbL-1.0").family, Family::ShareAlike);
        assert_eq!(of("LicenseRef-NVIDIA-Proprietary").family, Family::Proprietary);
        assert_eq!(of("LicenseRef-Whatever").family, Family::Unclassified);
        assert_eq!(of("any-OSI").family, Family::Unclassified);
        assert!(of("LicenseRef-CreativeML-OpenRAIL-M").has(Property::UseRestrictions));
        assert!(of("LicenseRef-Llama-3.1").has(Property::SizeLimit));
    }
}
