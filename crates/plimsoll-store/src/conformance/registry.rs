//! The suite of [`Registry`].

use plimsoll_core::Number;
use plimsoll_core::approval::Decision;
use plimsoll_core::audit::{KeepCheckpointError, KeptCheckpoint, Transition};
use plimsoll_core::gate::Answer;
use plimsoll_core::lifecycle::{
    AliasMove, Candidate, MoveAliasError, Release, ReleaseError, YankError,
};
use plimsoll_core::ports::{Registry, VersionRecord};
use plimsoll_core::weights::{Encryption, KeyUse, WeightsUse};

use super::conformance;
use crate::samples::{approval, at, candidate, digest, occasion, run};
use crate::{Database, MemoryRegistry, SqliteRegistry};

/// The same registry, opened twice as two processes would.
struct Twice {
    registry: Box<dyn Registry>,
    other: Box<dyn Registry>,
}

fn memory() -> Twice {
    let registry = MemoryRegistry::default();
    Twice { other: Box::new(registry.clone()), registry: Box::new(registry) }
}

async fn sqlite() -> Twice {
    let home = tempfile::tempdir().unwrap().keep();
    let registry = SqliteRegistry::new(Database::open(&home).await.unwrap());
    let other = SqliteRegistry::new(Database::open(&home).await.unwrap());
    Twice { registry: Box::new(registry), other: Box::new(other) }
}

conformance! {
    [
        numbers_follow_from_what_changed the_same_content_is_the_same_version
        what_is_refused_leaves_nothing_behind a_yanked_number_is_never_used_again
        an_alias_moves_from_where_it_was_believed_to_be a_yanked_version_is_never_pointed_at
        two_that_release_at_once_get_two_numbers two_that_release_the_same_get_one_version
        one_of_two_that_move_an_alias_wins a_reference_finds_its_version
        versions_are_told_last_released_first variants_are_summed_up
        every_transition_has_one_entry what_is_said_is_kept_in_its_order_and_once
        two_that_approve_at_once_both_count what_was_said_meanwhile_stops_an_alias
        each_use_of_a_key_is_an_entry a_checkpoint_is_of_an_entry_that_is_there_and_kept_once
    ]
    {
        memory => memory();
        sqlite => sqlite().await;
    }
}

async fn release(registry: &dyn Registry, candidate: &Candidate) -> String {
    let released = registry.release(candidate, None, &occasion(1000, "ready")).await;
    released.unwrap().version().to_string()
}

fn to(variant: &str, expected: Option<Number>, new: Option<Number>) -> AliasMove {
    let (variant, alias) = (variant.parse().unwrap(), "champion".parse().unwrap());
    AliasMove { variant, alias, expected, new, heard: None, statement: None }
}

async fn point(registry: &dyn Registry, expected: Option<Number>, new: Option<Number>) {
    registry.move_alias(&to("m", expected, new), &occasion(2000, "better")).await.unwrap();
}

async fn record(registry: &dyn Registry, reference: &str) -> VersionRecord {
    registry.resolve(&reference.parse().unwrap()).await.unwrap()
}

async fn assert_whole(store: &Twice, entries: u64) {
    for registry in [&store.registry, &store.other] {
        let report = registry.verify_audit().await.unwrap();
        assert_eq!((report.faults, report.found, report.entries), (Vec::new(), 0, entries));
    }
}

const ONE: Number = Number::new(1, 0, 0);
const ONE_ONE: Number = Number::new(1, 1, 0);

