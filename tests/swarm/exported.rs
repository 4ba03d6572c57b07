//! Does a program that seals by itself get its secrets with the ring, whatever goes wrong, and does
//! each replica open what any other seals?

use std::collections::HashMap;
use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::breaking;
use crate::engine::Engine;
use crate::faults::samples;
use crate::images::IN_MEMORY;
use crate::ring::{Ring, TIMES};
use crate::wait::wait_until;

/// One service has the ring and the export, the other the export alone.
pub(crate) fn with_the_ring(engine: &Engine) {
    let site = Site::begin(engine);
    site.assert_whole();
    for _ in 0..2 {
        site.watch(site.prepare(&["rotate"]));
        site.assert_whole();
    }
    let requests = {
        let counted = breaking::run(site.prepare(&["rotate"]), breaking::Fault::CutBefore, 0);
        assert!(counted.output.status.success(), "{counted:?}");
        counted.requests
    };
    for (fault, at) in samples(requests, 4) {
        let broken = breaking::run(site.prepare(&["rotate"]), fault, at);
        site.finish();
        println!("{fault:?} at {at}: {:?}", broken.output.status);
        site.assert_whole();
    }
    site.drops_a_revoked_key();
    site.names_an_export_that_is_not_made();
}

struct Site<'a> {
    engine: &'a Engine,
    ring: Ring<'a>,
}

impl<'a> Site<'a> {
    fn begin(engine: &'a Engine) -> Self {
        let ring = Ring::named(engine, "exported");
        let site = Self { engine, ring };
        let init = site.prepare(&[&["init"], TIMES].concat()).output().unwrap();
        assert!(init.status.success(), "{init:?}");
        let export = format!("source={},target={NAME}", site.head_label());
        site.ring.serve(2, &["--secret", &export]);
        let alone = [
            "service",
            "create",
            "--detach",
            "--no-resolve-image",
            "--name",
            ALONE,
            "--replicas",
            "2",
            "--secret",
            &export,
            "--stop-signal",
            "SIGKILL",
            "--restart-delay",
            "0s",
            "--update-monitor",
            "1ms",
            IN_MEMORY.name,
        ];
        engine.docker(&alone);
        wait_until(
            || site.replicas().len() == 4,
            || format!("{:?}", site.replicas()),
        );
        site.finish();
        site
    }

    fn prepare(&self, arguments: &[&str]) -> Command {
        let mut command = self.ring.prepare(arguments);
        command
            .env("SEALJAR_SERVICES", format!("{},{ALONE}", self.ring.name))
            .env("SEALJAR_EXPORTS", format!("django:shop:{NAME}"));
        command
    }

    /// Runs a command, and meanwhile lets each replica seal, and all others open.
    fn watch(&self, mut command: Command) {
        let mut child = command.spawn().unwrap();
        let mut looks = 0;
        let ended = loop {
            let replicas = self.replicas();
            for (name, of) in &replicas {
                for (other, by) in &replicas {
                    let opens = by.opening().any(|secret| secret == of.sealing());
                    assert!(opens, "{other} does not open what {name} seals");
                }
            }
            looks += 1;
            if let Some(ended) = child.try_wait().unwrap() {
                break ended;
            }
        };
        assert!(ended.success() && looks > 3, "{ended} after {looks} looks");
    }

    /// Lets the next turn make whole what is not.
    fn finish(&self) {
        let turn = self.prepare(&["run", "--once"]).output().unwrap();
        assert!(turn.status.success(), "{turn:?}");
    }

