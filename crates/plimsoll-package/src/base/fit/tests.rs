use super::*;
use crate::base::Base;

fn program() -> PathBuf {
    std::env::current_exe().unwrap()
}

/// A layer of files, links and what is removed.
fn layer(entries: &[(&str, Entry<'_>)]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, entry) in entries {
        let mut header = tar::Header::new_gnu();
        header.set_mode(0o755);
        match entry {
            Entry::File(bytes) => {
                header.set_size(bytes.len() as u64);
                tar.append_data(&mut header, path, *bytes).unwrap();
            }
            Entry::Link(to) => {
                header.set_entry_type(tar::EntryType::Symlink);
                header.set_size(0);
                tar.append_link(&mut header, path, to).unwrap();
            }
        }
    }
    tar.into_inner().unwrap()
}

enum Entry<'e> {
    File(&'e [u8]),
    Link(&'e str),
}

/// The libraries that this program needs, as a Debian image has them: `lib` is a link.
fn system() -> Vec<(String, Vec<u8>)> {
    let base = Base::of(Path::new("/"), &[&program()]).unwrap();
    let file = |(path, (_, bytes)): (&String, &(_, Vec<u8>))| {
        let path = if path.starts_with("usr/") { path.clone() } else { format!("usr/{path}") };
        (path, bytes.clone())
    };
    base.files.iter().map(file).collect()
}

fn held(layers: &[&[u8]]) -> Result<(), String> {
    let mut libraries = Libraries::default();
    for layer in layers {
        libraries.add(*layer).unwrap();
    }
    libraries
        .hold(&[&program()])
        .map_err(|error| error.to_string().replace(&program().display().to_string(), "PROGRAM"))
}

#[test]
fn a_system_of_the_same_kind_is_found_whole_through_its_links() {
    let system = system();
    let links = [("lib", Entry::Link("usr/lib")), ("lib64", Entry::Link("/usr/lib64"))];
    let mut entries: Vec<_> =
        system.iter().map(|(path, bytes)| (path.as_str(), Entry::File(bytes))).collect();
    entries.extend(links);
    let whole = layer(&entries);
    assert_eq!(held(&[&whole]), Ok(()));

    let path = |name: &str| {
        let found = system.iter().find(|(path, _)| path.ends_with(name));
        found.map(|(path, _)| path.clone()).unwrap()
    };
    let libc = path("/libc.so.6");
    let gone = libc.replace("libc.so.6", ".wh.libc.so.6");
    let removed = layer(&[(&gone, Entry::File(b""))]);
    let said = held(&[&whole, &removed]).unwrap_err();
    assert!(
        said.starts_with("the base has no `libc.so.6`, which PROGRAM needs, in any of /lib"),
        "{said}"
    );
    // Put back by a later layer, under another name and a link.
    let (_, bytes) = system.iter().find(|(path, _)| *path == libc).unwrap();
    let moved = libc.replace("libc.so.6", "libc-2.so");
    let back = layer(&[(&moved, Entry::File(bytes)), (&libc, Entry::Link("libc-2.so"))]);
    assert_eq!(held(&[&whole, &removed, &back]), Ok(()));
    let opaque = libc.replace("libc.so.6", ".wh..wh..opq");
    let emptied = layer(&[(&opaque, Entry::File(b""))]);
    assert!(held(&[&whole, &emptied]).is_err());
    // What is removed in a layer is of those below, wherever it says so.
    let both = layer(&[(&libc, Entry::File(bytes)), (&gone, Entry::File(b""))]);
    assert_eq!(held(&[&whole, &both]), Ok(()));
}

#[test]
fn a_library_that_is_too_old_and_a_system_without_a_loader_are_named() {
    let system = system();
    let entry = |(path, bytes): &'_ (String, Vec<u8>)| (path.clone(), bytes.clone());
    let mut old: Vec<(String, Vec<u8>)> = system.iter().map(entry).collect();
    let loader = old.iter().find(|(path, _)| path.contains("/ld-linux")).unwrap().1.clone();
    for (_, bytes) in old.iter_mut().filter(|(path, _)| path.ends_with("/libc.so.6")) {
        bytes.clone_from(&loader);
    }
    let mut entries: Vec<_> =
        old.iter().map(|(path, bytes)| (path.as_str(), Entry::File(bytes))).collect();
    entries.push(("lib64", Entry::Link("usr/lib64")));
    let said = held(&[&layer(&entries)]).unwrap_err();
    assert!(said.contains(" of `libc.so.6`, which that of the base does not have"), "{said}");
    let musl = layer(&[("lib/ld-musl-x86_64.so.1", Entry::File(b"\x7fELF"))]);
    let said = held(&[&musl]).unwrap_err();
    assert!(
        said.starts_with(
            "the base has no `/lib64/ld-linux-x86-64.so.2`, the loader that PROGRAM asks for"
        ),
        "{said}"
    );
}

#[test]
fn links_that_turn_round_lead_nowhere() {
    let round = layer(&[("lib64", Entry::Link("lib")), ("lib", Entry::Link("../lib64"))]);
    assert!(held(&[&round]).unwrap_err().contains("has no `/lib64/ld-linux"));
}

#[test]
fn a_layer_that_is_no_tar_file_is_an_error() {
    assert!(Libraries::default().add(&[7; 2048][..]).is_err());
    let whole = layer(&[("usr/lib/a.so", Entry::File(&[1; 4096]))]);
    assert!(Libraries::default().add(&whole[..1024]).is_err());
}