async fn numbers_follow_from_what_changed(store: &Twice) {
    let mut documented = candidate("m", 3, "c");
    documented.contents.card = digest("better card");
    documented.subject = plimsoll_core::lifecycle::Subject::of(b"better card");
    documented.judgement.subject = documented.subject;
    for (candidate, version) in [
        (candidate("m", 2, "a"), "m@1.0.0"),
        (candidate("m", 2, "b"), "m@1.1.0"),
        (candidate("m", 3, "c"), "m@2.0.0"),
        (documented, "m@2.0.1"),
        // Other variants and models count for themselves.
        (candidate("m.fast", 2, "a"), "m.fast@1.0.0"),
        (candidate("other", 2, "a"), "other@1.0.0"),
        (candidate("m", 2, "c"), "m@3.0.0"),
    ] {
        assert_eq!(release(&*store.registry, &candidate).await, version);
        let found = record(&*store.other, version).await;
        assert_eq!(found.released.candidate, candidate);
        assert_eq!((found.at, found.yanked, found.aliases.len()), (at(1000), None, 0));
    }
    assert_whole(store, 7).await;
}

async fn the_same_content_is_the_same_version(store: &Twice) {
    let mut candidate = candidate("m", 2, "a");
    release(&*store.registry, &candidate).await;
    candidate.judgement.answer = Answer::Block;
    candidate.lineage.run = run(9);
    let occasion = occasion(2000, "again");
    let again = store.other.release(&candidate, Some(&ONE), &occasion).await.unwrap();
    assert_eq!(again, Release::Known("m@1.0.0".parse().unwrap()));
    let refused = store.other.release(&candidate, Some(&ONE_ONE), &occasion).await;
    assert!(matches!(refused, Err(ReleaseError::KnownAs { .. })));
    assert_eq!(record(&*store.other, "m@1.0.0").await.released.candidate.lineage.run, run(7));
    assert_whole(store, 1).await;
}

async fn what_is_refused_leaves_nothing_behind(store: &Twice) {
    let refused = |candidate: Candidate, number: Option<Number>| async move {
        let occasion = occasion(1000, "ready");
        store.registry.release(&candidate, number.as_ref(), &occasion).await.unwrap_err()
    };
    let mut blocked = candidate("m", 2, "a");
    blocked.judgement.answer = Answer::Block;
    assert!(matches!(refused(blocked, None).await, ReleaseError::Blocked { .. }));
    let wrong = refused(candidate("m", 2, "a"), Some(ONE_ONE)).await;
    assert_eq!(wrong.to_string(), "the next number is 1.0.0, not 1.1.0: m has no version yet");
    let version = "m@1.0.0".parse().unwrap();
    let yanked = store.registry.yank(&version, &occasion(1, "x")).await;
    assert!(matches!(yanked, Err(YankError::Unknown { .. })));
    let moved = store.registry.move_alias(&to("m", None, Some(ONE)), &occasion(1, "x")).await;
    assert!(matches!(moved, Err(MoveAliasError::Unknown { .. })));
    assert_eq!(store.other.variants().await.unwrap(), []);
    assert_whole(store, 0).await;
    // And nothing stands in the way.
    assert_eq!(release(&*store.other, &candidate("m", 2, "a")).await, "m@1.0.0");
}

async fn a_yanked_number_is_never_used_again(store: &Twice) {
    release(&*store.registry, &candidate("m", 2, "a")).await;
    release(&*store.registry, &candidate("m", 2, "b")).await;
    let version = "m@1.1.0".parse().unwrap();
    store.other.yank(&version, &occasion(3000, "wrong unit")).await.unwrap();
    let yanked = record(&*store.registry, "m@1.1.0").await.yanked.unwrap();
    assert_eq!((yanked.at, yanked.why.as_str()), (at(3000), "wrong unit"));
    let error = store.registry.yank(&version, &occasion(4000, "again")).await.unwrap_err();
    assert_eq!(error.to_string(), "m@1.1.0 was yanked already by ada (wrong unit)");
    assert_eq!(release(&*store.registry, &candidate("m", 2, "c")).await, "m@1.2.0");
    assert_eq!(release(&*store.registry, &candidate("m", 2, "b")).await, "m@1.1.0");
    assert_whole(store, 4).await;
}

