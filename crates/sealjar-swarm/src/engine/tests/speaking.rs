//! What is asked, in which words, and what is read from the answer?

use serde_json::json;

use super::peer::{Peer, Reply, ok, status};
use crate::engine::{EngineError, Kind, Labels};

fn labels(label: &str) -> Labels {
    [("epoch".to_owned(), label.to_owned())].into()
}

#[tokio::test]
async fn an_engine_is_asked_in_its_own_version_and_only_once_which_that_is() {
    for version in ["1.41", "1.51", "1.60"] {
        let peer = Peer::bare(move |heard| {
            let body = match heard.line.as_str() {
                "GET /version" => json!({ "ApiVersion": version, "MinAPIVersion": "1.24" }),
                _ => json!({}),
            };
            Reply::Answer(200, version, body.to_string())
        });
        peer.engine.info().await.unwrap();
        peer.engine.info().await.unwrap();
        let info = format!("GET /v{version}/info");
        assert_eq!(peer.lines(), ["GET /version", &info, &info]);
    }
}

#[tokio::test]
async fn an_engine_that_is_too_old_is_asked_nothing_more() {
    let peer = Peer::bare(|_| ok(&json!({ "ApiVersion": "1.40" })));
    let error = peer.engine.info().await.unwrap_err();
    assert!(
        matches!(&error, EngineError::Version { engine } if engine == "1.40"),
        "{error}"
    );
    assert_eq!(peer.lines(), ["GET /version"]);
}

#[tokio::test]
async fn an_engine_that_was_upgraded_meanwhile_is_asked_in_its_new_version() {
    let peer = Peer::bare(|heard| match heard.line.as_str() {
        "GET /version" => Reply::Answer(200, "1.51", json!({ "ApiVersion": "1.51" }).to_string()),
        _ => Reply::Answer(200, "1.52", "{}".into()),
    });
    peer.engine.info().await.unwrap();
    peer.engine.info().await.unwrap();
    let operation = ["GET /version", "GET /v1.51/info"];
    assert_eq!(peer.lines(), [operation, operation].concat());
}

#[tokio::test]
async fn what_is_made_is_sent_whole_and_its_id_comes_back() {
    let peer = Peer::new(|_| status(201, &json!({ "ID": "7f3c" })));
    let (name, labels) = ("sealjar.web.\"e1", labels("1"));
    let id = peer
        .engine
        .create(Kind::Secret, name, &labels, b"\xff\xfe\xfd?");
    assert_eq!(id.await.unwrap(), "7f3c");
    let [heard] = &peer.heard()[..] else { panic!() };
    assert_eq!(heard.line, "POST /v1.41/secrets/create");
    let sent = json!({ "Name": name, "Labels": { "epoch": "1" }, "Data": "//79Pw==" });
    assert_eq!(heard.json(), sent);
}

#[tokio::test]
async fn what_a_newer_engine_knows_comes_back_to_it_when_something_is_relabelled() {
    let spec =
        json!({ "Name": "a.head", "Labels": { "epoch": "1" }, "Data": "eA==", "Novel": [1, null] });
    let mut listed = json!({ "ID": "x/y", "Version": { "Index": u64::MAX }, "Spec": spec });
    listed["CreatedAt"] = "2026-11-22T17:18:45.922694322Z".into();
    let peer = Peer::new(move |heard| {
        if heard.line.starts_with("GET") {
            ok(&json!([listed]))
        } else {
            ok("")
        }
    });
    let listed = peer.engine.list(Kind::Config, "a.head").await.unwrap();
    let [object] = &listed[..] else { panic!() };
    assert_eq!(object.data.as_deref().unwrap(), b"x");
    assert_eq!(object.labels, labels("1"));
    assert_eq!(object.created_at, "2026-11-22T17:18:45.922694322Z");
    peer.engine
        .relabel(Kind::Config, object, &labels("2"))
        .await
        .unwrap();
    let [_, relabelled] = &peer.heard()[..] else {
        panic!()
    };
    let path = format!("POST /v1.41/configs/x%2Fy/update?version={}", u64::MAX);
    assert_eq!(relabelled.line, path);
    let mut expected = spec;
    expected["Labels"] = json!({ "epoch": "2" });
    assert_eq!(relabelled.json(), expected);
}

#[tokio::test]
async fn a_service_comes_back_as_it_went() {
    let spec =
        json!({ "Healthcheck": { "Test": ["CMD"] }, "Ratio": 0.1, "Delay": u64::MAX, "Z": {} });
    let answer = spec.clone();
    let peer = Peer::new(move |_| ok(&json!([answer])));
    let listed = peer.engine.services().await.unwrap();
    let [read] = &listed[..] else { panic!() };
    assert_eq!(*read, spec);
    peer.engine.update_service("7f3c", 12, read).await.unwrap();
    let [_, updated] = &peer.heard()[..] else {
        panic!()
    };
    assert_eq!(updated.line, "POST /v1.41/services/7f3c/update?version=12");
    assert_eq!(updated.json(), spec);
}

