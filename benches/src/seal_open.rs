//! What do sealing and opening one session cost, and where does the time go?

mod checks;
mod floor;
mod guards;
mod split;

use std::hint::black_box;
use std::time::Duration;

use sealjar::{__hazmat as hazmat, Context, Sealer};
use sealjar_session::{FetchMetadata, Jar, Session};

use crate::data::User;
use crate::measure::{Contest, Effort};
use crate::peers;
use crate::report::{Budget, Cell, Report, Table};
use crate::rings;

pub(crate) fn run(effort: Effort, report: &mut Report) {
    compare(effort, report);
    split::run(effort, report);
    checks::run(effort, report);
    guards::run(effort, report);
}

/// Ours compared with `PrivateJar`, twice: only the value of the cookie, and from header to header.
fn compare(effort: Effort, report: &mut Report) {
    let user = &User::typical();
    let sealer = &sealer();
    let jar = &jar();
    let key = &cookie::Key::generate();

    let ours = &seal(sealer, user);
    let theirs = &peers::seal(key, user);
    assert_eq!(open(sealer, ours), *user);
    assert_eq!(peers::open(key, theirs), *user);
    let header = &jar.cookie_for(user).expect("it fits");
    let their_line = peers::write_line(key, cookie::CookieJar::new(), user);
    let (their_header, _) = their_line.split_once(';').expect("attributes follow");
    assert_eq!(*read(jar, header), *user);
    assert_eq!(peers::read_header(key, their_header).1, *user);

    let times: [f64; 8] = Contest::default()
        .add(|| seal(sealer, user))
        .add(|| peers::seal(key, user))
        .add(|| open(sealer, ours))
        .add(|| peers::open(key, theirs))
        .add(|| read(jar, header))
        .add(|| peers::read_header(key, their_header))
        .add(|| write(jar, header))
        .add(|| {
            let (cookies, mut user) = peers::read_header(key, their_header);
            user.bump();
            peers::write_line(key, cookies, &user)
        })
        .run(effort);
    let mut table = Table::new(
        "one session: postcard + sealjar against JSON + PrivateJar",
        &["sealjar", "PrivateJar", "ratio"],
    );
    let both = [times[0] + times[2], times[1] + times[3]];
    for (name, [ours, theirs]) in [
        ("encode + seal", [times[0], times[1]]),
        ("open + decode", [times[2], times[3]]),
        ("both", both),
        ("Cookie header to session", [times[4], times[5]]),
        ("the same, changed, to Set-Cookie", [times[6], times[7]]),
    ] {
        let cells = [Cell::Ns(ours), Cell::Ns(theirs), Cell::Ratio(ours / theirs)];
        table.row(name, cells);
    }
    let sizes = [
        ("bytes of the value", ours.len(), theirs.len()),
        ("bytes sent, name=value", header.len(), their_header.len()),
    ];
    for (name, ours, theirs) in sizes {
        let ratio = Cell::Ratio(as_f64(ours) / as_f64(theirs));
        table.row(name, [Cell::Bytes(ours), Cell::Bytes(theirs), ratio]);
    }
    report.tables.push(table);
    report.budgets.extend([
        Budget::at_most(
            "seal + open against PrivateJar + JSON, time",
            Cell::Ratio(0.6),
            Cell::Ratio(both[0] / both[1]),
        ),
        Budget::at_most(
            "cookie size against the same",
            Cell::Ratio(0.9),
            Cell::Ratio(as_f64(ours.len()) / as_f64(theirs.len())),
        ),
    ]);
}

fn sealer() -> Sealer {
    let key = sealjar::Key::generate(sealjar::Suite::Xaes256Gcm).expect("random bytes");
    let context = Context::new(rings::APP, hazmat::SESSION).cookie_name(peers::NAME);
    hazmat::library_sealer(key, context).expect("short names")
}

pub(crate) fn jar() -> Jar<User> {
    let key = sealjar::Key::generate(sealjar::Suite::Xaes256Gcm).expect("random bytes");
    Jar::new(key, rings::APP).expect("a user survives being encoded")
}

fn seal(sealer: &Sealer, user: &User) -> String {
    let body = postcard::to_allocvec(user).expect("a plain type");
    let token = sealer.seal(&body, LIFETIME).expect("it fits");
    let mut text = String::with_capacity(token.text_len());
    token.write_to(&mut text);
    text
}

fn open(sealer: &Sealer, text: &str) -> User {
    let opened = sealer.open(text).expect("sealed above");
    postcard::from_bytes(opened.payload()).expect("encoded above")
}

/// Opens the session of a request. A header is copied as a server would have done.
fn read(jar: &Jar<User>, header: &str) -> std::sync::Arc<User> {
    jar.open([header.to_owned()], FetchMetadata::default())
        .get()
}

fn write(jar: &Jar<User>, header: &str) -> sealjar_session::Closing {
    let session = jar.open([header.to_owned()], FetchMetadata::default());
    session.update(User::bump).expect("it fits");
    black_box(Session::close(&session, []).expect("it fits"))
}

pub(crate) fn as_f64(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::INFINITY, f64::from)
}

pub(crate) const LIFETIME: Duration = Duration::from_secs(3600);
