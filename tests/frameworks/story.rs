//! What a visitor does and must see, told as a result: the controls expect some to fail.

use reqwest::Method;

use crate::browser::{Answer, Browser, NAME};
use crate::page::Form;
use crate::site::Site;
use crate::visitor::Visitor;

pub(crate) type Told = Result<(), String>;

/// How an example's pages work.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Fetches {
    /// Each click loads a page.
    Never,
    /// They ask for parts, and the layer has `keep_alive`.
    Often,
}

/// Logs in, counts and logs out, a replica after the other.
pub(crate) async fn whole(site: &Site) -> Told {
    tell(Browser::new(site), site).await
}

/// The same with a browser of the caller's.
pub(crate) async fn tell(mut browser: Browser<'_>, site: &Site) -> Told {
    let page = browser.look("/").await;
    shows(&page, ("", "0", ""))?;
    sets(&page, &[])?;

    let add = page.page.form("add")?;
    changes(&browser.send(&add, &[]).await, site, &["set"])?;
    shows(&browser.look("/").await, ("", "1", "You have 1."))?;

    let wrong = [("name", "ada"), ("password", "byron")];
    changes(
        &browser.send(&page.page.form("login")?, &wrong).await,
        site,
        &["set"],
    )?;
    let page = browser.look("/").await;
    shows(&page, ("", "1", "Wrong name or password."))?;

    let login = page.page.form("login")?;
    changes(&browser.send(&login, &ADA).await, site, &["set"])?;
    let page = browser.look("/").await;
    shows(&page, ("ada", "1", "Welcome, ada."))?;
    sets(&page, &["set"])?;
    let page = browser.look("/").await;
    shows(&page, ("ada", "1", ""))?;
    sets(&page, &[])?;

    changes(&browser.send(&add, &[]).await, site, &["set"])?;
    let page = browser.look("/").await;
    shows(&page, ("ada", "2", "You have 2."))?;

    let logout = page.page.form("logout")?;
    changes(&browser.send(&logout, &[]).await, site, &["set", "mark"])?;
    shows(&browser.look("/").await, ("", "0", "You are logged out."))?;
    shows(&browser.look("/").await, ("", "0", ""))
}

/// A message waits for a page that a person sees.
pub(crate) async fn message(site: &Site) -> Told {
    let mut browser = Browser::new(site);
    let add = browser.look("/").await.page.form("add")?;
    changes(&browser.send(&add, &[]).await, site, &["set"])?;
    let ahead = [("sec-purpose", "prefetch"), ("sec-fetch-mode", "navigate")];
    sets(&browser.get(Method::GET, "/", &ahead).await, &[])?;
    sets(&browser.get(Method::HEAD, "/", &[]).await, &[])?;
    shows(&browser.look("/").await, ("", "1", "You have 1."))?;
    shows(&browser.look("/").await, ("", "1", ""))
}

/// A navigation extends a session that has been idle for a while, and so does a fetch if the
/// example works by fetching.
pub(crate) async fn keeps_alive(site: &Site, fetches: Fetches) -> Told {
    let idle = site.cookie_of(&ada(), 8 * 3600);
    let page = Browser::holding(site, &idle).look("/").await;
    shows(&page, ("ada", "7", ""))?;
    sets(&page, &["set"])?;

    let fetch = [("sec-fetch-mode", "cors")];
    let page = Browser::holding(site, &idle)
        .get(Method::GET, "/", &fetch)
        .await;
    shows(&page, ("ada", "7", ""))?;
    sets(
        &page,
        if fetches == Fetches::Often {
            &["set"]
        } else {
            &[]
        },
    )?;

    let fresh = site.cookie_of(&ada(), 60);
    sets(&Browser::holding(site, &fresh).look("/").await, &[])
}

/// A cookie that was altered opens nothing and stays; one that was logged out opens nothing.
pub(crate) async fn hostile(site: &Site) -> Told {
    let cookie = site.cookie_of(&ada(), 60);
    let end = if cookie.ends_with('A') { 'B' } else { 'A' };
    let altered = format!("{}{end}", &cookie[..cookie.len() - 1]);
    let page = Browser::holding(site, &altered).look("/").await;
    shows(&page, ("", "0", ""))?;
    sets(&page, &[])?;

    let mut browser = Browser::holding(site, &cookie);
    let page = browser.look("/").await;
    shows(&page, ("ada", "7", ""))?;
    let logout: Form = page.page.form("logout")?;
    changes(&browser.send(&logout, &[]).await, site, &["set", "mark"])?;
    // A slower answer sets it again.
    browser
        .cookies
        .take(&format!("{cookie}; Path=/; Secure; HttpOnly"), 0);
    let page = browser.look("/").await;
    shows(&page, ("", "0", ""))
}

