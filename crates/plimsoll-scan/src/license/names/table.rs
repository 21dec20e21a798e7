//! What licenses are called.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::{Candidates, License, Word, words};

/// Names that are in use, beside the ids and full names of the SPDX list, and what they stand for.
///
/// Facts from the licenses' own pages: the BSD licenses by number of clauses ("new", "revised" and
/// "modified" are the one with three, "simplified" and `FreeBSD` that with two), the names that Fedora
/// and Debian use.
const NAMES: &[(&str, &[&str])] = &[
    ("mit|mit x11|mit/x11|mit expat|expat|x11 mit", &["MIT"]),
    ("mit no attribution|mit 0", &["MIT-0"]),
    ("apache|asl|apache foundation|apache public", &["Apache-2.0", "Apache-1.1", "Apache-1.0"]),
    (
        "apache 2|asl 2|al 2|apache foundation 2|apache public 2|apache 2 apache|alv2",
        &["Apache-2.0"],
    ),
    ("bsd", &["BSD-2-Clause", "BSD-3-Clause", "BSD-4-Clause"]),
    (
        "bsd 3|bsd 3 clause|3 clause bsd|bsd three clause|three clause bsd|new bsd|bsd new|modified bsd|revised bsd|bsd modified|bsd revised|new revised bsd|new or revised bsd|also known new or revised bsd|bsd 3 clause new or revised|bsd 3 clause new|3 clause new bsd|bsd clause 3|bsd 3 clauses",
        &["BSD-3-Clause"],
    ),
    (
        "bsd 2|bsd 2 clause|2 clause bsd|two clause bsd|bsd two clause|simplified bsd|bsd simplified|freebsd|free bsd|bsd 2 clause simplified|bsd 2 clauses",
        &["BSD-2-Clause"],
    ),
    ("bsd 4|bsd 4 clause|4 clause bsd|original bsd|old bsd", &["BSD-4-Clause"]),
    ("0bsd|bsd 0 clause|zero clause bsd|bsd zero clause|0 clause bsd", &["0BSD"]),
    ("isc|iscl|isc iscl", &["ISC"]),
    ("mpl|mozilla public|mozilla", &["MPL-2.0", "MPL-1.1", "MPL-1.0"]),
    ("mpl 2|mozilla public 2|mozilla 2|mozilla public mpl 2", &["MPL-2.0"]),
    ("mpl 1.1|mozilla public 1.1", &["MPL-1.1"]),
    ("mpl 1|mozilla public 1", &["MPL-1.0"]),
    (
        "psf|psfl|python foundation|psf 2|psfl 2|python software foundation 2|python software foundation license|psf license agreement",
        &["PSF-2.0"],
    ),
    ("python 2", &["Python-2.0"]),
    ("python", &["PSF-2.0", "Python-2.0", "CNRI-Python"]),
    ("zpl|zope public", &["ZPL-2.1", "ZPL-2.0", "ZPL-1.1"]),
    ("zpl 2.1|zope public 2.1", &["ZPL-2.1"]),
    ("zpl 2|zope public 2", &["ZPL-2.0"]),
    ("unlicense|unlicence|the unlicense|unlicense unlicense", &["Unlicense"]),
    ("zlib|zlib/libpng|zlib libpng", &["Zlib"]),
    ("boost|boost 1|bsl 1 boost", &["BSL-1.0"]),
    ("bsl 1", &["BSL-1.0"]),
    ("bsl", &["BSL-1.0", "BUSL-1.1"]),
    ("bsl 1.1|business source 1.1|busl 1.1", &["BUSL-1.1"]),
    ("hpnd|historical permission notice and disclaimer", &["HPND"]),
    ("mit cmu|cmu", &["MIT-CMU"]),
    ("wtfpl|do what the fuck you want to public|do what the fuck you want public", &["WTFPL"]),
    ("epl|eclipse public", &["EPL-2.0", "EPL-1.0"]),
    ("epl 2|eclipse public 2", &["EPL-2.0"]),
    ("epl 1|eclipse public 1", &["EPL-1.0"]),
    ("eupl", &["EUPL-1.2", "EUPL-1.1", "EUPL-1.0"]),
    ("eupl 1.2|european union public 1.2", &["EUPL-1.2"]),
    ("eupl 1.1|european union public 1.1", &["EUPL-1.1"]),
    ("artistic", &["Artistic-2.0", "Artistic-1.0", "Artistic-1.0-Perl"]),
    ("artistic 2", &["Artistic-2.0"]),
    (
        "cc0|cc0 1|cc0 1 universal|creative commons zero|cc zero|creative commons zero 1|cc0 1 universal public domain dedication|cc0 1 universal cc0 1 public domain dedication",
        &["CC0-1.0"],
    ),
    ("cc by 4|creative commons attribution 4|cc attribution 4", &["CC-BY-4.0"]),
    ("cc by 3|creative commons attribution 3", &["CC-BY-3.0"]),
    (
        "cc by sa 4|creative commons attribution sharealike 4|creative commons attribution share alike 4",
        &["CC-BY-SA-4.0"],
    ),
    (
        "cc by sa 3|creative commons attribution sharealike 3|creative commons attribution share alike 3",
        &["CC-BY-SA-3.0"],
    ),
    (
        "cc by nc 4|creative commons attribution noncommercial 4|creative commons attribution non commercial 4",
        &["CC-BY-NC-4.0"],
    ),
    (
        "cc by nc sa 4|creative commons attribution noncommercial sharealike 4|creative commons attribution non commercial sharealike 4|creative commons attribution non commercial share alike 4|creative commons attribution noncommercial share alike 4",
        &["CC-BY-NC-SA-4.0"],
    ),
    (
        "cc by nc nd 4|creative commons attribution noncommercial noderivatives 4|creative commons attribution non commercial no derivatives 4",
        &["CC-BY-NC-ND-4.0"],
    ),
    (
        "cc by nd 4|creative commons attribution noderivatives 4|creative commons attribution no derivatives 4",
        &["CC-BY-ND-4.0"],
    ),
    ("public domain|publicdomain", &["LicenseRef-Public-Domain"]),
    (
        "proprietary|commercial|all rights reserved|proprietary commercial|other/proprietary|closed source|private|internal",
        &["LicenseRef-Proprietary"],
    ),
    ("nvidia proprietary", &["LicenseRef-NVIDIA-Proprietary"]),
    ("sspl|server side public|sspl 1", &["SSPL-1.0"]),
    ("elastic 2|elastic", &["Elastic-2.0"]),
    ("ms pl|microsoft public", &["MS-PL"]),
    ("cecill", &["CECILL-2.1", "CECILL-2.0", "CECILL-1.0"]),
    ("odbl|odbl 1|open database|open data commons open database", &["ODbL-1.0"]),
    ("pddl", &["PDDL-1.0"]),
    ("ofl|sil ofl|ofl 1.1|sil open font|sil open font 1.1", &["OFL-1.1"]),
    ("ncsa|university illinois/ncsa open source", &["NCSA"]),
    ("upl|upl 1|universal permissive", &["UPL-1.0"]),
    ("blue oak|blue oak model", &["BlueOak-1.0.0"]),
    ("ecl 2|educational community 2", &["ECL-2.0"]),
    ("cddl", &["CDDL-1.0", "CDDL-1.1"]),
    ("vim", &["Vim"]),
];

