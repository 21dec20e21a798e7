use plimsoll_core::project::Task;
use plimsoll_core::{Code, Share};

use super::samples::{Sample, label};
use super::{Demand, Outcome, Roles, Selection, Settings, checks};
use crate::integrity::digest::spread;

fn plain() -> Roles {
    Roles::default()
}

#[test]
fn every_check_has_its_code_once_and_its_limits_have_a_default() {
    let codes: Vec<String> = checks().iter().map(ToString::to_string).collect();
    let mut sorted = codes.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), codes.len());
    let settings = serde_json::to_value(Settings::default()).unwrap();
    let limits: Vec<&String> = settings.as_object().unwrap().keys().collect();
    let personal = |code: &&String| code.starts_with("personal.");
    let mut expected: Vec<&String> = codes.iter().filter(|code| !personal(code)).collect();
    expected.sort();
    assert_eq!(limits, expected);
}

#[test]
fn a_clean_table_has_no_findings_and_says_what_did_not_run() {
    let table = Sample::rows("id,size,city,day", 600, |at| {
        let noise = spread(u64::from(at)) % 1000;
        let city = ["Bonn", "Köln", "Ulm"][(noise % 3) as usize];
        format!("{at},{}.{noise:03},{city},2024-01-{:02}", at % 50, 1 + at % 28)
    });
    let checked = table.check(&plain(), None);
    assert_eq!(checked.codes(), Vec::<&str>::new());
    assert_eq!(checked.outcome(), Outcome::Pass);
    assert_eq!(checked.of("integrity.duplicate-rows"), Outcome::Pass);
    for (code, reason) in [
        ("integrity.class-imbalance", "no label is named"),
        ("leakage.row-overlap", "no training data are named"),
        ("leakage.identifier-label", "no identifier is named"),
        ("anomaly.series", "no series is named"),
    ] {
        assert_eq!(
            (checked.of(code), checked.says(code)),
            (Outcome::NotApplicable, reason),
            "{code}"
        );
    }
}

#[test]
fn what_is_to_be_looked_at_and_is_not_there_is_an_error() {
    let table = Sample::rows("id,y", 30, |at| format!("{at},{}", at % 2));
    let checked = table.check(&label("yy"), None);
    assert_eq!(checked.of("integrity.class-imbalance"), Outcome::Error);
    assert_eq!(checked.outcome(), Outcome::Error);
    let said = checked.message("check.not-run");
    assert!(said.starts_with("there is no column `yy` (is `y` meant?), so that checks could not run: `integrity.conflicting-labels`, "), "{said}");
    let ignored = Roles { ignored: vec!["zz".to_owned()], ..plain() };
    assert_eq!(table.check(&ignored, None).outcome(), Outcome::Error);
    let series = Roles { series: vec!["y".to_owned()], ..plain() };
    assert_eq!(
        table.check(&series, None).message("check.not-run"),
        "a series needs a time, so that a check could not run: `anomaly.series`"
    );
}

#[test]
fn a_check_that_is_asked_for_by_name_has_to_answer() {
    let table = Sample::rows("a", 30, |at| at.to_string());
    let only = |name: &str| {
        let selection = Selection::new(&checks(), &[name.to_owned()], &[]).unwrap();
        table.check_as(&plain(), &Demand { selection, ..Demand::default() }, None)
    };
    let checked = only("leakage.row-overlap");
    assert_eq!((checked.checks.len(), checked.outcome()), (1, Outcome::Error));
    assert_eq!(only("leakage").outcome(), Outcome::Error, "nothing was looked at");
    assert_eq!(only("integrity.mixed-types").outcome(), Outcome::Pass);
}

#[test]
fn no_rows_and_damaged_rows_are_never_a_pass() {
    let empty = Sample::csv("a,b\n").check(&plain(), None);
    assert_eq!(empty.outcome(), Outcome::Error);
    assert_eq!(empty.codes(), ["data.empty", "check.not-run"]);
    assert_eq!(Sample::csv("").check(&plain(), None).outcome(), Outcome::Error);
    let ragged = Sample::csv("a,b\n1,2\n3\n4,5\n").check(&plain(), None);
    assert_eq!(ragged.codes(), ["data.ragged-row"]);
    assert_eq!((ragged.rows, ragged.outcome()), (3, Outcome::Block));
    let repeated = Sample::csv("a,a\n1,2\n").check(&plain(), None);
    assert_eq!(repeated.codes(), ["data.column-repeated"]);
}

#[test]
fn columns_that_say_nothing_are_found_and_flags_are_not() {
    let table = Sample::rows("constant,empty,nothing,flag,x", 40, |at| {
        format!("DE,,NA,{},{at}", if at % 5 == 0 { "yes" } else { "" })
    });
    let checked = table.check(&plain(), None);
    let said: Vec<&str> =
        checked.found("integrity.single-value").iter().map(|found| &*found.message).collect();
    assert_eq!(
        said,
        [
            "column `constant` holds `DE` in all 40 rows, so that it tells nothing",
            "column `empty` is empty in all 40 rows, so that it tells nothing",
            "column `nothing` says that there is no value (`NA`) in all 40 rows, so that it tells nothing",
        ]
    );
    let few = Sample::rows("constant", 10, |_| "DE".to_owned()).check(&plain(), None);
    assert_eq!(few.of("integrity.single-value"), Outcome::NotApplicable);
}