async fn an_alias_moves_from_where_it_was_believed_to_be(store: &Twice) {
    release(&*store.registry, &candidate("m", 2, "a")).await;
    release(&*store.registry, &candidate("m", 2, "b")).await;
    point(&*store.registry, None, Some(ONE)).await;
    let late = store.other.move_alias(&to("m", None, Some(ONE_ONE)), &occasion(1, "late")).await;
    let told =
        "champion of m points at 1.0.0, not nowhere as was decided on; look again and decide anew";
    assert_eq!(late.unwrap_err().to_string(), told);
    point(&*store.other, Some(ONE), Some(ONE_ONE)).await;
    let champion = record(&*store.registry, "m@champion").await;
    assert_eq!(champion.released.version.number, ONE_ONE);
    assert_eq!(champion.aliases, ["champion".parse().unwrap()]);
    assert_eq!(record(&*store.registry, "m@1.0.0").await.aliases, []);
    // To where it is nothing happens, and nothing is told.
    point(&*store.registry, Some(ONE_ONE), Some(ONE_ONE)).await;
    assert_whole(store, 4).await;
    point(&*store.registry, Some(ONE_ONE), None).await;
    let error = store.other.resolve(&"m@champion".parse().unwrap()).await.unwrap_err();
    assert_eq!(error.to_string(), "no version of m is champion");
    assert_whole(store, 5).await;
}

async fn a_yanked_version_is_never_pointed_at(store: &Twice) {
    release(&*store.registry, &candidate("m", 2, "a")).await;
    let version = "m@1.0.0".parse().unwrap();
    point(&*store.registry, None, Some(ONE)).await;
    let error = store.other.yank(&version, &occasion(1, "bad")).await.unwrap_err();
    assert_eq!(error.to_string(), "m@1.0.0 is still champion: point it elsewhere first");
    point(&*store.registry, Some(ONE), None).await;
    store.other.yank(&version, &occasion(1, "bad")).await.unwrap();
    let moved = store.registry.move_alias(&to("m", None, Some(ONE)), &occasion(1, "x")).await;
    assert_eq!(moved.unwrap_err().to_string(), "m@1.0.0 was yanked by ada (bad)");
    assert_whole(store, 4).await;
}

async fn two_that_release_at_once_get_two_numbers(store: &Twice) {
    let why = occasion(1000, "ready");
    for number in 0..8 {
        let one = candidate("m", 2, &format!("one {number}"));
        let two = candidate("m", 2, &format!("two {number}"));
        let (one, two) = tokio::join!(
            store.registry.release(&one, None, &why),
            store.other.release(&two, None, &why),
        );
        assert_ne!(one.unwrap().version(), two.unwrap().version());
    }
    let mut numbers: Vec<_> = store.registry.versions(&"m".parse().unwrap()).await.unwrap();
    numbers.sort_by(|a, b| a.released.version.cmp(&b.released.version));
    let numbers = numbers.into_iter().map(|record| record.released.version.number);
    let expected: Vec<_> = (0..16).map(|minor| Number::new(1, minor, 0)).collect();
    assert_eq!(numbers.collect::<Vec<_>>(), expected);
    assert_whole(store, 16).await;
}

async fn two_that_release_the_same_get_one_version(store: &Twice) {
    let why = occasion(1000, "ready");
    for number in 0..8 {
        let candidate = candidate("m", 2, &format!("model {number}"));
        let (one, two) = tokio::join!(
            store.registry.release(&candidate, None, &why),
            store.other.release(&candidate, None, &why),
        );
        let (one, two) = (one.unwrap(), two.unwrap());
        assert_eq!(one.version(), two.version());
        let new = [&one, &two].into_iter().filter(|release| matches!(release, Release::New(_)));
        assert_eq!(new.count(), 1);
    }
    assert_whole(store, 8).await;
}

async fn one_of_two_that_move_an_alias_wins(store: &Twice) {
    release(&*store.registry, &candidate("m", 2, "a")).await;
    release(&*store.registry, &candidate("m", 2, "b")).await;
    let why = occasion(1, "better");
    let (one, two) = (to("m", None, Some(ONE)), to("m", None, Some(ONE_ONE)));
    let (one, two) =
        tokio::join!(store.registry.move_alias(&one, &why), store.other.move_alias(&two, &why),);
    assert!(one.is_ok() != two.is_ok(), "{one:?} {two:?}");
    assert_whole(store, 3).await;
}

