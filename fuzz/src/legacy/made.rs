//! What have former libraries made?

use cookie::{Cookie, CookieJar, Key};
use sealjar_session::LegacyLayout;

use crate::reference::encode;

/// A value that a former library has set.
pub(super) struct Made {
    pub(super) value: String,
    /// `legacy`, or the word of the refusal.
    pub(super) word: &'static str,
    /// What the session holds.
    pub(super) note: &'static str,
}

/// Returns what a library has made.
pub(super) fn made(layout: LegacyLayout, is_private: bool) -> Vec<Made> {
    let texts = texts(layout).into_iter();
    let made = texts.map(|(text, word, note)| Made {
        value: locked(&key(layout), is_private, text),
        word,
        note,
    });
    made.collect()
}

/// Texts that a library may have kept, what each comes to, and what is in it.
fn texts(layout: LegacyLayout) -> Vec<(String, &'static str, &'static str)> {
    let undecodable = ["7", "[]", "{}", "\"note\""].map(|it| (it.into(), "undecodable", ""));
    let mut texts: Vec<(String, &str, &str)> = undecodable.into();
    for note in NOTES {
        match layout {
            LegacyLayout::ActixSession => {
                texts.push((format!(r#"{{"note":"\"{note}\""}}"#), "legacy", note));
                texts.push((
                    format!(r#"{{"v":1,"state":{{"note":"{note}"}}}}"#),
                    "legacy",
                    note,
                ));
            }
            LegacyLayout::TowerSessions => {
                for (year, word) in [(2100, "legacy"), (2025, "expired")] {
                    let json = format!(
                        r#"{{"v":1,"record":{{"id":7,"data":{{"note":"{note}"}},"expiry_date":[{year},9,0,0,0,0,0,0,0]}}}}"#
                    );
                    let text = encode(json.as_bytes());
                    texts.push((String::from_utf8(text).expect("base64url"), word, note));
                }
            }
            _ => texts.push((note.into(), "legacy", note)),
        }
    }
    if layout == LegacyLayout::Text {
        texts.retain(|it| it.1 == "legacy");
    }
    texts
}

/// What the library itself makes of a text.
fn locked(key: &Key, is_private: bool, text: String) -> String {
    let mut jar = CookieJar::new();
    if is_private {
        jar.private_mut(key).add(Cookie::new(OLD, text));
    } else {
        jar.signed_mut(key).add(Cookie::new(OLD, text));
    }
    jar.get(OLD).map_or("", Cookie::value).to_owned()
}

/// Returns the key of a library: one of its own, or it would have made what another has.
pub(super) fn key(layout: LegacyLayout) -> Key {
    Key::from(&match layout {
        LegacyLayout::ActixSession => [0x5C; 64],
        LegacyLayout::TowerSessions => [0x5D; 64],
        _ => [0x5E; 64],
    })
}

pub(super) const OLD: &str = "login";
pub(super) const NOTES: [&str; 3] = [
    "ada",
    "a longer note, of more than one block of the cipher",
    "b",
];
