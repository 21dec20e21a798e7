//! People who agree, or do not, before something is released or deployed.

mod people;

use std::process::Stdio;

use people::People;

#[test]
fn an_alias_that_stands_for_an_environment_needs_what_is_said_of_it() {
    let own = "approvals:\n  deploy: { count: 2 }\n  deploy-to: { staging: { count: 0 }, test: { count: 0 } }\n";
    let Some(people) = People::new(own) else { return };
    let scene = &people.scene;
    people.policy("approvals:\n  deploy-to: { staging: { count: 1 } }\n");
    assert_eq!(people.version(2.0), "bikes@1.0.0");
    scene.call(&["deploy", "bikes@1.0.0", "--alias", "test"], 0);
    let tried = |at: &str, code: i32| {
        let policy = scene.sandbox.home().join("policy.yaml");
        let ended = scene.call(&["policy", "test", policy.to_str().unwrap(), "--at", at], code);
        ended.stdout
    };
    assert!(tried("deploy", 0).contains("0 of 1 would fail"));
    let refused = scene.call(&["deploy", "bikes@1.0.0", "--alias", "staging"], 4);
    assert!(
        refused.stderr.contains("needs 1 approval before it is deployed (policy.yaml:2)"),
        "{refused}"
    );
    let shown = scene.sandbox.plimsoll(["approve", "bikes@1.0.0", "--show"]).stdout;
    assert!(shown.contains("0 of 2 approvals to deploy plimsoll.yaml:22"), "{shown}");
    assert!(shown.contains("0 of 1 approvals to deploy as staging policy.yaml:2"), "{shown}");
    assert!(!shown.contains("as test"), "{shown}");
    people.say("ben", &["approve", "bikes@1.0.0", "--comment", "good", "--yes"], 0);
    scene.call(&["deploy", "bikes@1.0.0", "--alias", "staging"], 0);
    scene.call(&["deploy", "bikes@1.0.0"], 4);
    people.policy("approvals:\n  deploy-to: { staging: { count: 2 } }\n");
    let tried = tried("deploy", 1);
    let lacking = "approvals      bikes@1.0.0 needs 2 approvals before it is deployed";
    assert!(tried.contains(lacking) && tried.contains("1 is there (ben), 1 is missing"), "{tried}");
    people.policy("approvals:\n  deploy-to: { staging: { count: 1 } }\n");
    let deployed = scene.json(&["verify", "bikes@1.0.0"], 0)["deployments"].clone();
    assert_eq!(deployed[0]["approved"], serde_json::json!(["ben"]));
    assert_eq!(deployed[1]["alias"], "test");
}