async fn a_reference_finds_its_version(store: &Twice) {
    release(&*store.registry, &candidate("bike-demand", 2, "a")).await;
    let change = to("bike-demand", None, Some(ONE));
    store.registry.move_alias(&change, &occasion(1, "first")).await.unwrap();
    let found = record(&*store.other, "bike-demand@champion").await;
    assert_eq!(found, record(&*store.other, "bike-demand@1.0.0").await);
    for (reference, message) in [
        ("bike-demnad@1.0.0", "bike-demnad has no version (did you mean bike-demand?)"),
        ("taxis@champion", "taxis has no version"),
        (
            "bike-demand@2.0.0",
            "bike-demand@2.0.0 was never released (the highest version is 1.0.0)",
        ),
        ("bike-demand@best", "no version of bike-demand is best (aliases: champion)"),
    ] {
        let error = store.other.resolve(&reference.parse().unwrap()).await.unwrap_err();
        assert_eq!(error.to_string(), message);
    }
}

async fn versions_are_told_last_released_first(store: &Twice) {
    // The clock goes backwards; what was released later is told first all the same.
    for (variant, model, time) in [("m", "a", 300), ("m.fast", "a", 200), ("m", "b", 100)] {
        let candidate = candidate(variant, 2, model);
        store.registry.release(&candidate, None, &occasion(time, "x")).await.unwrap();
    }
    release(&*store.registry, &candidate("other", 2, "a")).await;
    let found = store.other.versions(&"m".parse().unwrap()).await.unwrap();
    let names: Vec<_> = found.iter().map(|it| it.released.version.to_string()).collect();
    assert_eq!(names, ["m@1.1.0", "m.fast@1.0.0", "m@1.0.0"]);
    assert_eq!(found.iter().map(|it| it.at).collect::<Vec<_>>(), [at(100), at(200), at(300)]);
    assert_eq!(store.other.versions(&"none".parse().unwrap()).await.unwrap(), []);
}

async fn variants_are_summed_up(store: &Twice) {
    for (variant, model) in [("m", "a"), ("m", "b"), ("m", "c"), ("m.fast", "a"), ("a", "a")] {
        release(&*store.registry, &candidate(variant, 2, model)).await;
    }
    point(&*store.registry, None, Some(ONE)).await;
    store.registry.yank(&"m@1.2.0".parse().unwrap(), &occasion(1, "bad")).await.unwrap();
    let rows = store.other.variants().await.unwrap();
    let names: Vec<_> = rows.iter().map(|row| row.variant.to_string()).collect();
    assert_eq!(names, ["a", "m", "m.fast"]);
    let row = &rows[1];
    assert_eq!((row.versions, row.yanked, &row.newest), (3, 1, &Some(ONE_ONE)));
    assert_eq!(row.aliases, [("champion".parse().unwrap(), ONE)]);
    assert_eq!(rows[2].aliases, []);
}

