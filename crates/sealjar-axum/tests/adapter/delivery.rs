//! Does a debug build notice from a request whether its browser will keep the cookie?

use axum::body::Body;
use http::{Request, header};

use crate::logs::Logs;
use crate::support::{app, call, jar, visit};

#[tokio::test]
async fn a_debug_build_warns_of_a_cookie_that_its_browser_is_bound_to_drop() {
    for (host, proto, warned) in [
        ("192.168.1.7:3000", "http", true),
        ("192.168.1.7:3000", "https", false),
        ("localhost:3000", "http", false),
    ] {
        let (jar, ask) = (jar(), || {
            Request::get("/")
                .header(header::HOST, host)
                .header(header::USER_AGENT, "Mozilla/5.0")
                .header("x-forwarded-proto", proto)
                .body(Body::empty())
                .unwrap()
        });
        let app = app(&jar, visit);
        let (logs, _guard) = Logs::begin();
        call(&app, ask()).await;
        let told = logs.take();
        let expected = warned && cfg!(debug_assertions);
        assert_eq!(
            told.contains("this looks like plain http"),
            expected,
            "{told}"
        );
        call(&app, ask()).await;
        let told = logs.take();
        let expected = !warned && cfg!(debug_assertions);
        assert_eq!(told.contains("did not come back"), expected, "{told}");
    }
}