#[test]
fn a_few_cells_of_another_type_are_found() {
    let table = Sample::rows("price,zip,name,code,when,on", 200, |at| {
        let price = match at {
            7 => " ".to_owned(),
            8 => "?".to_owned(),
            9 => "1,5".to_owned(),
            10 => "NA".to_owned(),
            _ => format!("{at}.5"),
        };
        let name = if at == 50 {
            "17".to_owned()
        } else {
            format!("{}x", char::from(b'a' + (at % 26) as u8))
        };
        let code = if at % 3 == 0 { format!("A{at}") } else { at.to_string() };
        let when = if at == 60 { "soon" } else { "2024-02-29" };
        format!("{price},{:05},{name},{code},{when},{}", at * 7, at % 2 == 0)
            .replace("1,5", "\"1,5\"")
    });
    let checked = table.check(&plain(), None);
    let found = checked.found("integrity.mixed-types");
    let subjects: Vec<&str> = found.iter().map(|found| found.subject.as_deref().unwrap()).collect();
    assert_eq!(subjects, ["price", "name", "when"]);
    assert_eq!(
        found[0].message,
        "column `price` holds numbers, and something else in 3 of 200 rows (1.5 %), for example line 11: \"1,5\", line 9: \" \", line 10: ?"
    );
    assert!(found[1].message.contains("text without any digit"), "{}", found[1].message);
    assert_eq!(found[2].line, Some(62));
}

#[test]
fn infinite_numbers_are_no_numbers_to_go_by() {
    let table = Sample::rows("price,open", 200, |at| {
        let price = if at == 7 { "-inf".to_owned() } else { format!("{at}.5") };
        format!("{price},{at}.25")
    });
    let checked = table.check(&plain(), None);
    let found = checked.found("integrity.mixed-types");
    assert_eq!(found.len(), 1);
    assert_eq!(
        found[0].message,
        "column `price` holds numbers, and something else in 1 of 200 rows (0.5 %), for example line 9: -inf"
    );
}

#[test]
fn several_ways_to_say_no_value_are_found_and_signs_that_are_values_are_not() {
    let table = Sample::rows("income,rhesus,answer", 90, |at| {
        let income = ["", "NA", "unknown"]
            .get(at as usize)
            .map_or(at.to_string(), |word| (*word).to_owned());
        let rhesus = ["+", "-", ""][(at % 3) as usize];
        let answer = ["unknown", "yes", ""][(at % 3) as usize];
        format!("{income},{rhesus},{answer}")
    });
    let checked = table.check(&plain(), None);
    assert_eq!(
        checked.message("integrity.mixed-nulls"),
        "column `income` says that there is no value in 3 ways: empty in 1, `NA` in 1, `unknown` in 1 of 90 rows"
    );
}

#[test]
fn spellings_of_a_category_are_found_and_codes_are_not() {
    let table = Sample::rows("city,code,grade,income", 400, |at| {
        let city = match at {
            3 | 4 => "bonn",
            5 => " Bonn",
            _ if at % 2 == 0 => "Bonn",
            _ => "New York",
        };
        // Codes in which case counts.
        let code = format!("{}{}", ["aB", "Ab", "ab", "AB"][(at % 4) as usize], at % 40);
        let grade = ["A", "A-", "A+", "B"][(at % 4) as usize];
        format!("{city},{code},{grade},{}", ["<=50K", ">50K"][(at % 2) as usize])
    });
    let checked = table.check(&plain(), None);
    assert_eq!(
        checked.message("integrity.spelling-variants"),
        "column `city` writes a value in more than one way, the rarer ones in 3 of 400 rows (0.8 %): \"Bonn\" (199), \"bonn\" (2), \" Bonn \" (1)"
    );
}

#[test]
fn signs_and_damaged_text_are_found() {
    let table = Sample::rows("name,mark,place", 300, |at| {
        let name = if at == 9 { "###" } else { "Ada" };
        format!(
            "{name},{},{}",
            ["+", "-", "++"][(at % 3) as usize],
            if at == 5 { "KÃ¶ln" } else { "Köln" }
        )
    });
    let checked = table.check(&plain(), None);
    assert_eq!(
        checked.message("integrity.special-characters"),
        "column `name` holds nothing but signs in 1 of 300 rows (0.3 %), for example line 11: \"###\""
    );
    let damaged = checked.message("integrity.damaged-text");
    assert!(
        damaged.starts_with("column `place`") && damaged.ends_with("line 7: \"KÃ¶ln\""),
        "{damaged}"
    );
}