async fn every_transition_has_one_entry(store: &Twice) {
    let mut why = occasion(5000, "retrained");
    release(&*store.registry, &candidate("m", 2, "a")).await;
    release(&*store.other, &candidate("other", 2, "a")).await;
    why.evidence = Some(digest("window"));
    store.other.move_alias(&to("m", None, Some(ONE)), &why).await.unwrap();
    store.registry.move_alias(&to("m", Some(ONE), None), &why).await.unwrap();
    store.registry.yank(&"m@1.0.0".parse().unwrap(), &why).await.unwrap();
    assert_whole(store, 5).await;

    let model = "m".parse().unwrap();
    let log = store.other.audit(Some(&model), 0, 100).await.unwrap();
    let places: Vec<_> = log.iter().map(|row| row.entry.sequence).collect();
    assert_eq!(places, [1, 3, 4, 5]);
    let first = &log[0].entry;
    assert_eq!((first.who.as_str(), first.why.as_str(), first.at), ("ada", "ready", at(1000)));
    assert_eq!(first.evidence, Some(digest("verdict")));
    let record = record(&*store.other, "m@1.0.0").await.released;
    assert_eq!(first.what, Transition::released(&record).unwrap());
    let (variant, alias) = ("m".parse().unwrap(), "champion".parse().unwrap());
    let moved =
        Transition::AliasMoved { variant, alias, from: None, to: Some(ONE), statement: None };
    assert_eq!((&log[1].entry.what, log[1].entry.evidence), (&moved, Some(digest("window"))));
    assert_eq!(log[3].entry.what, Transition::Yanked { version: record.version });
    // Each is sealed to the one before it in the whole log.
    let all = store.registry.audit(None, 0, 100).await.unwrap();
    for pair in all.windows(2) {
        assert_eq!(pair[1].sealed.previous, pair[0].sealed.digest);
    }
    let page = store.registry.audit(None, 2, 2).await.unwrap();
    assert_eq!(page, all[2..4]);
    assert_eq!(store.registry.audit(None, u64::MAX, 2).await.unwrap(), []);
    let report = store.registry.verify_audit().await.unwrap();
    assert_eq!(report.head, all[4].sealed.digest);
}

async fn what_is_said_is_kept_in_its_order_and_once(store: &Twice) {
    // Of what no version is yet, too.
    let candidate = candidate("m", 2, "a");
    let (registry, other) = (&store.registry, &store.other);
    let yes = approval(&candidate, Decision::Approve, "ben");
    let no = approval(&candidate, Decision::Reject, "carol");
    assert_eq!(registry.approve(&yes, &occasion(10, "good")).await.unwrap(), 1);
    assert_eq!(other.approve(&no, &occasion(20, "unsafe")).await.unwrap(), 2);
    assert_eq!(other.approve(&yes, &occasion(30, "again")).await.unwrap(), 1);
    let elsewhere = approval(&self::candidate("m", 2, "b"), Decision::Approve, "ben");
    registry.approve(&elsewhere, &occasion(40, "good")).await.unwrap();
    let said = other.approvals(candidate.subject).await.unwrap();
    let told: Vec<_> =
        said.iter().map(|it| (it.entry, it.at, it.why.as_str(), &it.approval)).collect();
    assert_eq!(told, [(1, at(10), "good", &yes), (2, at(20), "unsafe", &no)]);
    assert_eq!(release(&**registry, &candidate).await, "m@1.0.0");
    assert_eq!(registry.approvals(candidate.subject).await.unwrap(), said);
    let log = other.audit(Some(&"m".parse().unwrap()), 0, 10).await.unwrap();
    assert_eq!(log[1].entry.what, Transition::Approval(no.clone()));
    assert_eq!((log[1].entry.why.as_str(), log[1].entry.evidence), ("unsafe", Some(no.statement)));
    assert_whole(store, 4).await;
}

async fn each_use_of_a_key_is_an_entry(store: &Twice) {
    let version: plimsoll_core::Version = "m@1.0.0".parse().unwrap();
    let subject = plimsoll_core::lifecycle::Subject::of(b"manifest");
    let key = "age1gxazrztntck4j04uxt3kgkazxdat29hq3yqm97gv7gvtx3tyzdeqpej7u4".parse();
    let key: plimsoll_core::weights::Recipient = key.unwrap();
    let used = KeyUse { version: version.clone(), subject, keys: vec![key.clone()] };
    let (recipients, ciphertext) = (vec![key], digest("ciphertext"));
    let encrypted = Encryption { version, subject, recipients, ciphertext };
    let (registry, other) = (&store.registry, &store.other);
    // Of a version that was released elsewhere; the same again is another use.
    let why = occasion(10, "to serve it");
    let all = [
        WeightsUse::Encrypted(encrypted.clone()),
        WeightsUse::KeyUsed(used.clone()),
        WeightsUse::KeyUsed(used.clone()),
    ];
    for (place, what) in (1..).zip(&all) {
        assert_eq!(registry.record_weights(what, &why).await.unwrap(), place);
    }
    let log = other.audit(Some(&"m".parse().unwrap()), 0, 10).await.unwrap();
    let told: Vec<_> = log.into_iter().map(|row| row.entry.what).collect();
    let used = Transition::KeyUsed(used);
    assert_eq!(told, [Transition::Encrypted(encrypted), used.clone(), used]);
    assert_whole(store, 3).await;
}

