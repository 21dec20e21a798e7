use super::*;
use crate::license::hub::Declared;
use crate::license::policy::{Intent, Policy};

fn node(kind: Kind, name: &str, license: Option<&str>) -> Node {
    let terms = license.map(|license| Declared::of(license).terms());
    Node { kind, name: name.to_owned(), version: None, terms }
}

fn made(what: usize, from: usize) -> Edge {
    Edge { what, relation: Relation::DerivedFrom, from }
}

fn followed(nodes: &[Node], edges: &[Edge], intent: Intent) -> Propagated {
    let policy = Policy::default_for(intent);
    let today = "2026-06-15".parse().unwrap();
    propagate(nodes, edges, Court { policy: &policy, intent, today }).unwrap()
}

#[test]
fn a_conflict_shows_the_way_by_which_it_came() {
    let nodes = [
        node(Kind::Dataset, "hourly", Some("cc-by-nc-4.0")),
        node(Kind::Derived, "build/train.parquet", None),
        node(Kind::Model, "bike-demand", None),
        node(Kind::Image, "bike-demand:1.4.0", None),
        node(Kind::BaseModel, "google/gemma-2b", Some("gemma")),
        node(Kind::Package, "numpy", Some("BSD-3-Clause")),
    ];
    let edges = [
        made(1, 0),
        made(2, 1),
        made(2, 4),
        Edge { what: 3, relation: Relation::Contains, from: 2 },
        Edge { what: 3, relation: Relation::Contains, from: 5 },
    ];
    let found = followed(&nodes, &edges, Intent::Service);
    let messages: Vec<&str> = found.conflicts.iter().map(|it| it.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "dataset `hourly` (CC-BY-NC-4.0) -> build/train.parquet -> model `bike-demand` -> image `bike-demand:1.4.0`: non-commercial, but intent is service (deny property `non-commercial`)",
            "base model `google/gemma-2b` (LicenseRef-Gemma) -> model `bike-demand` -> image `bike-demand:1.4.0`: use-restrictions, but intent is service (review property `use-restrictions`)",
        ]
    );
    let image = &found.nodes[3];
    assert_eq!(image.verdict, Verdict::Deny);
    let licenses: Vec<String> = image.licenses.iter().map(ToString::to_string).collect();
    assert_eq!(licenses, ["BSD-3-Clause", "CC-BY-NC-4.0", "LicenseRef-Gemma"]);
    assert!(image.properties.contains(&Property::NonCommercial));
    assert_eq!(found.nodes[5].verdict, Verdict::Allow);
}

#[test]
fn what_is_not_known_is_handed_on() {
    let nodes = [
        node(Kind::Dataset, "scraped", Some("unknown")),
        node(Kind::Model, "m", None),
        node(Kind::Dataset, "free", Some("cc0-1.0")),
    ];
    let found = followed(&nodes, &[made(1, 0), made(1, 2)], Intent::Internal);
    assert_eq!(
        found.conflicts[0].message,
        "dataset `scraped` (unknown) -> model `m`: its terms are unknown, but intent is internal (deny what is unknown)"
    );
    assert_eq!(found.conflicts.len(), 1);
    assert_eq!(found.nodes[1].verdict, Verdict::Deny);
}

#[test]
fn a_circle_ends() {
    let nodes = [
        node(Kind::Dataset, "a", Some("cc-by-nc-4.0")),
        node(Kind::Derived, "b", None),
        node(Kind::Derived, "c", None),
    ];
    let found =
        followed(&nodes, &[made(1, 0), made(2, 1), made(1, 2), made(0, 2)], Intent::Service);
    assert_eq!(found.conflicts.len(), 1);
    assert!(found.nodes.iter().all(|node| node.verdict == Verdict::Deny));
    let itself = followed(&nodes[..1], &[made(0, 0)], Intent::Service);
    assert_eq!(itself.conflicts.len(), 1);
}

#[test]
fn a_graph_that_names_what_is_not_there_is_refused() {
    let policy = Policy::default_for(Intent::Service);
    let court =
        Court { policy: &policy, intent: Intent::Service, today: "2026-06-15".parse().unwrap() };
    let nodes = [node(Kind::Model, "m", None)];
    let found = propagate(&nodes, &[made(0, 7)], court);
    assert_eq!(found, Err(PropagateError::NoNode { place: 7, count: 1 }));
}

#[test]
fn a_long_chain_and_many_sources_are_followed_in_bounded_time() {
    let mut nodes = vec![node(Kind::Dataset, "first", Some("cc-by-nc-4.0"))];
    nodes.extend((1..20_000).map(|at| node(Kind::Derived, &format!("d{at}"), None)));
    let edges: Vec<Edge> = (1..20_000).map(|at| made(at, at - 1)).collect();
    let found = followed(&nodes, &edges, Intent::Service);
    assert_eq!(found.conflicts[0].path.len(), 20_000);
    assert_eq!(found.nodes[19_999].verdict, Verdict::Deny);
}

#[test]
fn many_things_of_terms_that_are_refused_are_counted() {
    let mut nodes = vec![node(Kind::Image, "image", None)];
    nodes.extend((0..10_050).map(|at| node(Kind::Package, &format!("p{at}"), None)));
    let terms = Declared::of("agpl-3.0").terms();
    for node in nodes.iter_mut().skip(1) {
        node.terms = Some(terms.clone());
    }
    let edges: Vec<Edge> =
        (1..=10_050).map(|from| Edge { what: 0, relation: Relation::Contains, from }).collect();
    let found = followed(&nodes, &edges, Intent::Service);
    assert_eq!((found.conflicts.len(), found.more > 0), (MAX_CONFLICTS, true));
    assert_eq!(found.nodes[0].verdict, Verdict::Deny);
}
