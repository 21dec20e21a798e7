//! Images that want to be misread.

use super::*;
use crate::inventory::image::manifest::LayerBlob;

fn one() -> Vec<Vec<u8>> {
    vec![layer(&[("a-1.dist-info/METADATA", File("Name: a\nVersion: 1\n"))])]
}

/// Returns the error of a layout after a change.
fn error(change: impl FnOnce(&mut Packed)) -> String {
    let mut files = layout(&[("amd64", &one())]);
    change(&mut files);
    let read = [read_folder(&files), read_archive(&archive(&files), None)];
    let [folder, archive] = read.map(|it| it.unwrap_err().to_string());
    assert_eq!(folder, archive);
    folder
}

fn blob_of(files: &Packed, holds: &[u8]) -> String {
    let has = |bytes: &Vec<u8>| bytes.windows(holds.len()).any(|window| window == holds);
    let found = files.iter().find(|(name, bytes)| name.starts_with("blobs") && has(bytes));
    found.unwrap().0.clone()
}

#[test]
fn damage_is_found_wherever_it_is() {
    for holds in [&b"Name: a"[..], b"diff_ids", b"schemaVersion"] {
        let error = error(|files| {
            let name = blob_of(files, holds);
            let bytes = files.get_mut(&name).unwrap();
            let at = bytes.windows(holds.len()).position(|window| window == holds).unwrap();
            bytes[at] ^= 0x20;
        });
        assert!(error.contains("damaged: expected sha256:"), "{error}");
    }
    let truncated = error(|files| {
        let name = blob_of(files, b"Name: a");
        files.get_mut(&name).unwrap().truncate(700);
    });
    assert!(truncated.contains("damaged"), "{truncated}");
}

#[test]
fn a_layer_that_is_missing_or_of_another_size_is_an_error() {
    let missing = error(|files| {
        let name = blob_of(files, b"Name: a");
        files.remove(&name);
    });
    assert!(missing.contains("is missing"), "{missing}");
    let layers = one();
    let mut files = layout(&[("amd64", &layers)]);
    // Another manifest, of the same layer with another size.
    let mut described = put(&mut files, "layer", &layers[0]);
    described["size"] = json!(1);
    let config = put(
        &mut files,
        "application/vnd.oci.image.config.v1+json",
        br#"{"os": "linux", "architecture": "amd64"}"#,
    );
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": [described]}).to_string();
    let manifest = put(&mut files, MANIFEST, manifest.as_bytes());
    let index = json!({"schemaVersion": 2, "manifests": [manifest]}).to_string();
    files.insert("index.json".to_owned(), index.into_bytes());
    let error = read_folder(&files).unwrap_err().to_string();
    assert!(error.ends_with("(expected 1)"), "{error}");
}

#[test]
fn layers_of_an_archive_hash_to_what_the_configuration_says() {
    let mut files = saved(&one());
    let other = layer(&[("b-1.dist-info/METADATA", File("Name: b\nVersion: 1\n"))]);
    files.insert("0/layer.tar".to_owned(), other);
    let error = read_archive(&archive(&files), None).unwrap_err().to_string();
    assert!(error.contains("damaged"), "{error}");
    // So does the configuration to its name.
    let mut files = saved(&one());
    let (name, _) = files.iter().find(|(name, _)| name.len() == 69).unwrap();
    let name = name.clone();
    files.get_mut(&name).unwrap().push(b' ');
    let error = read_archive(&archive(&files), None).unwrap_err().to_string();
    assert!(error.contains("damaged"), "{error}");
}

