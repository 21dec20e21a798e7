//! Everything about a version in one place, and whatever can be wrong with it.

use std::fs;

use super::scene::{Scene, trust_in};

const PROSE: &str = "## Intended use\n\nPlanning of **tomorrow**, see <https://example.org>.\n\n![map](https://example.org/map.png)\n\n## Limitations\n\n<script>alert(1)</script> Nights.\n";

/// A scene with a version whose owners say something.
fn scene() -> Option<Scene> {
    let scene = Scene::new()?;
    scene.sandbox.write("MODEL_CARD.md", PROSE);
    scene.sandbox.replace("plimsoll.yaml", "gate:\n", "card: MODEL_CARD.md\ngate:\n");
    scene.commit();
    scene.run();
    scene.call(&["model", "card", "--accept"], 0);
    scene.commit();
    scene.run();
    assert_eq!(scene.release(), "bikes@1.0.0");
    scene.call(&["deploy", "bikes@1.0.0"], 0);
    Some(scene)
}

#[test]
fn a_dossier_verifies_without_the_registry_that_it_came_from() {
    let Some(scene) = scene() else { return };
    let made = scene.call(&["model", "dossier", "bikes@champion"], 0).stdout;
    assert!(made.starts_with("the dossier of bikes@1.0.0 is in bikes-1.0.0-dossier\n"), "{made}");
    assert!(made.trim_end().ends_with("next: plimsoll verify bikes-1.0.0-dossier"), "{made}");
    let shown = scene.call(&["verify", "bikes-1.0.0-dossier"], 0).stdout;
    // When it was released is the clock's to say.
    let lines = shown.lines().filter(|line| !line.contains("released"));
    let lines: Vec<String> = lines
        .map(|line| match line.split_once(" on 20") {
            Some((what, rest)) => {
                format!("{what} on DAY{}", rest.split_once(',').map_or("", |(_, rest)| rest))
            }
            None => line.to_owned(),
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    ✓ the dossier of bikes@1.0.0 verifies: every byte is accounted for, and its parts agree
      subject     sha256:ID
      gate        pass, 2 rules
      files       23, without the model
      audit log   2 entries of the model, sealed to one another
      dossier     signed by ada
      provenance  signed by ada
      release     signed by ada
      verdict     signed by ada
      deployed    as champion on DAY signed by ada
      checkpoint  up to entry 2, signed by ada
    ");
    let files = fs::read_dir(scene.sandbox.repo().join("bikes-1.0.0-dossier")).unwrap();
    let mut names: Vec<_> =
        files.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    let expected = [
        "audit.json",
        "bundle",
        "card.md",
        "checkpoints",
        "data.json",
        "dossier.json",
        "dossier.sigstore.json",
        "evidence",
        "index.html",
        "release.json",
        "sbom",
        "statements",
        "trust.yaml",
        "verdict.json",
    ];
    assert_eq!(names, expected);

    // Two makings are the same bytes; a home that only trusts the key is enough to check them.
    for name in ["one.tar", "two.tar"] {
        scene.call(&["model", "dossier", "bikes@1.0.0", "--weights", "--output", name], 0);
    }
    let [one, two] =
        ["one.tar", "two.tar"].map(|name| fs::read(scene.sandbox.repo().join(name)).unwrap());
    assert!(one == two);
    let other = scene.sandbox.repo().join("other");
    trust_in(&other, "keys/signing.pem", "trust.yaml", 7, "[builder, gate, release]");
    let mut elsewhere = scene.sandbox.command(["verify", "one.tar", "--json"]);
    let elsewhere = elsewhere.env("PLIMSOLL_HOME", &other).output().unwrap();
    let document: serde_json::Value = serde_json::from_slice(&elsewhere.stdout).unwrap();
    assert_eq!((&document["weights"], &document["audited"]), (&true.into(), &2.into()));
    let strangers = scene.sandbox.repo().join("strangers");
    trust_in(&strangers, "keys/signing.pem", "trust.yaml", 8, "[builder, gate, release]");
    let mut refused = scene.sandbox.command(["verify", "one.tar"]);
    let refused = refused.env("PLIMSOLL_HOME", &strangers).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(1));
    assert!(said.contains("which the trust file does not name"), "{said}");
    assert!(said.contains("one that came with the dossier proves nothing"), "{said}");
}

#[test]
fn the_page_says_the_verdict_first_and_asks_nobody_for_anything() {
    let Some(scene) = scene() else { return };
    scene.call(&["model", "dossier", "bikes@1.0.0", "--output", "page.html"], 0);
    let page = scene.sandbox.read("page.html");
    let at = |text: &str| page.find(text).unwrap_or_else(|| panic!("no `{text}`"));
    assert!(at("This model may ship") < at("id=\"gate\""));
    assert!(at("id=\"gate\"") < at("id=\"owners\"") && at("id=\"owners\"") < at("id=\"audit\""));
    assert!(page.contains("<strong>tomorrow</strong>") && page.contains("&lt;script"), "{page}");
    assert!(page.contains("https://example.org/rows") && page.contains("CC0-1.0"));
    for asked in ["<script", "<img", "<link", "src=", "url(", "@import"] {
        assert!(!page.contains(asked), "{asked}");
    }
    // Every link within the page has its place.
    for link in page.split("href=\"#").skip(1) {
        let id = link.split('"').next().unwrap();
        assert!(page.contains(&format!("id=\"{id}\"")), "{id}");
    }
    scene.call(&["verify", "page.html"], 1);
    scene.call(&["model", "dossier", "bikes@1.0.0", "--output", "x.html", "--weights"], 2);
}

#[test]
fn what_was_changed_is_said_and_nothing_is_written_over() {
    let Some(scene) = scene() else { return };
    scene.call(&["model", "dossier", "bikes@1.0.0", "--output", "d"], 0);
    let again = scene.call(&["model", "dossier", "bikes@1.0.0", "--output", "d"], 2).stderr;
    assert!(again.contains("d exists already"), "{again}");
    let card = scene.sandbox.read("d/card.md");
    scene.sandbox.write("d/card.md", &card.replace("Nights", "Nothing"));
    let said = scene.call(&["verify", "d"], 1).stderr;
    assert!(said.contains("`card.md` of the dossier was changed"), "{said}");
    scene.sandbox.write("d/card.md", &card);
    scene.call(&["verify", "d"], 0);
    scene.sandbox.write("d/more.txt", "");
    let said = scene.call(&["verify", "d"], 1).stderr;
    assert!(said.contains("the first is `more.txt`"), "{said}");
    scene.call(&["model", "dossier", "bikes@2.0.0"], 2);
}
