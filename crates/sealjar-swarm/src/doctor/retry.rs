//! Does the `retry` before a service repeat requests that a replica has received?

use crate::balancer::labels;
use crate::doctor::Finding;
use crate::doctor::facts::Facts;
use crate::doctor::service::ServiceView;

pub(crate) fn repeats(facts: &Facts, service: &ServiceView<'_>) -> Option<Finding> {
    if !service.behind_traefik() {
        return None;
    }
    let name = service
        .labels()
        .filter_map(|(key, value)| key.ends_with(".middlewares").then_some(value))
        .flat_map(|names| names.split(','))
        .filter_map(|name| name.trim().split('@').next())
        .find(|name| is_retry(facts, name))?;
    if option(facts, name, "retrynonidempotentmethod").is_some_and(is_on) {
        return Some(Finding::hurts(
            format!("Traefik's `{name}` repeats forms, too, when a replica's answer is an error"),
            "what a visitor orders once is ordered twice",
            format!(
                "remove the label traefik.http.middlewares.{name}.retry.retryNonIdempotentMethod"
            ),
        ));
    }
    let over_h2c = service.labels().any(|(key, value)| {
        key.ends_with(".loadbalancer.server.scheme") && value.eq_ignore_ascii_case("h2c")
    });
    over_h2c.then(|| {
        Finding::hurts(
            format!("Traefik's `{name}` is before replicas that it asks over h2c"),
            "Traefik then repeats some requests that were answered, forms too",
            "remove the label loadbalancer.server.scheme: over http:// it repeats none",
        )
    })
}

fn is_retry(facts: &Facts, name: &str) -> bool {
    option(facts, name, "").is_some()
}

/// Returns the value of the first option of a `retry` whose name begins so, whichever service has
/// its label.
fn option<'a>(facts: &'a Facts, name: &str, option: &str) -> Option<&'a str> {
    let key = format!("traefik.http.middlewares.{name}.retry").to_ascii_lowercase();
    let all = facts.services.iter();
    let mut all = all.flat_map(|service| labels(&service["Spec"]["Labels"]));
    all.find_map(|(label, value)| {
        let rest = label.strip_prefix(&key)?;
        let is_it = match rest.strip_prefix('.') {
            Some(rest) => rest.starts_with(option),
            None => rest.is_empty() && option.is_empty(),
        };
        is_it.then_some(value)
    })
}

fn is_on(value: &str) -> bool {
    value.eq_ignore_ascii_case("true")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::doctor::tests::{healthy, put, set};

    type Label = (&'static str, &'static str);

    /// Labels below `traefik.http.`, and the word that says what hurts.
    const CASES: &[(&[Label], Option<&str>)] = &[
        (&[], None),
        (&[USED, ATTEMPTS], None),
        (&[USED, ATTEMPTS, H2C], Some("h2c")),
        (
            &[USED, ("middlewares.again.retry", "true"), H2C],
            Some("h2c"),
        ),
        (&[USED, ATTEMPTS, FORMS], Some("forms")),
        (
            &[
                USED,
                ATTEMPTS,
                ("middlewares.again.retry.retryNonIdempotentMethod", "false"),
            ],
            None,
        ),
        // Nothing leads through it, or it is no `retry`.
        (&[ATTEMPTS, H2C, FORMS], None),
        (&[USED, ("middlewares.again.compress", "true"), H2C], None),
        (
            &[USED, ("middlewares.again2.retry.attempts", "3"), H2C],
            None,
        ),
        (&[H2C], None),
    ];
    const USED: Label = ("routers.shop.middlewares", "compress@file, Again@swarm");
    const ATTEMPTS: Label = ("middlewares.again.retry.attempts", "3");
    const FORMS: Label = ("middlewares.again.retry.retryNonIdempotentMethod", "True");
    const H2C: Label = ("services.shop.loadbalancer.server.scheme", "h2c");

    #[test]
    fn only_a_retry_that_is_used_and_repeats_too_much_is_found() {
        for (labels, found) in CASES {
            let mut facts = healthy();
            for (key, value) in *labels {
                set(
                    &mut facts,
                    &format!("Spec/Labels/traefik.http.{key}"),
                    json!(value),
                );
            }
            let service = ServiceView::new(&facts.services[0]);
            let said = repeats(&facts, &service).map(|it| format!("{it:?}"));
            match found {
                None => assert_eq!(said, None, "{labels:?}"),
                Some(word) => assert!(said.unwrap_or_default().contains(word), "{labels:?}"),
            }
        }
    }

    #[test]
    fn it_may_be_another_service_that_says_what_the_middleware_is() {
        let mut facts = healthy();
        for (key, value) in [USED, H2C] {
            set(
                &mut facts,
                &format!("Spec/Labels/traefik.http.{key}"),
                json!(value),
            );
        }
        let label = format!("Spec/Labels/traefik.http.{}", ATTEMPTS.0);
        put(&mut facts.services[1], &label, json!(ATTEMPTS.1));
        assert!(repeats(&facts, &ServiceView::new(&facts.services[0])).is_some());
    }
}
