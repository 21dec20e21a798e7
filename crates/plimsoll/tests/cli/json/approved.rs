//! Somebody who approves what another released.

use std::fmt::Write;
use std::fs;

use plimsoll_release::key::SigningKey;

use super::scene::Scene;

/// Says something with a key of one's own, which is added to the trust file.
#[track_caller]
pub(super) fn say(scene: &mut Scene, arguments: &[&str]) {
    let home = scene.sandbox.home().to_owned();
    let (file, trust) = (home.join("keys/ben.pem"), home.join("trust.yaml"));
    if !file.exists() {
        let key = SigningKey::from_random([10; 32]).unwrap();
        key.write_new(&file).unwrap();
        let pem = key.public().to_pem().unwrap().trim_end().replace('\n', "\n      ");
        let mut text = fs::read_to_string(&trust).unwrap().replace("version: 1", "version: 2");
        _ = writeln!(text, "  - name: ben\n    key: |\n      {pem}\n    roles: [approver]");
        fs::write(&trust, text).unwrap();
    }
    let mut command = scene.sandbox.command(arguments);
    command.args(["--comment", "looked at it", "--yes", "--json"]);
    let output = command.env("PLIMSOLL_SIGNING_KEY", &file).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    let document = scene.check(&String::from_utf8(output.stdout).unwrap(), arguments[0]);
    assert_eq!(document["recorded"]["by"], "ben");
}
