//! What actix-session and tower-sessions-cookie-store keep in their cookies.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sealjar_session::LegacyLayout;

use super::*;

fn jar_of(fleet: &Move, layout: LegacyLayout) -> Jar<Account> {
    builder(&fleet.ring, &fleet.time)
        .also_opens(private(&fleet.key).layout(layout), at(SINCE))
        .build()
        .unwrap()
}

fn header(fleet: &Move, text: &str) -> String {
    let mut jar = CookieJar::new();
    jar.private_mut(&fleet.key)
        .add(Cookie::new(OLD, text.to_owned()));
    jar.get(OLD).unwrap().encoded().to_string()
}

#[test]
fn both_layouts_of_actix_session_open() {
    let fleet = Move::begin();
    let jar = jar_of(&fleet, LegacyLayout::ActixSession);
    for (text, opens) in [
        (r#"{"name":"\"ada\"","visits":"1"}"#, true),
        (r#"{"v":1,"state":{"name":"ada","visits":1}}"#, true),
        (r#"{"name":"ada","visits":1}"#, false),
        (r#"{"v":2,"state":{"name":"ada","visits":1}}"#, false),
    ] {
        let session = jar.open([header(&fleet, text)], FetchMetadata::default());
        if opens {
            assert_eq!(*session.get(), account("ada"), "{text}");
        } else {
            assert_eq!(refusal(&session), Some("undecodable"), "{text}");
        }
    }
}

#[test]
fn a_session_of_tower_sessions_ends_when_it_says() {
    let fleet = Move::begin();
    let jar = jar_of(&fleet, LegacyLayout::TowerSessions);
    // 100 days after 2025-01-01 and an hour.
    let json = r#"{"v":1,"record":{"id":-170141183460469231731687303715884105728,
        "data":{"name":"ada","visits":1},"expiry_date":[2025,101,1,0,0,0,0,0,0]}}"#;
    let header = header(&fleet, &URL_SAFE_NO_PAD.encode(json));
    for (now, kind) in [
        (START, None),
        (START + 3599, None),
        (START + 3600, Some("expired")),
    ] {
        fleet.time.set(now);
        let session = jar.open([header.clone()], FetchMetadata::default());
        assert_eq!(refusal(&session), kind, "{now}");
        assert_eq!(is_legacy(&session), kind.is_none());
    }
}