/// Names that are only read as a whole, as their parts would be read as a choice.
const ALIASES: &[(&str, &str)] = &[
    ("mit/x11", "MIT"),
    ("x11/mit", "MIT"),
    ("mit/expat", "MIT"),
    ("expat/mit", "MIT"),
    ("zlib/libpng", "Zlib"),
];

/// Addresses that licenses are published at, without scheme, `www.`, suffix and trailing slash.
const ADDRESSES: &[(&str, &[&str])] = &[
    ("apache.org/licenses/license-2.0", &["Apache-2.0"]),
    ("apache.org/licenses", &["Apache-2.0", "Apache-1.1", "Apache-1.0"]),
    ("opensource.org/licenses/mit", &["MIT"]),
    ("opensource.org/license/mit", &["MIT"]),
    ("opensource.org/licenses/mit-license", &["MIT"]),
    ("mit-license.org", &["MIT"]),
    ("opensource.org/licenses/bsd-3-clause", &["BSD-3-Clause"]),
    ("opensource.org/license/bsd-3-clause", &["BSD-3-Clause"]),
    ("opensource.org/licenses/bsd-2-clause", &["BSD-2-Clause"]),
    ("opensource.org/license/bsd-2-clause", &["BSD-2-Clause"]),
    ("opensource.org/licenses/isc", &["ISC"]),
    ("opensource.org/licenses/apache-2.0", &["Apache-2.0"]),
    ("opensource.org/license/apache-2-0", &["Apache-2.0"]),
    ("opensource.org/licenses/mpl-2.0", &["MPL-2.0"]),
    ("mozilla.org/mpl/2.0", &["MPL-2.0"]),
    ("mozilla.org/en-us/mpl/2.0", &["MPL-2.0"]),
    ("gnu.org/licenses/gpl-3.0", &["GPL-3.0-only", "GPL-3.0-or-later"]),
    ("gnu.org/licenses/gpl-2.0", &["GPL-2.0-only", "GPL-2.0-or-later"]),
    ("gnu.org/licenses/old-licenses/gpl-2.0", &["GPL-2.0-only", "GPL-2.0-or-later"]),
    ("gnu.org/licenses/lgpl-3.0", &["LGPL-3.0-only", "LGPL-3.0-or-later"]),
    ("gnu.org/licenses/lgpl-2.1", &["LGPL-2.1-only", "LGPL-2.1-or-later"]),
    ("gnu.org/licenses/old-licenses/lgpl-2.1", &["LGPL-2.1-only", "LGPL-2.1-or-later"]),
    ("gnu.org/licenses/agpl-3.0", &["AGPL-3.0-only", "AGPL-3.0-or-later"]),
    ("creativecommons.org/publicdomain/zero/1.0", &["CC0-1.0"]),
    ("creativecommons.org/licenses/by/4.0", &["CC-BY-4.0"]),
    ("creativecommons.org/licenses/by/3.0", &["CC-BY-3.0"]),
    ("creativecommons.org/licenses/by-sa/4.0", &["CC-BY-SA-4.0"]),
    ("creativecommons.org/licenses/by-sa/3.0", &["CC-BY-SA-3.0"]),
    ("creativecommons.org/licenses/by-nc/4.0", &["CC-BY-NC-4.0"]),
    ("creativecommons.org/licenses/by-nc-sa/4.0", &["CC-BY-NC-SA-4.0"]),
    ("creativecommons.org/licenses/by-nc-nd/4.0", &["CC-BY-NC-ND-4.0"]),
    ("creativecommons.org/licenses/by-nd/4.0", &["CC-BY-ND-4.0"]),
    ("opendatacommons.org/licenses/odbl/1-0", &["ODbL-1.0"]),
    ("opendatacommons.org/licenses/by/1-0", &["ODC-By-1.0"]),
    ("opendatacommons.org/licenses/pddl/1-0", &["PDDL-1.0"]),
    ("unlicense.org", &["Unlicense"]),
    ("wtfpl.net", &["WTFPL"]),
    ("boost.org/license_1_0", &["BSL-1.0"]),
    ("eclipse.org/legal/epl-2.0", &["EPL-2.0"]),
    ("python.org/psf/license", &["PSF-2.0", "Python-2.0"]),
];

