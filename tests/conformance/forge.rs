//! Forges sessions with the keys. Which cookie is refused for which reason?

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use hkdf::Hkdf;
use sealjar::{__hazmat as hazmat, Context, KeyRing, LiveRing, RefusalKind};
use sealjar_session::SessionRefusalKind::Token;
use sealjar_session::{Format, Jar, SessionData, SessionRefusalKind, inspect};
use sha2::Sha256;
use xaes_256_gcm::Xaes256Gcm;
use xaes_256_gcm::aead::{AeadInOut, KeyInit};

use crate::people::{Account, Renamed, account};
use crate::world::{APP, DAY, NAME, START, World, at};

/// The purpose of the table's sessions.
const PURPOSE: &str = match crate::FORMAT {
    Format::Json => hazmat::SESSION_JSON,
    _ => hazmat::SESSION,
};

/// A sealed session without a fault, until the test changes something.
pub(crate) struct Forgery {
    pub(crate) schema: u16,
    pub(crate) id: [u8; 8],
    pub(crate) revision: u32,
    pub(crate) born: u32,
    pub(crate) sealed_at: u32,
    pub(crate) expires_at: u32,
}

impl Default for Forgery {
    fn default() -> Self {
        Self {
            schema: 1,
            id: *b"a forger",
            revision: 0,
            born: START,
            sealed_at: START,
            expires_at: START + DAY,
        }
    }
}

impl Forgery {
    /// The token of a session with this value.
    pub(crate) fn of<T: SessionData>(&self, ring: &LiveRing, value: &T) -> String {
        let (layout, body) = encoded(ring, value);
        self.of_body(ring, &layout, &body)
    }

    fn of_body(&self, ring: &LiveRing, layout: &[u8], body: &[u8]) -> String {
        let context = Context::new(APP, PURPOSE).cookie_name(NAME);
        let sealer = hazmat::library_sealer(ring, context).unwrap();
        let (born, now) = (at(self.born), at(self.sealed_at));
        let payload = self.payload(layout, body);
        let (token, _) =
            hazmat::seal_born(&sealer, &payload, born, at(self.expires_at), now).unwrap();
        token.to_string()
    }

    fn payload(&self, layout: &[u8], body: &[u8]) -> Vec<u8> {
        let frame = (self.schema, self.id, self.revision, layout);
        [&postcard::to_allocvec(&frame).unwrap()[..], body].concat()
    }
}

/// Returns a `Cookie` header that is refused for this reason. For `Clock` it is one that only a
/// replica without a working clock refuses.
pub(crate) fn refused_as(kind: SessionRefusalKind, world: &World) -> String {
    let (forgers, ada) = (&world.forgers, account("ada"));
    let good = |forgery: Forgery| forgery.of(&forgers.good, &ada);
    let fine = Forgery::default();
    let token = match kind {
        SessionRefusalKind::Ambiguous => {
            let other = Forgery {
                id: *b"another!",
                ..Forgery::default()
            };
            format!("{}; {NAME}={}", good(fine), good(other))
        }
        Token(RefusalKind::BadTime) => good(Forgery {
            sealed_at: START + 31,
            ..fine
        }),
        Token(RefusalKind::Clock) => good(fine),
        Token(RefusalKind::Expired) => good(Forgery {
            sealed_at: START - DAY,
            expires_at: START,
            born: START - DAY,
            ..fine
        }),
        Token(RefusalKind::Forged) => {
            let token = good(fine);
            let other = if &token[60..61] == "A" { "B" } else { "A" };
            format!("{}{other}{}", &token[..60], &token[61..])
        }
        SessionRefusalKind::LoggedOut => {
            let mark = fine.id.map(|byte| format!("{byte:02x}")).concat();
            format!("{}; {NAME}.out={mark}", good(fine))
        }
        Token(RefusalKind::Malformed) => "garbage".into(),
        Token(RefusalKind::MalformedInner) => without_mark(&forgers.good, &fine),
        SessionRefusalKind::NewerSchema => good(Forgery { schema: 2, ..fine }),
        SessionRefusalKind::OldSchema => good(Forgery { schema: 0, ..fine }),
        Token(RefusalKind::OutsideKeyWindow) => fine.of(&forgers.retired, &ada),
        Token(RefusalKind::RevokedAll) => good(Forgery {
            born: START - 9 * DAY,
            ..fine
        }),
        Token(RefusalKind::RevokedKey) => fine.of(&forgers.revoked, &ada),
        SessionRefusalKind::RevokedSession => good(Forgery {
            id: *b"revoked!",
            born: START - DAY,
            ..fine
        }),
        SessionRefusalKind::RevokedSubject => Forgery {
            born: START - DAY,
            ..fine
        }
        .of(&forgers.good, &account("eve")),
        Token(RefusalKind::SpentKey) => fine.of(&forgers.spent, &ada),
        SessionRefusalKind::TooOld => good(Forgery {
            born: START - 7 * DAY,
            ..fine
        }),
        SessionRefusalKind::TornChunks => format!("3~abcd.x; {NAME}.1=efgh.y"),
        SessionRefusalKind::Undecodable => fine.of_body(&forgers.good, b"\xFF", b"\xFF\xFF"),
        Token(RefusalKind::UnknownKey) => fine.of(&forgers.stranger, &ada),
        Token(RefusalKind::UnknownVersion) => format!("_{}", &good(fine)[1..]),
        new => panic!(
            "no row makes a cookie that is refused as {}: add it here",
            new.as_str()
        ),
    };
    format!("{NAME}={token}")
}

