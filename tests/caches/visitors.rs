//! What do visitors get through a cache?

use reqwest::Client;
use reqwest::header::{COOKIE, SET_COOKIE};

use crate::app::App;
use crate::proxy::Proxy;

/// Lets three visitors come who have no cookie, and returns whether one gets another's.
pub(crate) async fn handed_on(cache: &Proxy) -> bool {
    let mut cookies: Vec<String> = Vec::new();
    for _ in 0..3 {
        let answer = client().get(cache.url("/count")).send().await.unwrap();
        assert_eq!(answer.status(), 200, "through {}", cache.name);
        // A cache may drop the line; then nobody gets another's cookie.
        let lines = answer.headers().get_all(SET_COOKIE);
        cookies.extend(lines.iter().map(|it| it.to_str().unwrap().to_owned()));
        answer.text().await.unwrap();
    }
    // No two tokens are equal, whatever they seal.
    let came = cookies.len();
    cookies.sort();
    cookies.dedup();
    cookies.len() < came
}

/// Lets two people and a stranger come in turn, twice, and returns whether each is called by their
/// own name.
pub(crate) async fn each_is_known(cache: &Proxy, app: &App) -> bool {
    let mut all = true;
    for name in ["ada", "", "grace", "ada", "", "grace"] {
        let mut visit = client().get(cache.url("/greet"));
        if !name.is_empty() {
            visit = visit.header(COOKIE, app.cookie_of(name));
        }
        all &= visit.send().await.unwrap().text().await.unwrap() == name;
    }
    all
}

/// One client for each visitor, so that none reuses another's connection.
fn client() -> Client {
    Client::builder().no_proxy().build().unwrap()
}
