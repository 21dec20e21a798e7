//! Verifying and collecting.

use std::collections::BTreeSet;

use plimsoll_core::Timestamp;
use plimsoll_core::event::{Tree, TreeEntry};

use super::*;
use crate::Roots;

const DAY: Duration = Duration::from_hours(24);

/// A collection right after everything in the test was stored.
fn collection(objects: &FolderObjects, deletion: Deletion) -> Collection {
    let stored = objects.put_bytes(b"the newest").unwrap();
    let now = modified(objects, &stored).duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let now = Timestamp::from_millis(i64::try_from(now.as_millis()).unwrap() + 1);
    Collection { now, grace: Collection::GRACE, deletion }
}

fn damage(objects: &FolderObjects, digest: &Digest) {
    let path = objects.path(digest).unwrap();
    fs::remove_file(&path).unwrap();
    fs::write(&path, b"\x00tampered").unwrap();
}

#[test]
fn verifying_names_each_damaged_object_and_sets_it_aside_if_asked() {
    let (folder, objects) = store();
    let sound = objects.put_bytes(b"sound").unwrap();
    let bad = [objects.put_bytes(b"one").unwrap(), objects.put_bytes(&text(90_000)).unwrap()];
    for digest in &bad {
        damage(&objects, digest);
    }
    let foreign = folder.path().join("blake3").join(&sound.hex()[..2]).join("notes.txt");
    fs::write(&foreign, "not an object").unwrap();

    let mut seen = BTreeSet::new();
    let verified = objects.verify(OnDamage::Report, |checked| {
        seen.insert((checked.digest, checked.damage.is_some()));
    });
    let verified = verified.unwrap();
    assert_eq!(seen, BTreeSet::from([(sound, false), (bad[0], true), (bad[1], true)]));
    assert_eq!((verified.objects, verified.set_aside), (3, 0));
    let named: BTreeSet<_> = verified.damaged.iter().map(|damaged| damaged.expected).collect();
    assert_eq!(named, BTreeSet::from(bad));
    assert!(verified.damaged[0].problem.starts_with("its bytes hash to blake3:"));
    assert_eq!(verified.foreign, [foreign]);

    assert_eq!(objects.verify(OnDamage::SetAside, |_| ()).unwrap().set_aside, 2);
    // What is away can be stored again.
    assert_eq!(objects.put_bytes(b"one").unwrap(), bad[0]);
    let verified = objects.verify(OnDamage::Report, |_| ()).unwrap();
    assert_eq!((verified.objects, verified.damaged.len()), (2, 0));
}

#[test]
fn collecting_keeps_what_is_reached_or_young() {
    let (folder, objects) = store();
    let entry = objects.put_bytes(b"a file of the folder").unwrap();
    let tree = TreeEntry { digest: entry, bytes: 20, executable: false };
    let tree = Tree([("a".parse().unwrap(), tree)].into());
    let tree = objects.put_bytes(&serde_json::to_vec(&tree).unwrap()).unwrap();
    let kept = objects.put_bytes(b"kept").unwrap();
    let young = objects.put_bytes(b"young").unwrap();
    let lost = objects.put_bytes(b"lost").unwrap();
    for digest in [entry, tree, kept, lost] {
        make_old(&objects, &digest, DAY);
    }
    let absent = Digest::blake3(b"a folder that is gone");
    let roots = Roots { objects: [kept, absent].into(), folders: [tree, absent].into() };

    let dry = objects.collect(&roots, &collection(&objects, Deletion::DryRun)).unwrap();
    assert!(objects.layout.holds(&lost).unwrap());
    let left = folder.path().join("incoming/left");
    fs::write(left, "half").unwrap();
    let done = objects.collect(&roots, &collection(&objects, Deletion::Delete)).unwrap();
    assert_eq!(done, Collected { unfinished: 1, ..dry });
    assert_eq!((done.kept, done.young, done.deleted, done.deleted_bytes), (3, 2, 1, 5));
    assert_eq!(done.missing_folders, [absent]);
    for (digest, is_there) in
        [(entry, true), (tree, true), (kept, true), (young, true), (lost, false)]
    {
        assert_eq!(objects.layout.holds(&digest).unwrap(), is_there);
    }
}

#[test]
fn nothing_is_collected_while_a_folder_cannot_be_read() {
    let (_folder, objects) = store();
    let (tree, lost) = (objects.put_bytes(b"{}").unwrap(), objects.put_bytes(b"lost").unwrap());
    damage(&objects, &tree);
    make_old(&objects, &lost, DAY);
    let roots = Roots { objects: BTreeSet::new(), folders: [tree].into() };
    let error = objects.collect(&roots, &collection(&objects, Deletion::Delete)).unwrap_err();
    assert!(matches!(error, CollectError::Folder { digest, .. } if digest == tree));
    assert!(objects.layout.holds(&lost).unwrap());
}

#[test]
fn what_was_stored_again_since_it_was_looked_at_stays() {
    let (_folder, objects) = store();
    let digest = objects.put_bytes(b"stored again").unwrap();
    let what = collection(&objects, Deletion::Delete);
    let mut collected = Collected::default();
    objects.remove(&[objects.path(&digest).unwrap()], &what, &mut collected).unwrap();
    assert_eq!((collected.young, collected.deleted), (1, 0));
    make_old(&objects, &digest, DAY);
    objects.remove(&[objects.path(&digest).unwrap()], &what, &mut collected).unwrap();
    assert_eq!((collected.young, collected.deleted), (1, 1));
}

#[test]
fn a_clock_that_went_backwards_loses_nothing() {
    let (_folder, objects) = store();
    let digest = objects.put_bytes(b"stored in the future").unwrap();
    let mut what = collection(&objects, Deletion::Delete);
    what.now = Timestamp::from_millis(0);
    what.grace = Duration::from_millis(1);
    assert_eq!(objects.collect(&Roots::default(), &what).unwrap().deleted, 0);
    assert!(objects.layout.holds(&digest).unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_stored_while_others_collect_stays() {
    let (_folder, objects) = store();
    let what = collection(&objects, Deletion::Delete);
    let stop = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let (collecting, stopped) = (objects.clone(), stop.clone());
    let collector = spawn_blocking(move || {
        let mut rounds = 0;
        while !stopped.load(std::sync::atomic::Ordering::Relaxed) {
            collecting.collect(&Roots::default(), &what).unwrap();
            rounds += 1;
        }
        rounds
    });
    for round in 0..100 {
        let content = format!("round {}", round % 3).into_bytes();
        let digest = objects.put(&mut Cursor::new(content.clone())).await.unwrap();
        assert!(objects.contains(&digest).await.unwrap(), "round {round}");
        // Once it is old it may go at any moment, until it is stored again.
        if let Ok(file) = File::open(objects.path(&digest).unwrap()) {
            let modified = file.metadata().unwrap().modified().unwrap() - DAY;
            file.set_times(FileTimes::new().set_modified(modified)).unwrap();
        }
        let again = objects.put(&mut Cursor::new(content)).await.unwrap();
        assert!(objects.contains(&again).await.unwrap(), "round {round}");
    }
    stop.store(true, std::sync::atomic::Ordering::Relaxed);
    assert!(collector.await.unwrap() > 0);
}
