//! Python's `License ::` classifiers, and what each stands for.
//!
//! The names are those of `PyPI`'s list of classifiers. What they stand for is the license of that name that
//! the OSI approves, as the prefix says: `BSD License` is one of two, since the one with the advertising
//! clause is not approved; `Apache Software License` is 2.0, as the older ones were given up in 2004.
//! A classifier with a version alone leaves open whether later versions may be taken.

use super::claim::{Candidates, Reading, Relation};
use super::expression::License;

const APPROVED: &[(&str, &[&str])] = &[
    ("Academic Free License (AFL)", &["AFL-3.0", "AFL-2.1", "AFL-2.0", "AFL-1.2", "AFL-1.1"]),
    ("Apache Software License", &["Apache-2.0"]),
    ("Apple Public Source License", &["APSL-2.0", "APSL-1.2", "APSL-1.1", "APSL-1.0"]),
    ("Artistic License", &["Artistic-2.0", "Artistic-1.0", "Artistic-1.0-Perl"]),
    ("Attribution Assurance License", &["AAL"]),
    ("BSD License", &["BSD-3-Clause", "BSD-2-Clause"]),
    ("Blue Oak Model License (BlueOak-1.0.0)", &["BlueOak-1.0.0"]),
    ("Boost Software License 1.0 (BSL-1.0)", &["BSL-1.0"]),
    ("CEA CNRS Inria Logiciel Libre License, version 2.1 (CeCILL-2.1)", &["CECILL-2.1"]),
    ("CMU License (MIT-CMU)", &["MIT-CMU"]),
    ("Common Development and Distribution License 1.0 (CDDL-1.0)", &["CDDL-1.0"]),
    ("Common Public License", &["CPL-1.0"]),
    ("Eclipse Public License 1.0 (EPL-1.0)", &["EPL-1.0"]),
    ("Eclipse Public License 2.0 (EPL-2.0)", &["EPL-2.0"]),
    ("Educational Community License, Version 2.0 (ECL-2.0)", &["ECL-2.0"]),
    ("Eiffel Forum License", &["EFL-2.0", "EFL-1.0"]),
    ("European Union Public Licence 1.0 (EUPL 1.0)", &["EUPL-1.0"]),
    ("European Union Public Licence 1.1 (EUPL 1.1)", &["EUPL-1.1"]),
    ("European Union Public Licence 1.2 (EUPL 1.2)", &["EUPL-1.2"]),
    ("GNU Affero General Public License v3", &["AGPL-3.0-only", "AGPL-3.0-or-later"]),
    ("GNU Affero General Public License v3 or later (AGPLv3+)", &["AGPL-3.0-or-later"]),
    ("GNU Free Documentation License (FDL)", GFDL),
    ("GNU General Public License (GPL)", GPL),
    ("GNU General Public License v2 (GPLv2)", &["GPL-2.0-only", "GPL-2.0-or-later"]),
    ("GNU General Public License v2 or later (GPLv2+)", &["GPL-2.0-or-later"]),
    ("GNU General Public License v3 (GPLv3)", &["GPL-3.0-only", "GPL-3.0-or-later"]),
    ("GNU General Public License v3 or later (GPLv3+)", &["GPL-3.0-or-later"]),
    ("GNU Lesser General Public License v2 (LGPLv2)", LGPL_2),
    (
        "GNU Lesser General Public License v2 or later (LGPLv2+)",
        &["LGPL-2.0-or-later", "LGPL-2.1-or-later"],
    ),
    ("GNU Lesser General Public License v3 (LGPLv3)", &["LGPL-3.0-only", "LGPL-3.0-or-later"]),
    ("GNU Lesser General Public License v3 or later (LGPLv3+)", &["LGPL-3.0-or-later"]),
    ("GNU Library or Lesser General Public License (LGPL)", LGPL),
    ("Historical Permission Notice and Disclaimer (HPND)", &["HPND"]),
    ("IBM Public License", &["IPL-1.0"]),
    ("ISC License (ISCL)", &["ISC"]),
    ("Intel Open Source License", &["Intel"]),
    ("MIT License", &["MIT"]),
    ("MIT No Attribution License (MIT-0)", &["MIT-0"]),
    ("MirOS License (MirOS)", &["MirOS"]),
    ("Motosoto License", &["Motosoto"]),
    ("Mozilla Public License 1.0 (MPL)", &["MPL-1.0"]),
    ("Mozilla Public License 1.1 (MPL 1.1)", &["MPL-1.1"]),
    ("Mozilla Public License 2.0 (MPL 2.0)", &["MPL-2.0", "MPL-2.0-no-copyleft-exception"]),
    ("Mulan Permissive Software License v2 (MulanPSL-2.0)", &["MulanPSL-2.0"]),
    ("NASA Open Source Agreement v1.3 (NASA-1.3)", &["NASA-1.3"]),
    ("Nethack General Public License", &["NGPL"]),
    ("Nokia Open Source License", &["Nokia"]),
    ("Open Group Test Suite License", &["OGTSL"]),
    ("Open Software License 3.0 (OSL-3.0)", &["OSL-3.0"]),
    ("PostgreSQL License", &["PostgreSQL"]),
    ("Python License (CNRI Python License)", &["CNRI-Python"]),
    ("Python Software Foundation License", &["PSF-2.0"]),
    ("Qt Public License (QPL)", &["QPL-1.0"]),
    ("Ricoh Source Code Public License", &["RSCPL"]),
    ("SIL Open Font License 1.1 (OFL-1.1)", &["OFL-1.1", "OFL-1.1-RFN", "OFL-1.1-no-RFN"]),
    ("Sleepycat License", &["Sleepycat"]),
    ("Sun Industry Standards Source License (SISSL)", &["SISSL"]),
    ("Sun Public License", &["SPL-1.0"]),
    ("The Unlicense (Unlicense)", &["Unlicense"]),
    ("Universal Permissive License (UPL)", &["UPL-1.0"]),
    ("University of Illinois/NCSA Open Source License", &["NCSA"]),
    ("Vovida Software License 1.0", &["VSL-1.0"]),
    ("W3C License", &["W3C", "W3C-19980720"]),
    ("Jabber Open Source License", &["LicenseRef-Jabber-Open-Source-License"]),
    ("MITRE Collaborative Virtual Workspace License (CVW)", &["LicenseRef-MITRE-CVW"]),
    ("X.Net License", &["Xnet"]),
    ("Zero-Clause BSD (0BSD)", &["0BSD"]),
    ("Zope Public License", &["ZPL-2.1", "ZPL-2.0", "ZPL-1.1"]),
    ("zlib/libpng License", &["Zlib"]),
];

