use ::tar::{Builder, EntryType};
use proptest::prelude::*;

use super::*;

fn header(kind: EntryType, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_entry_type(kind);
    header.set_size(size);
    header.set_mode(0o755);
    header
}

fn bytes(build: impl FnOnce(&mut Builder<Vec<u8>>)) -> Vec<u8> {
    let mut builder = Builder::new(Vec::new());
    build(&mut builder);
    builder.into_inner().unwrap()
}

fn entries(bytes: &[u8]) -> Result<Vec<(Entry, Vec<u8>)>, Problem> {
    let budget = Budget::of(1 << 20);
    let mut tar = Tar::new(bytes, &budget);
    let mut entries = Vec::new();
    while let Some(entry) = tar.next()? {
        let content = tar.read(u64::MAX)?;
        entries.push((entry, content));
    }
    Ok(entries)
}

/// Makes a raw entry whose name may be anything.
fn raw(name: &[u8], kind: u8, size: u64, content: &[u8]) -> Vec<u8> {
    let mut header = header(EntryType::new(kind), size);
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_cksum();
    let mut bytes = header.as_bytes().to_vec();
    bytes.extend(content);
    bytes.resize(bytes.len().next_multiple_of(512), 0);
    bytes
}

#[test]
fn reads_long_names_links_and_folders() {
    let long = format!("{}/METADATA", "folder/".repeat(30));
    let bytes = bytes(|builder| {
        builder.append_data(&mut header(EntryType::Directory, 0), "./a/", &[][..]).unwrap();
        builder.append_data(&mut header(EntryType::Regular, 3), &long, &b"abc"[..]).unwrap();
        builder.append_link(&mut header(EntryType::Symlink, 0), "a/l", "/../x").unwrap();
        builder.append_link(&mut header(EntryType::Link, 0), "a/h", "./a/b").unwrap();
        builder.append_pax_extensions([("path", "/pax/ü".as_bytes())]).unwrap();
        builder.append_data(&mut header(EntryType::Regular, 1), "short", &b"d"[..]).unwrap();
    });
    let entries = entries(&bytes).unwrap();
    let shown: Vec<_> =
        entries.iter().map(|(it, content)| (it.path.as_str(), &it.kind, content.len())).collect();
    let long = long.replace("//", "/");
    let expected = [
        ("a", &EntryKind::Folder, 0),
        (long.as_str(), &EntryKind::File, 3),
        ("a/l", &EntryKind::Symbolic("/../x".to_owned()), 0),
        ("a/h", &EntryKind::Hard("a/b".to_owned()), 0),
        ("pax/ü", &EntryKind::File, 1),
    ];
    assert_eq!(shown, expected);
}

#[test]
fn hostile_entries_are_refused() {
    let shown = |bytes: &[u8]| entries(bytes).unwrap_err().to_string();
    insta::assert_snapshot!(shown(&raw(b"a/../../b", b'0', 0, b"")), @"the entry `a/../../b` leads out of the archive");
    insta::assert_snapshot!(shown(&raw(b"a", b'1', 0, b"")[..100]), @"the tar ends in the middle of an entry");
    insta::assert_snapshot!(shown(&raw(b"a", b'0', 5000, b"abc")), @"the tar ends in the middle of an entry");
    insta::assert_snapshot!(shown(&raw(b"a", b'L', 8 << 30, b"a")), @"more than 1048576 bytes of the name of an entry, which is the most that is read");
    insta::assert_snapshot!(shown(&raw(b"a", b'x', 20, b"99999999999999999999")), @"no tar: an entry has an extended header that is not well formed");
    insta::assert_snapshot!(shown(&raw(b"a", b'x', 10, b"10 size=x\n")), @"no tar: an entry has an extended header that is not well formed");
    insta::assert_snapshot!(shown(&[b'x'; 512]), @"no tar: an entry has a checksum that is no number");
    let long = [raw(b"l", b'L', 6000, &[b'a'; 6000]), raw(b"a", b'0', 0, b"")].concat();
    insta::assert_snapshot!(shown(&long), @"more than 4096 bytes of a path, which is the most that is read");
    let deep = [raw(b"l", b'L', 2000, &b"a/".repeat(1000)), raw(b"a", b'0', 0, b"")].concat();
    insta::assert_snapshot!(shown(&deep), @"more than 256 parts of a path, which is the most that is read");
    let absurd = [raw(b"x", b'x', 29, b"29 size=18446744073709551615\n"), raw(b"a", b'0', 0, b"")];
    insta::assert_snapshot!(shown(&absurd.concat()), @"the tar ends in the middle of an entry");
}

#[test]
fn sparse_files_are_told() {
    let gnu = raw(b"a", b'S', 512, &[1; 512]);
    assert!(entries(&gnu).unwrap()[0].0.is_sparse);
    let pax = [raw(b"x", b'x', 22, b"22 GNU.sparse.major=1\n"), raw(b"a", b'0', 0, b"")].concat();
    assert!(entries(&pax).unwrap()[0].0.is_sparse);
}

#[test]
fn what_unpacks_without_end_is_refused() {
    let bytes = raw(b"a", b'0', 2 << 20, &vec![0; 2 << 20]);
    insta::assert_snapshot!(entries(&bytes).unwrap_err(), @"more than 1048576 unpacked bytes of layers, which is the most that is read");
}

proptest! {
    #[test]
    fn damage_makes_nothing_panic(at in 0_usize..2048, byte: u8, cut in 0_usize..3000) {
        let mut bytes = [
            raw(b"x", b'x', 18, b"18 path=somewhere\n"),
            raw(b"a", b'0', 3, b"abc"),
        ].concat();
        bytes[at] = byte;
        bytes.truncate(cut);
        _ = entries(&bytes);
        // Behind the checksum too.
        if let Some(block) = bytes.get_mut(1024..1536) {
            let mut header = Header::from_byte_slice(block).clone();
            header.set_cksum();
            block.copy_from_slice(header.as_bytes());
            _ = entries(&bytes);
        }
    }
}
