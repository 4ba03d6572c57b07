//! Mistake: jars of two session types share one cookie. Attack: a cookie of one tenant is sent to
//! another.

use sealjar_session::{ConfigError, Jar, JarBuilder, SessionData};
use serde::{Deserialize, Serialize};

use crate::support::{APP, Account, NAME, Note, account, draft, is_open, open, refusal, ring};
use crate::support::{sealing_since, token};

/// A type of another module with the same name and fields: its layout is `Account`'s.
mod staff {
    use super::{Deserialize, Serialize, SessionData};

    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    pub(super) struct Account {
        pub(super) name: String,
        pub(super) visits: u32,
    }
    impl SessionData for Account {}
}

#[test]
fn the_second_session_type_of_a_cookie_is_refused_when_its_jar_is_built() {
    let ring = ring();
    let accounts = Jar::<Account>::new(&ring, APP).unwrap();
    let error = Jar::<Note>::new(&ring, APP).unwrap_err();
    let (session_type, other_type) = (type_name::<Note>(), type_name::<Account>());
    assert_eq!(
        error,
        ConfigError::OneName {
            cookie_name: NAME.into(),
            session_type,
            other_type,
        }
    );
    let said = format!("{error:?}");
    for part in [NAME, session_type, other_type, "a cookie_name of its own"] {
        assert!(said.contains(part), "{said}");
    }
    // The layout would not tell these two apart.
    assert!(Jar::<staff::Account>::new(&ring, APP).is_err());
    // A refused jar does not block another one.
    assert!(Jar::<Account>::new(&ring, APP).is_ok());
    assert!(is_open(&open(
        &accounts,
        accounts.cookie_for(&account("ada")).unwrap()
    )));
}

/// The controls: only if all of these are equal is the second jar refused.
#[test]
fn another_name_app_binding_or_ring_is_another_cookie() {
    let first = ring();
    let _accounts = Jar::<Account>::new(&first, APP).unwrap();
    let note = || Jar::<Note>::builder(&first, APP);
    for apart in [
        note().cookie_name("__Host-note"),
        note().binding("north"),
        Jar::builder(&first, "blog-test"),
        Jar::builder(ring(), APP),
    ] {
        apart.build().unwrap();
    }
    assert!(note().build().is_err());
    // There may be any number of jars of one type: replicas in one process, tenants, workers.
    let again: JarBuilder<Account> = Jar::builder(&first, APP).keep_alive(true);
    again.build().unwrap();
}

#[test]
fn rings_that_share_one_key_count_as_one() {
    let (old, shared, new) = (sealing_since(0), sealing_since(1), sealing_since(2));
    let [before, after, apart] = [
        vec![old, shared.clone()],
        vec![shared, new],
        vec![sealing_since(0)],
    ]
    .map(|keys| draft(keys).build().unwrap());
    let _accounts = Jar::<Account>::new(before, APP).unwrap();
    assert!(Jar::<Note>::new(after, APP).is_err());
    assert!(Jar::<Note>::new(apart, APP).is_ok());
}

#[test]
fn a_jar_counts_as_long_as_one_of_its_clones_is_there() {
    let ring = ring();
    let accounts = Jar::<Account>::new(&ring, APP).unwrap();
    let clone = accounts.clone();
    drop(accounts);
    assert!(Jar::<Note>::new(&ring, APP).is_err());
    drop(clone);
    let _notes = Jar::<Note>::new(&ring, APP).unwrap();
    assert!(Jar::<Account>::new(&ring, APP).is_err());
}

/// Why this is an error: two types with one name and the same fields have the same layout. The jars
/// here stand for two processes.
#[test]
fn without_the_refusal_one_type_is_read_as_the_other() {
    let ring = ring();
    let accounts = Jar::<Account>::new(&ring, APP).unwrap();
    let cookie = accounts.cookie_for(&account("ada")).unwrap();
    let elsewhere = Jar::<staff::Account>::builder(&ring, APP).in_another_process();
    let staff = elsewhere.build().unwrap();
    assert_eq!(open(&staff, &cookie).get().name, "ada");
    // Types with different fields are told apart even there.
    let elsewhere = Jar::<Note>::builder(&ring, APP).in_another_process();
    let notes = elsewhere.build().unwrap();
    assert_eq!(refusal(&open(&notes, &cookie)), Some("old_schema"));
}

#[test]
fn a_cookie_of_one_tenant_is_refused_by_another() {
    let ring = ring();
    let bound = |tenant: &str| -> Jar<Account> {
        Jar::builder(&ring, APP).binding(tenant).build().unwrap()
    };
    let (north, south, nobody) = (bound("north"), bound("south"), bound(""));
    let cookie = north.cookie_for(&account("ada")).unwrap();
    assert!(is_open(&open(&bound("north"), &cookie)));
    for other in [&south, &nobody] {
        assert_eq!(refusal(&open(other, &cookie)), Some("forged"));
        let others = other.cookie_for(&account("eve")).unwrap();
        assert_eq!(refusal(&open(&north, others)), Some("forged"));
    }
    // The negative control: one jar for all tenants accepts the cookie of each.
    let shared = nobody.cookie_for(&account("ada")).unwrap();
    assert!(is_open(&open(
        &Jar::<Account>::new(&ring, APP).unwrap(),
        shared
    )));
    assert!(!token(&cookie).contains("north"));

    let long = Jar::<Account>::builder(&ring, APP).binding(vec![b'x'; 65_536]);
    let error = long.build().unwrap_err();
    assert_eq!(
        error.to_string(),
        "binding = 65536 bytes: binding is 65536 bytes long, the limit is 65535"
    );
    assert!(error.hint().contains("binding"), "{}", error.hint());
}

fn type_name<T>() -> &'static str {
    std::any::type_name::<T>()
}
