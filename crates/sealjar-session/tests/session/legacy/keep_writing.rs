//! Mistake: a rolling change of libraries, in which old replicas do not know what new ones write.

use proptest::prelude::*;
use sealjar_session::UpdateError;

use super::*;

/// The three builds of a change: the former library, the first roll-out and the second one.
struct Builds {
    fleet: Move,
    first: Jar<Account>,
    second: Jar<Account>,
}

impl Builds {
    fn begin() -> Self {
        let fleet = Move::begin();
        let first = builder(&fleet.ring, &fleet.time)
            .also_opens(private(&fleet.key).keep_writing(write), at(SINCE))
            .build()
            .unwrap();
        let second = fleet.jar.clone();
        Self {
            fleet,
            first,
            second,
        }
    }

    /// One request to a build, which does something and returns what it then has.
    fn visit(&self, build: Build, browser: &mut Browser, act: Act) -> Account {
        let jar = match build {
            Build::Former => return self.visit_former(browser, act),
            Build::First => &self.first,
            Build::Second => &self.second,
        };
        browser.visit(jar, |session| {
            match act {
                Act::LogIn => session.update(|it| it.name = "ada".into()).unwrap(),
                Act::Add => session.update(|it| it.visits += 1).unwrap(),
                Act::LogOut => session.purge(),
                Act::Read => {}
            }
            Account::clone(&session.get())
        })
    }

    fn visit_former(&self, browser: &mut Browser, act: Act) -> Account {
        let mut value = old_build_reads(&self.fleet.key, browser).unwrap_or_default();
        match act {
            Act::LogIn => value.name = "ada".into(),
            Act::Add => value.visits += 1,
            Act::LogOut => {
                browser.forget(OLD);
                return Account::default();
            }
            Act::Read => return value,
        }
        browser.forget(OLD);
        let cookie = old_value(&self.fleet.key, &value);
        browser.0.push((OLD.into(), false, cookie));
        value
    }
}

#[derive(Clone, Copy, Debug)]
enum Build {
    Former,
    First,
    Second,
}

#[derive(Clone, Copy, Debug)]
enum Act {
    LogIn,
    Add,
    LogOut,
    Read,
}

/// What a visitor expects of a site, whatever runs there.
fn expect(value: &mut Account, act: Act) {
    match act {
        Act::LogIn => value.name = "ada".into(),
        Act::Add => value.visits += 1,
        Act::LogOut => *value = Account::default(),
        Act::Read => {}
    }
}

fn sessions_in(browser: &Browser) -> usize {
    let names = browser.names();
    names
        .iter()
        .filter(|name| [OLD, NAME].contains(name))
        .count()
}

fn acts() -> impl Strategy<Value = Act> {
    prop::sample::select(vec![
        Act::LogIn,
        Act::Add,
        Act::Add,
        Act::LogOut,
        Act::Read,
        Act::Read,
    ])
}

fn two(one: Build, other: Build) -> impl Strategy<Value = Vec<(Build, Act)>> {
    let builds = prop::sample::select(vec![one, other]);
    prop::collection::vec((builds, acts()), 1..30)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Two roll-outs and both of them back: no request finds anything but what the one before left.
    #[test]
    fn neighbouring_builds_understand_each_other_in_both_directions(
        there in two(Build::Former, Build::First),
        further in two(Build::First, Build::Second),
        and_back in two(Build::First, Build::Second),
        all_the_way in two(Build::Former, Build::First),
    ) {
        let builds = Builds::begin();
        let (mut browser, mut expected) = (Browser::default(), Account::default());
        let mut check = |build, act| {
            expect(&mut expected, act);
            let found = builds.visit(build, &mut browser, act);
            assert_eq!(found, expected, "{build:?} {act:?}");
            assert!(sessions_in(&browser) <= 1, "{:?}", browser.names());
        };
        there.into_iter().for_each(|(build, act)| check(build, act));
        further.into_iter().for_each(|(build, act)| check(build, act));
        and_back.into_iter().for_each(|(build, act)| check(build, act));
        // A visitor who came in the meantime has the former cookie again.
        check(Build::First, Act::Read);
        all_the_way.into_iter().for_each(|(build, act)| check(build, act));
    }
}

/// The control: without the first roll-out, old replicas log out visitors that a new one has moved.
#[test]
fn builds_that_are_no_neighbours_do_not() {
    let builds = Builds::begin();
    let mut browser = Browser::default();
    builds.visit(Build::Former, &mut browser, Act::LogIn);
    assert_eq!(
        builds.visit(Build::Second, &mut browser, Act::Read).name,
        "ada"
    );
    assert_eq!(
        builds.visit(Build::Former, &mut browser, Act::Read).name,
        ""
    );
}

