//! The app: the handlers, and the middlewares around them.

use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::{DefaultHeaders, from_fn};
use actix_web::web::{self, Data, ServiceConfig};
use sealjar_actix::{ConfigError, LiveRing, Readiness, SessionMiddleware};
use shop::{Jars, Replica, Shutdown};

use crate::response::response;
use crate::{csrf, form, handlers};

/// Builds the app: the handlers, and around them one middleware for each session type.
///
/// `cookie` names both cookies, `__Host-Http-session` and `__Host-Http-session-flash` for
/// `session`.
///
/// # Errors
/// [`ConfigError`] when the cookies' settings cannot work.
pub(crate) fn app(
    ring: &LiveRing,
    replica: &Replica,
    cookie: &str,
    insecure_http: bool,
) -> Result<impl Fn(&mut ServiceConfig) + Clone + Send + use<>, ConfigError> {
    let jars = Jars::new(ring, cookie, insecure_http)?;
    let visitors = SessionMiddleware::new(jars.visitors);
    let flashes = SessionMiddleware::new(jars.flashes);
    let name = HeaderValue::from_str(replica.name())
        .unwrap_or_else(|_| HeaderValue::from_static("unprintable"));
    let replica = Data::new(replica.clone());
    Ok(move |config: &mut ServiceConfig| {
        let routes = web::scope("")
            .app_data(replica.clone())
            .app_data(form::config())
            .configure(handlers::routes)
            .wrap(flashes.clone())
            .wrap(visitors.clone())
            // The cookies are SameSite=Lax, and forms from other origins are also refused.
            .wrap(from_fn(csrf::refuse_foreign_forms))
            // A client that does not show the panel, such as curl, sees here which replica
            // answered.
            .wrap(DefaultHeaders::new().add((X_REPLICA, name.clone())));
        config.service(routes);
    })
}

/// Serves `/healthz`.
pub(crate) fn health(
    readiness: Readiness,
    shutdown: Shutdown,
) -> impl Fn(&mut ServiceConfig) + Clone + Send {
    move |config| {
        let (readiness, shutdown) = (readiness.clone(), shutdown.clone());
        let answer = move || std::future::ready(response(shop::health(&readiness, &shutdown)));
        config.service(web::resource("/healthz").route(handlers::look().to(answer)));
    }
}

const X_REPLICA: HeaderName = HeaderName::from_static("x-replica");

#[cfg(test)]
mod tests {
    use actix_web::http::{StatusCode, header};
    use actix_web::test::{TestRequest, call_and_read_body, call_service, init_service};
    use actix_web::{App, dev::ServiceResponse};
    use sealjar_actix::testing;
    use shop::visitor::{User, Visitor};
    use shop::{Account, Jars};

    use super::app;

    /// A request of Ada's browser, in which she is logged in.
    fn adas(jars: &Jars, request: TestRequest) -> TestRequest {
        let ada = Visitor {
            user: Account::find("ada").map(User::from),
            ..Visitor::default()
        };
        let cookie = jars.visitors.cookie_for(&ada).unwrap();
        request
            .insert_header((header::HOST, "shop.test"))
            .insert_header((header::COOKIE, cookie))
    }

    fn location<B>(response: &ServiceResponse<B>) -> &str {
        let location = response.headers().get(header::LOCATION).unwrap();
        location.to_str().unwrap()
    }

    #[actix_web::test]
    async fn a_form_of_another_site_is_refused_before_its_session_is_looked_at() {
        let ring = testing::ring();
        let jars = Jars::new(&ring, "session", false).unwrap();
        let app = app(&ring, &"web-1".into(), "session", false).unwrap();
        let app = init_service(App::new().configure(app)).await;
        let form = || adas(&jars, TestRequest::post()).uri("/add");
        let form = || form().set_form([("good", "jar")]);
        for (name, value) in [
            ("origin", "https://evil.test"),
            ("origin", "null"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
        ] {
            let form = form().insert_header((name, value));
            let refused = call_service(&app, form.to_request()).await;
            assert_eq!(refused.status(), StatusCode::FORBIDDEN, "{name}: {value}");
            for header in [header::SET_COOKIE, header::VARY, header::CACHE_CONTROL] {
                assert!(!refused.headers().contains_key(&header), "{header}");
            }
        }
        let own = form().insert_header(("origin", "https://shop.test"));
        let taken = call_service(&app, own.to_request()).await;
        assert_eq!(taken.status(), StatusCode::SEE_OTHER);
        assert_eq!(taken.headers().get_all(header::SET_COOKIE).count(), 2);
    }

    #[actix_web::test]
    async fn a_page_for_people_who_are_logged_in_leads_to_the_login_and_back() {
        let ring = testing::ring();
        let jars = Jars::new(&ring, "session", false).unwrap();
        let app = app(&ring, &"web-1".into(), "session", false).unwrap();
        let app = init_service(App::new().configure(app)).await;
        let account = || TestRequest::with_uri("/account");
        let guest = account().insert_header((header::ACCEPT, "text/html"));
        let sent_away = call_service(&app, guest.to_request()).await;
        assert_eq!(location(&sent_away), "/login?next=/account");
        let form = TestRequest::with_uri(location(&sent_away)).to_request();
        let form = call_and_read_body(&app, form).await;
        assert!(String::from_utf8_lossy(&form).contains("value=\"/account\""));

        let mut form = vec![("login", "ada"), ("password", "lovelace")];
        for (next, back) in [("/account", "./account"), ("//evil.test", "./")] {
            form.truncate(2);
            form.push(("next", next));
            let form = TestRequest::post().uri("/login").set_form(&form);
            let logged_in = call_service(&app, form.to_request()).await;
            assert_eq!(location(&logged_in), back);
        }
        let page = call_and_read_body(&app, adas(&jars, account()).to_request()).await;
        assert!(String::from_utf8_lossy(&page).contains("data-account=\"ada\""));
    }
}
