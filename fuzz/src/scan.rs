//! What comes from elsewhere: models, what names packages, advisories, what is known better, licenses.

use std::io::{self, Cursor};

use plimsoll_scan::inventory::{self, Input, Reading, Told};
use plimsoll_scan::license::Terms;
use plimsoll_scan::model::{Content, Limits, scan};
use plimsoll_scan::package::{LicenseFile, Place, Published};
use plimsoll_scan::vulnerability::{AuditOptions, Database, DatabaseBuilder, Vex, audit};
use plimsoll_scan::{Ecosystem, Package};

/// Little of everything, so that what unpacks without end is over soon.
const SMALL: Limits =
    Limits { depth: 6, expanded: 8 << 20, members: 500, steps: 500_000, findings: 20 };

/// Names by which a file is read in its own way.
const LOCKS: [&str; 8] = [
    "uv.lock",
    "poetry.lock",
    "Pipfile.lock",
    "conda-lock.yml",
    "Cargo.lock",
    "package-lock.json",
    "pnpm-lock.yaml",
    "go.sum",
];

/// A model file: the same bytes have the same verdict.
pub fn model(bytes: &[u8]) {
    let look = || scan("model", &Content::of_bytes(bytes.to_vec()), SMALL);
    assert!(look() == look(), "a file has one verdict");
}

/// Something that names packages, read as everything that it could be said to be.
pub fn inventory(bytes: &[u8]) {
    let told = [Told::Requirements, Told::Lock, Told::Sbom, Told::Image];
    let told = told.into_iter().map(|told| ("file", Some(told)));
    for (name, told) in LOCKS.map(|name| (name, None)).into_iter().chain(told) {
        let mut include = |_: &str| Err(io::Error::other("nothing is included"));
        let how = Reading { told, include: &mut include, platform: None };
        _ = inventory::read(name, Input::File(&mut Cursor::new(bytes)), how);
    }
}

/// A database of advisories, or an export that one is made of.
pub fn advisories(bytes: &[u8]) {
    if let Ok(database) = Database::open(Cursor::new(bytes.to_vec())) {
        held_against(database);
    }
    let mut exports = DatabaseBuilder::new();
    if exports.add_zip("export", &mut Cursor::new(bytes), None).is_ok()
        && let Ok(database) = exports.into_database()
    {
        held_against(database);
    }
}

fn held_against(database: Database) {
    let of = |ecosystem, name: &str| {
        Package::new(ecosystem, name, Some("1.0".to_owned()), Place::default())
    };
    let packages = [
        of(Ecosystem::PyPI, "joblib"),
        of(Ecosystem::CratesIo, "tokio"),
        of(Ecosystem::Debian(Some("12".to_owned())), "openssl"),
    ];
    _ = audit(&mut [database], &packages, &AuditOptions::default());
}

/// Statements of what is known better.
pub fn vex(bytes: &[u8]) {
    _ = Vex::parse("statements", bytes);
}

/// Terms, as a field and as a file.
pub fn license(bytes: &[u8]) {
    let Ok(text) = str::from_utf8(bytes) else { return };
    let file = LicenseFile { name: "LICENSE".to_owned(), text: Some(text.to_owned()) };
    for published in [
        Published { expression: Some(text.to_owned()), ..Published::default() },
        Published { text: Some(text.to_owned()), ..Published::default() },
        Published { files: vec![file], ..Published::default() },
    ] {
        assert!(Terms::of(&published) == Terms::of(&published), "a text has one reading");
    }
}
