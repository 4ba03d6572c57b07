//! Do the stack files of `examples/swarm` hold what a rotation under visitors needs?

mod stack;

use sealjar_keeper::HumanDuration;

use crate::swarm_files::stack::Stack;

/// What must hold, and how a file is spoiled so that it does not.
struct Claim {
    that: &'static str,
    holds: fn(&Stack) -> bool,
    spoiled: (&'static str, &'static str),
}

#[test]
fn the_app_is_deployed_so_that_nobody_notices_a_rotation() {
    check(STACK, &OF_THE_APP);
}

#[test]
fn the_keeper_is_deployed_with_the_least_that_it_can_do_with() {
    check(KEEPER, &OF_THE_KEEPER);
}

#[test]
fn the_keeper_rotates_the_service_that_the_other_file_deploys() {
    let (app, keeper) = (Stack::parse(STACK), Stack::parse(KEEPER));
    let listed = &keeper.keeper().environment["SEALJAR_SERVICES"];
    let (stack, service) = listed.split_once('_').unwrap();
    assert!(app.services.contains_key(service), "{listed}");
    for deployed in [
        format!("docker stack deploy -c stack.yml {stack}\n"),
        format!("--providers.swarm.network={stack}_edge\n"),
    ] {
        assert!(STACK.contains(&deployed), "{deployed}");
    }
}

fn check(file: &str, claims: &[Claim]) {
    for claim in claims {
        assert!((claim.holds)(&Stack::parse(file)), "{}", claim.that);
        let (from, to) = claim.spoiled;
        assert!(file.contains(from), "{}: {from}", claim.that);
        let spoiled = Stack::parse(&file.replacen(from, to, 1));
        assert!(!(claim.holds)(&spoiled), "nobody sees: {}", claim.that);
    }
}

