//! Images of registries: found by name, fetched once, held against their digests.

pub(crate) mod liar;
pub(crate) mod made;

use std::fs;
use std::path::Path;

use serde_json::Value;

use self::liar::Liar;
use self::made::{Layout, sha256};
use crate::docker_registry::{PEOPLE, Registry, skopeo};
use crate::sandbox::{Ended, Sandbox};

/// An advisory on a package of the image, and one that makes Python an ecosystem that is known.
const ADVISORIES: [(&str, &str); 2] = [
    (
        "DSA-1-1.json",
        r#"{ "id": "DSA-1-1", "modified": "2024-05-03T00:00:00Z", "summary": "gears",
            "affected": [{ "package": { "ecosystem": "Debian:12", "name": "gears" },
                "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "2.0-1" }] }] }] }"#,
    ),
    (
        "PYSEC-2024-1.json",
        r#"{ "id": "PYSEC-2024-1", "modified": "2024-05-01T00:00:00Z", "summary": "widgets",
            "affected": [{ "package": { "ecosystem": "PyPI", "name": "widgets" },
                "ranges": [{ "type": "ECOSYSTEM", "events": [{ "introduced": "0" }, { "fixed": "1.4" }] }] }] }"#,
    ),
];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    for (name, record) in ADVISORIES {
        sandbox.write(&format!("records/{name}"), record);
    }
    sandbox
}

/// Scans with a cache of the sandbox's own.
fn scan(sandbox: &Sandbox, arguments: &[&str]) -> Ended {
    let call = ["scan", "vulnerabilities", "--database", "records"];
    let mut command = sandbox.command(call.iter().chain(arguments));
    sandbox.ended(&command.env("XDG_CACHE_HOME", cache(sandbox)).output().unwrap())
}

