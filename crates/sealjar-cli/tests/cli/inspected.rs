//! Does `inspect` open what a jar of these settings opens, and say what it is?

use sealjar::Timestamp;
use sealjar_session::{Flash, Jar};

use crate::Sandbox;

#[test]
fn a_session_of_a_tenant_opens_with_its_binding_alone() {
    let it = Sandbox::empty();
    it.does(&["init"]);
    let jar = Jar::<()>::builder(it.ring(), "shop-prod").binding("north");
    let soon = Timestamp::now().unwrap().saturating_add(3600);
    let jar = jar.clock(move || Ok(soon)).build().unwrap();
    let cookie = jar.cookie_for(&()).unwrap();
    let now = soon.unix().to_string();
    let look = |more: &[&str]| {
        let plain = ["inspect", "--ring", "ring.json", "--app", "shop-prod"];
        it.run(&[&plain[..], &["--now", &now, &cookie], more].concat())
    };
    let opened = look(&["--binding", "6e6f727468"]);
    assert_eq!(opened.code, 0, "{opened:?}");
    assert!(opened.stdout.contains("opens"), "{opened:?}");
    for other in [&[][..], &["--binding", "736f757468"]] {
        let refused = look(other);
        assert_eq!(refused.code, 3, "{refused:?}");
        assert!(refused.stdout.contains("refused: forged"), "{refused:?}");
        assert!(refused.stdout.contains("binding"), "{refused:?}");
    }
}

#[test]
fn messages_are_told_from_a_session() {
    let it = Sandbox::empty();
    it.does(&["init"]);
    let soon = Timestamp::now().unwrap().saturating_add(3600);
    let jar = Jar::<Flash>::builder(it.ring(), "shop-prod");
    let jar = jar.clock(move || Ok(soon)).build().unwrap();
    let cookie = jar.cookie_for(&Flash::default()).unwrap();
    let (now, name) = (soon.unix().to_string(), jar.cookie_name());
    let look = |app: &str, more: &[&str]| {
        let plain = ["inspect", "--ring", "ring.json", "--cookie-name", name];
        it.run(&[&plain[..], &["--app", app, "--now", &now, &cookie], more].concat())
    };
    let opened = look("shop-prod", &[]);
    assert_eq!(opened.code, 0, "{opened:?}");
    assert!(
        opened.stdout.contains("__Host-Http-flash opens"),
        "{opened:?}"
    );
    assert!(
        opened.stdout.contains("messages for the next page"),
        "{opened:?}"
    );
    let opened = look("shop-prod", &["--json"]);
    assert!(opened.stdout.contains("\"holds\": \"flash\""), "{opened:?}");
    let refused = look("other", &[]);
    assert_eq!(refused.code, 3, "{refused:?}");
    assert!(refused.stdout.contains("refused: forged"), "{refused:?}");
}
