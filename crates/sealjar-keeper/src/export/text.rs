//! How are secrets written down for a program?

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sealjar::keeper::ExportedSecret;
use zeroize::Zeroizing;

use crate::export::{Format, Target};

/// Writes secrets as a program reads them: the first is for sealing. Nothing in them needs to be
/// quoted.
pub(super) fn write(
    target: Target,
    format: Format,
    secrets: &[ExportedSecret],
) -> Zeroizing<String> {
    // Never grows: growing would leave copies of the secrets behind.
    let mut text = Text(Zeroizing::new(String::with_capacity(
        SPACE + secrets.len() * SPACE,
    )));
    match (target, format) {
        (Target::AuthJs, Format::Env) => text.auth_js(secrets),
        (Target::Django | Target::Flask, _) => {
            text.named(("SECRET_KEY", "SECRET_KEY_FALLBACKS"), secrets, base64url);
        }
        (Target::FastifySecureSession, _) => text.array(secrets, base64),
        (Target::IronSession, _) => text.iron_session(secrets),
        (Target::Laravel, _) => text.laravel(secrets),
        (Target::Rails, _) => text.named(("secret_key_base", "rotations"), secrets, hex),
        (_, Format::Base64) => text.lines(secrets, base64),
        (_, Format::Env) => text.env(secrets),
        (_, Format::Hex) => text.lines(secrets, hex),
        (_, Format::Json) => text.array(secrets, base64url),
    }
    debug_assert!(text.0.len() <= SPACE + secrets.len() * SPACE);
    text.0
}

type Encode = fn(&ExportedSecret) -> Zeroizing<String>;

struct Text(Zeroizing<String>);

impl Text {
    fn push(&mut self, pieces: &[&str]) {
        pieces.iter().for_each(|piece| self.0.push_str(piece));
    }

    /// Writes `a,b`, each between `quote`s.
    fn list(&mut self, secrets: &[ExportedSecret], quote: &str, encode: Encode) {
        for (at, secret) in secrets.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            self.push(&[comma, quote, &encode(secret), quote]);
        }
    }

    fn array(&mut self, secrets: &[ExportedSecret], encode: Encode) {
        self.push(&["["]);
        self.list(secrets, "\"", encode);
        self.push(&["]\n"]);
    }

    /// Writes an object with the first secret, and a list of the others.
    fn named(&mut self, (first, others): (&str, &str), secrets: &[ExportedSecret], encode: Encode) {
        let (sealing, opening) = split(secrets);
        self.push(&["{\"", first, "\":"]);
        self.list(sealing, "\"", encode);
        self.push(&[",\"", others, "\":["]);
        self.list(opening, "\"", encode);
        self.push(&["]}\n"]);
    }

    fn lines(&mut self, secrets: &[ExportedSecret], encode: Encode) {
        for secret in secrets {
            self.push(&[&encode(secret), "\n"]);
        }
    }

    fn env(&mut self, secrets: &[ExportedSecret]) {
        let (sealing, opening) = split(secrets);
        self.push(&["SECRET="]);
        self.list(sealing, "", base64url);
        self.push(&["\nSECRET_FALLBACKS="]);
        self.list(opening, "", base64url);
        self.push(&["\n"]);
    }

    /// Auth.js seals with the secret of the highest number.
    fn auth_js(&mut self, secrets: &[ExportedSecret]) {
        for (number, secret) in secrets.iter().rev().enumerate() {
            let number = match number {
                0 => String::new(),
                number => format!("_{number}"),
            };
            self.push(&["AUTH_SECRET", &number, "=", &base64url(secret), "\n"]);
        }
    }

    /// iron-session seals with the highest number that an object has itself, and opens with those
    /// that it inherits as well. So only the first secret may be among the object's own.
    fn iron_session(&mut self, secrets: &[ExportedSecret]) {
        let (sealing, opening) = split(secrets);
        for (begin, secrets) in [("{\"seal\":{", sealing), ("},\"open\":{", opening)] {
            self.push(&[begin]);
            for (at, secret) in secrets.iter().enumerate() {
                let comma = if at == 0 { "" } else { "," };
                let id = secret.number().to_string();
                self.push(&[comma, "\"", &id, "\":\"", &base64url(secret), "\""]);
            }
        }
        self.push(&["}}\n"]);
    }

    fn laravel(&mut self, secrets: &[ExportedSecret]) {
        let (sealing, opening) = split(secrets);
        let prefixed: Encode = |secret| {
            let encoded = base64(secret);
            let mut text = Zeroizing::new(String::with_capacity(PREFIX.len() + encoded.len()));
            text.push_str(PREFIX);
            text.push_str(&encoded);
            text
        };
        self.push(&["APP_KEY="]);
        self.list(sealing, "", prefixed);
        self.push(&["\nAPP_PREVIOUS_KEYS="]);
        self.list(opening, "", prefixed);
        self.push(&["\n"]);
    }
}

fn split(secrets: &[ExportedSecret]) -> (&[ExportedSecret], &[ExportedSecret]) {
    secrets.split_at(secrets.len().min(1))
}

fn base64(secret: &ExportedSecret) -> Zeroizing<String> {
    Zeroizing::new(STANDARD.encode(secret.bytes()))
}

fn base64url(secret: &ExportedSecret) -> Zeroizing<String> {
    Zeroizing::new(URL_SAFE_NO_PAD.encode(secret.bytes()))
}

fn hex(secret: &ExportedSecret) -> Zeroizing<String> {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = secret.bytes().iter().flat_map(|byte| {
        [byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)]))
    });
    let mut text = Zeroizing::new(String::with_capacity(2 * secret.bytes().len()));
    text.extend(digits);
    text
}

const PREFIX: &str = "base64:";
/// More than a secret takes in any format, and more than what is around them.
const SPACE: usize = 192;
