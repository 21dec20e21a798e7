//! `plimsoll data check`.

use std::fmt::Write;

use serde_json::Value;

use crate::sandbox::{Ended, Sandbox};

/// Customers from `from` on: nothing is wrong with them, and nothing tells `left` but chance.
fn customers(from: u32, rows: u32) -> String {
    let mut text = "id,day,city,charges,left\n".to_owned();
    for at in from..from + rows {
        let mixed = (at.wrapping_mul(2_654_435_761) >> 7) % 9973;
        let day = 1 + (at - from) * 28 / rows;
        let month = 1 + from / 1000;
        let city = ["Bonn", "Köln", "Ulm", "Jena"][mixed as usize % 4];
        let charges = 20.0 + f64::from(mixed) / 100.0;
        let left = u32::from(mixed % 7 < 2);
        _ = writeln!(text, "{at},2024-{month:02}-{day:02},{city},{charges},{left}");
    }
    text
}

const ROLES: [&str; 6] = ["--label", "left", "--index", "id", "--time", "day"];

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.write("train.csv", &customers(0, 1000));
    sandbox.write("test.csv", &customers(1000, 400));
    sandbox
}

fn check(sandbox: &Sandbox, more: &[&str]) -> Ended {
    sandbox.plimsoll([&["data", "check", "test.csv"], &ROLES[..], more].concat())
}

fn document(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap()
}

fn codes(document: &Value) -> Vec<&str> {
    let findings = document["findings"].as_array().unwrap();
    findings.iter().map(|found| found["code"].as_str().unwrap()).collect()
}