#[test]
fn texts_of_an_odd_length_are_found() {
    let table = Sample::rows("order,note", 500, |at| {
        let order = if at == 40 { "10-22".to_owned() } else { format!("10-{:05}", 10_000 + at) };
        let words = 5 + spread(u64::from(at)) % 10;
        let note = if at == 70 {
            "z".repeat(9000)
        } else {
            format!("n{at} {}", "word ".repeat(usize::try_from(words).unwrap()))
        };
        format!("{order},{note}")
    });
    let checked = table.check(&plain(), None);
    let found: Vec<&str> =
        checked.found("integrity.text-length").iter().map(|found| &*found.message).collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].contains("other lengths than 8 characters in 1 of 500 rows")
            && found[0].ends_with("line 42: 5 characters"),
        "{}",
        found[0]
    );
    assert!(found[1].ends_with("line 72: 9,000 characters"), "{}", found[1]);
}

#[test]
fn copies_are_found_whatever_their_spelling_and_few_values_are_no_copies() {
    let table = Sample::rows("id,x,y", 200, |at| match at {
        150..160 => format!("{at},{}.50,word{}", at - 150, at - 150),
        _ => format!("{at},{at}.5,word{at}"),
    });
    let index = Roles { index: vec!["id".to_owned()], ..plain() };
    let checked = table.check(&index, None);
    let found = checked.found("integrity.duplicate-rows");
    assert!(found[0].message.starts_with("10 of 200 rows (5 %) repeat an earlier row in all 2 columns, at most 1 % accepted, for example line 152 (as line 2), "), "{}", found[0].message);
    assert_eq!(found[0].line, Some(152));
    assert_eq!(table.check(&plain(), None).says("integrity.duplicate-rows"), "0 of 200 rows (0 %)");
    let few = Sample::rows("a,b", 400, |at| {
        let noise = spread(u64::from(at));
        format!("{},{}", noise % 3, noise / 3 % 4)
    });
    let checked = few.check(&plain(), None);
    assert_eq!(checked.of("integrity.duplicate-rows"), Outcome::Pass);
    assert!(checked.says("integrity.duplicate-rows").contains("no more than the few values"));
}

#[test]
fn rows_that_contradict_each_other_are_found() {
    let table = Sample::rows("x,z,y", 200, |at| {
        let (row, class) = if at < 6 { (at / 2, at % 2) } else { (at, at % 3 % 2) };
        format!("{row}.25,word{row},{}", ["no", "yes"][class as usize])
    });
    let checked = table.check(&label("y"), None);
    assert_eq!(
        checked.message("integrity.conflicting-labels"),
        "6 of 200 rows (3 %) agree with another row in all 2 features and not in the label `y`, at most 1 % accepted, for example line 3 (unlike line 2), line 5 (unlike line 4), line 7 (unlike line 6)"
    );
}

#[test]
fn classes_are_rare_when_that_is_proven() {
    let classes = |rows: u32, rare: u32| {
        Sample::rows("x,y", rows, |at| format!("{at},{}", if at < rare { "b" } else { "a" }))
            .check(&label("y"), None)
    };
    let checked = classes(3000, 8);
    assert_eq!(
        checked.message("integrity.class-imbalance"),
        "label `y` is \"b\" in 8 of 3,000 rows (0.3 %) only, at least 1 % expected"
    );
    assert_eq!(classes(300, 1).of("integrity.class-imbalance"), Outcome::Pass);
    let numbers = Sample::rows("x,y", 900, |at| format!("{at},{}", at % 7));
    assert_eq!(
        numbers.check(&label("y"), None).of("integrity.class-imbalance"),
        Outcome::NotApplicable
    );
    let roles = Roles { task: Some(Task::Multiclass), ..label("y") };
    assert_eq!(numbers.check(&roles, None).of("integrity.class-imbalance"), Outcome::Pass);
}

#[test]
fn features_that_say_the_same_are_found() {
    let table = Sample::rows("celsius,fahrenheit,degree,years,noise", 400, |at| {
        let noise = spread(u64::from(at));
        let (celsius, level) = (noise % 300, noise / 300 % 5);
        let years = [8, 10, 12, 16, 18][usize::try_from(level).unwrap()];
        let degree =
            ["none", "school", "trade", "college", "doctor"][usize::try_from(level).unwrap()];
        format!("{celsius},{}.5,{degree},{years},{}", 2 * celsius + 30, noise / 1500 % 97)
    });
    let checked = table.check(&plain(), None);
    let pairs: Vec<&str> = checked
        .found("integrity.redundant-features")
        .iter()
        .map(|found| &found.message[..30])
        .collect();
    assert_eq!(pairs, ["`celsius` and `fahrenheit` say", "`degree` and `years` say nearl"]);
}

#[test]
fn limits_and_severities_are_those_that_are_set() {
    let table = Sample::rows("x,y", 100, |at| format!("{},{}", at / 2, at / 2 * 7 % 50));
    let mut settings = Settings::default();
    settings.duplicate_rows.severity = plimsoll_core::Severity::Error;
    let demand = Demand { settings: settings.clone(), ..Demand::default() };
    assert_eq!(table.check_as(&plain(), &demand, None).outcome(), Outcome::Block);
    settings.duplicate_rows.max_share = Share::constant(0.50);
    let demand = Demand { settings, ..Demand::default() };
    assert_eq!(table.check_as(&plain(), &demand, None).outcome(), Outcome::Pass);
    assert!(checks().contains(&Code::of("integrity.duplicate-rows")));
}