#[track_caller]
fn json(sandbox: &Sandbox, arguments: &[&str], code: i32) -> Value {
    let call = ["scan", "vulnerabilities", "--database", "records", "--json"];
    let mut command = sandbox.command(call.iter().chain(arguments));
    let output = command.env("XDG_CACHE_HOME", cache(sandbox)).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn cache(sandbox: &Sandbox) -> String {
    format!("{}/cache", sandbox.home().display())
}

/// Returns a layout with an image of Debian for amd64 and, under the same name, another for arm64.
pub(crate) fn debian_and_another() -> Layout {
    let mut layout = Layout::new();
    let debian = layout.image(
        "amd64",
        &[
            &[
                ("etc/os-release", "ID=debian\nVERSION_ID=\"12\"\n"),
                (
                    "var/lib/dpkg/status",
                    "Package: gears\nStatus: install ok installed\nVersion: 1.0-1\nArchitecture: amd64\nMaintainer: a\n\n",
                ),
            ],
            &[(
                "usr/lib/python3/dist-packages/widgets-1.4.dist-info/METADATA",
                "Metadata-Version: 2.1\nName: widgets\nVersion: 1.4\n",
            )],
        ],
    );
    let other = layout.image(
        "arm64",
        &[&[(
            "usr/lib/python3/dist-packages/widgets-1.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: widgets\nVersion: 1.0\n",
        )]],
    );
    layout.index("1.0", &[("amd64", debian), ("arm64", other)]);
    layout
}

fn push(layout: &Layout, registry: &Registry, name: &str, more: &[&str]) -> String {
    let from = format!("oci:{}:1.0", layout.folder().display());
    let to = format!("docker://{}/{name}", registry.host);
    let copy = ["copy", "--all", "--preserve-digests", "--dest-tls-verify=false"];
    skopeo(&[&copy[..], more, &[&from, &to]].concat());
    format!("{}/{name}", registry.host)
}

#[test]
fn an_image_of_a_registry_is_scanned_as_if_it_lay_here() {
    let Some(registry) = Registry::start(None) else { return };
    let (sandbox, layout) = (sandbox(), debian_and_another());
    let name = push(&layout, &registry, "team/bikes:1.0", &[]);
    let found = json(&sandbox, &["--image", &name], 1);
    let finding = &found["findings"][0];
    assert_eq!((&finding["id"], &finding["package"]), (&"DSA-1-1".into(), &"gears".into()));
    let source = &found["sources"][0];
    assert_eq!((&source["kind"], &source["packages"]), (&"image".into(), &2.into()));
    let index = layout.root();
    let repository = format!("{}/team/bikes", registry.host);
    let image = &source["image"];
    assert_eq!(image["platform"], "linux/amd64");
    assert_eq!(image["digest"], layout.digest_of("amd64"));
    assert_eq!(image["reference"], format!("{repository}@{index}"));

    // The same of the layout, but for where it lies.
    let path = layout.folder().to_str().unwrap();
    let here = json(&sandbox, &["--image", path], 1);
    assert_eq!(here["findings"][0]["subject"], finding["subject"]);
    assert_eq!(here["sources"][0]["image"]["digest"], image["digest"]);
    assert!(here["sources"][0]["image"]["reference"].is_null());

    // By digest, for another platform, and as a path that says that it is none.
    let pinned = image["reference"].as_str().unwrap();
    let other = ["--platform", "linux/arm64"];
    let arm = json(&sandbox, &[&["--image", pinned][..], &other].concat(), 1);
    assert_eq!(arm["findings"][0]["id"], "PYSEC-2024-1");
    assert_eq!(arm["sources"][0]["image"]["digest"], layout.digest_of("arm64"));
    let by_scheme = json(&sandbox, &[&format!("docker://{name}")], 1);
    assert_eq!(by_scheme["sources"][0]["path"], name.as_str());
    let none = scan(&sandbox, &["--image", &name, "--platform", "linux/s390x"]);
    assert_eq!(none.code, Some(2), "{none}");
    assert!(none.stderr.contains("it holds no image for linux/s390x; there are:"), "{none}");

    // Licenses too.
    let licenses = sandbox.command(["scan", "licenses", "--json", "--image", &name]).output();
    let licenses: Value = serde_json::from_slice(&licenses.unwrap().stdout).unwrap();
    assert_eq!(licenses["sources"][0]["image"]["digest"], image["digest"]);
    // What a person sees, and what code hosts do.
    let text = scan(&sandbox, &["--image", &name]).stdout;
    let text = text.replace(&registry.host, "HOST").replace("[2m", "");
    assert!(text.starts_with("HOST/team/bikes:1.0: 2 packages\n"), "{text}");
    assert!(text.contains("HOST/team/bikes:1.0 is HOST/team/bikes@sha256:ID\n"), "{text}");
    assert!(text.contains("read the image for linux/amd64 (sha256:ID, 2 layers)"), "{text}");
    let sarif = scan(&sandbox, &["--format", "sarif", "--image", &name]);
    let sarif: Value = serde_json::from_str(&sarif.stdout).unwrap();
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "vulnerability.advisory");
}

#[test]
fn what_was_fetched_is_not_fetched_again() {
    let Some(registry) = Registry::start(None) else { return };
    let (sandbox, layout) = (sandbox(), debian_and_another());
    let name = push(&layout, &registry, "team/bikes:1.0", &[]);
    let first = json(&sandbox, &["--image", &name], 1);
    // Without its layers the registry has only what says which they are.
    let layers = layout.layers_of("amd64");
    for digest in &layers {
        let hex = digest.trim_start_matches("sha256:");
        let blobs = registry.folder.path().join("data/docker/registry/v2/blobs/sha256");
        fs::remove_dir_all(blobs.join(&hex[..2]).join(hex)).unwrap();
    }
    assert_eq!(json(&sandbox, &["--image", &name], 1), first);

    // What was changed in the meantime is none, and is asked for again.
    let kept = Path::new(&cache(&sandbox)).join("plimsoll/layers");
    let kept = kept.join(layers[0].trim_start_matches("sha256:"));
    fs::write(kept, "tampered").unwrap();
    let missing = scan(&sandbox, &["--image", &name]);
    assert_eq!(missing.code, Some(2), "{missing}");
    assert!(missing.stderr.contains("has no team/bikes@sha256:"), "{missing}");
}

