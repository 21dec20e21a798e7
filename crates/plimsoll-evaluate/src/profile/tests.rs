//! The page about small tables.

use std::fmt::Write;

use plimsoll_data::Tables;
use plimsoll_data::profile::{Options, Profiled, profile};

use super::*;

fn profiled(text: &str, target: Option<&str>) -> Profiled {
    let stream = std::io::Cursor::new(text.to_owned().into_bytes());
    let tables = Tables::stream("table.csv", stream, &std::env::temp_dir());
    profile(&tables, &Options { target, ..Options::default() }).unwrap()
}

fn page(found: &Profiled) -> String {
    let files = ["data/<table>.csv".to_owned()];
    let summary = found.profile.summary();
    let page = Page {
        files: &files,
        summary: &summary,
        associations: &found.associations,
        target: found.target.as_ref(),
        findings: &found.damage,
    };
    html(&page).unwrap()
}

fn table() -> String {
    let mut text = "id,size,city,day,<b>,price\n".to_owned();
    for row in 0..200 {
        let size = row * 7919 % 100;
        let city = ["Oslo", "Rome", "<i>Lima</i>"][row % 3];
        let gap = if row % 4 == 0 { "NA".to_owned() } else { (row % 9).to_string() };
        writeln!(
            text,
            "u{row:03},{size},{city},2024-03-{:02},{gap},{}",
            1 + row % 30,
            size * 3 + row % 5
        )
        .unwrap();
    }
    text
}

#[test]
fn everything_is_shown_and_nothing_of_the_data_becomes_markup() {
    let found = profiled(&table(), Some("price"));
    let page = page(&found);
    for shown in [
        "&#60;table&#62;.csv",
        "With price",
        "Spearman&#39;s rank correlation",
        "spelled-missing",
        "days of the week",
        "Column by column",
        "standard deviation",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    for markup in ["<i>Lima", "<b></a>", "<script", "http:", "https:", "NaN\"", "inf\""] {
        assert!(!page.contains(markup), "{markup}");
    }
    assert_eq!(page.matches("<details").count(), 6);
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
}

#[test]
fn a_table_without_rows_has_a_page() {
    let page = page(&profiled("a,b\n", None));
    assert!(page.contains("no row has a value") || page.contains("<b>0</b>rows"));
}
