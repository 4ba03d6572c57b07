//! Refuses forms from other sites.
//!
//! It does what `tower_http::csrf` does for axum. actix-web has nothing like it, and the crates
//! that protect forms there use tokens, which have to be stored somewhere.

use actix_web::body::MessageBody;
use actix_web::dev::{RequestHead, ServiceRequest, ServiceResponse};
use actix_web::http::{Method, Uri, header};
use actix_web::middleware::Next;
use actix_web::{Error, HttpResponse};

/// Answers 403 to a form that a page of another origin has sent.
pub(crate) async fn refuse_foreign_forms(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<impl MessageBody>, Error> {
    if is_foreign(request.head()) {
        let refused = request.into_response(HttpResponse::Forbidden().finish());
        return Ok(refused.map_into_right_body());
    }
    Ok(next.call(request).await?.map_into_left_body())
}

/// Decides by the browser's Fetch Metadata headers, or by `Origin` if the browser is too old for
/// them. Every browser sends one of them with a form of another site.
fn is_foreign(head: &RequestHead) -> bool {
    if [Method::GET, Method::HEAD, Method::OPTIONS].contains(&head.method) {
        return false;
    }
    let said = |name| {
        let value = head.headers.get(name)?.as_bytes();
        (!value.is_empty()).then_some(value)
    };
    if let Some(site) = said("sec-fetch-site") {
        return !matches!(site, b"same-origin" | b"none");
    }
    let Some(origin) = said(header::ORIGIN.as_str()) else {
        return false;
    };
    let asked = match head.uri.authority() {
        Some(authority) => Some(authority.as_str().as_bytes()),
        None => said(header::HOST.as_str()),
    };
    let origin = Uri::try_from(origin).ok();
    let from = origin
        .as_ref()
        .filter(|origin| matches!(origin.scheme_str(), Some("http" | "https")))
        .and_then(Uri::authority);
    !matches!((from, asked), (Some(from), Some(asked)) if from.as_str().as_bytes() == asked)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_form_is_foreign_when_its_browser_says_so_or_its_origin_is_another() {
        assert_eq!(mistakes_of(is_foreign), Vec::<String>::new());
    }

    /// The controls: simpler checks accept forms that they should refuse, or refuse all.
    #[test]
    fn a_check_that_leaves_something_out_makes_mistakes() {
        let origin = |head: &RequestHead| head.headers.get("origin").cloned();
        let whatever_the_site = |head: &RequestHead| {
            let origin = origin(head).filter(|origin| !origin.is_empty());
            origin.is_some_and(|origin| !origin.as_bytes().ends_with(b"//shop.test"))
        };
        let wrong = mistakes_of(whatever_the_site);
        assert!(wrong.iter().any(|it| it.starts_with("POST cross-site")));
        let any_beginning = |head: &RequestHead| {
            let evil = origin(head).is_some_and(|it| !it.as_bytes().starts_with(b"https://shop"));
            evil && is_foreign(head)
        };
        let wrong = mistakes_of(any_beginning);
        assert!(wrong.iter().any(|it| it.ends_with("shop.test.evil.test")));
        let whatever_the_method = |_: &RequestHead| true;
        let wrong = mistakes_of(whatever_the_method);
        assert!(wrong.iter().any(|it| it.starts_with("GET")));
    }

    #[test]
    fn a_form_to_nowhere_is_foreign_whatever_its_origin() {
        for origin in ["null", "https://shop.test"] {
            let form = TestRequest::post().insert_header((header::ORIGIN, origin));
            assert!(is_foreign(form.to_srv_request().head()), "{origin}");
        }
    }

    /// Returns the rows that a check gets wrong.
    fn mistakes_of(judge: impl Fn(&RequestHead) -> bool) -> Vec<String> {
        let mut wrong = Vec::new();
        for (site, origin, foreign) in TABLE {
            for (method, refused) in [
                (Method::POST, foreign),
                (Method::DELETE, foreign),
                (Method::GET, false),
                (Method::HEAD, false),
            ] {
                let request = TestRequest::with_uri("/add")
                    .method(method.clone())
                    .insert_header((header::HOST, "shop.test"))
                    .insert_header(("sec-fetch-site", site))
                    .insert_header((header::ORIGIN, origin));
                if judge(request.to_srv_request().head()) != refused {
                    wrong.push(format!("{method} {site} from {origin}"));
                }
            }
        }
        wrong
    }

    /// The headers of a form to shop.test, its origin, and whether it is foreign.
    const TABLE: [(&str, &str, bool); 18] = [
        ("same-origin", "https://shop.test", false),
        ("same-origin", "", false),
        ("none", "", false),
        // Fetch Metadata takes precedence over the origin.
        ("same-origin", "https://evil.test", false),
        ("cross-site", "https://shop.test", true),
        ("same-site", "https://shop.test", true),
        ("Same-Origin", "https://shop.test", true),
        ("cross-site", "", true),
        ("", "https://shop.test", false),
        ("", "http://shop.test", false),
        ("", "", false),
        ("", "https://evil.test", true),
        ("", "https://shop.test.evil.test", true),
        ("", "https://shop.test:8443", true),
        ("", "https://SHOP.test", true),
        ("", "ftp://shop.test", true),
        ("", "shop.test", true),
        ("", "null", true),
    ];
}
