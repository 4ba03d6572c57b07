//! Chromium, as WebDriver drives it: <https://www.w3.org/TR/webdriver2/>. The few commands that are
//! needed are requests with JSON in them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, Method};
use sealjar_tests::programs::Running;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A browser with one window. It ends when this is dropped.
pub(crate) struct Browser {
    /// What its pictures are called by.
    name: &'static str,
    runtime: Runtime,
    client: Client,
    session: String,
    _driver: Running,
    _home: TempDir,
}

impl Browser {
    /// Starts one that trusts certificates of this public key, and otherwise those that every
    /// Chromium trusts.
    pub(crate) fn start(name: &'static str, trusted: Option<&[u8]>) -> Self {
        for (program, package) in [(CHROMIUM, "chromium"), (DRIVER, "chromium-driver")] {
            assert!(
                Path::new(program).exists(),
                "{program} is not there\nhint: on Debian: apt-get install {package}"
            );
        }
        let home = tempfile::tempdir().unwrap();
        let mut command = Command::new(DRIVER);
        command.arg("--port=0").env("HOME", home.path());
        let driver = Running::start(command);
        let port = driver.hear("started successfully on port ");
        let port = port.trim_end_matches('.');
        let mut arguments = vec![
            "--headless=new".to_owned(),
            // Its sandbox does not take root.
            "--no-sandbox".into(),
            "--disable-dev-shm-usage".into(),
            "--disable-gpu".into(),
            "--window-size=1000,1000".into(),
            format!("--user-data-dir={}", home.path().join("profile").display()),
        ];
        if let Some(key) = trusted {
            let digest = STANDARD.encode(Sha256::digest(key));
            arguments.push(format!("--ignore-certificate-errors-spki-list={digest}"));
        }
        let options = json!({ "binary": CHROMIUM, "args": arguments });
        let wanted = json!({ "goog:chromeOptions": options });
        let mut browser = Self {
            name,
            runtime: Runtime::new().unwrap(),
            client: Client::builder()
                .no_proxy()
                .timeout(PATIENCE)
                .build()
                .unwrap(),
            session: format!("http://127.0.0.1:{port}/session"),
            _driver: driver,
            _home: home,
        };
        let capabilities = json!({ "capabilities": { "alwaysMatch": wanted } });
        let begun = browser.ask(Method::POST, "", &capabilities).unwrap();
        browser.session += "/";
        browser.session += begun["sessionId"].as_str().unwrap();
        browser
    }

    pub(crate) fn go(&self, url: &str) {
        self.try_to_go(url).unwrap();
    }

    /// Goes to a page, and returns when it is there, or why it is not.
    pub(crate) fn try_to_go(&self, url: &str) -> Result<Value, String> {
        self.ask(Method::POST, "/url", &json!({ "url": url }))
    }

    pub(crate) fn reload(&self) {
        self.post("/refresh", &json!({}));
    }

    pub(crate) fn back(&self) {
        self.post("/back", &json!({}));
    }

    /// Clicks on what a CSS selector names first. On a busy machine the page that follows may come
    /// later than this returns.
    pub(crate) fn click(&self, selector: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Fills in the form of the login page, and sends it.
    pub(crate) fn fill_in(&self, login: &str, password: &str) {
        for (field, text) in [("login", login), ("password", password)] {
            let input = format!("input[name={field}]");
            let element = self.find(&input);
            let typed = || self.run(&format!("return document.querySelector('{input}').value"));
            let patience = Instant::now() + PATIENCE;
            // On a busy machine the driver may type twice.
            while typed() != text {
                assert!(Instant::now() < patience, "{field} is not filled in");
                self.post(&format!("/element/{element}/clear"), &json!({}));
                self.post(
                    &format!("/element/{element}/value"),
                    &json!({ "text": text }),
                );
            }
        }
        self.click("form.login button");
    }

    /// Returns the text of the page, as a person reads it.
    pub(crate) fn page(&self) -> String {
        self.run("return document.body.innerText")
    }

    pub(crate) fn sees(&self, text: &str) -> bool {
        self.page().contains(text)
    }

    /// Returns what the panel "who opened this" tells.
    pub(crate) fn fact(&self, name: &str) -> String {
        self.run(&format!(
            "return document.querySelector('[data-fact={name}]').innerText"
        ))
    }

    /// Waits until the page has this text.
    pub(crate) fn await_text(&self, text: &str) {
        let patience = Instant::now() + PATIENCE;
        while !self.sees(text) {
            assert!(Instant::now() < patience, "{text}: {}", self.page());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Reloads until the page has this text.
    pub(crate) fn reload_until(&self, text: &str) {
        let patience = Instant::now() + PATIENCE;
        while !self.sees(text) {
            assert!(Instant::now() < patience, "{text}: {}", self.page());
            self.reload();
        }
    }

    /// Runs a script, and returns the text that it returns.
    pub(crate) fn run(&self, script: &str) -> String {
        let run = json!({ "script": script, "args": [] });
        let returned = self.post("/execute/sync", &run);
        returned.as_str().unwrap_or_default().to_owned()
    }

    pub(crate) fn cookies(&self) -> Vec<Value> {
        let cookies = self.ask(Method::GET, "/cookie", &Value::Null).unwrap();
        cookies.as_array().unwrap().clone()
    }

    /// Keeps a picture of the window.
    pub(crate) fn picture(&self, of: &str) {
        let picture = self.ask(Method::GET, "/screenshot", &Value::Null).unwrap();
        let place = PathBuf::from(PICTURES).join(self.name);
        fs::create_dir_all(&place).unwrap();
        let picture = STANDARD.decode(picture.as_str().unwrap()).unwrap();
        fs::write(place.join(format!("{of}.png")), picture).unwrap();
    }

    fn find(&self, selector: &str) -> String {
        let by = json!({ "using": "css selector", "value": selector });
        let found = self.post("/element", &by);
        let (_, id) = found.as_object().unwrap().iter().next().unwrap();
        id.as_str().unwrap().to_owned()
    }

    fn post(&self, command: &str, with: &Value) -> Value {
        self.ask(Method::POST, command, with).unwrap()
    }

    /// Gives a command, and returns what comes of it, or the error in words.
    fn ask(&self, method: Method, command: &str, with: &Value) -> Result<Value, String> {
        let url = format!("{}{command}", self.session);
        let mut request = self.client.request(method, url);
        if !with.is_null() {
            request = request.body(with.to_string());
        }
        let answer = async {
            let answer = request.send().await?;
            Ok((answer.status(), answer.text().await?))
        };
        let answer: Result<_, reqwest::Error> = self.runtime.block_on(answer);
        let (status, text) = answer.map_err(|error| error.to_string())?;
        let mut answer: Value = serde_json::from_str(&text).map_err(|_| text)?;
        let value = answer["value"].take();
        if status.is_success() {
            Ok(value)
        } else {
            Err(format!(
                "{command}: {} {}",
                value["error"], value["message"]
            ))
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The driver would leave it behind.
        _ = self.ask(Method::DELETE, "", &Value::Null);
    }
}

const CHROMIUM: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";
const PICTURES: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/browser");
/// Far more than a command takes, on a machine that is busy.
const PATIENCE: Duration = Duration::from_secs(60);
