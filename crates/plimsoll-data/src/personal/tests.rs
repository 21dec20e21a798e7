use std::sync::Arc;

use arrow::array::{ArrayRef, BinaryBuilder, ListArray, ListBuilder, RecordBatch, StringBuilder};
use arrow::datatypes::UInt8Type;
use plimsoll_core::Severity;

use super::Declared;
use crate::integrity::digest::spread;
use crate::integrity::samples::Sample;
use crate::integrity::{Demand, Outcome, Roles};

fn personal(table: &Sample, declared: Declared) -> Vec<(String, Severity)> {
    let demand = Demand { personal: declared, ..Demand::default() };
    let checked = table.check_as(&Roles::default(), &demand, None);
    let found =
        checked.findings.iter().filter(|found| found.code.as_str().starts_with("personal."));
    found.map(|found| (format!("{} {}", found.code, found.message), found.severity)).collect()
}

fn people() -> Sample {
    Sample::rows("Vorname,contact,note,account,card", 40, |at| {
        let note = if at == 3 { "mail ada@example.org or call +49 171 1234567" } else { "nothing" };
        let account = ["DE89370400440532013000", "GB29NWBK60161331926819"][(at % 2) as usize];
        let card = ["4111111111111111", "5555555555554444"][(at % 2) as usize];
        format!("name{},0171 {},{note},{account},{card}", at % 30, 1_000_000 + at)
    })
}

#[test]
fn persons_are_found_and_never_shown() {
    let found = personal(&people(), Declared::Nothing);
    let said: Vec<&str> = found.iter().map(|(said, _)| said.as_str()).collect();
    assert_eq!(
        said,
        [
            "personal.email column `note` holds e-mail addresses in 1 of 40 rows (2.5 %), for example line 5: **** ***@*******.*** ** …",
            "personal.phone column `contact` holds telephone numbers in 40 of 40 rows (100 %), for example line 2: **** *******, line 3: **** *******, line 4: **** *******, line 5: **** *******, line 6: **** *******",
            "personal.phone column `note` holds telephone numbers in 1 of 40 rows (2.5 %), for example line 5: **** ***@*******.*** ** …",
            "personal.iban column `account` holds bank account numbers (IBAN) in 40 of 40 rows (100 %), for example line 2: **********************, line 3: **********************, line 4: **********************, line 5: **********************, line 6: **********************",
            "personal.card-number column `card` holds card numbers in 40 of 40 rows (100 %), for example line 2: ****************, line 3: ****************, line 4: ****************, line 5: ****************, line 6: ****************",
            "personal.column-name column `Vorname` is named like a person's name",
        ]
    );
    assert!(found.iter().all(|(_, severity)| *severity == Severity::Warning));
}

#[test]
fn no_other_finding_shows_a_national_number() {
    let table = Sample::rows("contact,x", 60, |at| format!("0171 1234567,{at}"));
    let checked = table.check(&Roles::default(), None);
    assert!(checked.findings.iter().any(|found| found.code.as_str() == "personal.phone"));
    for found in &checked.findings {
        assert!(!found.message.contains("0171"), "{}", found.message);
    }
}

#[test]
fn addresses_within_lists_and_bytes_are_found() {
    let lists =
        ListArray::from_iter_primitive::<UInt8Type, _, _>((0..30).map(|_| Some(vec![Some(1)])));
    let mut mails = ListBuilder::new(StringBuilder::new());
    let mut bytes = BinaryBuilder::new();
    for at in 0..30 {
        mails.values().append_value(format!("ada{at}@example.org"));
        mails.append(true);
        bytes.append_value(format!("grace{at}@example.org").as_bytes());
    }
    let batch = RecordBatch::try_from_iter([
        ("plain", Arc::new(lists) as ArrayRef),
        ("mails", Arc::new(mails.finish()) as ArrayRef),
        ("bytes", Arc::new(bytes.finish()) as ArrayRef),
    ])
    .unwrap();
    let table = Sample::parquet(&batch);
    let found = personal(&table, Declared::None);
    let said: Vec<&str> = found.iter().map(|(said, _)| said.as_str()).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[0].contains("column `mails` holds e-mail addresses in 30 of 30 rows"), "{said:?}");
    assert!(said[1].contains("column `bytes`") && !said[1].contains("grace"), "{said:?}");
}

#[test]
fn a_declaration_decides_what_a_finding_weighs() {
    let none = personal(&people(), Declared::None);
    assert!(none.iter().all(|(said, severity)| *severity == Severity::Error
        && said.contains("although there are to be none")));
    let present = personal(&people(), Declared::Present);
    assert!(present.iter().all(|(_, severity)| *severity == Severity::Info));
    assert_eq!(none.len(), present.len());
}

#[test]
fn numbers_versions_and_flags_are_no_persons() {
    let table =
        Sample::rows("serial,version,phone,amount,reference,PhoneService,time", 400, |at| {
            let noise = spread(u64::from(at));
            format!(
                "{},1.{}.0.{},{},{}.{:02},DE{:020},{},12:30:{:02}",
                1_000_000_000_000_000 + noise % 9_000_000_000_000_000,
                at % 9,
                at % 30,
                ["yes", "no"][(at % 2) as usize],
                noise % 1_000_000_000,
                noise % 100,
                noise,
                ["Yes", "No"][(at % 2) as usize],
                at % 60,
            )
        });
    assert_eq!(personal(&table, Declared::None), []);
}

#[test]
fn other_findings_hide_cells_of_persons() {
    let table = Sample::rows("email,x", 200, |at| {
        let email = if at == 9 { "###".to_owned() } else { format!("ada{at}@example.org") };
        format!("{email},{at}")
    });
    let checked = table.check(&Roles::default(), None);
    assert_eq!(checked.of("integrity.special-characters"), Outcome::Warning);
    assert!(
        checked
            .findings
            .iter()
            .all(|found| !found.message.contains("ada") && !found.message.contains("###")),
        "{:?}",
        checked.findings
    );
}