const GPL: &[&str] = &[
    "GPL-2.0-only",
    "GPL-2.0-or-later",
    "GPL-3.0-only",
    "GPL-3.0-or-later",
    "GPL-1.0-only",
    "GPL-1.0-or-later",
];
const LGPL_2: &[&str] =
    &["LGPL-2.0-only", "LGPL-2.0-or-later", "LGPL-2.1-only", "LGPL-2.1-or-later"];
const LGPL: &[&str] = &[
    "LGPL-2.0-only",
    "LGPL-2.0-or-later",
    "LGPL-2.1-only",
    "LGPL-2.1-or-later",
    "LGPL-3.0-only",
    "LGPL-3.0-or-later",
];
const GFDL: &[&str] = &[
    "GFDL-1.3-only",
    "GFDL-1.3-or-later",
    "GFDL-1.2-only",
    "GFDL-1.2-or-later",
    "GFDL-1.1-only",
    "GFDL-1.1-or-later",
];

/// Classifiers without the prefix of the OSI.
const OTHERS: &[(&str, &[&str])] = &[
    ("Aladdin Free Public License (AFPL)", &["Aladdin"]),
    ("CC0 1.0 Universal (CC0 1.0) Public Domain Dedication", &["CC0-1.0"]),
    ("CeCILL-B Free Software License Agreement (CECILL-B)", &["CECILL-B"]),
    ("CeCILL-C Free Software License Agreement (CECILL-C)", &["CECILL-C"]),
    ("Eiffel Forum License (EFL)", &["EFL-2.0", "EFL-1.0"]),
    ("Netscape Public License (NPL)", &["NPL-1.1", "NPL-1.0"]),
    ("Nokia Open Source License (NOKOS)", &["Nokia"]),
    ("Public Domain", &["LicenseRef-Public-Domain"]),
    ("Free For Educational Use", &["LicenseRef-Free-For-Educational-Use"]),
    ("Free For Home Use", &["LicenseRef-Free-For-Home-Use"]),
    ("Free for non-commercial use", &["LicenseRef-Free-for-non-commercial-use"]),
    ("Free To Use But Restricted", &["LicenseRef-Free-To-Use-But-Restricted"]),
];

