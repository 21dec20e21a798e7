//! The real advisories, where they are present: who is found, how databases are made of them.
#![expect(clippy::unwrap_used, reason = "a test may end where it fails")]
#![expect(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use plimsoll_scan::inventory::{Input, Reading, Told, read};
use plimsoll_scan::package::{Place, SourcePackage};
use plimsoll_scan::vulnerability::{
    Audit, AuditOptions, Class, Database, DatabaseBuilder, Rating, State, VulnerablePackage, audit,
};
use plimsoll_scan::{Ecosystem, Package};
use serde_json::Value;

/// Returns the path of a shared file, unless it is absent.
fn shared(name: &str) -> Option<PathBuf> {
    let shared = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/osv");
    let path = shared.join(name);
    if !path.exists() {
        eprintln!("skipped: {} is not there", path.display());
    }
    path.exists().then_some(path)
}

fn builder(names: &[&str]) -> Option<DatabaseBuilder> {
    let mut builder = DatabaseBuilder::new();
    for name in names {
        let mut zip = File::open(shared(name)?).unwrap();
        builder.add_zip(name, &mut zip, None).unwrap();
    }
    Some(builder)
}

/// Returns the bytes of the database of some zips, which is made once for all tests.
fn bytes(names: &[&'static str]) -> Option<Vec<u8>> {
    static MADE: Mutex<BTreeMap<Vec<&str>, Vec<u8>>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap();
    if !made.contains_key(names) {
        let mut bytes = Vec::new();
        builder(names)?.write(&mut bytes).unwrap();
        made.insert(names.to_vec(), bytes);
    }
    Some(made[names].clone())
}

fn database(names: &[&'static str]) -> Option<Database> {
    Some(Database::open(Cursor::new(bytes(names)?)).unwrap())
}

fn package(ecosystem: &str, name: &str, version: &str) -> Package {
    let ecosystem = Ecosystem::try_from(ecosystem.to_owned()).unwrap();
    let place = Place { path: "requirements.lock".to_owned(), line: Some(1) };
    Package::new(ecosystem, name, Some(version.to_owned()), place)
}

fn audited(database: &mut Database, packages: &[Package]) -> Audit {
    audit(std::slice::from_mut(database), packages, &AuditOptions::default()).unwrap()
}

/// Returns the advisories that must be reported, by requirement, of one or both databases.
fn expected(databases: &[&str]) -> Option<BTreeMap<String, BTreeSet<String>>> {
    let text = fs::read_to_string(shared("expected.json")?).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for case in value["cases"].as_object().unwrap().values() {
        for (pin, by_database) in case.as_object().unwrap() {
            let ids = databases.iter().flat_map(|one| by_database[one].as_array().unwrap());
            let ids = ids.map(|id| id.as_str().unwrap().to_owned());
            expected.entry(pin.clone()).or_default().extend(ids);
        }
    }
    Some(expected)
}

fn pins(expected: &BTreeMap<String, BTreeSet<String>>) -> Vec<Package> {
    let pins = expected.keys().map(|pin| pin.split_once("==").unwrap());
    pins.map(|(name, version)| package("PyPI", name, version)).collect()
}

/// Returns the advisories that matched, by requirement.
fn matched(audit: &Audit) -> BTreeMap<String, BTreeSet<String>> {
    let mut matched: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in &audit.findings {
        let pin = format!("{}=={}", finding.package, finding.version);
        let ids = finding.advisories.iter().map(|advisory| advisory.id.clone());
        matched.entry(pin).or_default().extend(ids);
    }
    matched
}

#[test]
fn exactly_the_expected_advisories_are_reported() {
    let cases: [(&[&'static str], &[&str]); 3] = [
        (&["PyPI.zip"], &["pysec"]),
        (&["PyPI-GHSA-2025.zip"], &["ghsa2025"]),
        (&["PyPI.zip", "PyPI-GHSA-2025.zip"], &["pysec", "ghsa2025"]),
    ];
    for (zips, sets) in cases {
        let Some((mut database, mut expected)) = database(zips).zip(expected(sets)) else { return };
        let packages = pins(&expected);
        let audit = audited(&mut database, &packages);
        assert!(audit.is_complete(), "{:?}", audit.not_audited);
        expected.retain(|_, ids| !ids.is_empty());
        assert_eq!(matched(&audit), expected, "{zips:?}");
        // No two of them are about one vulnerability, so each is a finding.
        let ids: usize = expected.values().map(BTreeSet::len).sum();
        assert_eq!(audit.findings.len(), ids);
    }
}

#[test]
fn a_file_a_folder_and_several_databases_say_the_same() {
    let zips = ["PyPI.zip", "PyPI-GHSA-2025.zip"];
    let Some((bytes, expected)) = bytes(&zips).zip(expected(&["pysec", "ghsa2025"])) else {
        return;
    };
    let packages = pins(&expected);
    let folder = tempfile::tempdir().unwrap();
    let index = folder.path().join("advisories.index");
    fs::write(&index, bytes).unwrap();
    let mut opened = Database::open(File::open(&index).unwrap()).unwrap();
    let from_file = audited(&mut opened, &packages);

    let unpacked = folder.path().join("records");
    for zip in zips {
        let mut zip = zip::ZipArchive::new(File::open(shared(zip).unwrap()).unwrap()).unwrap();
        zip.extract(&unpacked).unwrap();
    }
    let mut builder_of_folder = DatabaseBuilder::new();
    builder_of_folder.add_folder("records", &unpacked, None).unwrap();
    let from_folder = audited(&mut builder_of_folder.into_database().unwrap(), &packages);
    assert_eq!(from_folder.findings, from_file.findings);

    let mut each = zips.map(|zip| database(&[zip]).unwrap());
    let from_both = audit(&mut each, &packages, &AuditOptions::default()).unwrap();
    assert_eq!(from_both.findings, from_file.findings);
}

fn only<'a>(audit: &'a Audit, package: &str, id: &str) -> &'a VulnerablePackage {
    let is_it = |finding: &&VulnerablePackage| finding.package == package && finding.id == id;
    audit.findings.iter().find(is_it).unwrap_or_else(|| panic!("{package} {id} in {audit:?}"))
}

#[test]
fn python_findings_say_what_to_do() {
    let Some(mut database) = database(&["PyPI.zip", "PyPI-GHSA-2025.zip"]) else { return };
    let packages = [
        package("PyPI", "torch", "2.0.1+cu118"),
        package("PyPI", "Django", "3.2.4"),
        package("PyPI", "flask", "2.0.2"),
        package("PyPI", "urllib3", "not-a-version"),
    ];
    let audit = audited(&mut database, &packages);
    let torch = only(&audit, "torch", "GHSA-53q9-r3pm-6pq6");
    assert_eq!(torch.aliases, ["CVE-2025-32434"]);
    assert_eq!((torch.severity, torch.score), (Rating::Critical, Some(9.3)));
    assert_eq!(torch.fixed_in, ["2.6.0"]);
    assert_eq!(torch.reason, "version < 2.6.0");
    assert_eq!(only(&audit, "Django", "PYSEC-2021-109").fixed_in, ["3.2.5"]);
    assert_eq!(only(&audit, "flask", "PYSEC-2023-62").fixed_in, ["2.2.5"]);
    assert_eq!(only(&audit, "flask", "PYSEC-2023-62").severity, Rating::Unknown);
    let why: Vec<_> =
        audit.not_audited.iter().map(|it| (it.package.as_str(), it.why.as_str())).collect();
    assert_eq!(why, [("urllib3", "`not-a-version` is no PEP 440 version")]);
    assert!(!audit.passes());
}

#[test]
fn a_lock_is_audited_down_to_its_line() {
    let Some(mut database) = database(&["PyPI.zip", "PyPI-GHSA-2025.zip"]) else { return };
    let lock =
        "# made by hand\nPillow==10.0.0\njinja2 == 3.1.6 \\\n    --hash=sha256:00\nflask>=2\n";
    let include = &mut |_: &str| Err(std::io::ErrorKind::NotFound.into());
    let how = Reading { told: Some(Told::Requirements), include, platform: None };
    let mut content = Cursor::new(lock.as_bytes());
    let inventory = read("requirements.txt", Input::File(&mut content), how).unwrap();
    let audit = audited(&mut database, &inventory.packages);
    let found: Vec<_> =
        audit.findings.iter().map(|it| (it.id.as_str(), it.path.as_str(), it.line)).collect();
    assert_eq!(found, [("PYSEC-2023-175", "requirements.txt", Some(2))]);
    assert!(!audit.is_complete(), "flask has no version that could be judged");
}

#[test]
fn crates_are_judged_and_what_is_informational_is_told_apart() {
    let Some(mut database) = database(&["crates.io.zip"]) else { return };
    let packages = [
        package("crates.io", "time", "0.1.45"),
        package("crates.io", "time", "0.2.10"),
        package("crates.io", "time", "0.2.23"),
        package("crates.io", "ansi_term", "0.12.1"),
        package("crates.io", "serde", "1.0.200"),
    ];
    let audit = audited(&mut database, &packages);
    let found: Vec<_> = audit
        .findings
        .iter()
        .map(|it| (it.package.as_str(), it.version.as_str(), it.id.as_str(), it.class, it.state))
        .collect();
    assert_eq!(
        found,
        [
            ("ansi_term", "0.12.1", "RUSTSEC-2021-0139", Class::Unmaintained, State::Informational),
            ("time", "0.1.45", "RUSTSEC-2020-0071", Class::Vulnerability, State::Affected),
            ("time", "0.2.10", "RUSTSEC-2020-0071", Class::Vulnerability, State::Affected),
        ]
    );
    let time = only(&audit, "time", "RUSTSEC-2020-0071");
    assert_eq!(time.aliases, ["CVE-2020-26235", "GHSA-wcg3-cvx6-7396"]);
    assert_eq!((time.severity, time.score), (Rating::Medium, Some(6.2)));
}

#[test]
fn debian_is_judged_by_source_and_release() {
    let Some(mut database) = database(&["Debian.zip"]) else { return };
    let mut binary = package("Debian:buster", "libthunderbird", "1:78.4.0-1~deb10u1");
    binary.source = Some(SourcePackage { name: "thunderbird".to_owned(), version: None });
    let packages = [
        package("Debian:8", "thunderbird", "1:60.3.0-1~deb8u1"),
        package("Debian:8", "thunderbird", "1:60.4.0-1~deb8u1"),
        package("Debian:12", "thunderbird", "1:60.3.0-1~deb8u1"),
        package("Debian", "thunderbird", "1:60.3.0-1~deb8u1"),
        binary,
    ];
    let audit = audited(&mut database, &packages);
    let first: Vec<_> = audit.findings.iter().filter(|it| it.id == "DLA-1624-1").collect();
    assert_eq!(first.len(), 1);
    assert_eq!(first[0].version, "1:60.3.0-1~deb8u1");
    assert_eq!(first[0].fixed_in, ["1:60.4.0-1~deb8u1"]);
    assert_eq!(first[0].upstream.len(), 6);
    let of_source = |it: &&VulnerablePackage| it.package == "libthunderbird";
    let source = audit.findings.iter().find(of_source).unwrap().source.as_ref().unwrap();
    assert_eq!(
        (source.name.as_str(), source.version.as_deref()),
        ("thunderbird", Some("1:78.4.0-1~deb10u1"))
    );
    let why: Vec<_> = audit.not_audited.iter().map(|it| it.why.as_str()).collect();
    assert_eq!(
        why,
        [
            "the release of Debian is not known, and a fix is a fix of one release",
            "no database has advisories of Debian:12",
        ]
    );
}
