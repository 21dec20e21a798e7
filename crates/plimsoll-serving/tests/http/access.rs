//! Who may ask.

use plimsoll_serving::{ServeError, Server};

use crate::harness::{TestModel, TestServer};

const TOKEN: &str = "correct-horse";

#[test]
fn without_the_token_only_health_is_told() {
    let served = TestServer::new().token(TOKEN).serve(TestModel::fixture("linear-float"));
    let Some(mut story) = served else { return };
    for path in ["/v2/health/live", "/v2/health/ready", "/ping"] {
        assert_eq!(story.get(path).status, 200, "{path}");
    }
    let closed = ["/v2", "/metrics", "/version", "/v2/models/linear-float"];
    for path in closed {
        let answer = story.get(path);
        assert_eq!((answer.status, answer.header("www-authenticate")), (401, Some("Bearer")));
        assert_eq!(
            answer.error(),
            "a bearer token is needed: the header `Authorization: Bearer TOKEN` is missing or wrong"
        );
    }
    assert_eq!(story.infer_text("{}").status, 401);
    story.token = Some("correct-hors".to_owned());
    assert_eq!(story.get("/v2").status, 401);
    story.token = Some(TOKEN.to_owned());
    for path in closed {
        assert_eq!(story.get(path).status, 200, "{path}");
    }
    assert_eq!(story.infer_text("{}").status, 400);
}

#[test]
fn other_machines_are_served_with_a_token_only() {
    let open = TestServer::new().address(([0, 0, 0, 0], 0).into());
    let error = Server::bind(open.settings()).unwrap_err();
    assert!(matches!(error, ServeError::Open(_)));
    assert_eq!(
        error.to_string(),
        "0.0.0.0:0 can be reached from other machines, so a token is needed"
    );
    let closed = TestServer::new().address(([0, 0, 0, 0], 0).into()).token(TOKEN);
    assert!(Server::bind(closed.settings()).is_ok());
}

#[test]
fn an_address_in_use_is_named() {
    let first = Server::bind(TestServer::new().settings()).unwrap();
    let second = TestServer::new().address(first.local_addr());
    let error = Server::bind(second.settings()).unwrap_err();
    assert_eq!(error.to_string(), format!("{} cannot be listened on", first.local_addr()));
}
