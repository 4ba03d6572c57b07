//! What holds when several places say something, and what if one of them is wrong?

use std::fs;

use crate::Sandbox;

#[test]
fn flags_win_over_the_environment_over_the_file_over_the_ring() {
    let it = Sandbox::empty().with("SEALJAR_CONFIG", "keeper.toml");
    fs::write(
        it.path("keeper.toml"),
        "store = 'file:written.json'\n[policy]\nrotate-every = '3d'\nskew = '3s'\ndistribution = '3m'\n",
    )
    .unwrap();
    let it = it
        .with("SEALJAR_ROTATE_EVERY", "2d")
        .with("SEALJAR_SKEW", "2s");
    it.does(&["init", "--skew", "1s"]);
    let policy = |line: &[&str]| it.does(line).json()["policy"].clone();
    let begun = policy(&["status", "--json"]);
    assert_eq!(begun["rotate_every"], 2 * 86_400, "the environment's");
    assert_eq!(begun["distribution"], 180, "the file's");
    assert_eq!(begun["token_lifetime"], 86_400, "nobody's");
    assert_eq!(it.ring().timing().skew, 1, "the flag's");
    assert!(
        !it.path("written.json").exists(),
        "the environment named the store"
    );

    let bare = Sandbox {
        environment: it.environment[..1].to_vec(),
        ..it
    };
    let standing = bare.does(&["status", "--json"]).json();
    assert_eq!(standing["policy"]["skew"], 1, "the ring's");
    assert_eq!(standing["policy"]["rotate_every"], 2 * 86_400);
}

#[test]
fn a_file_alone_is_enough() {
    let mut it = Sandbox::empty();
    it.environment.clear();
    fs::write(it.path("keeper.toml"), "store = 'file:ring.json'\n").unwrap();
    it.does(&["init", "--config", "keeper.toml"]);
    it.does(&["--config", "keeper.toml", "status"]);
    it.refuses(&["status"], 2, "no store is named");
}

#[test]
fn a_file_that_cannot_be_used_is_refused_with_its_name_the_line_and_the_reason() {
    let it = Sandbox::begun();
    for (text, words) in [
        (
            "stor = 'file:x'",
            "line 1, `stor = 'file:x'`: unknown field `stor`",
        ),
        (
            "\n[policy]\nrotate_every = '1d'",
            "line 3, `rotate_every = '1d'`: unknown field",
        ),
        (
            "[policy]\nskew = '30'",
            "line 2, `skew = '30'`: a time is written with its unit",
        ),
        ("[policy]\nskew = 30", "line 2, `skew = 30`: invalid type"),
        (
            "store = 'ring.json'",
            "line 1, `store = 'ring.json'`: a store is written with",
        ),
        (
            "listen = 'here'",
            "line 1, `listen = 'here'`: invalid socket address",
        ),
        ("store =", "line 1, `store =`: "),
    ] {
        fs::write(it.path("keeper.toml"), text).unwrap();
        let words = format!("error: keeper.toml: {words}");
        it.refuses(&["--config", "keeper.toml", "status"], 2, &words);
    }
    it.refuses(
        &["--config", "missing.toml", "status"],
        2,
        "missing.toml: No such file",
    );
    fs::write(it.path("keeper.toml"), "[policy]\nrotate-every = '1m'").unwrap();
    it.refuses(
        &["--config", "keeper.toml", "status"],
        3,
        "rotate-every 1m is less than",
    );
}