#[test]
fn an_index_that_leads_elsewhere_is_refused() {
    let index = |manifest: serde_json::Value| {
        move |files: &mut Packed| {
            let index = json!({"schemaVersion": 2, "manifests": [manifest]}).to_string();
            files.insert("index.json".to_owned(), index.into_bytes());
        }
    };
    insta::assert_snapshot!(error(index(json!({"digest": "sha256:../../etc/passwd"}))), @"`sha256:../../etc/passwd` is no digest that is known (expected `sha256:…`)");
    insta::assert_snapshot!(error(index(json!({"digest": format!("sha512:{}", "0".repeat(128))}))), @"`sha512:000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000` is no digest that is known (expected `sha256:…`)");
    insta::assert_snapshot!(error(index(json!({"digest": format!("sha256:{}", "0".repeat(64))}))), @"its blob sha256:0000000000000000000000000000000000000000000000000000000000000000 is missing, or larger than a manifest may be");
    insta::assert_snapshot!(error(|files| { files.insert("index.json".to_owned(), br#"{"schemaVersion": 3}"#.to_vec()); }), @"version 3 of image index is not known (known: schemaVersion 2); write it in one of those, or use a newer Plimsoll");
    insta::assert_snapshot!(error(|files| { files.insert("index.json".to_owned(), br#"{"schemaVersion": 2, "manifests": []}"#.to_vec()); }), @"its index names no image");
    insta::assert_snapshot!(error(|files| { files.insert("index.json".to_owned(), b"{".to_vec()); }), @"line 1: no JSON: EOF while parsing an object");
}

#[test]
fn what_is_no_image_is_refused() {
    let mut files = Packed::new();
    let config = put(&mut files, "application/vnd.plimsoll.config.v1+json", b"{}");
    let manifest = json!({"schemaVersion": 2, "config": config, "layers": []}).to_string();
    let manifest = put(&mut files, MANIFEST, manifest.as_bytes());
    let index = json!({"schemaVersion": 2, "manifests": [manifest]}).to_string();
    files.insert("index.json".to_owned(), index.into_bytes());
    insta::assert_snapshot!(read_folder(&files).unwrap_err(), @"an artifact that is no image (`application/vnd.plimsoll.config.v1+json`) is not read; give a container image");
    insta::assert_snapshot!(read_archive(&layer(&[("etc/passwd", File("x"))]), None).unwrap_err(), @"it has neither `index.json` nor `manifest.json`: it is no OCI layout and nothing that `docker save` writes");
    insta::assert_snapshot!(read_archive(b"BZh9", None).unwrap_err(), @"an archive packed with bzip2 is not read; pack it with gzip or zstd, or not at all");
    let two = layout(&[("amd64", &one()), ("amd64", &[layer(&[])])]);
    let error = read_folder(&two).unwrap_err().to_string();
    assert!(error.starts_with("it holds 2 images for linux/amd64"), "{error}");
}

#[cfg(unix)]
#[test]
fn blobs_that_are_links_out_of_the_layout_are_not_there() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::NamedTempFile::new().unwrap();
    let files = layout(&[("amd64", &one())]);
    std::fs::write(outside.path(), &files["index.json"]).unwrap();
    std::fs::create_dir(folder.path().join("blobs")).unwrap();
    std::os::unix::fs::symlink(outside.path(), folder.path().join("index.json")).unwrap();
    let mut gathering = Gathering::new("image");
    let store = Store::of_folder(Path::new(folder.path())).unwrap();
    let error = read_image(store, None, &mut gathering).unwrap_err().to_string();
    assert!(error.starts_with("it has neither"), "{error}");
}

#[test]
fn layers_that_lead_out_or_do_not_end_are_refused() {
    let blob = LayerBlob { name: "l".to_owned(), digest: None, size: None, unpacked: None };
    let zeros = vec![0; 4 << 20];
    let mut big = Header::new_gnu();
    big.set_size(zeros.len() as u64);
    let mut builder = Builder::new(Vec::new());
    builder.append_data(&mut big, "zeros", zeros.as_slice()).unwrap();
    let bomb = zstd(&builder.into_inner().unwrap());
    let error = read_layer(&mut bomb.as_slice(), &blob, true, &Budget::of(1 << 20)).unwrap_err();
    insta::assert_snapshot!(error, @"more than 1048576 unpacked bytes of layers, which is the most that is read");
    let cut = gzip(&one()[0]);
    let error = read_layer(&mut &cut[..cut.len() / 2], &blob, true, &Budget::default());
    assert!(error.is_err());
}

#[test]
fn a_database_that_cannot_be_read_is_an_error() {
    for has in [File("nonsense\n"), Link("/elsewhere"), File("Package: a\u{0}\nx\n")] {
        let files = layout(&[("amd64", &[layer(&[("var/lib/dpkg/status", has)])])]);
        let error = read_folder(&files).unwrap_err().to_string();
        assert!(error.starts_with("var/lib/dpkg/status: "), "{error}");
    }
}

#[test]
fn nothing_is_hidden_by_going_through_a_link() {
    let at = |folder: &str, name: &str| format!("{folder}/a-1.dist-info/{name}");
    let lowest = layer(&[
        ("app/a-1.dist-info/METADATA", File("Name: real\nVersion: 1\n")),
        ("link", Link("app")),
    ]);
    for hides in [
        (at("link", "METADATA"), File("Name: other\nVersion: 1\n")),
        (at("link", "METADATA"), Link("/etc/motd")),
        (at("link", ".wh.METADATA"), File("")),
        ("link/.wh.a-1.dist-info".to_owned(), File("")),
        ("link/.wh..wh..opq".to_owned(), File("")),
    ] {
        let highest = layer(&[(&hides.0, hides.1)]);
        let files = layout(&[("amd64", &[lowest.clone(), highest])]);
        let inventory = read_folder(&files).unwrap();
        assert!(inventory.packages.iter().any(|it| it.name == "real"), "{}", inventory.shown());
    }
    let both = layer(&[("app", File("")), ("app", Folder)]);
    let files = layout(&[("amd64", &[lowest, both])]);
    insta::assert_snapshot!(read_folder(&files).unwrap_err(), @"`app` is a file and a folder in one layer, which no tool writes");
}

/// Something that a layer of the property below does to a path.
#[derive(Clone, Debug)]
enum Change {
    File,
    Folder,
    Whiteout,
    Opaque,
}

fn changes() -> impl Strategy<Value = Vec<(Vec<bool>, bool, Change)>> {
    let change = prop_oneof![
        4 => Just(Change::File),
        2 => Just(Change::Folder),
        2 => Just(Change::Whiteout),
        1 => Just(Change::Opaque),
    ];
    let path = proptest::collection::vec(any::<bool>(), 0..3);
    proptest::collection::vec((path, any::<bool>(), change), 0..6)
}

/// What a plain file system would hold: `true` for a file.
type Tree = BTreeMap<String, bool>;

fn remove(tree: &mut Tree, path: &str) {
    let inside = format!("{path}/");
    tree.retain(|it, _| it != path && !it.starts_with(&inside));
}

proptest! {
    /// Whatever files and folders take each other's place, in one layer or in several.
    #[test]
    fn merged_layers_are_what_unpacking_would_leave(stack in proptest::collection::vec(changes(), 1..4)) {
        let (mut tree, mut merged) = (Tree::new(), Merged::default());
        for (number, changes) in stack.iter().enumerate() {
            let mut entries: Vec<(String, Has<'_>)> = Vec::new();
            let (mut whiteouts, mut written) = (Vec::new(), Tree::new());
            // A path that is both is only read of the lowest layer, which has nothing to cover.
            let mut is_both = false;
            for (folders, is_wanted, change) in changes {
                let parts: Vec<&str> = folders.iter().map(|it| if *it { "a" } else { "b" }).collect();
                // A file may be named like a folder of another layer.
                let name = if *is_wanted { "c.egg-info" } else { "a" };
                let folder = parts.join("/");
                let joined = |name: &str| if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") };
                if let Change::Whiteout = change {
                    whiteouts.push((joined(name), false));
                    entries.push((joined(&format!(".wh.{name}")), File("")));
                    continue;
                }
                if let Change::Opaque = change {
                    whiteouts.push((folder.clone(), true));
                    entries.push((joined(".wh..wh..opq"), File("")));
                    continue;
                }
                // Whoever writes a layer writes its folders first.
                let mut above = String::new();
                for part in parts {
                    above = if above.is_empty() { part.to_owned() } else { format!("{above}/{part}") };
                    if written.get(&above) != Some(&false) {
                        is_both |= written.contains_key(&above);
                        remove(&mut written, &above);
                        written.insert(above.clone(), false);
                        entries.push((above.clone(), Folder));
                    }
                }
                let path = joined(name);
                let is_file = matches!(change, Change::File);
                is_both |= written.get(&path).is_some_and(|was_file| *was_file != is_file);
                if is_file || written.get(&path) != Some(&false) {
                    remove(&mut written, &path);
                }
                written.insert(path.clone(), is_file);
                entries.push((path, if is_file { File("x") } else { Folder }));
            }
            for (path, is_opaque) in whiteouts {
                match (is_opaque, path.as_str()) {
                    (true, "") => tree.clear(),
                    (true, _) => {
                        let inside = format!("{path}/");
                        tree.retain(|it, _| !it.starts_with(&inside));
                    }
                    (false, _) => remove(&mut tree, &path),
                }
            }
            for (path, is_file) in written {
                if is_file || tree.get(&path) == Some(&true) {
                    remove(&mut tree, &path);
                }
                tree.insert(path, is_file);
            }
            let entries: Vec<_> = entries.iter().map(|(path, has)| (path.as_str(), match has { Folder => Folder, _ => File("x") })).collect();
            let bytes = layer(&entries);
            let blob = LayerBlob { name: "l".to_owned(), digest: None, size: None, unpacked: None };
            let read = read_layer(&mut bytes.as_slice(), &blob, number == 0, &Budget::default());
            prop_assert_eq!(read.is_err(), is_both && number > 0);
            let Ok(read) = read else { return Ok(()) };
            merged.apply(&read).unwrap();
        }
        let kept: Vec<&str> = merged.files().iter().map(|(path, _)| path).collect();
        let expected = tree.iter().filter(|(path, is_file)| **is_file && path.ends_with(".egg-info"));
        prop_assert_eq!(kept, expected.map(|(path, _)| path.as_str()).collect::<Vec<_>>());
    }
}
