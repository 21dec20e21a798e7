use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use super::*;

struct Scene(tempfile::TempDir);

impl Scene {
    fn new(config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.json"), config).unwrap();
        Self(folder)
    }

    fn helper(&self, name: &str, script: &str) {
        let path = self.0.path().join(format!("docker-credential-{name}"));
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    }

    fn find(&self, reference: &str) -> Result<Credentials, ReadCredentialsError> {
        let folder = self.0.path().to_owned();
        let files = vec![folder.join("missing.json"), folder.join("config.json")];
        Keychain { files, programs: vec![folder] }.find(&reference.parse().unwrap())
    }
}

fn password(user: &str, secret: &str) -> Credentials {
    Credentials::Password { user: user.to_owned(), secret: Secret::new(secret.to_owned()) }
}

#[test]
fn the_nearest_entry_counts() {
    let auth = |text: &str| format!("{{\"auth\": \"{}\"}}", BASE64.encode(text));
    let scene = Scene::new(&format!(
        "{{\"auths\": {{\"r.org\": {}, \"r.org/team\": {}, \"https://s.org:5000/v2/\": {}, \"https://index.docker.io/v1/\": {}, \"t.org\": {{\"identitytoken\": \"it\"}}, \"u.org\": {{}}, \"v.org\": {{\"username\": \"ada\", \"password\": \"pw\"}}}}}}",
        auth("ada:one"),
        auth("ada:t:w:o"),
        auth("ada:three"),
        auth("ada:four"),
    ));
    for (reference, expected) in [
        ("r.org/bikes", password("ada", "one")),
        ("r.org/team/bikes", password("ada", "t:w:o")),
        ("r.org/teams/bikes", password("ada", "one")),
        ("s.org:5000/a", password("ada", "three")),
        ("s.org/a", Credentials::Anonymous),
        ("docker.io/ada/bikes", password("ada", "four")),
        ("t.org/a", Credentials::Identity(Secret::new("it".to_owned()))),
        ("u.org/a", Credentials::Anonymous),
        ("v.org/a", password("ada", "pw")),
        ("evil-r.org/a", Credentials::Anonymous),
    ] {
        assert_eq!(scene.find(reference).unwrap(), expected, "{reference}");
    }
}

#[test]
fn helpers_are_asked() {
    let scene = Scene::new(
        r#"{"credHelpers": {"a.org": "one", "b.org": "none", "c.org": "bad", "d.org": "words", "e.org": "../x"}, "credsStore": "all"}"#,
    );
    scene.helper("one", r#"read it; echo "{\"Username\": \"$it\", \"Secret\": \"s\"}""#);
    scene.helper("all", r#"echo '{"Username": "<token>", "Secret": "t"}'"#);
    scene.helper("bad", "echo 'the keyring is locked'; exit 1");
    scene.helper("words", "echo hello");
    assert_eq!(scene.find("a.org/x").unwrap(), password("a.org", "s"));
    assert_eq!(scene.find("z.org/x").unwrap(), Credentials::Identity(Secret::new("t".to_owned())));
    for (reference, said) in [
        ("b.org/x", "is in no folder of PATH"),
        ("c.org/x", "says no"),
        ("d.org/x", "answers something else"),
        ("e.org/x", "is in no folder of PATH"),
    ] {
        let error = scene.find(reference).unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
    scene.helper("none", "echo 'credentials not found in native keychain'; exit 1");
    assert_eq!(scene.find("b.org/x").unwrap(), Credentials::Anonymous);
}

#[test]
fn what_cannot_be_read_is_no_absence_and_shows_no_secret() {
    for config in [
        r#"{"auths": {"r.org": {"auth": "czNjcjN0"}}}"#,
        r#"{"auths": {"r.org": {"auth": "s3cr3t!"}}}"#,
        r#"{"auths": {"r.org": {"auth": s3cr3t}}}"#,
        r#"{"auths": ["s3cr3t"]}"#,
    ] {
        let error = Scene::new(config).find("r.org/a").unwrap_err();
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("s3cr3t"), "{shown}");
    }
    let debugged = format!("{:?}", password("ada", "s3cr3t"));
    assert!(!debugged.contains("s3cr3t"), "{debugged}");
}
