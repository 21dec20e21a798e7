use std::collections::BTreeMap;
use std::io::{Cursor, Write as _};
use std::path::Path;

use ::tar::{Builder, EntryType, Header};
use plimsoll_core::Digest;
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::inventory::{Inventory, Kind, Problem};

mod hostile;

/// What a layer of a test has at a path.
enum Has<'t> {
    File(&'t str),
    Program(Vec<u8>),
    Link(&'t str),
    Hard(&'t str),
    Folder,
}
use Has::{File, Folder, Hard, Link, Program};

fn layer(entries: &[(&str, Has<'_>)]) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (path, has) in entries {
        let mut header = Header::new_gnu();
        header.set_mode(0o644);
        match has {
            File(text) => {
                header.set_size(text.len() as u64);
                builder.append_data(&mut header, path, text.as_bytes()).unwrap();
            }
            Program(bytes) => {
                header.set_mode(0o755);
                header.set_size(bytes.len() as u64);
                builder.append_data(&mut header, path, bytes.as_slice()).unwrap();
            }
            Link(target) => {
                header.set_entry_type(EntryType::Symlink);
                header.set_size(0);
                builder.append_link(&mut header, path, target).unwrap();
            }
            Hard(target) => {
                header.set_entry_type(EntryType::Link);
                header.set_size(0);
                builder.append_link(&mut header, path, target).unwrap();
            }
            Folder => {
                header.set_entry_type(EntryType::Directory);
                header.set_size(0);
                builder.append_data(&mut header, path, &[][..]).unwrap();
            }
        }
    }
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    ::zstd::stream::encode_all(bytes, 1).unwrap()
}

fn hex(bytes: &[u8]) -> String {
    Digest::sha256(bytes).hex()
}

/// The files of a layout or an archive, by name.
type Packed = BTreeMap<String, Vec<u8>>;

/// Puts a blob in and returns what describes it.
fn put(files: &mut Packed, kind: &str, bytes: &[u8]) -> serde_json::Value {
    let hex = hex(bytes);
    files.insert(format!("blobs/sha256/{hex}"), bytes.to_vec());
    json!({"mediaType": kind, "digest": format!("sha256:{hex}"), "size": bytes.len()})
}

const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

/// Puts an image in and returns what describes it.
fn put_image(files: &mut Packed, architecture: &str, layers: &[Vec<u8>]) -> serde_json::Value {
    let config = json!({"os": "linux", "architecture": architecture, "rootfs": {"diff_ids": []}});
    let config = config.to_string();
    let config = put(files, "application/vnd.oci.image.config.v1+json", config.as_bytes());
    let kind = "application/vnd.oci.image.layer.v1.tar+gzip";
    let layers: Vec<_> = layers.iter().map(|layer| put(files, kind, layer)).collect();
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": layers}).to_string();
    let mut descriptor = put(files, MANIFEST, manifest.as_bytes());
    descriptor["platform"] = json!({"os": "linux", "architecture": architecture});
    descriptor
}

fn layout(images: &[(&str, &[Vec<u8>])]) -> Packed {
    let mut files = Packed::new();
    let manifests: Vec<_> = images
        .iter()
        .map(|(architecture, layers)| put_image(&mut files, architecture, layers))
        .collect();
    let index = json!({"schemaVersion": 2, "manifests": manifests}).to_string();
    files.insert("index.json".to_owned(), index.into_bytes());
    files.insert("oci-layout".to_owned(), br#"{"imageLayoutVersion": "1.0.0"}"#.to_vec());
    files
}

/// The image in the way of `docker save` before it knew of layouts.
fn saved(layers: &[Vec<u8>]) -> Packed {
    let mut files = Packed::new();
    let digests: Vec<_> = layers.iter().map(|it| format!("sha256:{}", hex(it))).collect();
    let config = json!({"os": "linux", "architecture": "amd64", "rootfs": {"diff_ids": digests}})
        .to_string();
    let name = format!("{}.json", hex(config.as_bytes()));
    files.insert(name.clone(), config.into_bytes());
    let mut names = Vec::new();
    for (number, layer) in layers.iter().enumerate() {
        names.push(format!("{number}/layer.tar"));
        files.insert(format!("{number}/layer.tar"), layer.clone());
    }
    let manifest = json!([{"Config": name, "RepoTags": ["demo:1"], "Layers": names}]).to_string();
    files.insert("manifest.json".to_owned(), manifest.into_bytes());
    files
}

fn archive(files: &Packed) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    builder.into_inner().unwrap()
}

fn read_archive(bytes: &[u8], platform: Option<&str>) -> Result<Inventory, Problem> {
    let mut content = Cursor::new(bytes);
    let mut gathering = Gathering::new("image.tar");
    let platform = platform.map(|it| it.parse().unwrap());
    read_image(Store::of_archive(&mut content)?, platform.as_ref(), &mut gathering)?;
    Ok(gathering.finish(Kind::Image).unwrap())
}

fn read_folder(files: &Packed) -> Result<Inventory, Problem> {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    assert!(is_layout(folder.path()));
    let mut gathering = Gathering::new("image");
    read_image(Store::of_folder(folder.path())?, None, &mut gathering)?;
    Ok(gathering.finish(Kind::Image).unwrap())
}

const SITE: &str = "usr/lib/python3/site-packages";

fn layers() -> [Vec<u8>; 3] {
    let at = |path: &str| format!("{SITE}/{path}");
    let lowest = layer(&[
        ("./", Folder),
        ("etc/os-release", Link("../usr/lib/os-release")),
        ("lib", Link("usr/lib")),
        ("usr/lib/os-release", File("ID=debian\nVERSION_ID=\"12\"\n")),
        (
            "var/lib/dpkg/status",
            File("Package: bash\nStatus: install ok installed\nVersion: 5.1\n"),
        ),
        (
            "usr/share/doc/bash/copyright",
            File(
                "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\nFiles: *\nLicense: GPL-3.0-or-later\n",
            ),
        ),
        (&at("old-1.0.dist-info/METADATA"), File("Name: old\nVersion: 1.0\n")),
        (&at("up-1.0.dist-info/METADATA"), File("Name: up\nVersion: 1.0\n")),
        (&at("stays-1.0.dist-info/METADATA"), File("Name: stays\nVersion: 1.0\n")),
        ("app/node_modules/a/package.json", File(r#"{"name": "a", "version": "1.0.0"}"#)),
        ("opt/b-1.0.dist-info/METADATA", File("Name: b\nVersion: 1.0\n")),
        ("opt/venv/c-1.0.dist-info/METADATA", File("Name: c\nVersion: 1.0\n")),
    ]);
    let middle = layer(&[
        (
            "var/lib/dpkg/status",
            File("Package: bash\nStatus: install ok installed\nVersion: 5.2\n"),
        ),
        (&at(".wh.old-1.0.dist-info"), File("")),
        (&at(".wh.up-1.0.dist-info"), File("")),
        // By another name of the same folder.
        ("lib/python3/site-packages/up-2.0.dist-info/METADATA", File("Name: up\nVersion: 2.0\n")),
        (&at("up-2.0.dist-info/licenses/LICENSE"), File("the text")),
        ("app/.wh..wh..opq", File("")),
        (
            "app/node_modules/d/package.json",
            File(r#"{"name": "d", "version": "2.0.0", "license": "MIT"}"#),
        ),
        (".wh..wh.plnk", Folder),
    ]);
    let highest = layer(&[
        // A file in the place of a folder, and a link in that of another.
        ("opt/b-1.0.dist-info", File("")),
        ("opt/venv", Link("/srv")),
        ("srv/e-1.0.dist-info/METADATA", File("Name: e\nVersion: 1.0\n")),
        ("srv/f-1.0.dist-info/METADATA", Hard("srv/e-1.0.dist-info/METADATA")),
        ("srv/g-1.0.dist-info/METADATA", Hard("srv/unknown")),
        ("srv/circle", Link("circle")),
        ("usr/bin/tool", Program(crate::inventory::binary::tests::program_of_go())),
        ("srv/app.jar", File("PK")),
    ]);
    [lowest, middle, highest]
}

/// Returns what was read without the note that names the image by its digest.
fn without_note(shown: &str) -> String {
    let lines = shown.lines().filter(|line| !line.starts_with("note: read the image"));
    lines.collect::<Vec<_>>().join("\n")
}

#[test]
fn layers_lie_on_top_of_each_other() {
    let [lowest, middle, highest] = layers();
    let files = layout(&[("amd64", &[gzip(&lowest), zstd(&middle), highest.clone()])]);
    let inventory = read_folder(&files).unwrap();
    let shown = inventory.shown();
    insta::assert_snapshot!(without_note(&shown), @r"
    PyPI e 1.0 (srv/e-1.0.dist-info/METADATA)
    PyPI stays 1.0 (usr/lib/python3/site-packages/stays-1.0.dist-info/METADATA)
    PyPI up 2.0 (usr/lib/python3/site-packages/up-2.0.dist-info/METADATA)
    npm d 2.0.0 [MIT] (app/node_modules/d/package.json)
    Go example.org/cmd 1.0.0 (usr/bin/tool)
    Go golang.org/x/net 0.17.0 (usr/bin/tool)
    Go stdlib 1.21.5 (usr/bin/tool)
    Debian:12 bash 5.2 [GPL-3.0-or-later] (var/lib/dpkg/status:1)
    not audited: g-1.0.dist-info: it is a hard link to a file that is not kept (srv/g-1.0.dist-info/METADATA)
    not audited: srv/app.jar: it is an archive of Java, which is not looked into (srv/app.jar)
    ");
    let bash = &inventory.packages.iter().find(|it| it.name == "bash").unwrap().published;
    assert_eq!(bash.expression.as_deref(), Some("GPL-3.0-or-later"));
    let up = &inventory.packages.iter().find(|it| it.name == "up").unwrap().published;
    assert_eq!(up.files[0].text.as_deref(), Some("the text"));

    let archived = archive(&files);
    assert_eq!(read_archive(&archived, None).unwrap().shown(), shown);
    assert_eq!(read_archive(&gzip(&archived), None).unwrap().shown(), shown);
    let old = read_archive(&archive(&saved(&[lowest, middle, highest])), None).unwrap().shown();
    assert_eq!(without_note(&old), without_note(&shown));
    assert!(old.contains("read the image `demo:1` for linux/amd64 (3 layers)"), "{old}");
}

#[test]
fn a_layer_that_is_there_twice_is_a_link_in_older_archives() {
    let first = layer(&[("a-1.dist-info/METADATA", File("Name: a\nVersion: 1\n"))]);
    let second = layer(&[(".wh.a-1.dist-info", File(""))]);
    let mut files = saved(&[first.clone(), second, first]);
    files.remove("2/layer.tar");
    let mut bytes = archive(&files);
    // The two blocks at the end are taken off, to go on.
    bytes.truncate(bytes.len() - 1024);
    bytes.extend(layer(&[("2/layer.tar", Link("../0/layer.tar"))]));
    let inventory = read_archive(&bytes, None).unwrap();
    assert_eq!(inventory.packages.len(), 1, "{}", inventory.shown());
}

#[test]
fn the_platform_that_is_asked_for_is_read() {
    let python = |name: &str| {
        layer(&[("a-1.dist-info/METADATA", File(&format!("Name: {name}\nVersion: 1\n")))])
    };
    let (amd, arm) = (python("amd"), python("arm"));
    let both = archive(&layout(&[("amd64", &[amd]), ("arm64", std::slice::from_ref(&arm))]));
    let names = |platform| read_archive(&both, platform).map(|it| it.packages[0].name.clone());
    assert_eq!(names(None).unwrap(), "amd");
    assert_eq!(names(Some("linux/arm64")).unwrap(), "arm");
    assert!(
        names(Some("linux/s390x")).unwrap_err().to_string().contains("no image for linux/s390x")
    );
    let only = archive(&layout(&[("arm64", std::slice::from_ref(&arm))]));
    let inventory = read_archive(&only, None).unwrap();
    assert!(inventory.notes[0].starts_with("read the image for linux/arm64"), "{inventory:?}");
    assert!(read_archive(&only, Some("linux/amd64")).is_err());
}

#[test]
fn an_image_that_says_nothing_of_itself_is_not_audited() {
    let files = layout(&[("amd64", &[layer(&[("app/model.bin", File("weights"))])])]);
    insta::assert_snapshot!(read_folder(&files).unwrap().not_audited[0].why, @"nothing in it says what it is made of: no package database, and no package of Python, npm, Go or Rust");
}

#[test]
fn a_distroless_image_has_its_packages_in_parts() {
    let files = layout(&[(
        "amd64",
        &[layer(&[
            ("etc/os-release", File("ID=debian\nVERSION_ID=12\n")),
            ("var/lib/dpkg/status.d/base", File("Package: base-files\nVersion: 12.4\n")),
            ("var/lib/dpkg/status.d/base.md5sums", File("00  etc/x\n")),
        ])],
    )]);
    let inventory = read_folder(&files).unwrap();
    assert_eq!(inventory.packages[0].name, "base-files");
    assert_eq!(inventory.packages.len(), 1);
}

#[test]
fn an_image_of_alpine_is_of_its_branch() {
    let files = layout(&[(
        "amd64",
        &[layer(&[
            ("etc/os-release", File("ID=alpine\nVERSION_ID=3.20.3\n")),
            ("lib/apk/db/installed", File("P:musl\nV:1.2.5-r0\nL:MIT\n")),
        ])],
    )]);
    assert_eq!(read_folder(&files).unwrap().packages[0].ecosystem.to_string(), "Alpine:v3.20");
}