/// What all classifiers of a package say together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Classified {
    /// The licenses that they name.
    pub(super) reading: Reading,
    /// Whether one says that the terms are somebody's own.
    pub(super) is_proprietary: bool,
}

/// Reads the classifiers of a package; those that are not about licenses say nothing.
pub(super) fn read(classifiers: &[String]) -> Classified {
    let (mut parts, mut unknown, mut is_proprietary): (Vec<Candidates>, _, _) =
        (Vec::new(), None, false);
    for classifier in classifiers {
        let mut path = classifier.split("::").map(str::trim);
        if path.next() != Some("License") {
            continue;
        }
        let names: Vec<&str> = path.collect();
        let found = match names.as_slice() {
            // That it is approved, freely distributed or for free says not under which terms.
            [] | ["OSI Approved" | "Freely Distributable" | "Freeware" | "DFSG approved"] => {
                continue;
            }
            ["Other/Proprietary License"] => {
                is_proprietary = true;
                continue;
            }
            ["OSI Approved", name] => lookup(APPROVED, name),
            [name] => lookup(OTHERS, name),
            _ => None,
        };
        match found {
            Some(candidates) if !parts.contains(&candidates) => parts.push(candidates),
            Some(_) => {}
            None => unknown = Some(classifier),
        }
    }
    let reading = match (unknown, parts.len()) {
        (Some(classifier), _) => {
            Reading::Unreadable(format!("the classifier `{classifier}` is not known"))
        }
        (None, 0) => Reading::Silent,
        (None, _) => Reading::Parts { relation: Relation::Unsaid, parts: merged(&parts) },
    };
    Classified { reading, is_proprietary }
}

fn lookup(table: &[(&str, &[&str])], name: &str) -> Option<Candidates> {
    let (_, ids) = table.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
    Some(Candidates::of(ids.iter().map(|id| License::of(*id))))
}

/// Takes away what a narrower classifier beside it says better: `GPL` beside `GPLv3`.
fn merged(parts: &[Candidates]) -> Vec<Candidates> {
    let narrower = |wide: &Candidates| {
        parts.iter().any(|it| it != wide && it.and(wide).licenses().len() == it.licenses().len())
    };
    parts.iter().filter(|part| !narrower(part)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_id_of_the_tables_is_one() {
        for (name, ids) in APPROVED.iter().chain(OTHERS) {
            for id in *ids {
                let license = License::try_from((*id).to_owned()).unwrap();
                assert_eq!(license.id, *id, "{name}");
            }
        }
    }

    #[test]
    fn a_narrower_classifier_says_it_better() {
        let classified = read(&[
            "Programming Language :: Python".to_owned(),
            "License :: OSI Approved".to_owned(),
            "License :: OSI Approved :: GNU General Public License (GPL)".to_owned(),
            "License :: OSI Approved :: GNU General Public License v3 or later (GPLv3+)".to_owned(),
        ]);
        let Reading::Parts { parts, .. } = classified.reading else { panic!() };
        assert_eq!(parts.len(), 1);
        assert_eq!(parts[0].to_string(), "GPL-3.0-or-later");
        let unknown = read(&["License :: OSI Approved :: Acme".to_owned()]);
        assert!(matches!(unknown.reading, Reading::Unreadable(_)));
    }
}