#[test]
fn data_with_nothing_wrong_pass_and_every_check_is_listed() {
    let ended = check(&sandbox(), &["--train", "train.csv"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    insta::assert_snapshot!(ended.stdout, @r"
    test.csv: pass (400 rows; 25 pass, 3 not applicable)
      check                         result          what
      integrity.single-value        pass            5 columns
      integrity.mixed-types         pass            5 columns
      integrity.mixed-nulls         pass            5 columns
      integrity.spelling-variants   pass            1 column of categories
      integrity.special-characters  pass            1 column of text
      integrity.damaged-text        pass            1 column of text
      integrity.text-length         not applicable  no column holds texts of its own in each row
      integrity.duplicate-rows      pass            0 of 400 rows (0 %)
      integrity.conflicting-labels  pass            0 of 400 rows (0 %)
      integrity.class-imbalance     pass            2 classes, the rarest in 114 of 400 rows
      integrity.redundant-features  pass            2 columns in pairs, the closest 0.080
      leakage.feature-label         pass            2 columns, at most AUC 0.510
      leakage.identifier-label      pass            1 column, at most AUC 0.520
      leakage.row-overlap           pass            0 of 400 rows (0 %)
      leakage.index-overlap         pass            0 of 400 rows (0 %)
      leakage.time-overlap          pass            0 of 400 rows (0 %)
      split.new-category            pass            1 column of categories
      split.new-label               pass            2 classes, 0 new
      split.size                    pass            400 rows against 1,000 of training
      split.feature-label-change    pass            2 columns
      anomaly.outlier-rows          not applicable  400 rows, at least 500 are needed
      anomaly.series                not applicable  no series is named
      personal.email                pass            5 columns
      personal.phone                pass            5 columns
      personal.iban                 pass            5 columns
      personal.card-number          pass            5 columns
      personal.ip-address           pass            5 columns
      personal.column-name          pass            5 columns
    ");
}

#[test]
fn what_a_test_set_shares_with_its_training_data_blocks() {
    let sandbox = sandbox();
    let train = customers(0, 1000);
    let leaked: String = train.lines().skip(1).take(60).fold(String::new(), |mut text, line| {
        _ = writeln!(text, "{line}");
        text
    });
    sandbox.write("test.csv", &(customers(1000, 400) + &leaked));
    let ended = check(&sandbox, &["--train", "train.csv", "--only", "leakage"]);
    assert_eq!(ended.code, Some(1));
    insta::assert_snapshot!(ended.stdout, @r"
    test.csv: block (460 rows; 3 block, 2 pass)
      check                     result  what
      leakage.feature-label     pass    2 columns, at most AUC 0.502
      leakage.identifier-label  pass    1 column, at most AUC 0.519
      leakage.row-overlap       block   60 of 460 rows (13.0 %)
      leakage.index-overlap     block   60 of 460 rows (13.0 %)
      leakage.time-overlap      block   60 of 460 rows (13.0 %)
      error[leakage.row-overlap] 60 of 460 rows (13.0 %) are in the training data as well, by 3 columns, at most 1 % accepted; of the training data 0 of 1,000 rows (0 %) have a twin there, for example line 402, line 403, line 404, line 405, line 406
          at test.csv:402
          next: remove these rows from one of the two, or split by a column that keeps copies together
      error[leakage.index-overlap] 60 of 460 rows (13.0 %) have an identifier (`id`) that is in the training data as well, at most 0 % accepted, for example line 402, line 403, line 404, line 405, line 406
          at test.csv:402
      error[leakage.time-overlap] 60 of 460 rows (13.0 %) are no later than the end of the training data (2024-01-28), at most 0 % accepted, for example line 402, line 403, line 404, line 405, line 406
          at test.csv:402
    ");
}

#[test]
fn training_data_that_are_gone_are_told_by_their_digests() {
    let sandbox = sandbox();
    let kept = ["data", "check", "train.csv", "--digests-out", "train.digests"];
    assert_eq!(sandbox.plimsoll([&kept[..], &ROLES].concat()).code, Some(0));
    let with = |train: &str| {
        let ended = check(&sandbox, &["--json", "--train", train]);
        assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
        ended.stdout
    };
    sandbox.write("test.csv", &customers(500, 400));
    let data = with("train.csv");
    assert_eq!(data, with("train.digests"));
    assert!(data.contains("leakage.row-overlap"));
    let damaged = sandbox.read("test.csv");
    sandbox
        .write("train.digests", &format!("{{\"schema\":\"plimsoll.data-digests/v1\"\n{damaged}"));
    let ended = check(&sandbox, &["--train", "train.digests"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("train.digests is damaged"), "{}", ended.stderr);
}

#[test]
fn digests_that_were_asked_for_and_are_not_there_are_no_success() {
    let sandbox = sandbox();
    let alone = ["data", "check", "train.csv", "--only", "integrity.single-value"];
    let unkept = [&alone[..], &["--label", "nothing", "--digests-out", "train.digests"]].concat();
    let ended = sandbox.plimsoll(unkept);
    assert_eq!(ended.code, Some(1), "{ended}");
    assert!(ended.stderr.contains("no digests were written"), "{ended}");
    assert!(!sandbox.repo().join("train.digests").exists());
}

#[test]
fn what_looked_at_nothing_is_no_pass_and_ci_sees_it() {
    let sandbox = sandbox();
    let alone = ["data", "check", "train.csv", "--only", "leakage"];
    let nothing = sandbox.plimsoll(alone);
    assert_eq!(nothing.code, Some(1), "{nothing}");
    assert!(nothing.stdout.contains("none of the checks that were asked for"), "{nothing}");
    for more in [&[][..], &["--ignore", "typo"]] {
        let all = [&alone[..], &["--format", "junit"], more].concat();
        let junit = sandbox.plimsoll(all);
        assert_eq!(junit.code, Some(1), "{junit}");
        assert!(
            junit.stdout.contains("errors=\"1\"") || junit.stdout.contains("errors=\"2\""),
            "{junit}"
        );
    }
}

#[test]
fn personal_data_are_masked_and_block_where_none_are_declared() {
    let sandbox = sandbox();
    let with_mail = customers(1000, 400).replace("2024-02-01,Bonn", "2024-02-01,ada@example.org");
    sandbox.write("test.csv", &with_mail);
    let warned = check(&sandbox, &["--only", "personal"]);
    assert_eq!(warned.code, Some(0));
    assert!(!warned.stdout.contains("ada"), "{}", warned.stdout);
    assert!(warned.stdout.contains("warning[personal.email] column `city` holds e-mail addresses"));
    assert_eq!(check(&sandbox, &["--only", "personal", "--strict"]).code, Some(1));
    let declared = check(&sandbox, &["--only", "personal", "--personal-data", "none"]);
    assert_eq!(declared.code, Some(1));
    assert!(declared.stdout.contains("although there are to be none"));
}

#[test]
fn a_check_that_cannot_run_blocks_and_says_why() {
    let sandbox = sandbox();
    let ended = sandbox.plimsoll(["data", "check", "test.csv", "--label", "lft", "--json"]);
    assert_eq!(ended.code, Some(1));
    let found = document(&ended);
    assert_eq!((&found["verdict"], codes(&found)), (&"error".into(), vec!["check.not-run"]));
    insta::assert_snapshot!(found["findings"][0]["message"].as_str().unwrap(), @"there is no column `lft` (is `left` meant?), so that checks could not run: `integrity.conflicting-labels`, `integrity.class-imbalance`, `leakage.feature-label`, `split.new-label`, `split.feature-label-change`");
    // No digests and no rows are no pass either.
    sandbox.write("test.csv", "id,day,city,charges,left\n");
    let empty = document(&check(&sandbox, &["--json"]));
    assert_eq!((&empty["verdict"], codes(&empty)[0]), (&"error".into(), "data.empty"));
    sandbox.write("test.csv", "id,day,city,charges,left\n5000,2024-02-01,Bonn,2.5,1\n");
    let one = document(&check(&sandbox, &["--json", "--train", "train.csv"]));
    assert_eq!((&one["verdict"], codes(&one)), (&"pass".into(), vec!["split.size"]));
    let nulls = "id,day,city,charges,left\n".to_owned() + &",,,,\n".repeat(50);
    sandbox.write("test.csv", &nulls);
    let nulls = document(&check(&sandbox, &["--json"]));
    assert_eq!(nulls["verdict"], "error", "{nulls}");
}

#[test]
fn limits_come_from_a_file_and_mistakes_have_their_place() {
    let sandbox = sandbox();
    let rows = customers(1000, 400);
    let copies = rows.lines().skip(1).take(10).collect::<Vec<_>>().join("\n");
    sandbox.write("test.csv", &format!("{rows}{copies}\n"));
    let only = ["--only", "integrity.duplicate-rows"];
    assert!(check(&sandbox, &only).stdout.contains("warning[integrity.duplicate-rows]"));
    sandbox.write("limits.yaml", "integrity.duplicate-rows: { severity: error }\n");
    let limits = [&only[..], &["--config", "limits.yaml"]].concat();
    assert_eq!(check(&sandbox, &limits).code, Some(1));
    sandbox.write("limits.yaml", "integrity.duplicate-rows: { max-share: 5% }\n");
    let ended = check(&sandbox, &limits);
    assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""));
    assert!(ended.stderr.contains("limits.yaml:1:40"), "{}", ended.stderr);
    let ended = check(&sandbox, &["--only", "integrity.duplicates"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("`integrity.duplicates` is no check"), "{}", ended.stderr);
}

#[test]
fn code_hosts_and_ci_read_what_the_checks_found() {
    let sandbox = sandbox();
    sandbox.write("test.csv", &customers(1000, 400).replacen(",Bonn,", ",MÃ¼nchen,", 1));
    let only = ["--only", "integrity.damaged-text", "--only", "split"];
    let sarif = check(&sandbox, &[&only[..], &["--format", "sarif"]].concat());
    assert_eq!(sarif.code, Some(0));
    let log: Value = serde_json::from_str(&sarif.stdout).unwrap();
    let result = &log["runs"][0]["results"][0];
    assert_eq!(
        (&result["ruleId"], &result["level"]),
        (&"integrity.damaged-text".into(), &"warning".into())
    );
    let junit = check(&sandbox, &[&only[..], &["--format", "junit", "--strict"]].concat());
    assert_eq!(junit.code, Some(1));
    insta::assert_snapshot!(junit.stdout, @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites name="plimsoll data check">
      <testsuite name="test.csv" tests="5" failures="1" errors="0" skipped="4" time="0.000">
        <testcase classname="plimsoll.test.csv" name="integrity.damaged-text" time="0.000">
          <failure message="column `city` holds characters of a wrong encoding, or none that are written, in 1 of 400 rows (0.2 %), for example line 2: &quot;MÃ¼nchen&quot;">column `city` holds characters of a wrong encoding, or none that are written, in 1 of 400 rows (0.2 %), for example line 2: &quot;MÃ¼nchen&quot;</failure>
        </testcase>
        <testcase classname="plimsoll.test.csv" name="split.new-category" time="0.000">
          <skipped message="no training data are named">no training data are named</skipped>
        </testcase>
        <testcase classname="plimsoll.test.csv" name="split.new-label" time="0.000">
          <skipped message="no training data are named">no training data are named</skipped>
        </testcase>
        <testcase classname="plimsoll.test.csv" name="split.size" time="0.000">
          <skipped message="no training data are named">no training data are named</skipped>
        </testcase>
        <testcase classname="plimsoll.test.csv" name="split.feature-label-change" time="0.000">
          <skipped message="no training data are named">no training data are named</skipped>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
}
