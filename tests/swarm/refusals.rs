//! The keeper cannot work with what is around the ring, or with a service. It says what is wrong
//! and what to do, and does nothing.

use std::fs;
use std::process::Command;

use crate::engine::{Engine, HOME};
use crate::images::KEEPER;
use crate::read_only::ReadOnly;
use crate::ring::{Ring, TIMES};
use crate::state::State;

/// What is around the ring: the engine, the keys, the arguments.
pub(crate) fn of_what_is_around(engine: &Engine) {
    let ring = Ring::begin(engine, "refused", 0, &[]);
    let status = || ring.prepare(&["status"]);

    let mut nowhere = status();
    nowhere.env("DOCKER_HOST", format!("unix://{HOME}/nothing"));
    refused(
        &ring,
        nowhere,
        4,
        "no engine answers at",
        "start the engine",
    );

    // Where it was built another user may not come.
    let program = format!("{HOME}/sealjar");
    fs::copy(KEEPER.place(), &program).unwrap();
    let mut stranger = Command::new("setpriv");
    stranger.args([
        "--reuid",
        "65534",
        "--regid",
        "65534",
        "--clear-groups",
        "--",
    ]);
    stranger
        .args([&program, "status"])
        .envs(variables(&status()));
    refused(
        &ring,
        stranger,
        4,
        "no access to the engine",
        "run as a user that may use the socket",
    );

    let again = ring.prepare(&["init"]);
    refused(
        &ring,
        again,
        3,
        "holds the ring \"refused\" already, at epoch",
        "`sealjar status`",
    );

    let other = Ring::named(engine, "other");
    let mut unlocked = status();
    unlocked.env("SEALJAR_KEK", other.kek());
    refused(
        &ring,
        unlocked,
        4,
        "and here is that of sealjar.refused.kek.",
        "mount that secret too",
    );

    let mut keyless = status();
    keyless.env_remove("SEALJAR_KEK");
    refused(&ring, keyless, 4, "and no such key is here", "docker exec");

    fs::write(other.kek(), [7; 31]).unwrap();
    let mut short = status();
    short.env("SEALJAR_KEK", other.kek());
    refused(&ring, short, 4, "32", "mount the secret sealjar.RING.kek.*");

    let mut long = status();
    long.env("SEALJAR_STORE", format!("swarm:{}", "r".repeat(25)));
    refused(&ring, long, 2, "1 to 24 of a-z", "swarm:web");

    // What a secret holds is asked with POST, which changes nothing. Such a proxy refuses it, and
    // `status` says that it cannot tell.
    let proxy = ReadOnly::before_the_engine();
    let mut behind = status();
    behind.env("DOCKER_HOST", &proxy.host);
    let output = behind.output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    for words in [
        "the engine does not tell whether it holds the ring",
        "without a proxy that answers for it",
    ] {
        assert!(said.contains(words), "{words}: {said}");
    }

    let missing = ring
        .prepare(&["status", "--service", "nobody_web"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&missing.stdout);
    assert!(
        missing.status.success() && said.contains("not there"),
        "{missing:?}"
    );
}

/// What is wrong with the services.
pub(crate) fn of_services(engine: &Engine) {
    let ring = Ring::begin(engine, "misused", 0, &[]);
    let secret = ring.state().label("secret");
    let stays = |what: &str, hint: &str| {
        refused(&ring, ring.prepare(&["run", "--once"]), 4, what, hint);
    };
    let update = |options: &[&str]| {
        let updated = ring.update(options);
        assert!(updated.status.success(), "{updated:?}");
    };
    update(&["--secret-rm", &secret]);
    stays(
        "misused does not get the ring: it has no secret of this ring mounted",
        "under that target",
    );
    engine.keep_secret("foreign", b"no ring");
    update(&["--secret-add", "source=foreign,target=session-ring"]);
    stays(
        "what it has mounted is the secret foreign",
        "give it a secret of this ring",
    );

    // Nothing is promoted. A revocation is made anyway: it may be why there is another secret.
    let promotion = ring.prepare(&["rotate"]);
    refused(
        &ring,
        promotion,
        4,
        "service misused does not get the ring",
        "give it a secret of this ring",
    );
    let session = ["revoke", "--session", "0011223344556677"];
    let order = ring.prepare(&session).output().unwrap();
    told(
        &order,
        4,
        "is committed, and not everywhere yet: service misused",
        "do not repeat it",
    );
    let now = ring.state().label("secret");
    assert_ne!(now, secret);
    let ours = format!("source={now},target=session-ring");
    update(&["--secret-rm", "foreign", "--secret-add", &ours]);
    ring.done(&["run", "--once"]);
    assert_eq!(State::objections(&ring), [""; 0]);

    let mut unlisted = ring.prepare(&["run", "--once"]);
    unlisted.env("SEALJAR_SERVICES", "another");
    refused(
        &ring,
        unlisted,
        4,
        "not on the keeper's list",
        "list it with --service or SEALJAR_SERVICES",
    );

    // Deleted by hand, which the engine allows where no service has it.
    engine.docker(&["service", "rm", &ring.name]);
    engine.docker(&["secret", "rm", &now]);
    assert_eq!(ring.state().ring_secrets().count(), 0);
    ring.done(&["run", "--once"]);
    assert_eq!(State::objections(&ring), [""; 0]);
}

/// The last part: after it there is no swarm.
pub(crate) fn without_a_swarm(engine: &Engine) {
    engine.docker(&["swarm", "leave", "--force"]);
    let ring = Ring::named(engine, "nowhere");
    for order in [
        &["status"][..],
        &["run", "--once"],
        &[&["init"], TIMES].concat(),
    ] {
        let output = ring.prepare(order).output().unwrap();
        told(
            &output,
            4,
            "This node is not a swarm manager",
            "`docker swarm init`",
        );
    }
}

/// Runs what has to be refused, and sees that nothing of the ring is touched.
pub(crate) fn refused(ring: &Ring<'_>, mut command: Command, code: i32, what: &str, hint: &str) {
    let before = ring.state().versions();
    let output = command.output().unwrap();
    told(&output, code, what, hint);
    assert_eq!(ring.state().versions(), before, "{command:?}");
}

pub(crate) fn told(output: &std::process::Output, code: i32, what: &str, hint: &str) {
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{said}");
    let line = |word: &str, part: &str| {
        let mut lines = said.lines().filter_map(|it| it.strip_prefix(word));
        assert!(lines.any(|it| it.contains(part)), "no {word}{part}: {said}");
    };
    line("error: ", what);
    line("hint: ", hint);
}

fn variables(command: &Command) -> Vec<(String, String)> {
    let text = |it: &std::ffi::OsStr| it.to_string_lossy().into_owned();
    let set = command.get_envs();
    set.filter_map(|(name, value)| Some((text(name), text(value?))))
        .collect()
}
