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
        ("stor = 'file:x'", "line 1: unknown field `stor`"),
        (
            "\n[policy]\nrotate_every = '1d'",
            "line 3: unknown field `rotate_every`",
        ),
        (
            "[policy]\nskew = '30'",
            "line 2, `skew`: a time is written with its unit",
        ),
        ("[policy]\nskew = 30", "line 2, `skew`: it is not a string"),
        (
            "store = 'ring.json'",
            "line 1, `store`: a store is written with",
        ),
        (
            "listen = 'here'",
            "line 1, `listen`: invalid socket address",
        ),
        ("store =", "line 1, `store`: "),
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

#[test]
fn a_file_that_is_no_configuration_is_not_shown() {
    let it = Sandbox::begun();
    let secret = "c2VjcmV0-hunter2-9f8e7d";
    for text in [
        secret.to_owned(),
        format!("{secret} = 1"),
        format!("\"{secret}\" = 1"),
        format!("'{secret}\n' = 1"),
        format!("DATABASE_PASSWORD={secret}"),
        format!("DATABASE_PASSWORD='{secret}'"),
        format!("[{secret}]\nkey = 1"),
        format!("[policy.{secret}]"),
        format!("[policy]\n{secret} = '1d'"),
        format!("[policy]\nskew = '{secret}'"),
        format!("skew = '{secret}'"),
        format!("store = '{secret}'"),
        format!("store = '{secret}"),
        format!("listen = '{secret}'"),
        format!("policy = '{secret}'"),
        format!("[swarm]\nservices = '{secret}'"),
        format!("[swarm]\nservices = ['a', {{ x = '{secret}' }}]"),
        format!("store = ['{secret}, expected x']"),
        format!("{secret} = 1\n{secret} = 2"),
        format!("[store]\n{secret} = 1\n[store]\n"),
        format!("-----BEGIN PRIVATE KEY-----\n{secret}\n"),
        format!("{{ \"secret\": \"{secret}\" }}"),
    ] {
        it.write("keeper.toml", &text);
        for line in [
            &["status", "--config", "keeper.toml"][..],
            &["status", "--config", "keeper.toml", "--json"],
        ] {
            let ran = it.run(line);
            assert_eq!(ran.code, 2, "{text}: {}", ran.stderr);
            let said = format!("{}{}", ran.stdout, ran.stderr);
            assert!(said.contains("keeper.toml: line "), "{text}: {said}");
            for part in ["c2VjcmV0", "hunter2", "9f8e7d", "DATABASE", "PRIVATE"] {
                assert!(!said.contains(part), "{text}: {said}");
            }
        }
    }
}