const OF_THE_APP: [Claim; 14] = [
    Claim {
        that: "several replicas, one replaced after the other",
        holds: |stack| {
            let deploy = &stack.app().deploy;
            deploy.replicas >= 3 && deploy.update_config.parallelism == 1
        },
        spoiled: ("parallelism: 1", "parallelism: 3"),
    },
    Claim {
        that: "the new replica serves before the old one goes",
        holds: |stack| stack.app().deploy.update_config.order == "start-first",
        spoiled: ("order: start-first", "order: stop-first"),
    },
    Claim {
        that: "a roll-out that fails leaves no mixture behind",
        holds: |stack| stack.app().deploy.update_config.failure_action == "rollback",
        spoiled: ("failure_action: rollback", "failure_action: pause"),
    },
    Claim {
        that: "Traefik knows the new replica before the next old one goes",
        holds: |stack| stack.app().deploy.update_config.delay > Some(stack.poll()),
        spoiled: ("delay: 4s", "delay: 2s"),
    },
    Claim {
        that: "a replica that stops serves on until Traefik has noticed, and is given the time",
        holds: |stack| {
            let grace = stack.app().environment["SHUTDOWN_GRACE"].parse::<HumanDuration>();
            let grace = grace.unwrap();
            grace > stack.poll() && stack.app().stop_grace_period > Some(grace)
        },
        spoiled: ("stop_grace_period: 20s", "stop_grace_period: 8s"),
    },
    Claim {
        that: "a replica counts when it can seal",
        holds: |stack| stack.app().healthcheck.test == ["CMD", "/axum-ssr", "--health"],
        spoiled: (r#""/axum-ssr", "--health""#, r#""true""#),
    },
    Claim {
        that: "no visitor is bound to a replica",
        holds: |stack| {
            let mut labels = stack.app().deploy.labels.keys();
            !labels.any(|label| label.contains("sticky"))
        },
        spoiled: (
            "loadbalancer.server.port: ",
            "loadbalancer.sticky.cookie: \"true\"\n        port: ",
        ),
    },
    Claim {
        that: "the ring's secret is named by a variable, so that an old one is not deployed again",
        holds: |stack| stack.is_by_variable("session-ring", "SESSION_RING"),
        spoiled: ("${SESSION_RING:?", "sealjar.web.e1 {"),
    },
    Claim {
        that: "the ring is mounted where the keeper swaps it",
        holds: |stack| {
            let [mount] = stack.app().secrets.as_slice() else {
                return false;
            };
            mount.source == "session-ring" && mount.target == "session-ring"
        },
        spoiled: ("target: session-ring", "target: ring"),
    },
    Claim {
        that: "the app's user can read the ring, and nobody else",
        holds: |stack| {
            let app = stack.app();
            let owner = format!("{uid}:{uid}", uid = app.secrets[0].uid);
            app.user == owner && app.secrets[0].mode == "0400" && app.has_few_rights()
        },
        spoiled: ("uid: \"65532\"", "uid: \"1000\""),
    },
    Claim {
        that: "Traefik, which faces the world, holds no socket",
        holds: |stack| {
            let mut services = stack.services.iter();
            services.all(|(name, service)| {
                service.has_few_rights() && service.holds_the_socket() == (name == "docker-api")
            })
        },
        spoiled: (
            "    ports:\n",
            "    volumes: [/var/run/docker.sock:/s]\n    ports:\n",
        ),
    },
    Claim {
        // What it lets through is tried in tests/swarm, by `just swarm the_door`.
        that: "the door to the API is HAProxy with the configuration beside the file, on each manager",
        holds: |stack| {
            let door = &stack.services["docker-api"];
            let given = &stack.configs["docker-api"].file;
            door.command == ["haproxy", "-f", "/docker-api.cfg"]
                && given == "docker-api.cfg"
                && door.deploy.mode == "global"
                && door.deploy.placement.constraints == ["node.role == manager"]
        },
        spoiled: (
            "      mode: global\n      endpoint_mode",
            "      endpoint_mode",
        ),
    },
    Claim {
        that: "a visitor waits for no replica that has died",
        holds: |stack| {
            let labels = &stack.app().deploy.labels;
            let retry = |option: &str| {
                let label = format!("traefik.http.middlewares.shop-retry.retry.{option}");
                labels.get(&label).map(String::as_str)
            };
            let traefik = &stack.services["traefik"].command;
            let dial = "--serversTransport.forwardingTimeouts.dialTimeout=1s";
            labels["traefik.http.routers.shop.middlewares"] == "shop-retry"
                && retry("attempts") == Some("3")
                // Either would send a form twice.
                && retry("status").is_none()
                && retry("retryNonIdempotentMethod").is_none()
                && traefik.iter().any(|option| option == dial)
        },
        spoiled: ("dialTimeout=1s", "dialTimeout=30s"),
    },
    Claim {
        that: "a rollback rolls out like an update",
        holds: |stack| {
            let deploy = &stack.app().deploy;
            let (on, back) = (&deploy.update_config, &deploy.rollback_config);
            (on.delay, &on.order, on.parallelism) == (back.delay, &back.order, back.parallelism)
        },
        spoiled: (
            "rollback_config:\n        parallelism: 1\n        order: start-first",
            "rollback_config:\n        parallelism: 1\n        order: stop-first",
        ),
    },
];

const OF_THE_KEEPER: [Claim; 5] = [
    Claim {
        that: "it runs where services and secrets are answered for",
        holds: |stack| {
            let constraints = &stack.keeper().deploy.placement.constraints;
            constraints == &["node.role == manager"]
        },
        spoiled: ("node.role == manager", "node.role == worker"),
    },
    Claim {
        that: "it holds the socket, to write",
        holds: |stack| stack.keeper().volumes == ["/var/run/docker.sock:/var/run/docker.sock"],
        spoiled: ("docker.sock\n", "docker.sock:ro\n"),
    },
    Claim {
        that: "it has no rights but those of the socket's group, and nothing listens",
        holds: |stack| {
            let keeper = stack.keeper();
            keeper.has_few_rights()
                && keeper.user.starts_with("65532:${DOCKER_GID:?")
                && keeper.ports.is_empty()
        },
        spoiled: ("cap_drop: [ALL]", "ports: [\"9464:9464\"]"),
    },
    Claim {
        that: "its key lies where it looks for it, under the name of its secret",
        holds: |stack| {
            let [mount] = stack.keeper().secrets.as_slice() else {
                return false;
            };
            stack.is_by_variable(&mount.source, "SESSION_KEK")
                && mount.target == "${SESSION_KEK}"
                && mount.uid == "65532"
                && mount.mode == "0400"
        },
        spoiled: ("target: ${SESSION_KEK}", "target: kek"),
    },
    Claim {
        that: "it says whether it is well",
        holds: |stack| stack.keeper().healthcheck.test == ["CMD", "sealjar", "health", "--alive"],
        spoiled: (r#""sealjar", "health""#, r#""true""#),
    },
];

const STACK: &str = include_str!("../../../../examples/swarm/stack.yml");
pub(super) const KEEPER: &str = include_str!("../../../../examples/swarm/keeper.yml");