/// Names of exceptions, as they stand behind a name of a license, in words that all have to be there.
const EXCEPTIONS: &[(&[&str], &str)] = &[
    (&["foss"], "Universal-FOSS-exception-1.0"),
    (&["pyinstaller"], "Bootloader-exception"),
    (&["bootloader"], "Bootloader-exception"),
    (&["classpath"], "Classpath-exception-2.0"),
    (&["llvm"], "LLVM-exception"),
    (&["gcc", "runtime"], "GCC-exception-3.1"),
    (&["bison"], "Bison-exception-2.2"),
    (&["libtool"], "Libtool-exception"),
    (&["linux", "syscall"], "Linux-syscall-note"),
    (&["font"], "Font-exception-2.0"),
];

/// Every name in words, with what it stands for.
static PATTERNS: LazyLock<HashMap<String, Candidates>> = LazyLock::new(|| {
    let mut patterns = HashMap::new();
    for license in spdx::identifiers::LICENSES {
        let is_deprecated = license.flags & spdx::flags::IS_DEPRECATED != 0;
        if is_deprecated || license.name == "NOASSERTION" {
            continue;
        }
        for name in [license.name, license.full_name] {
            let words = words(name);
            if !words.is_empty() && !words.iter().any(|word| matches!(word, Word::Aside(_))) {
                let candidates = Candidates::of([License::of(license.name)]);
                patterns.entry(key(&words)).or_insert(candidates);
            }
        }
    }
    for (names, ids) in NAMES {
        for name in names.split('|') {
            let candidates = Candidates::of(ids.iter().map(|id| License::of(*id)));
            patterns.insert(key(&words(name)), candidates);
        }
    }
    patterns
});

