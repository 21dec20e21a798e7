use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

#[test]
fn is_ordered_as_published() {
    // SemVer 2.0.0, section 11.
    let order = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "2.0.0",
        "2.1.0",
        "2.1.1",
        "2.10.0",
    ];
    for pair in order.windows(2) {
        assert!(number(pair[0]) < number(pair[1]), "{pair:?}");
    }
}

#[test]
fn has_one_spelling() {
    for good in ["bike-demand@1.4.0", "bike-demand.fast@2.0.1", "m@0.0.1-rc.1"] {
        assert_eq!(good.parse::<Version>().unwrap().to_string(), good);
    }
    for bad in [
        "bike-demand",
        "bike-demand@",
        "@1.0.0",
        "bike-demand@1.0",
        "bike-demand@v1.0.0",
        "bike-demand@1.0.0+build",
        "bike-demand@01.0.0",
        "bike-demand@1.0.0 ",
        "bike-demand@1.0.0-01",
        "bike-demand@1.0.0@1.0.0",
        "bike-demand@18446744073709551616.0.0",
        "Bike@1.0.0",
        "bike.@1.0.0",
        "bike.a.b@1.0.0",
        &format!("m@1.0.0-{}", "x".repeat(100)),
    ] {
        assert!(bad.parse::<Version>().is_err(), "{bad}");
    }
}

#[test]
fn a_reference_is_a_number_or_an_alias() {
    let to = |text: &str| text.parse::<Reference>().unwrap().to;
    assert_eq!(to("m@1.0.0"), Target::Number(Number::FIRST));
    assert_eq!(to("m.fast@champion"), Target::Alias("champion".parse().unwrap()));
    let error = "m@1.4".parse::<Reference>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "`1.4` is neither a version number (`1.4.0`) nor an alias (`champion`)"
    );
    assert!("m@".parse::<Reference>().is_err());
}

#[test]
fn is_stored_as_it_is_written() {
    let version: Version = "bike-demand.fast@1.0.0-rc.1".parse().unwrap();
    let stored = serde_json::to_string(&version).unwrap();
    assert_eq!(stored, r#""bike-demand.fast@1.0.0-rc.1""#);
    assert_eq!(serde_json::from_str::<Version>(&stored).unwrap(), version);
}

/// Compares two numbers by the words of `SemVer` 2.0.0, section 11, from their texts alone.
fn by_the_book(a: &str, b: &str) -> Ordering {
    let split = |text: &str| -> (Vec<u64>, Option<Vec<String>>) {
        let (core, pre) =
            text.split_once('-').map_or((text, None), |(core, pre)| (core, Some(pre)));
        let numbers = core.split('.').map(|part| part.parse().unwrap()).collect();
        (numbers, pre.map(|pre| pre.split('.').map(str::to_owned).collect()))
    };
    let identifiers = |a: &String, b: &String| match (a.parse::<u64>(), b.parse::<u64>()) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        (Ok(_), Err(_)) => Ordering::Less,
        (Err(_), Ok(_)) => Ordering::Greater,
        (Err(_), Err(_)) => a.cmp(b),
    };
    let ((a, a_pre), (b, b_pre)) = (split(a), split(b));
    a.cmp(&b).then_with(|| match (a_pre, b_pre) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => {
            let differing = a.iter().zip(&b).map(|(a, b)| identifiers(a, b));
            let first = differing.into_iter().find(|order| order.is_ne());
            first.unwrap_or_else(|| a.len().cmp(&b.len()))
        }
    })
}

fn written() -> impl Strategy<Value = String> {
    let identifier = prop_oneof![
        (0_u64..30).prop_map(|number| number.to_string()),
        prop::sample::select(vec!["alpha", "beta", "rc", "a-b", "0a", "A", "-"])
            .prop_map(str::to_owned),
    ];
    let pre = prop::option::of(prop::collection::vec(identifier, 1..4));
    (0_u64..3, 0_u64..12, 0_u64..12, pre).prop_map(|(major, minor, patch, pre)| {
        let pre = pre.map(|pre| format!("-{}", pre.join("."))).unwrap_or_default();
        format!("{major}.{minor}.{patch}{pre}")
    })
}

proptest! {
    #[test]
    fn every_two_are_ordered_by_the_book(a in written(), b in written()) {
        let (one, other) = (number(&a), number(&b));
        prop_assert_eq!(one.cmp(&other), by_the_book(&a, &b));
        prop_assert_eq!(one == other, a == b);
    }

    #[test]
    fn the_order_is_transitive(mut texts in prop::collection::vec(written(), 3)) {
        texts.sort_by_key(|text| number(text));
        prop_assert!(number(&texts[0]) <= number(&texts[2]));
    }

    #[test]
    fn what_is_parsed_is_printed_alike(text in "\\PC{0,20}", number in written()) {
        for text in [format!("m@{text}"), format!("m.x@{number}"), text] {
            if let Ok(version) = text.parse::<Version>() {
                prop_assert_eq!(version.to_string(), text);
            } else if let Ok(reference) = text.parse::<Reference>() {
                prop_assert_eq!(reference.to_string(), text);
            }
        }
    }
}
