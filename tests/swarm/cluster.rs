//! Three managers: an engine each, in a network namespace of its own, joined by a bridge.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use crate::engine::{Engine, HOME};
use crate::images;
use crate::wait::wait_until;

/// The managers. They end with the test's machine.
pub(crate) struct Cluster {
    nodes: Vec<Engine>,
}

impl Cluster {
    /// Starts them, and returns when each is a manager.
    pub(crate) fn start() -> Self {
        ip("link add sealjar type bridge");
        ip(&format!("address add {NETWORK}.254/24 dev sealjar"));
        ip("link set sealjar up");
        // The other engine of this machine lets nothing pass by itself, and may look into bridges
        // too.
        run("iptables", "-I FORWARD -i sealjar -j ACCEPT");
        let nodes: Vec<_> = (1..=NODES).map(launch).collect();
        nodes[0].begin_swarm(&address(1));
        let token = nodes[0].docker(&["swarm", "join-token", "-q", "manager"]);
        for (number, node) in (2..).zip(&nodes[1..]) {
            let here = address(number);
            let first = format!("{}:2377", address(1));
            let join = [
                "swarm",
                "join",
                "--token",
                &token,
                "--advertise-addr",
                &here,
            ];
            node.docker(&[&join[..], &["--listen-addr", &here, &first]].concat());
            images::import_in_front(node);
        }
        Self { nodes }
    }

    /// Returns the nodes, which are called 0 to 2 here.
    pub(crate) fn nodes(&self) -> &[Engine] {
        &self.nodes
    }

    /// Returns where Traefik answers.
    pub(crate) fn doors(&self) -> Vec<SocketAddr> {
        let numbers = 1..=self.nodes.len();
        numbers
            .map(|it| format!("{}:443", address(it)).parse().unwrap())
            .collect()
    }

    /// Returns which node leads, as another tells.
    pub(crate) fn leader(&self, asked: usize) -> usize {
        let list = ["node", "ls", "--format", "{{.ManagerStatus}} {{.Hostname}}"];
        let said = self.nodes[asked].docker(&list);
        let mut names = said
            .lines()
            .filter_map(|line| line.strip_prefix("Leader node"));
        names.next().unwrap().parse::<usize>().unwrap() - 1
    }

    /// Takes a node off the network. What runs on it runs on.
    pub(crate) fn cut(&self, node: usize) {
        ip(&format!("link set sealjar{} down", node + 1));
    }

    /// Puts it back.
    pub(crate) fn join(&self, node: usize) {
        ip(&format!("link set sealjar{} up", node + 1));
    }

    /// Waits until each manager reaches the others.
    pub(crate) fn await_whole(&self) {
        let list = ["node", "ls", "--format", "{{.Status}} {{.ManagerStatus}}"];
        let tells = |node: &Engine| String::from_utf8(node.ask(&list).stdout).unwrap();
        let is_whole = |node: &Engine| {
            let said = tells(node);
            let well = said
                .lines()
                .filter(|it| ["Ready Leader", "Ready Reachable"].contains(it));
            well.count() == NODES
        };
        wait_until(
            || self.nodes.iter().all(is_whole),
            || self.nodes.iter().map(tells).collect(),
        );
    }
}

/// Starts an engine that sees no more of the machine than its own network and its own `/run`.
fn launch(number: usize) -> Engine {
    let (name, link) = (format!("node{number}"), format!("sealjar{number}"));
    ip(&format!("netns add {name}"));
    ip(&format!(
        "link add {link} type veth peer name eth0 netns {name}"
    ));
    ip(&format!("link set {link} master sealjar up"));
    ip(&format!(
        "-n {name} address add {}/24 dev eth0",
        address(number)
    ));
    ip(&format!("-n {name} link set eth0 up"));
    ip(&format!("-n {name} link set lo up"));
    let run = format!("{HOME}/{name}");
    fs::create_dir_all(format!("{run}/sealjar")).unwrap();
    let mut dockerd = Command::new("nsenter");
    dockerd.arg(format!("--net=/run/netns/{name}")).args([
        "unshare", "--mount", "--uts", "sh", "-c", BEGIN, &name, &run,
    ]);
    let socket = format!("unix://{run}/docker.sock");
    Engine::launch(&mut dockerd, &format!("{run}.log"), socket)
}

fn address(number: usize) -> String {
    format!("{NETWORK}.{number}")
}

fn ip(arguments: &str) {
    run("ip", arguments);
}

fn run(program: &str, arguments: &str) {
    let ran = Command::new(program).args(arguments.split(' ')).output();
    let ran = ran.unwrap();
    assert!(ran.status.success(), "{program} {arguments}: {ran:?}");
}

const NODES: usize = 3;
const NETWORK: &str = "10.77.0";
/// The name of `sh` is the node's. Its arguments are the node's `/run` and those of `dockerd`.
const BEGIN: &str = r#"hostname "$0" && mount --bind "$1" /run && shift && exec dockerd "$@""#;