/// The most words that a name has.
static LONGEST: LazyLock<usize> = LazyLock::new(|| {
    PATTERNS.keys().map(|pattern| pattern.split(' ').count()).max().unwrap_or_default()
});

fn key(words: &[Word]) -> String {
    words.iter().map(Word::key).collect::<Vec<_>>().join(" ")
}

/// Returns the longest name that `words` begin with, and how many words it has.
pub(super) fn name(words: &[Word]) -> Option<(usize, Candidates)> {
    let most = words.len().min(*LONGEST);
    (1..=most).rev().find_map(|count| {
        let found = PATTERNS.get(&key(words.get(..count)?))?;
        Some((count, found.clone()))
    })
}

/// Returns what a whole text stands for that would otherwise be read as a choice.
pub(super) fn alias(text: &str) -> Option<Candidates> {
    let lower = text.to_lowercase();
    let text = lower.trim_end_matches("license").trim_end_matches("licence").trim();
    let (_, id) = ALIASES.iter().find(|(alias, _)| *alias == text)?;
    Some(Candidates::of([License::of(*id)]))
}

/// Returns the licenses that are published at an address.
pub(super) fn address(address: &str) -> Option<Candidates> {
    let lower = address.to_lowercase();
    let (_, place) = lower.split_once("://").unwrap_or(("", &lower));
    let place = place.strip_prefix("www.").unwrap_or(place);
    let place = place.split(['?', '#']).next().unwrap_or(place).trim_end_matches('/');
    let suffixes = [".html", ".php", ".txt", ".en", ".en.html", "/legalcode", "/deed.en", "/deed"];
    let bare = suffixes.iter().find_map(|suffix| place.strip_suffix(suffix));
    let found = ADDRESSES.iter().find(|(known, _)| *known == place || Some(*known) == bare);
    let (_, ids) = found?;
    Some(Candidates::of(ids.iter().map(|id| License::of(*id))))
}

/// Returns the exception that some words name.
pub(super) fn exception(words: &[&str]) -> Option<&'static str> {
    let names = |(needles, _): &&(&[&str], &str)| needles.iter().all(|it| words.contains(it));
    EXCEPTIONS.iter().find(names).map(|(_, id)| *id)
}