    /// Every replica has what the ring says now, the head names it, and nothing else is left.
    fn assert_whole(&self) {
        let printed = self.exported();
        let replicas = self.replicas();
        assert_eq!(replicas.len(), 4, "{:?}", replicas.keys());
        for (name, it) in replicas {
            assert!(it.text == printed, "{name} has another export");
        }
        let named = self.head_label();
        let listed = self
            .engine
            .docker(&["secret", "ls", "--format", "{{.Name}}"]);
        let exports: Vec<&str> = listed
            .lines()
            .filter(|it| it.starts_with("sealjar.exported.x"))
            .collect();
        assert!(exports.contains(&&*named), "{named}: {exports:?}");
        // Each service has a way back, to what the other has as well.
        assert!(exports.len() <= 2, "{exports:?}");
        let status = self.prepare(&["status", "--json"]).output().unwrap();
        let said: Value = serde_json::from_slice(&status.stdout).unwrap();
        assert_eq!(said["delivery"]["held"], true, "{said}");
    }

    fn drops_a_revoked_key(&self) {
        let before = Export::of(&self.exported());
        let ring = self.ring.document().unwrap();
        let secrets = sealjar::keeper::export(&ring, "shop", "django", 48).unwrap();
        let key = secrets[0].key().to_string();
        let revoke = self.prepare(&["revoke", &key, "--yes"]).output().unwrap();
        assert!(revoke.status.success(), "{revoke:?}");
        self.assert_whole();
        let after = Export::of(&self.exported());
        assert!(after.opening().all(|it| it != before.sealing()));
    }

    /// The control: a keeper that is not told of the export leaves nobody behind in silence.
    fn names_an_export_that_is_not_made(&self) {
        let before = self.ring.state().epoch();
        let refused = self
            .prepare(&["rotate"])
            .env_remove("SEALJAR_EXPORTS")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success(), "{refused:?}");
        assert!(
            said.contains("it has the export django.json mounted"),
            "{said}"
        );
        assert_eq!(self.ring.state().epoch(), before, "no key rotates");
        self.finish();
        self.assert_whole();
    }

    /// What `sealjar export` prints of the ring.
    fn exported(&self) -> String {
        let export = self
            .prepare(&["export", "--target", "django", "--app", "shop"])
            .env_remove("SEALJAR_EXPORTS")
            .output()
            .unwrap();
        assert!(export.status.success(), "{export:?}");
        String::from_utf8(export.stdout).unwrap()
    }

    fn head_label(&self) -> String {
        self.ring.state().label(&format!("export.{NAME}"))
    }

    /// What each replica that runs has mounted, as it sees it.
    fn replicas(&self) -> HashMap<String, Export> {
        let services = [&*self.ring.name, ALONE].map(|it| {
            let of = format!("label=com.docker.swarm.service.name={it}");
            self.engine.docker(&["ps", "-q", "--filter", &of])
        });
        let containers = services.iter().flat_map(|it| it.lines());
        let mounted = containers.filter_map(|container| {
            let ask = ["inspect", "-f", "{{.State.Pid}}", container];
            let process = String::from_utf8(self.engine.ask(&ask).stdout).ok()?;
            // It may have ended since.
            let path = format!("/proc/{}/root/run/secrets/{NAME}", process.trim());
            Some((
                container.to_owned(),
                Export::of(&fs::read_to_string(path).ok()?),
            ))
        });
        mounted.collect()
    }
}

impl Drop for Site<'_> {
    fn drop(&mut self) {
        self.engine.ask(&["service", "rm", ALONE]);
    }
}

/// The settings that a program has read.
struct Export {
    text: String,
    settings: Value,
}

impl Export {
    fn of(text: &str) -> Self {
        Self {
            text: text.into(),
            settings: serde_json::from_str(text).unwrap(),
        }
    }

    fn sealing(&self) -> &str {
        self.settings["SECRET_KEY"].as_str().unwrap()
    }

    fn opening(&self) -> impl Iterator<Item = &str> {
        let others = self.settings["SECRET_KEY_FALLBACKS"].as_array().unwrap();
        let others = others.iter().filter_map(Value::as_str);
        std::iter::once(self.sealing()).chain(others)
    }
}

impl std::fmt::Debug for Export {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Export").finish_non_exhaustive()
    }
}

const ALONE: &str = "exported-alone";
const NAME: &str = "django.json";
