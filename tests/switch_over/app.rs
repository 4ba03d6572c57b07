//! What every build does: a shop with one good, where people log in and out.

use serde::{Deserialize, Serialize};

/// The session, whichever library keeps it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(crate) struct Basket {
    pub(crate) user: Option<String>,
    pub(crate) jars: u32,
}

/// What becomes of the session.
pub(crate) enum Change {
    Ends,
    Is(Basket),
}

/// Does what a form asks for, and returns what the next page has to say.
pub(crate) fn act(action: &str, mut basket: Basket) -> (Change, &'static str) {
    match action {
        "login" => {
            basket.user = Some("ada".into());
            (Change::Is(basket), "Welcome, Ada Lovelace.")
        }
        "add" => {
            basket.jars += 1;
            (Change::Is(basket), "Preserving jar is in the basket.")
        }
        "remove" => {
            basket.jars -= 1;
            (Change::Is(basket), "Preserving jar is out of the basket.")
        }
        "logout" => (Change::Ends, "You are logged out."),
        other => panic!("no such form: {other}"),
    }
}

/// Writes the page, with the message of the form before it.
pub(crate) fn page(basket: &Basket, message: &str) -> String {
    let user = basket.user.as_deref().unwrap_or_default();
    let jars = basket.jars;
    format!("<p data-user=\"{user}\" data-good=\"jar\" data-quantity=\"{jars}\">{message}")
}

/// The line that keeps a message for the next page, and the one that ends it.
pub(crate) fn note(message: &str) -> String {
    let end = if message.is_empty() {
        "; Max-Age=0"
    } else {
        ""
    };
    format!("note={}; Path=/{end}", message.replace(' ', "+"))
}

/// Reads it back from the `Cookie` header.
pub(crate) fn noted(header: &str) -> String {
    let mut pairs = header.split("; ").filter_map(|pair| pair.split_once('='));
    let note = pairs.find(|it| it.0 == "note").map_or("", |it| it.1);
    note.replace('+', " ")
}
