//! Can a person watch, complete a line and read the manual?

use std::io::{BufRead as _, BufReader};
use std::process::{Child, ChildStdout, Command};

use serde_json::Value;

use crate::Sandbox;

struct Watch {
    process: Child,
    lines: BufReader<ChildStdout>,
}

impl Watch {
    fn over(sandbox: &Sandbox, more: &[&str]) -> Self {
        let line = [&["status", "--watch=1s"], more].concat();
        let mut process = sandbox.command(&line).spawn().unwrap();
        let lines = BufReader::new(process.stdout.take().unwrap());
        Self { process, lines }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "it has ended");
        line
    }

    fn look(&mut self) -> Value {
        serde_json::from_str(&self.line()).unwrap()
    }

    /// Ends it as Ctrl-C does, and returns the exit code.
    fn end(mut self) -> Option<i32> {
        let id = self.process.id().to_string();
        let sent = Command::new("kill").args(["-INT", &id]).status();
        assert!(sent.unwrap().success());
        self.process.wait().unwrap().code()
    }
}

#[test]
fn a_watch_prints_the_ring_again_until_it_is_interrupted() {
    let it = Sandbox::begun();
    let mut watch = Watch::over(&it, &[]);
    for _ in 0..2 {
        while !watch.line().starts_with("ring web") {}
        while !watch.line().contains("every 1s, Ctrl-C ends it") {}
    }
    assert_eq!(watch.end(), Some(0));
}

#[test]
fn a_watch_for_machines_is_one_object_a_line_and_follows_what_happens() {
    let it = Sandbox::begun();
    let mut watch = Watch::over(&it, &["--json"]);
    assert_eq!(watch.look()["delivery"]["found"], "head");
    std::fs::remove_file(it.document()).unwrap();
    let noticed = (0..20).any(|_| watch.look()["delivery"]["found"] == "missing");
    assert!(noticed);
    assert_eq!(watch.end(), Some(4), "as the last look ended");
}

#[test]
fn a_watch_over_nothing_ends_at_once() {
    Sandbox::empty().refuses(&["status", "--watch"], 4, "holds no ring");
}

#[test]
fn each_shell_gets_a_script_and_each_command_a_manual_page() {
    let it = Sandbox::empty();
    for (shell, words) in [
        ("bash", "complete -F _sealjar"),
        ("zsh", "#compdef sealjar"),
        ("fish", "complete -c sealjar"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = it.does(&["completions", shell]).stdout;
        for words in [words, "adopt-policy", "revoke"] {
            assert!(script.contains(words), "{shell}: {words}");
        }
    }
    assert_eq!(it.run(&["completions", "tcsh"]).code, 2);
    let page = it.does(&["man"]).stdout;
    assert!(
        page.contains(".TH sealjar 1") && page.contains("Exit codes"),
        "{page}"
    );
    let page = it.does(&["man", "revoke"]).stdout;
    assert!(
        page.contains("sealjar") && page.contains("before"),
        "{page}"
    );
    assert_eq!(it.run(&["man", "revolve"]).code, 2);
    let json = it.does(&["man", "status", "--json"]).json();
    assert!(json["text"].as_str().unwrap().contains("watch"));
}