/// A session that another build wrote, as a header: one build's person named admin has the other's
/// role admin.
pub(crate) fn of_another_layout(world: &World) -> String {
    let named = Renamed {
        nick: "admin".into(),
        ..Renamed::default()
    };
    format!(
        "{NAME}={}",
        Forgery::default().of(&world.forgers.good, &named)
    )
}

/// The layout and the body that a value is written in.
fn encoded<T: SessionData>(ring: &LiveRing, value: &T) -> (Vec<u8>, Vec<u8>) {
    let jar = Jar::builder(ring, APP).clock(|| Ok(at(START)));
    let jar: Jar<T> = jar.build().unwrap();
    let (name, header) = (jar.cookie_name(), jar.cookie_for(value).unwrap());
    let found = inspect(ring, Some(APP), name, b"", header.as_bytes(), at(START)).unwrap();
    let contents = found.candidates[0].contents.as_ref().unwrap();
    (
        contents.layout().to_vec(),
        contents.plaintext_body().to_vec(),
    )
}

/// The same session from another jar, as a header.
pub(crate) fn of_another_jar(world: &World, app: &str, name: &str) -> String {
    let clock = world.clock.seconds();
    let jar: Jar<Account> = Jar::builder(&world.ring, app)
        .cookie_name(name)
        .clock(move || Ok(at(clock)))
        .build()
        .unwrap();
    let header = jar.cookie_for(&account("ada")).unwrap();
    let (_, token) = header.split_once('=').unwrap();
    format!("{NAME}={token}")
}

/// A token that no sealer of ours makes: authentic, but without a padding mark inside (SPEC.md,
/// section 1).
fn without_mark(ring: &LiveRing, forgery: &Forgery) -> String {
    let ada = account("ada");
    let (layout, body) = encoded(ring, &ada);
    let ring = ring.load();
    let lp16 = |text: &str| {
        let length = u16::try_from(text.len()).unwrap().to_be_bytes();
        [&length[..], text.as_bytes()].concat()
    };
    let prk = Hkdf::<Sha256>::new(Some(b"sealjar/v1"), &master_secret(&ring));
    let mut key = [0; 32];
    let info = [&b"key\0\x01"[..], &lp16(APP), &lp16(PURPOSE)].concat();
    prk.expand(&info, &mut key).unwrap();
    let mut id = [0; 16];
    prk.expand(b"kid\0\x01", &mut id).unwrap();

    let nonce = *b"one of twenty-four bytes";
    let header = [&[1][..], &id, &nonce].concat();
    let times = [forgery.born, forgery.sealed_at, forgery.expires_at].map(u32::to_be_bytes);
    let mut sealed = [times.as_flattened(), &forgery.payload(&layout, &body)].concat();
    let aad = [header.clone(), lp16(NAME), lp16("")].concat();
    let tag = Xaes256Gcm::new(&key.into())
        .encrypt_inout_detached(&nonce.into(), &aad, sealed.as_mut_slice().into())
        .unwrap();
    BASE64URL.encode([&header[..], &sealed, &tag].concat())
}

/// The secret of a ring's only key, from its document.
fn master_secret(ring: &KeyRing) -> Vec<u8> {
    let document: serde_json::Value = serde_json::from_str(&ring.to_json()).unwrap();
    let text = document["keys"][0]["secret"].as_str().unwrap();
    let bytes = BASE64URL.decode(text.trim_start_matches("sealjar-key-1_"));
    bytes.unwrap()[..32].to_vec()
}