#[tokio::test]
async fn names_that_only_begin_alike_for_the_engine_are_left_out() {
    let object = |name: &str| json!({ "ID": "1", "Version": { "Index": 3 }, "CreatedAt": "now", "Spec": { "Name": name } });
    let listed = json!([
        object("a.Web.head"),
        object("a.web.head"),
        object("A.web.x")
    ]);
    let peer = Peer::new(move |_| ok(&listed));
    let objects = peer.engine.list(Kind::Config, "a.web.").await.unwrap();
    let names: Vec<&str> = objects.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["a.web.head"]);
    let filters = "GET /v1.41/configs?filters=%7B%22name%22%3A%5B%22a.web.%22%5D%7D";
    assert_eq!(peer.lines()[1], filters);
}

#[tokio::test]
async fn an_empty_list_is_one_however_it_is_written() {
    for (body, length) in [
        ("[]", Some(0)),
        ("null", Some(0)),
        ("[{}]", Some(1)),
        ("{}", None),
    ] {
        let peer = Peer::new(move |_| ok(body));
        let tasks = peer.engine.tasks().await;
        assert_eq!(tasks.ok().map(|tasks| tasks.len()), length, "{body}");
    }
}

#[tokio::test]
async fn an_image_that_is_not_there_is_no_error_and_its_name_stays_a_path() {
    let peer = Peer::new(|_| status(404, &json!({ "message": "no such image" })));
    let image = peer.engine.image("registry:5000/a b/app@sha256:00").await;
    assert_eq!(image.unwrap(), None);
    let line = "GET /v1.41/images/registry%3A5000/a%20b/app%40sha256%3A00/json";
    assert_eq!(peer.lines()[1], line);
    let peer = Peer::new(|_| status(500, ""));
    assert!(peer.engine.image("app").await.is_err());
}

#[tokio::test]
async fn a_name_that_is_taken_and_a_thing_that_is_gone_are_named() {
    let peer = Peer::new(|heard| {
        if heard.line.starts_with("POST") {
            status(
                409,
                &json!({ "message": "rpc error: code = AlreadyExists desc = x" }),
            )
        } else {
            status(404, &json!({ "message": "secret 7f3c not found" }))
        }
    });
    let labels = Labels::new();
    let taken = peer.engine.create(Kind::Config, "a.head", &labels, b"x");
    assert_eq!(
        taken.await.unwrap_err().to_string(),
        "the name a.head is taken"
    );
    let gone = peer.engine.remove(Kind::Secret, "7f3c").await.unwrap_err();
    assert!(matches!(&gone, EngineError::NotFound { what } if what == "secret 7f3c"));
    assert_eq!(peer.lines().last().unwrap(), "DELETE /v1.41/secrets/7f3c");
}

#[tokio::test]
async fn an_answer_that_lacks_what_is_needed_is_told_from_a_success() {
    let whole = json!({ "ID": "1", "Version": { "Index": 3 }, "CreatedAt": "now",
        "Spec": { "Name": "a", "Data": "eA==", "Labels": { "a": "b" } } });
    let with = |pointer: &str, value| {
        let mut object = whole.clone();
        *object.pointer_mut(pointer).unwrap() = value;
        object
    };
    for object in [
        json!({}),
        with("/ID", json!(1)),
        with("/Version/Index", json!(-1)),
        with("/CreatedAt", json!(null)),
        with("/Spec/Name", json!(null)),
        with("/Spec/Data", json!("eA")),
        with("/Spec/Labels/a", json!(1)),
    ] {
        let answer = object.clone();
        let peer = Peer::new(move |heard| {
            if heard.line.starts_with("GET") {
                ok(&json!([answer]))
            } else {
                ok(&answer)
            }
        });
        let error = peer.engine.list(Kind::Config, "a").await.unwrap_err();
        assert!(
            matches!(error, EngineError::Unavailable { .. }),
            "{object}: {error:?}"
        );
        let created = peer
            .engine
            .create(Kind::Config, "a", &Labels::new(), b"x")
            .await;
        let known = created.is_ok();
        assert_eq!(known, object["ID"].is_string(), "{object}");
    }
    let peer = Peer::new(move |_| ok(&json!([whole])));
    assert_eq!(peer.engine.list(Kind::Config, "a").await.unwrap().len(), 1);
}
