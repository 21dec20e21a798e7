//! `plimsoll serve --stateless`: a bundle, whose signatures count, and nothing that can be written to.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use crate::live::asked::Connection;
use crate::live::server::Server;
use crate::release::scene::Scene;

const SECRET: &str = "a-secret-of-enough-letters-0123456789";

/// Returns the server of a bundle in a home that can be none.
fn stateless(scene: &Scene) -> Command {
    let bundle = scene.bundle("bikes@1.0.0");
    let mut command = scene.sandbox.command(["serve", "--port", "0", "--json", "--stateless"]);
    command.arg(bundle).args(["--workers", "1", "--host", "0.0.0.0", "--trust"]);
    command.arg(scene.sandbox.home().join("trust.yaml")).env("PLIMSOLL_HOME", "/proc/version/none");
    command
}

#[test]
fn a_bundle_is_served_without_a_home_to_who_knows_the_secret() {
    let Some(scene) = Scene::released() else { return };
    let open = scene.sandbox.ended(&stateless(&scene).output().unwrap());
    assert_eq!(open.code, Some(2), "{open}");
    assert!(open.stderr.contains("PLIMSOLL_SERVE_TOKEN"), "{open}");
    let mut short = stateless(&scene);
    let short = scene.sandbox.ended(&short.env("PLIMSOLL_SERVE_TOKEN", "short").output().unwrap());
    assert_eq!(short.code, Some(2), "{short}");
    assert!(short.stderr.contains("PLIMSOLL_SERVE_TOKEN: a token is 8 to 1024"), "{short}");

    let mut command = stateless(&scene);
    command.env("PLIMSOLL_SERVE_TOKEN", SECRET);
    let server = Server::start(command, scene.sandbox.home().join("server.log"));
    let local = SocketAddr::from(([127, 0, 0, 1], server.address.port()));
    let connect = || Connection::open(local).unwrap();
    assert_eq!(connect().get("/v2/health/ready").unwrap().status, 200);
    assert_eq!(connect().infer().unwrap().status, 401);
    let answer = connect().with_token(SECRET).infer().unwrap();
    assert_eq!((answer.status, &answer.json()["model_version"]), (200, &"1.0.0".into()));
    let (code, logs) = server.end();
    assert_eq!(code, Some(0), "{logs}");
    assert!(!logs.contains(SECRET), "{logs}");
    assert!(!scene.sandbox.home().join("captures").exists());
}

#[test]
fn what_needs_a_home_or_does_not_verify_is_refused() {
    let Some(scene) = Scene::released() else { return };
    let trust = scene.sandbox.home().join("trust.yaml");
    let trust = trust.to_str().unwrap();
    let refused = |arguments: &[&str], code: i32, said: &str| {
        let ended = scene.call(&[&["serve", "--stateless"][..], arguments].concat(), code);
        assert!(ended.stderr.contains(said), "{ended}");
    };
    let bundle = scene.bundle("bikes@1.0.0");
    refused(&[bundle.to_str().unwrap()], 2, "--trust");
    refused(&["bikes@1.0.0", "--trust", trust], 2, "there is no registry");
    let other = scene.trust("keys/other.pem", "other.yaml", 9, "[builder, gate, release]");
    fs::remove_file(other).unwrap();
    let other = scene.sandbox.home().join("other.yaml");
    refused(&[bundle.to_str().unwrap(), "--trust", other.to_str().unwrap()], 1, "key");
}
