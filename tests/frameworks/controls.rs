//! Is a framework noticed that keeps a header back? Each of these has one flaw.

use crate::browser::{Answer, Browser, Flaw};
use crate::site::Site;
use crate::story;

#[tokio::test]
async fn a_flaw_of_hyper_app_is_noticed() {
    let site = Site::start("hyper-app");
    let flaws: [(&str, Flaw, &str); 6] = [
        (
            "keeps cookies back",
            keeps_cookies_back,
            "expected [\"set\"], found []",
        ),
        (
            "sends one line of several",
            sends_one_line,
            "expected [\"set\", \"mark\"], found [\"mark\"]",
        ),
        ("joins lines", joins_lines, "neither"),
        (
            "lets caches keep pages",
            lets_caches_keep,
            "cached as [\"public\"]",
        ),
        ("forgets Vary", forgets_vary, "varies by"),
        ("answers without a redirect", answers_200, "200 to"),
    ];
    for (name, flaw, said) in flaws {
        let told = story::tell(Browser::with_flaw(&site, flaw), &site).await;
        let told = told.expect_err(name);
        assert!(told.contains(said), "{name}: {told}");
    }
}

fn keeps_cookies_back(answer: &mut Answer) {
    answer.headers.retain(|it| it.0 != "set-cookie");
}

/// As a framework does that keeps headers in a map without duplicates.
fn sends_one_line(answer: &mut Answer) {
    let last = answer.headers.iter().rposition(|it| it.0 == "set-cookie");
    let mut at = 0;
    answer.headers.retain(|it| {
        at += 1;
        it.0 != "set-cookie" || Some(at - 1) == last
    });
}

/// As HTTP allows for all fields but this one.
fn joins_lines(answer: &mut Answer) {
    let lines = answer.values("set-cookie").join(", ");
    keeps_cookies_back(answer);
    if !lines.is_empty() {
        answer.headers.push(("set-cookie".into(), lines));
    }
}

fn lets_caches_keep(answer: &mut Answer) {
    let policies = answer
        .headers
        .iter_mut()
        .filter(|it| it.0 == "cache-control");
    policies.for_each(|it| it.1 = "public".into());
}

fn forgets_vary(answer: &mut Answer) {
    answer.headers.retain(|it| it.0 != "vary");
}

fn answers_200(answer: &mut Answer) {
    answer.status = 200;
}
