//! What a file of a repository is, as far as its terms are concerned: told by its name.

/// What a file may say of terms, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It is called like a license.
    License,
    /// It declares a package, and the license of that with it.
    Manifest,
    /// A notebook, whose cells are code or prose.
    Notebook,
    /// It tells of the folder that it lies in.
    Readme,
    /// Prose, which may speak of anything.
    Prose,
    /// Rows, or settings without comments: what stands there is said of something else.
    Data,
    /// Anything else: its comments count.
    Code,
}

const MANIFESTS: &[&str] = &[
    "bower.json",
    "cargo.toml",
    "citation.cff",
    "composer.json",
    "package.json",
    "plimsoll.yaml",
    "pyproject.toml",
    "setup.cfg",
    "setup.py",
];

const PROSE: &[&str] =
    &["", "adoc", "asciidoc", "markdown", "md", "mdx", "org", "qmd", "rmd", "rst", "txt"];

const DATA: &[&str] = &[
    "csv", "diff", "geojson", "json", "jsonl", "lock", "log", "map", "ndjson", "patch", "psv",
    "sum", "tsv", "vcf",
];

/// Files of comments and commands that have no ending, or one of prose.
const CODE: &[&str] = &[
    "brewfile",
    "build",
    "cmakelists.txt",
    "containerfile",
    "dockerfile",
    "gemfile",
    "gnumakefile",
    "jenkinsfile",
    "justfile",
    "makefile",
    "procfile",
    "rakefile",
    "snakefile",
    "vagrantfile",
    "workspace",
];

/// What lies beside installed packages, which are judged as packages.
const INSTALLED: &[&str] = &["installer", "metadata", "pkg-info", "record", "wheel"];

impl Kind {
    /// Tells what a file of this name is.
    pub(super) fn of(base: &str) -> Self {
        let lower = base.to_lowercase();
        let extension = lower.rsplit_once('.').map_or("", |(_, extension)| extension);
        if MANIFESTS.contains(&lower.as_str()) {
            Self::Manifest
        } else if CODE.contains(&lower.as_str()) {
            Self::Code
        } else if is_license(base) {
            Self::License
        } else if extension == "ipynb" {
            Self::Notebook
        } else if DATA.contains(&extension) || INSTALLED.contains(&lower.as_str()) {
            Self::Data
        } else if !PROSE.contains(&extension) {
            Self::Code
        } else if lower.starts_with("readme") || lower.starts_with("model_card") {
            Self::Readme
        } else {
            Self::Prose
        }
    }
}

/// Tells whether a file is called like a license. Program code about licenses (`license.rs`) is not.
fn is_license(base: &str) -> bool {
    let lower = base.to_lowercase();
    let names = ["license", "licence", "copying", "unlicense", "unlicence"];
    let (stem, extension) = lower.split_once('.').unwrap_or((&lower, ""));
    let is_text = ["", "txt", "md", "rst", "mit", "apache", "bsd", "gpl", "lgpl", "mpl", "lesser"];
    let is_named = names.iter().any(|name| {
        stem == *name
            || stem.strip_prefix(name).is_some_and(|rest| rest.starts_with(['-', '_', ' ']))
    });
    let is_suffixed = names
        .iter()
        .any(|name| stem.strip_suffix(name).is_some_and(|it| it.ends_with(['-', '_', ' '])));
    // `LICENSE.numpy.txt` names whom it is about, `LICENSE.GPL-2.0` which one it is.
    let written = base.get(stem.len() + 1..).unwrap_or_default();
    let is_ending = is_text.contains(&extension)
        || spdx::license_id(written).is_some()
        || extension.rsplit_once('.').is_some_and(|(_, last)| is_text.contains(&last));
    is_named && is_ending
        || is_suffixed && is_text.contains(&extension)
        || extension.ends_with("license") && !stem.is_empty()
}

/// Tells whether a folder on the way to a file is one that code of others is kept in.
pub(super) fn is_vendored(path: &str) -> bool {
    const FOLDERS: &[&str] = &[
        "vendor",
        "vendors",
        "vendored",
        "third_party",
        "third-party",
        "thirdparty",
        "3rd_party",
        "3rd-party",
        "3rdparty",
        "extern",
        "external",
        "externals",
    ];
    let Some((folder, _)) = path.rsplit_once('/') else { return false };
    folder.split('/').any(|part| {
        let part = part.to_lowercase();
        FOLDERS.contains(&part.trim_start_matches(['_', '.']))
    })
}

/// Tells whether the name of a license file says that it is about somebody else's work.
pub(super) fn is_of_others(base: &str) -> bool {
    let lower = base.to_lowercase();
    let words = ["3rd", "third", "vendor", "bundled", "dependenc"];
    words.iter().any(|word| lower.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_what_a_file_is() {
        for (names, kind) in [
            (
                &[
                    "LICENSE",
                    "COPYING.txt",
                    "LICENSE-MIT",
                    "LICENSE.GPL-2.0",
                    "mit-license.txt",
                    "a.png.license",
                    "LICENSE.numpy.txt",
                    "LICENSE_1_0.txt",
                    "COPYING.LESSER",
                ][..],
                Kind::License,
            ),
            (
                &["license.rs", "licenses.py", "a.c", "Makefile", "CMakeLists.txt", "conf.yml"],
                Kind::Code,
            ),
            (&["README", "README.md", "readme.rst", "MODEL_CARD.md"], Kind::Readme),
            (&["notes.txt", "AUTHORS", "NOTICE", "licensing.md"], Kind::Prose),
            (&["a.csv", "package-lock.json", "uv.lock", "METADATA", "licenses.json"], Kind::Data),
            (&["package.json", "Cargo.toml", "pyproject.toml"], Kind::Manifest),
            (&["a.ipynb"], Kind::Notebook),
        ] {
            for name in names {
                assert_eq!(Kind::of(name), kind, "{name}");
            }
        }
    }

    #[test]
    fn folders_for_the_code_of_others_are_known() {
        for path in
            ["vendor/a.c", "src/_vendor/x/a.py", "Third_Party/a.c", "sklearn/externals/a.py"]
        {
            assert!(is_vendored(path), "{path}");
        }
        for path in ["vendor.py", "src/vendors.py", "src/externally/a.py"] {
            assert!(!is_vendored(path), "{path}");
        }
    }
}