#[test]
fn a_registry_that_knows_people_is_read_as_one_of_them() {
    let Some(registry) = Registry::start(Some(PEOPLE)) else { return };
    let (sandbox, layout) = (sandbox(), debian_and_another());
    let name = push(&layout, &registry, "team/bikes:1.0", &["--dest-creds", "ada:s3cr3t-of-ada"]);
    let nobody = scan(&sandbox, &["--image", &name]);
    let said = nobody.to_string().replace(&registry.host, "HOST");
    insta::assert_snapshot!(said, @r"
    exit code: 1
    --- stderr
    error: registry HOST does not let nobody in particular read team/bikes:1.0: status 401 (UNAUTHORIZED authentication required)
    hint: log in: `docker login HOST` or `podman login HOST`, as somebody who may read it; of an image that is not there, many registries say the same
    ");
    let folder = sandbox.home().parent().unwrap().join(".docker");
    fs::create_dir_all(&folder).unwrap();
    let auth = "YWRhOnMzY3IzdC1vZi1hZGE=";
    let config = format!("{{\"auths\": {{\"{}\": {{\"auth\": \"{auth}\"}}}}}}", registry.host);
    fs::write(folder.join("config.json"), config).unwrap();
    json(&sandbox, &["--image", &name], 1);
}

#[test]
fn a_registry_over_tls_is_believed_by_its_certificate() {
    let Some(registry) = Registry::start_over_tls() else { return };
    let (sandbox, layout) = (sandbox(), debian_and_another());
    let name = push(&layout, &registry, "team/bikes:1.0", &[]);
    let scan = |more: &[&str], authority: Option<&Path>| {
        let call = ["scan", "vulnerabilities", "--database", "records", "--image", &name];
        let mut command = sandbox.command(call.iter().chain(more));
        command.env("XDG_CACHE_HOME", cache(&sandbox)).env_remove("SSL_CERT_DIR");
        if let Some(authority) = authority {
            command.env("SSL_CERT_FILE", authority);
        }
        sandbox.ended(&command.output().unwrap())
    };
    let unknown = scan(&[], None);
    assert_eq!(unknown.code, Some(2), "{unknown}");
    assert!(unknown.stderr.contains("invalid peer certificate"), "{unknown}");
    assert!(unknown.stderr.contains("`SSL_CERT_FILE`"), "{unknown}");
    let known = scan(&[], Some(&registry.folder.path().join("ca.pem")));
    assert_eq!(known.code, Some(1), "{known}");
    assert!(known.stdout.contains("DSA-1-1"), "{known}");
    // Without TLS it is not what it is asked for, whoever asks so.
    let plain = scan(&["--plain-http"], None);
    assert!(plain.stderr.contains("status 400"), "{plain}");
}

#[test]
fn what_names_no_image_is_never_scanned_as_nothing() {
    let sandbox = sandbox();
    let refused = |arguments: &[&str]| {
        let ended = scan(&sandbox, arguments);
        assert_eq!(ended.code, Some(2), "{ended}");
        ended.stderr
    };
    insta::assert_snapshot!(refused(&["--image", "alpine:3.19"]), @r"
    error: there is no file or folder alpine:3.19, and `alpine:3.19` is no image of a registry: it names no registry (expected HOST[:PORT]/REPOSITORY[:TAG])
    hint: an image of Docker's registry: `--image docker.io/library/alpine:3.19`
    ");
    insta::assert_snapshot!(refused(&["ghcr.io/team/bikes:1.0"]), @r"
    error: there is no file or folder ghcr.io/team/bikes:1.0
    hint: an image of a registry is named by `--image ghcr.io/team/bikes:1.0`
    ");
    insta::assert_snapshot!(refused(&["alpine:3.19"]), @r"
    error: there is no file or folder alpine:3.19
    hint: an image of Docker's registry: `--image docker.io/library/alpine:3.19`
    ");
    insta::assert_snapshot!(refused(&["requirement.txt"]), @"error: there is no file or folder requirement.txt");
    insta::assert_snapshot!(refused(&["docker://bikes"]), @r"
    error: `bikes` is no image of a registry: it names no registry (expected HOST[:PORT]/REPOSITORY[:TAG])
    hint: an image of Docker's registry: `--image docker://docker.io/library/bikes`
    ");
    // What lies here is what is meant.
    sandbox.write("ghcr.io/team/bikes", "no image");
    let here = refused(&["--image", "ghcr.io/team/bikes"]);
    assert!(here.contains("the tar ends in the middle of an entry"), "{here}");
}

#[test]
fn a_registry_that_sends_something_else_is_not_believed() {
    let sandbox = sandbox();
    let layout = debian_and_another();
    let layer = layout.layers_of("amd64").remove(0);
    let said = |liar: &Liar, code: i32| {
        let ended = scan(&sandbox, &["--image", &format!("{}/team/bikes:1.0", liar.host)]);
        assert_eq!(ended.code, Some(code), "{ended}");
        assert_eq!(ended.stdout, "");
        ended.stderr
    };
    let other = Liar::new(&layout, Some((&layer, b"something else")));
    let message = said(&other, 1);
    assert!(message.contains("sent something else in place of sha256:"), "{message}");
    assert!(message.contains("do not use the image"), "{message}");
    // Nothing of it is kept as what it is not.
    let kept = Path::new(&cache(&sandbox)).join("plimsoll/layers");
    assert!(kept.is_dir() && !kept.join(layer.trim_start_matches("sha256:")).exists());

    let longer = [layout.bytes(&layer).unwrap(), b"more".to_vec()].concat();
    let message = said(&Liar::new(&layout, Some((&layer, &longer))), 1);
    assert!(message.contains("sent more than"), "{message}");

    let config = layout.config_of("amd64");
    let message = said(&Liar::new(&layout, Some((&config, b"{}"))), 1);
    assert!(message.contains("sent something else in place of sha256:"), "{message}");
    // An honest one is believed.
    let honest = Liar::new(&layout, None);
    let name = format!("{}/team/bikes:1.0", honest.host);
    assert_eq!(json(&sandbox, &["--image", &name], 1)["findings"][0]["id"], "DSA-1-1");
}

#[test]
fn an_image_is_as_large_and_as_deep_as_is_read() {
    let sandbox = sandbox();
    let refused = |layout: &Layout, said: &str| {
        let honest = Liar::new(layout, None);
        let ended = scan(&sandbox, &["--image", &format!("{}/bikes", honest.host)]);
        assert_eq!(ended.code, Some(2), "{ended}");
        assert!(ended.stderr.contains(said), "{ended}");
        // It is refused before any of it is asked for.
        assert!(!honest.asked().iter().any(|path| path.contains("/blobs/sha256:00")), "{said}");
    };
    let layer = format!("sha256:00{}", "1".repeat(62));
    let mut large = Layout::new();
    let image = large.image_of("amd64", &[(layer.clone(), 33 << 30)], &[]);
    large.point_at("latest", &image);
    refused(&large, "more than 34359738368 bytes of packed layers");

    let mut tall = Layout::new();
    let image = tall.image_of("amd64", &vec![(layer, 1); 513], &[]);
    tall.point_at("latest", &image);
    refused(&tall, "more than 512 layers");

    let mut deep = Layout::new();
    let mut inner = deep.image("amd64", &[]);
    for _ in 0..7 {
        inner = deep.index_of(&[("application/vnd.oci.image.index.v1+json", &inner)]);
    }
    deep.point_at("latest", &inner);
    refused(&deep, "its indexes name each other deeper than 4 levels");

    let mut many = Layout::new();
    let missing: Vec<String> =
        (0..400).map(|number| sha256(format!("{number}").as_bytes())).collect();
    let named: Vec<(&str, &str)> = missing
        .iter()
        .map(|digest| ("application/vnd.oci.image.manifest.v1+json", digest.as_str()))
        .collect();
    let index = many.index_of(&named);
    many.point_at("latest", &index);
    refused(&many, "is missing, or larger than a manifest may be");

    let mut several = Layout::new();
    let images: Vec<String> =
        (0..150).map(|number| several.image(&format!("a{number}"), &[])).collect();
    let named: Vec<(&str, &str)> = images
        .iter()
        .map(|digest| ("application/vnd.oci.image.manifest.v1+json", digest.as_str()))
        .collect();
    let index = several.index_of(&named);
    several.point_at("latest", &index);
    refused(&several, "more than 256 manifests");

    let mut both = Layout::new();
    let image = both.blob(br#"{"schemaVersion":2,"manifests":[],"layers":[],"config":{}}"#);
    both.point_at("latest", &image);
    refused(&both, "is neither an image index nor an image manifest");
}
