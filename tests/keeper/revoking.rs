//! Does a logout on all devices end every copy of a session, on every replica that follows the
//! ring?

use std::net::SocketAddr;
use std::path::Path;

use sealjar_tests::programs::{Program, ask};

use crate::followed::{Followed, Keeper, Tap, listening, send, until};

#[test]
fn who_logs_out_on_all_devices_is_refused_by_every_replica_and_by_those_that_start_later() {
    let ring = Followed::begin();
    let Keeper {
        process, answers, ..
    } = ring.keeper("127.0.0.1:0");
    let apps = [Program::AxumSsr, Program::ActixSsr];
    let running = apps.map(|app| ring.replica(app, &answers, None));
    let [one, two] = running.each_ref().map(listening);
    let desk = log_in(one);
    let mounted = ring.mounted();
    log_out_everywhere(one);
    for replica in [one, two] {
        until("the list", || !is_known(replica, &desk));
    }
    // The control: a replica of the same ring that follows nobody.
    let (_delivered, delivered) = Program::AxumSsr.serve("delivered", &mounted, &[]);
    assert!(is_known(delivered, &desk));
    // Who logs in again right away is not revoked with the rest.
    let again = log_in(two);
    assert!(is_known(one, &again) && is_known(two, &again));
    let later = ring.replica(Program::AxumSsr, &answers, None);
    assert!(!is_known(listening(&later), &desk));

    // A dead keeper revokes nothing, the page says so, and nothing comes back.
    drop(process);
    let said = ask_to_log_out_everywhere(one, &again);
    assert!(said.contains("still logged in"), "{said}");
    assert!(is_known(two, &again));
    for replica in [one, two] {
        assert!(!is_known(replica, &desk));
    }
    // A replica that starts from what is mounted has no list until a keeper answers. The next
    // keeper has it.
    let from_the_mount = ring.replica(Program::ActixSsr, &answers, Some(&mounted));
    let address = listening(&from_the_mount);
    assert!(is_known(address, &desk));
    let _keeper = ring.keeper(&answers);
    until("the list of the keeper before", || {
        !is_known(address, &desk)
    });
}

#[test]
fn a_request_to_revoke_that_somebody_has_recorded_ends_no_later_session() {
    let ring = Followed::begin();
    let keeper = ring.keeper("127.0.0.1:0");
    let tap = Tap::to(keeper.answers.parse().unwrap());
    let running = ring.replica(Program::AxumSsr, &tap.address.to_string(), None);
    let replica = listening(&running);
    let before = log_in(replica);
    log_out_everywhere(replica);
    until("the list", || !is_known(replica, &before));
    let later = log_in(replica);
    let list = list_of(&ring.store());
    let asked = tap.recorded().into_iter();
    let asked: Vec<_> = asked
        .filter(|it| it.starts_with(b"POST /v1/rings/web/revoke"))
        .collect();
    // The last of them was committed.
    let request = asked.last().unwrap();
    for _ in 0..3 {
        let answer = send(keeper.answers.parse().unwrap(), request);
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }
    assert!(is_known(replica, &later));
    assert_eq!(list_of(&ring.store()), list);
    // The control: the same person asks anew.
    log_out_everywhere(replica);
    until("the next list", || !is_known(replica, &later));
    assert_ne!(list_of(&ring.store()), list);
}

/// Logs Ada in, and returns the cookies that her browser keeps.
fn log_in(replica: SocketAddr) -> String {
    let answer = exchange(replica, "POST /login", "", "login=ada&password=lovelace");
    let cookies = cookies_of(&answer);
    assert!(is_known(replica, &cookies), "{answer}");
    cookies
}

/// Whether the shelf is that of somebody who is logged in.
fn is_known(replica: SocketAddr, cookies: &str) -> bool {
    exchange(replica, "GET /", cookies, "").contains("data-user=\"ada\"")
}

/// Logs Ada in on another device and out on all. A keeper that has just begun commits nothing for
/// half a minute.
fn log_out_everywhere(replica: SocketAddr) {
    until("the keeper to commit it", || {
        let said = ask_to_log_out_everywhere(replica, &log_in(replica));
        said.contains("You are logged out on all devices.")
    });
}

/// Clicks, and returns the page that says what came of it.
fn ask_to_log_out_everywhere(replica: SocketAddr, cookies: &str) -> String {
    let answer = exchange(replica, "POST /logout-everywhere", cookies, "");
    exchange(replica, "GET /", &cookies_of(&answer), "")
}

/// The cookies that an answer sets and does not expire.
fn cookies_of(answer: &str) -> String {
    let lines = answer
        .lines()
        .filter_map(|it| it.strip_prefix("set-cookie: "));
    let set = lines.filter(|it| !it.contains("Max-Age=0"));
    let pairs: Vec<_> = set.filter_map(|it| it.split(';').next()).collect();
    pairs.join("; ")
}

fn exchange(replica: SocketAddr, target: &str, cookies: &str, form: &str) -> String {
    let length = form.len();
    let request = format!(
        "{target} HTTP/1.1\r\nhost: {replica}\r\nconnection: close\r\ncookie: {cookies}\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {length}\r\n\r\n{form}"
    );
    String::from_utf8(send(replica, request.as_bytes())).unwrap()
}

/// What the keeper's store says of its list.
fn list_of(store: &Path) -> serde_json::Value {
    let said = ask(store, &["status", "--json"]);
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    assert!(said["list"]["seq"].is_u64(), "{said}");
    said["list"].clone()
}
