//! A session type grows at its end while old and new builds run side by side.

use sealjar::LiveRing;
use sealjar_session::{Jar, SessionData};
use serde::{Deserialize, Serialize};

use crate::support::{
    Browser, Forger, START, Time, is_open, jar, layout_of, open, refusal, ring, unseal,
};

mod old {
    use super::{Deserialize, Serialize, SessionData};

    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    pub(super) struct Profile {
        pub(super) name: String,
        pub(super) visits: u32,
    }

    impl SessionData for Profile {
        fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
            None
        }
    }
}

mod new {
    use super::{Deserialize, Serialize, SessionData};

    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    pub(super) struct Profile {
        pub(super) name: String,
        pub(super) visits: u32,
        #[serde(default)]
        pub(super) theme: Option<String>,
        #[serde(default = "seven")]
        pub(super) level: u8,
    }

    impl SessionData for Profile {
        fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
            None
        }
    }

    fn seven() -> u8 {
        7
    }
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Newtype<T>(T);

impl<T: SessionData> SessionData for Newtype<T> {
    fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
        None
    }
}

fn builds<Old: SessionData, New: SessionData>() -> (LiveRing, Jar<Old>, Jar<New>) {
    let (ring, time) = (ring(), Time::starting());
    let jars = (jar(&ring, &time), jar(&ring, &time));
    (ring, jars.0, jars.1)
}

fn grown(name: &str) -> new::Profile {
    new::Profile {
        name: name.into(),
        visits: 1,
        theme: Some("dark".into()),
        level: 9,
    }
}

/// A browser alternates between an old and a new build; `peel` reaches the struct inside its
/// wrapper.
fn wander<Old: SessionData, New: SessionData>(
    start: &New,
    on_old: impl Fn(&mut Old) -> &mut old::Profile,
    on_new: impl Fn(&mut New) -> &mut new::Profile,
) {
    let (_, old_build, new_build) = builds::<Old, New>();
    let mut browser = Browser::with(&new_build.cookie_for(start).unwrap());
    for round in 1..20 {
        browser.visit(&old_build, |session| {
            assert!(is_open(session));
            session.update(|it| on_old(it).visits += 1).unwrap();
            session.update(|it| on_old(it).name.push('x')).unwrap();
        });
        browser.visit(&new_build, |session| {
            let mut value = New::clone(&session.get());
            let profile = on_new(&mut value);
            assert_eq!(profile.visits, 2 * round);
            assert_eq!(
                profile.theme.as_deref(),
                Some("dark"),
                "what the old build did not understand"
            );
            assert_eq!(profile.level, 9);
            session.update(|it| on_new(it).visits += 1).unwrap();
        });
    }
}

#[test]
fn a_session_wanders_between_builds_and_loses_nothing() {
    wander::<old::Profile, new::Profile>(&grown("ada"), |it| it, |it| it);
}

#[test]
fn a_session_inside_an_option_wanders_too() {
    wander::<Option<old::Profile>, Option<new::Profile>>(
        &Some(grown("ada")),
        |it| it.as_mut().unwrap(),
        |it| it.as_mut().unwrap(),
    );
}

#[test]
fn a_session_inside_a_newtype_wanders_too() {
    wander::<Newtype<Option<old::Profile>>, Newtype<Option<new::Profile>>>(
        &Newtype(Some(grown("ada"))),
        |it| it.0.as_mut().unwrap(),
        |it| it.0.as_mut().unwrap(),
    );
}

#[test]
fn an_old_cookie_gets_the_defaults_of_the_new_fields() {
    let (_, old_build, new_build) = builds::<old::Profile, new::Profile>();
    let old = old::Profile {
        name: "ada".into(),
        visits: 3,
    };
    let session = open(&new_build, old_build.cookie_for(&old).unwrap());
    let wanted = new::Profile {
        name: "ada".into(),
        visits: 3,
        theme: None,
        level: 7,
    };
    assert_eq!(*session.get(), wanted);
    // `None` is `None` in both builds.
    let (_, old_build, new_build) = builds::<Option<old::Profile>, Option<new::Profile>>();
    let header = old_build.cookie_for(&None).unwrap();
    assert!(is_open(&open(&new_build, header)));
}

/// The negative control: where growth is not promised, it does not work by accident.
#[test]
fn one_struct_deeper_an_old_cookie_is_refused_and_not_misread() {
    #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
    struct Around<T> {
        inner: T,
        after: u32,
    }
    impl<T: SessionData> SessionData for Around<T> {
        fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
            None
        }
    }
    let (_, old_build, new_build) = builds::<Around<old::Profile>, Around<new::Profile>>();
    let old = Around {
        inner: old::Profile {
            name: "ada".into(),
            visits: 3,
        },
        after: 0,
    };
    let session = open(&new_build, old_build.cookie_for(&old).unwrap());
    assert_eq!(refusal(&session), Some("undecodable"));
    // Nothing was cleared: the old build still opens it.
    assert!(crate::support::lines(&session).is_empty());
}

#[test]
fn a_body_that_is_cut_or_too_long_is_undecodable_and_never_a_default() {
    let (ring, old_build, new_build) = builds::<old::Profile, new::Profile>();
    let body = postcard::to_allocvec(&grown("ada")).unwrap();
    let layout = layout_of(&grown("ada"));
    let ends_of = [(2, 5), (3, 11), (4, 12)];
    for fields in 0..=layout.len() {
        let forger = Forger {
            layout: layout[..fields].to_vec(),
            ..Forger::new(&ring)
        };
        for cut in 0..=body.len() {
            let session = open(&new_build, forger.header(&body[..cut]));
            let opens = ends_of.contains(&(fields, cut));
            let word = (!opens).then_some("undecodable");
            assert_eq!(refusal(&session), word, "{fields} fields in {cut} bytes");
        }
    }
    // The old build keeps any tail, up to the size of a cookie.
    let forger = Forger {
        layout,
        ..Forger::new(&ring)
    };
    let header = forger.header(&[&body[..5], &[0xFF; 2000][..]].concat());
    let session = open(&old_build, header);
    session.update(|it| it.visits = 5).unwrap();
    let closing = crate::support::close(&session);
    let mut browser = Browser::default();
    browser.receive(closing);
    let (.., body) = unseal(&ring, &browser.header(), START);
    assert_eq!(body, [&b"\x03ada\x05"[..], &[0xFF; 2000]].concat());
}

#[test]
fn a_kept_tail_counts_towards_the_size() {
    let (ring, old_build, _) = builds::<old::Profile, new::Profile>();
    let forger = Forger {
        layout: layout_of(&grown("ada")),
        ..Forger::new(&ring)
    };
    let header = forger.header(&[&b"\x03ada\x01"[..], &[0xFF; 2900]].concat());
    let session = open(&old_build, header);
    assert!(session.update(|it| it.name = "x".repeat(200)).is_err());
    // Without the tail the same change fits.
    session.renew();
    session.update(|it| it.name = "x".repeat(200)).unwrap();
    _ = crate::support::close(&session);
}
