use super::*;

#[test]
fn names_and_contents_say_what_a_text_is() {
    for (path, text, kind) in [
        ("a/requirements.txt", "numpy==1.0", Kind::Requirements),
        ("requirements-dev.lock", "", Kind::Requirements),
        ("constraints.txt", "numpy==1.0", Kind::Requirements),
        ("conda-linux-64.lock", "# platform\n@EXPLICIT\nhttps://x", Kind::CondaList),
        ("requirements.txt", "# a\nnumpy=1.0=py_0", Kind::CondaList),
        ("uv.lock", "", Kind::UvLock),
        ("pylock.dev.toml", "", Kind::Pylock),
        ("a.lock", "version = 1\n[[package]]\nname = 'a'\nsource = {registry = 'x'}", Kind::UvLock),
        ("a.lock", "version = 3\n[[package]]\nname = 'a'\nsource = 'x'", Kind::CargoLock),
        ("a.lock", "[metadata]\nlock-version = '2.0'", Kind::PoetryLock),
        ("a.lock", "[metadata]\nlock_version = '4.0'", Kind::PdmLock),
        ("a.toml", "lock-version = '1.0'", Kind::Pylock),
        ("a.json", "{\"_meta\": {}, \"default\": {}}", Kind::PipfileLock),
        ("a.json", "{\"lockfileVersion\": 3}", Kind::PackageLock),
        ("a.json", "{\"bomFormat\": \"CycloneDX\"}", Kind::CycloneDx),
        ("a.json", "{\"spdxVersion\": \"SPDX-2.3\"}", Kind::Spdx),
        ("status", "Package: a\nVersion: 1\n", Kind::DpkgStatus),
        ("installed", "C:Q1x=\nP:musl\n", Kind::ApkInstalled),
        ("env.yaml", "name: a\ndependencies:\n- numpy", Kind::CondaEnvironment),
        ("a.yml", "version: 1\nmetadata:\n  a: b\npackage: []", Kind::CondaLock),
        ("conda-lock.yml", "", Kind::CondaLock),
        ("a.lock", "# THIS\n# yarn lockfile v1\n\na@1:\n", Kind::YarnLock),
        ("a.lock", "# This\n\n__metadata:\n  version: 8\n", Kind::YarnLock),
        ("a.yaml", "lockfileVersion: '9.0'", Kind::PnpmLock),
    ] {
        let found = kind_of_text(path, text, None);
        assert_eq!(found.ok(), Some(kind), "{path}: {text}");
    }
}

#[test]
fn what_is_not_known_is_not_guessed() {
    for (path, text) in [
        ("notes.txt", "numpy==1.0"),
        ("a.json", "{}"),
        ("a.yml", "jobs: []"),
        ("a.lock", "x = 1"),
        ("setup.py", ""),
    ] {
        let error = kind_of_text(path, text, None).unwrap_err();
        assert!(matches!(error, Problem::Unknown), "{path}");
    }
    assert!(matches!(kind_of_text("a.json", "{", None), Err(Problem::Syntax { .. })));
}

#[test]
fn what_the_user_says_counts() {
    let told = |told, path, text| kind_of_text(path, text, Some(told));
    let plain = told(Told::Requirements, "notes.txt", "numpy==1.0").unwrap();
    assert_eq!(plain, Kind::Requirements);
    assert_eq!(told(Told::Lock, "deps.txt", "numpy==1.0").unwrap(), Kind::Requirements);
    insta::assert_snapshot!(told(Told::Sbom, "uv.lock", "").unwrap_err(), @"it is no SBOM that is known (CycloneDX or SPDX, as JSON)");
    insta::assert_snapshot!(told(Told::Lock, "a.json", "{}").unwrap_err(), @"it is no lock that is known");
    insta::assert_snapshot!(told(Told::Environment, "a.json", "{}").unwrap_err(), @"it is no environment, which is a folder");
}

#[test]
fn sboms_that_are_not_read_are_refused_by_name() {
    for (text, what) in [
        (
            "<?xml version='1.0'?><bom xmlns='http://cyclonedx.org/schema/bom/1.5'>",
            "CycloneDX in XML",
        ),
        ("SPDXVersion: SPDX-2.3\nPackageName: a", "tags and values"),
        ("spdxVersion: SPDX-2.3\n", "in YAML"),
        ("<rdf:RDF xmlns:spdx='http://spdx.org/rdf/terms#'>", "RDF"),
    ] {
        let error = kind_of_text("sbom", text, Some(Told::Sbom)).unwrap_err().to_string();
        assert!(error.contains(what) && error.contains("give it as JSON"), "{error}");
    }
}