#[test]
fn the_first_build_leaves_the_former_cookie_as_it_is_until_something_changes() {
    let builds = Builds::begin();
    let header = builds.fleet.old_header(&account("ada"));
    for after in [0, DAY / 2, 5 * DAY] {
        builds.fleet.time.set(START + after);
        let session = builds
            .first
            .open([header.clone()], FetchMetadata::default());
        assert_eq!(session.get().name, "ada");
        assert_eq!(lines(&session), [""; 0], "{after}");
    }
}

#[test]
fn after_its_date_the_first_build_writes_the_jars_own_cookie() {
    let builds = Builds::begin();
    let mut browser = Browser::default();
    builds.fleet.time.set(SINCE + 7 * DAY);
    builds.visit(Build::First, &mut browser, Act::LogIn);
    assert_eq!(browser.names(), [NAME]);
}

#[test]
fn what_does_not_fit_into_the_former_cookie_is_refused_before_anything_was_answered() {
    let builds = Builds::begin();
    let mut fitted = 0;
    for length in (2_700..3_100).step_by(7) {
        let session = builds.first.open([""], FetchMetadata::default());
        match session.update(|it| it.name = "x".repeat(length)) {
            Ok(()) => {
                let lines = lines(&session);
                assert!(lines.iter().all(|line| line.len() <= 4096));
                fitted += 1;
            }
            Err(UpdateError::TooLarge { size, limit: 4096 }) => {
                assert!(size > 4096);
                assert_eq!(lines(&session), [""; 0]);
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    assert!((1..57).contains(&fitted), "{fitted}");
}

#[test]
fn a_line_of_4096_bytes_is_set_and_one_of_4097_is_refused() {
    let fleet = Move::begin();
    let plain = LegacyCookie::authenticated_by(OLD, |_| None::<Account>)
        .keep_writing(|account| account.name.clone());
    let jar = builder(&fleet.ring, &fleet.time)
        .also_opens(plain, at(SINCE))
        .build()
        .unwrap();
    let written = |length| {
        let session = jar.open([""], FetchMetadata::default());
        let written = session.update(|it| it.name = "x".repeat(length));
        written.map(|()| lines(&session).iter().map(String::len).max().unwrap())
    };
    let most = 4096 - written(1).unwrap() + 1;
    assert_eq!(written(most).unwrap(), 4096);
    let refused = written(most + 1).unwrap_err();
    let (size, limit) = (4097, 4096);
    assert_eq!(refused, UpdateError::TooLarge { size, limit });
}

#[test]
fn a_text_that_the_former_library_does_not_write_is_refused() {
    let fleet = Move::begin();
    let former = private(&fleet.key)
        .layout(sealjar_session::LegacyLayout::ActixSession)
        .keep_writing(|_| "no object".into());
    let jar = builder(&fleet.ring, &fleet.time)
        .also_opens(former, at(SINCE))
        .build()
        .unwrap();
    let session = jar.open([""], FetchMetadata::default());
    let error = session.update(|it| it.visits = 1).unwrap_err();
    assert!(
        matches!(error, UpdateError::Unencodable { .. }),
        "{error:?}"
    );
    // A value that no cookie can hold ends a line no earlier.
    let split = LegacyCookie::authenticated_by(OLD, |_| None::<Account>)
        .keep_writing(|_| "x; Domain=example.org".into());
    let jar = builder(&fleet.ring, &fleet.time)
        .also_opens(split, at(SINCE))
        .build()
        .unwrap();
    let session = jar.open([""], FetchMetadata::default());
    assert!(session.update(|it| it.visits = 1).is_err());
}

#[test]
fn a_text_is_written_as_the_former_library_reads_it() {
    let fleet = Move::begin();
    let signed = LegacyCookie::signed(OLD, fleet.key.master(), read).keep_writing(write);
    let jar = builder(&fleet.ring, &fleet.time)
        .also_opens(signed, at(SINCE))
        .build()
        .unwrap();
    let value = account("ada; \"1+1=2\", 100%");
    let header = jar.cookie_for(&value).unwrap();
    let sent = Cookie::parse_encoded(header).unwrap().into_owned();
    let opened = CookieJar::new().signed(&fleet.key).verify(sent).unwrap();
    assert_eq!(read(opened.value()), Some(value));
}