/// htmx gets `<main>` alone, and the change is kept.
pub(crate) async fn fragment(site: &Site) -> Told {
    let mut browser = Browser::holding(site, &site.cookie_of(&ada(), 60));
    let add = browser.look("/").await.page.form("add")?;
    let htmx = [("hx-request", "true"), ("sec-fetch-mode", "cors")];
    let part = browser.post(&add, &[], &htmx).await;
    shows(&part, ("ada", "8", "You have 8."))?;
    sets(&part, &["set"])?;
    expect(!part.page.0.contains("<html"), || {
        format!("a whole page: {}", part.page.0)
    })?;
    shows(&browser.look("/").await, ("ada", "8", ""))
}

/// The page knows of topcoat's token from login to logout, and only by its cookie.
pub(crate) async fn slot(site: &Site) -> Told {
    let says_so = |answer: &Answer| answer.page.0.contains("topcoat has a token for you.");
    let mut browser = Browser::new(site);
    let page = browser.look("/").await;
    expect(!says_so(&page), || "a token for a stranger".into())?;
    browser.send(&page.page.form("login")?, &ADA).await;
    let page = browser.look("/").await;
    expect(says_so(&page), || format!("no token: {}", page.page.0))?;
    let token = browser.cookies.value("__Host-Http-token").map(str::len);
    expect(token.is_some_and(|it| it > 100), || {
        format!("a token of {token:?} characters")
    })?;
    browser.send(&page.page.form("logout")?, &[]).await;
    expect(!says_so(&browser.look("/").await), || {
        "a token after the logout".into()
    })
}

/// A change after the page has begun fails, and the message stays for the next page.
pub(crate) async fn late(site: &Site) -> Told {
    let mut browser = Browser::new(site);
    let add = browser.look("/").await.page.form("add")?;
    browser.send(&add, &[]).await;
    let streamed = browser.look("/late").await;
    sets(&streamed, &[])?;
    let text = &streamed.page.0;
    expect(
        text.contains("response") && !text.contains("You have 1."),
        || text.clone(),
    )?;
    let whole = browser.look("/whole").await;
    sets(&whole, &["set"])?;
    let text = &whole.page.0;
    expect(text.contains("You have 1."), || text.clone())?;
    shows(&browser.look("/").await, ("", "1", ""))
}

fn ada() -> Visitor {
    Visitor {
        name: Some("ada".into()),
        count: 7,
        message: None,
    }
}

/// A page that is this visitor's, and says so to caches.
fn shows(answer: &Answer, says: (&str, &str, &str)) -> Told {
    expect(answer.status == 200, || {
        format!("status {}: {}", answer.status, answer.page.0)
    })?;
    let found = answer.page.says();
    expect(found == Some(says), || {
        format!("expected {says:?}, found {found:?}")
    })?;
    let policy = answer.values("cache-control");
    expect(matches!(policy[..], ["private" | "no-store"]), || {
        format!("cached as {policy:?}")
    })?;
    let vary = answer.values("vary").join(",").to_lowercase();
    expect(vary.split(',').any(|it| it.trim() == "cookie"), || {
        format!("varies by {vary:?}")
    })
}

/// An answer to a form: it leads back to the page and sets these lines, which open.
fn changes(answer: &Answer, site: &Site, lines: &[&str]) -> Told {
    let location = answer.values("location").concat();
    let leads_back = matches!(answer.status, 302 | 303) && location.ends_with('/');
    expect(leads_back, || {
        format!("{} to {location:?}: {}", answer.status, answer.page.0)
    })?;
    sets(answer, lines)?;
    let policy = answer.values("cache-control");
    expect(policy == ["no-store"], || format!("cached as {policy:?}"))?;
    let lines = answer
        .lines()
        .into_iter()
        .filter(|it| !it.contains(".out="));
    let opened = site.jar().value_of(lines);
    expect(opened.is_ok_and(|it| it.is_some()), || {
        "what it set does not open".into()
    })
}

/// The session's `Set-Cookie` lines, whole and in order: `set` for the session, `mark` for that of
/// a logout.
fn sets(answer: &Answer, expected: &[&str]) -> Told {
    let found: Vec<_> = answer.lines().into_iter().map(kind).collect();
    expect(found == expected, || {
        format!("expected {expected:?}, found {:?}", found)
    })
}

fn kind(line: &str) -> String {
    let (pair, attributes) = line.split_once("; ").unwrap_or((line, ""));
    let mark = pair
        .strip_prefix(NAME)
        .is_some_and(|it| it.starts_with(".out="));
    match (mark, attributes) {
        (false, "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=86400") => "set".into(),
        (true, "HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=604830") => "mark".into(),
        _ => format!("neither: {attributes}"),
    }
}

fn expect(holds: bool, told: impl FnOnce() -> String) -> Told {
    if holds { Ok(()) } else { Err(told()) }
}

const ADA: [(&str, &str); 2] = [("name", "ada"), ("password", "lovelace")];
