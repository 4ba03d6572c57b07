//! Makes sessions with the keys that no handler could make.

use sealjar::{__hazmat as hazmat, Context, LiveRing};
use sealjar_session::SessionData;

use crate::support::{APP, DAY, NAME, START, at, layout_of};

/// Makes any session at all, as anyone who holds the keys can.
pub(crate) struct Forger {
    pub(crate) ring: LiveRing,
    pub(crate) name: &'static str,
    pub(crate) schema: u16,
    pub(crate) id: [u8; 8],
    pub(crate) revision: u32,
    pub(crate) layout: Vec<u8>,
    pub(crate) born: u32,
    pub(crate) sealed_at: u32,
    pub(crate) expires_at: u32,
}

impl Forger {
    pub(crate) fn new(ring: &LiveRing) -> Self {
        Self {
            ring: ring.clone(),
            name: NAME,
            schema: 0,
            id: *b"a\0forger",
            revision: 0,
            layout: Vec::new(),
            born: START,
            sealed_at: START,
            expires_at: START + DAY,
        }
    }

    /// A header with a body of any bytes, in the forger's layout.
    pub(crate) fn header(&self, body: &[u8]) -> String {
        self.header_in(&self.layout, body)
    }

    pub(crate) fn header_of<T: SessionData>(&self, value: &T) -> String {
        self.header_in(&layout_of(value), &postcard::to_allocvec(value).unwrap())
    }

    fn header_in(&self, layout: &[u8], body: &[u8]) -> String {
        let frame = (self.schema, self.id, self.revision, layout);
        self.payload(&[&postcard::to_allocvec(&frame).unwrap()[..], body].concat())
    }

    pub(crate) fn payload(&self, payload: &[u8]) -> String {
        let context = Context::new(APP, hazmat::SESSION).cookie_name(self.name);
        let sealer = hazmat::library_sealer(&self.ring, context).unwrap();
        let (born, expires) = (at(self.born), at(self.expires_at));
        let sealed = hazmat::seal_born(&sealer, payload, born, expires, at(self.sealed_at));
        format!("{}={}", self.name, sealed.unwrap().0)
    }
}