async fn two_that_approve_at_once_both_count(store: &Twice) {
    for number in 0..8 {
        let candidate = candidate("m", 2, &format!("model {number}"));
        let [ben, carol] =
            ["ben", "carol"].map(|name| approval(&candidate, Decision::Approve, name));
        let why = occasion(10, "good");
        let (one, two) =
            tokio::join!(store.registry.approve(&ben, &why), store.other.approve(&carol, &why));
        assert_ne!(one.unwrap(), two.unwrap());
        assert_eq!(store.other.approvals(candidate.subject).await.unwrap().len(), 2);
        // The same statement told twice at once is one.
        let again =
            tokio::join!(store.registry.approve(&ben, &why), store.other.approve(&ben, &why));
        assert_eq!(again.0.unwrap(), again.1.unwrap());
        assert_eq!(store.registry.approvals(candidate.subject).await.unwrap().len(), 2);
    }
    assert_whole(store, 16).await;
}

async fn what_was_said_meanwhile_stops_an_alias(store: &Twice) {
    let candidate = candidate("m", 2, "a");
    release(&*store.registry, &candidate).await;
    let heard = |heard| AliasMove { heard, ..to("m", None, Some(ONE)) };
    let why = occasion(10, "good");
    let no = approval(&candidate, Decision::Reject, "ben");
    store.other.approve(&no, &why).await.unwrap();
    let error = store.registry.move_alias(&heard(Some(0)), &why).await.unwrap_err();
    assert!(matches!(error, MoveAliasError::Said { entry: 2, .. }), "{error}");
    store.registry.move_alias(&heard(Some(2)), &why).await.unwrap();
    assert_whole(store, 3).await;
}

async fn a_checkpoint_is_of_an_entry_that_is_there_and_kept_once(store: &Twice) {
    let (registry, other) = (&store.registry, &store.other);
    assert_eq!(registry.last_entry().await.unwrap(), None);
    for model in ["a", "b", "c"] {
        release(&**registry, &candidate("m", 2, model)).await;
    }
    let log = other.audit(None, 0, 10).await.unwrap();
    assert_eq!(other.last_entry().await.unwrap(), Some(log[2].sealed.clone()));
    let checkpoint = |sequence: u64, of: usize, statement: &str| KeptCheckpoint {
        sequence,
        head: log[of].sealed.digest,
        statement: statement.to_owned(),
    };
    let kept =
        [checkpoint(1, 0, "one"), checkpoint(3, 2, "three"), checkpoint(3, 2, "three again")];
    for place in [1, 0, 2, 1] {
        other.keep_checkpoint(&kept[place]).await.unwrap();
    }
    assert_eq!(registry.checkpoints(0, 10).await.unwrap(), kept);
    assert_eq!(registry.checkpoints(1, 10).await.unwrap(), kept[1..]);
    // A page ends with an entry, not between the checkpoints of one.
    assert_eq!(registry.checkpoints(0, 2).await.unwrap(), kept);
    assert_eq!(registry.checkpoints(0, 1).await.unwrap(), kept[..1]);
    assert_eq!(registry.checkpoints(3, 10).await.unwrap(), []);
    assert_eq!(registry.checkpoints(u64::MAX, 10).await.unwrap(), []);
    for unlike in [checkpoint(2, 0, "x"), checkpoint(4, 2, "x"), checkpoint(u64::MAX, 2, "x")] {
        let refused = registry.keep_checkpoint(&unlike).await;
        assert!(matches!(refused, Err(KeepCheckpointError::Unlike { .. })), "{refused:?}");
    }
    assert_eq!(other.checkpoints(0, 10).await.unwrap(), kept);
    assert_whole(store, 3).await;
}