#[test]
fn two_of_three_must_agree_before_a_version_is_deployed() {
    let Some(people) = People::new("approvals:\n  deploy: { count: 2, within: 30d }\n") else {
        return;
    };
    let scene = &people.scene;
    assert_eq!(people.version(2.0), "bikes@1.0.0");
    insta::assert_snapshot!(scene.sandbox.plimsoll(["deploy", "bikes@1.0.0"]), @"
    exit code: 4
    --- stderr
    error: bikes@1.0.0 needs 2 approvals of the last 30 days before it is deployed (plimsoll.yaml:22): there is none, 2 are missing
    hint: `plimsoll approve sha256:ID --comment REASON` by ben or carol or dave
    ");
    let yes =
        people.say("ben", &["approve", "bikes@1.0.0", "--comment", "looks right", "--yes"], 0);
    insta::assert_snapshot!(people.steady(&yes.stdout), @"
    bikes@1.0.0 (there is no champion)
      subject  sha256:ID
      run      ID at commit COMMIT
      gate     pass, 2 rules (verdict blake3:ID)
      metric  champion  interval    this  interval
      MAE                          5.033  [4.871, 5.187]
      RMSE                         5.937  [5.791, 6.074]
      WAPE                         0.099  [0.096, 0.101]
      R2                           0.733  [0.687, 0.769]
      bias                        -4.979  [-5.138, -4.822]
      data      champion  this
      rows      –         blake3:ID
      test set  –         blake3:ID
      dependencies  champion  this
      platform      –         linux-x86_64
      signature              champion  this
      column `a` of `input`  –         integer, place 1
      column `b` of `input`  –         integer, place 2
      column `c` of `input`  –         integer, place 3
      input `input`          –         float [?, 3]
      output `variable`      –         float [?, 1]
      no findings, nothing waived
      0 of 2 approvals to deploy plimsoll.yaml:22; ben, carol, dave may
    ✓ ben approved bikes@1.0.0
      subject    sha256:ID
      statement  blake3:ID
      audit log  entry 2
      1 of 2 approvals to deploy (ben) plimsoll.yaml:22; carol, dave may
    ");
    insta::assert_snapshot!(scene.sandbox.plimsoll(["deploy", "bikes@1.0.0"]), @"
    exit code: 4
    --- stderr
    error: bikes@1.0.0 needs 2 approvals of the last 30 days before it is deployed (plimsoll.yaml:22): 1 is there (ben), 1 is missing
    hint: `plimsoll approve sha256:ID --comment REASON` by carol or dave
    ");
    // The exact command that is said, with a reason of one's own.
    let subject = scene.json(&["model", "show", "bikes@1.0.0"], 0)["subject"].clone();
    let subject = subject.as_str().unwrap();
    people.say("ben", &["approve", subject, "--comment", "twice", "--yes"], 0);
    scene.call(&["deploy", "bikes@1.0.0"], 4);
    people.say("carol", &["approve", subject, "--comment", "me too", "--yes"], 0);
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    let shown = scene.json(&["model", "show", "bikes@1.0.0"], 0);
    let said: Vec<_> = shown["approvals"].as_array().unwrap().iter().map(|it| &it["by"]).collect();
    assert_eq!(said, ["ben", "ben", "carol"]);
    let history = scene.call(&["model", "history", "bikes"], 0);
    assert!(history.stdout.contains("approved"), "{history}");
    assert_eq!(scene.json(&["audit", "verify"], 0)["entries"], 5);
}

#[test]
fn nobody_approves_what_they_built() {
    let Some(people) = People::new("approvals:\n  deploy: { count: 1 }\n") else { return };
    let scene = &people.scene;
    people.version(2.0);
    // The key of the release may approve too, but not this.
    let own = people.say("ada", &["approve", "bikes@1.0.0", "--comment", "mine", "--yes"], 1);
    insta::assert_snapshot!(own.stderr, @"
    error: ada built or released bikes@1.0.0, and nobody approves their own work
    hint: somebody else has to, with a key of another name in the trust file
    ");
    // Not by another key of the same name either, and no key without the role.
    let rotated = people.say("ada-2", &["approve", "bikes@1.0.0", "--comment", "mine", "--yes"], 1);
    assert_eq!(rotated.stderr, own.stderr);
    insta::assert_snapshot!(people.say("ci", &["approve", "bikes@1.0.0", "--comment", "ok", "--yes"], 1).stderr, @"
    error: key `ci` is not trusted as approver
    hint: sign with the key that the trust file names with the role `approver`, by PLIMSOLL_SIGNING_KEY; whoever answers for the trust file adds a key and raises `version`
    ");
    insta::assert_snapshot!(people.say("stranger", &["approve", "bikes@1.0.0", "--comment", "ok", "--yes"], 1).stderr, @"
    error: the trust file does not name your key (2719bd1593eddbc6)
    hint: sign with the key that the trust file names with the role `approver`, by PLIMSOLL_SIGNING_KEY; whoever answers for the trust file adds a key and raises `version`
    ");
    scene.call(&["deploy", "bikes@1.0.0"], 4);
}

#[test]
fn a_no_blocks_until_the_same_person_says_yes() {
    // Also where nobody needs to agree.
    let Some(people) = People::new("") else { return };
    let scene = &people.scene;
    people.version(2.0);
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    people.version(2.5);
    people.say("carol", &["reject", "bikes@1.1.0", "--comment", "wrong at night", "--yes"], 0);
    let refused = scene.call(&["deploy", "bikes@1.1.0"], 1);
    insta::assert_snapshot!(people.steady(&refused.to_string()), @"
    exit code: 1
    --- stderr
    error: bikes@1.1.0 was rejected by carol on DAY (wrong at night)
    hint: only carol can withdraw that: `plimsoll approve sha256:ID --comment REASON`
    ");
    people.say("ben", &["approve", "bikes@1.1.0", "--comment", "fine", "--yes"], 0);
    scene.call(&["deploy", "bikes@1.1.0"], 1);
    scene.call(&["model", "alias", "bikes@1.1.0", "canary", "--because", "try"], 1);
    people.say("carol", &["approve", "bikes@1.1.0", "--comment", "mended", "--yes"], 0);
    scene.call(&["deploy", "bikes@1.1.0"], 0);
    // What was rejected since is not gone back to.
    people.say("ben", &["reject", "bikes@1.0.0", "--comment", "leaks", "--yes"], 0);
    let back = scene.call(&["rollback", "bikes", "--because", "worse"], 1);
    assert!(back.stderr.contains("bikes@1.0.0 was rejected by ben"), "{back}");
}

#[test]
fn going_back_needs_no_new_yes_and_going_elsewhere_does() {
    let Some(people) = People::new("approvals:\n  deploy: { count: 1 }\n") else { return };
    let scene = &people.scene;
    for (weight, version) in [(2.0, "bikes@1.0.0"), (2.4, "bikes@1.1.0")] {
        assert_eq!(people.version(weight), version);
        people.say("ben", &["approve", version, "--comment", "good", "--yes"], 0);
        scene.call(&["deploy", version], 0);
    }
    assert_eq!(people.version(2.9), "bikes@1.2.0");
    let unseen = ["rollback", "bikes", "--to", "1.2.0", "--because", "forwards"];
    let refused = scene.call(&unseen, 4);
    assert!(refused.stderr.contains("bikes@1.2.0 needs 1 approval"), "{refused}");
    // However long ago it was that people agreed.
    scene.call(&["rollback", "bikes", "--because", "worse"], 0);
    scene.call(&["rollback", "bikes", "--to", "1.1.0", "--because", "better after all"], 0);
}

#[test]
fn the_stricter_of_repository_and_policy_holds_and_neither_is_dodged() {
    let Some(people) = People::new("approvals:\n  deploy: { count: 1 }\n") else { return };
    let scene = &people.scene;
    people.policy("gate:\n  - { metric: wape, max: 0.4 }\napprovals:\n  deploy: { count: 2 }\n");
    people.version(2.0);
    people.say("ben", &["approve", "bikes@1.0.0", "--comment", "good", "--yes"], 0);
    let refused = scene.call(&["deploy", "bikes@1.0.0"], 4);
    assert!(refused.stderr.contains("(policy.yaml:4)"), "{refused}");
    people.say("carol", &["approve", "bikes@1.0.0", "--comment", "good", "--yes"], 0);
    scene.call(&["deploy", "bikes@1.0.0"], 0);

    // The next version's repository asks for nobody any more: the champion's still does.
    people.policy("gate:\n  - { metric: wape, max: 0.4 }\n");
    scene.sandbox.replace("plimsoll.yaml", "approvals:\n  deploy: { count: 1 }\n", "");
    assert_eq!(people.version(2.5), "bikes@1.1.0");
    let refused = scene.call(&["deploy", "bikes@1.1.0"], 4);
    assert!(refused.stderr.contains("needs 1 approval before it is deployed"), "{refused}");
}

#[test]
fn a_yes_is_for_one_verdict_and_ends() {
    let Some(people) = People::new("approvals:\n  deploy: { count: 1 }\n") else { return };
    let scene = &people.scene;
    people.version(2.0);
    let comment = ["--comment", "good", "--yes"];
    let with = |days| [&["approve", "bikes@1.0.0", "--expires", days], &comment[..]].concat();
    people.say("ben", &with("1d"), 0);
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    // Of a key that ended since, it counts no more.
    people.trust(&[("ben", "to: 2026-01-01T00:00:00Z")]);
    people.version(2.5);
    people.say("carol", &["approve", "bikes@1.1.0", "--comment", "good", "--yes"], 0);
    people.trust(&[("carol", "to: 2026-01-01T00:00:00Z")]);
    let refused = scene.call(&["deploy", "bikes@1.1.0"], 4);
    assert!(refused.stderr.contains("there is none, 1 is missing"), "{refused}");
    assert!(
        people
            .say("carol", &["approve", "bikes@1.1.0", "--comment", "x", "--yes"], 1)
            .stderr
            .contains("is not valid at present")
    );
    people.say("dave", &with("0d"), 2);
}

#[test]
fn a_run_is_approved_before_it_has_a_number() {
    let Some(people) = People::new("approvals:\n  release: { count: 1 }\n") else { return };
    let scene = &people.scene;
    let run = scene.run();
    let refused = scene.call(&["release", &run], 4);
    insta::assert_snapshot!(people.steady(&refused.to_string()), @"
    exit code: 4
    --- stderr
    error: run ID of bikes needs 1 approval before it is released (plimsoll.yaml:22): there is none, 1 is missing
    hint: `plimsoll approve ID --comment REASON` by ben or carol or dave
    ");
    assert_eq!(scene.json(&["model", "list"], 0)["models"], serde_json::json!([]));
    people.say("ben", &["approve", &run, "--comment", "good", "--yes"], 0);
    // Who signs the release may not be who approved it.
    let own = people.say("ben", &["release", &run], 4);
    assert!(own.stderr.contains("ben built or released it"), "{own}");
    assert_eq!(scene.json(&["release", &run], 0)["version"], "bikes@1.0.0");
    scene.call(&["release", &run], 0);
    // Another run of the same content is the same version.
    let again = scene.json(&["run"], 0)["run"].as_str().unwrap().to_owned();
    assert_eq!(scene.json(&["release", &again], 0)["new"], false);
    scene.model(2.5);
    scene.commit();
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    scene.call(&["run", "--release"], 4);
}

#[test]
fn what_is_approved_is_shown_before_it_is_signed() {
    let Some(people) = People::new("") else { return };
    let scene = &people.scene;
    people.version(2.0);
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    people.version(2.5);
    let shown = scene.call(&["approve", "bikes@1.1.0", "--show"], 0);
    insta::assert_snapshot!(people.steady(&shown.stdout), @"
    bikes@1.1.0 against bikes@1.0.0
      subject  sha256:ID
      run      ID at commit COMMIT
      gate     pass, 2 rules (verdict blake3:ID)
      metric  champion  interval            this  interval
      MAE        5.033  [4.871, 5.187]     2.551  [2.457, 2.642]
      RMSE       5.937  [5.791, 6.074]     3.012  [2.923, 3.103]
      WAPE       0.099  [0.096, 0.101]     0.050  [0.048, 0.052]
      R2         0.733  [0.687, 0.769]     0.931  [0.920, 0.940]
      bias      -4.979  [-5.138, -4.822]  -2.483  [-2.579, -2.390]
      on the same rows    gain  interval
      MAE               49.3 %  [48.4 %, 50.2 %]
      RMSE              49.3 %  [48.5 %, 50.1 %]
      WAPE              49.3 %  [48.4 %, 50.2 %]
      R2                 0.198  [0.167, 0.242]
      the same in both: data, dependencies, signature
      no findings, nothing waived
    ");
    let entries = || scene.json(&["audit", "verify"], 0)["entries"].clone();
    let before = entries();
    assert_eq!(scene.json(&["approve", "bikes@1.1.0"], 0)["champion"], "bikes@1.0.0");
    // Nobody is at a terminal.
    let asked = people.say("ben", &["approve", "bikes@1.1.0", "--comment", "good"], 2);
    insta::assert_snapshot!(asked.stderr, @"
    error: nobody is at a terminal to be asked, and nothing was signed
    hint: add `--yes` where a person decided on it, or `--show` to look only
    ");
    let silent = people.say("ben", &["approve", "bikes@1.1.0", "--yes"], 2);
    insta::assert_snapshot!(silent.stderr, @"
    error: a yes or no needs a reason
    hint: write `--comment REASON`, or `--show` to look only
    ");
    assert_eq!(entries(), before);
    scene.call(
        &[
            "approve",
            "sha256:0000000000000000000000000000000000000000000000000000000000000000",
            "--show",
        ],
        2,
    );
    scene.call(&["approve", "bikes@9.0.0", "--show"], 2);
    scene.call(&["approve", "deadbeef", "--show"], 2);
}

#[test]
fn what_the_gate_blocks_is_not_approved() {
    let Some(people) = People::new("") else { return };
    let scene = &people.scene;
    scene.model(-9.0);
    scene.commit();
    let run = scene.json(&["run"], 1)["run"].as_str().unwrap().to_owned();
    let refused = people.say("ben", &["approve", &run, "--comment", "good", "--yes"], 1);
    assert!(refused.stderr.contains("no approval changes that"), "{refused}");
}

#[test]
fn two_who_approve_at_once_both_count() {
    let Some(people) = People::new("approvals:\n  deploy: { count: 3 }\n") else { return };
    let scene = &people.scene;
    people.version(2.0);
    let children = ["ben", "carol", "dave"].map(|name| {
        let mut command =
            people.command(name, &["approve", "bikes@1.0.0", "--comment", "good", "--yes"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    });
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", scene.sandbox.ended(&output));
    }
    scene.call(&["deploy", "bikes@1.0.0"], 0);
}

#[test]
fn a_statement_that_somebody_changed_approves_nothing() {
    let Some(people) = People::new("approvals:\n  deploy: { count: 1 }\n") else { return };
    let scene = &people.scene;
    people.version(2.0);
    let said =
        people.say("ben", &["approve", "bikes@1.0.0", "--comment", "good", "--yes", "--json"], 0);
    let document: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(document["recorded"]["by"], "ben");
    // Objects are named by their content, so a changed one is damaged.
    let objects = scene.sandbox.home().join("objects");
    let shown = people.statement(&document);
    let found = people::find(&objects, &shown);
    let mut bytes = std::fs::read(&found).unwrap();
    let last = bytes.len() - 9;
    bytes[last] ^= 1;
    people::overwrite(&found, &bytes);
    let refused = scene.call(&["deploy", "bikes@1.0.0"], 5);
    assert!(refused.stderr.contains("damaged"), "{refused}");
}
