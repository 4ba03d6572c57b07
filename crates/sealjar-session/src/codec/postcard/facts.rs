//! What does serde report about a value apart from its bytes, and how does that become one number?
//!
//! postcard writes no names. Still, serde gives its serializer and its deserializer the names of
//! structs, fields and variants, and the kind of each value. SPEC.md, section 2, says how they are
//! hashed.

/// Something computed from what serde reports about a value, from its parts upwards.
pub(super) trait Facts: Default {
    /// Makes the facts of a value without parts.
    fn plain(kind: Plain) -> Self;

    /// Begins the facts of a value with parts.
    fn head(head: Head) -> Self;

    /// Records the name of the next field.
    fn name(&mut self, field: &'static str);

    /// Adds a part. Parts at [`Place::Any`] come in any order.
    fn add(&mut self, place: Place, part: Self);

    /// Joins the key and the value of an entry of a map.
    fn pair(key: Self, value: Self) -> Self;
}

/// Computes nothing, where only the bytes are needed.
impl Facts for () {
    #[inline(always)]
    fn plain(_: Plain) {}

    #[inline(always)]
    fn head(_: Head) {}

    #[inline(always)]
    fn name(&mut self, _: &'static str) {}

    #[inline(always)]
    fn add(&mut self, _: Place, (): Self) {}

    #[inline(always)]
    fn pair((): Self, (): Self) {}
}

/// A kind of value without parts. Kinds with the same encoding and the same meaning are one kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Plain {
    Unit = 1,
    Bool = 2,
    U8 = 3,
    I8 = 4,
    /// `u16` to `u128` and `usize`, which are the same varint.
    Unsigned = 5,
    /// `i16` to `i128` and `isize`, likewise.
    Signed = 6,
    F32 = 7,
    F64 = 8,
    /// A string, or a `char`, which is a string of one.
    Text = 9,
    Bytes = 10,
    None = 11,
}

/// What a value with parts is.
#[derive(Clone, Copy, Debug)]
pub(super) enum Head {
    Some,
    Newtype(&'static str),
    UnitStruct(&'static str),
    Seq,
    /// The parts are pairs of a key and a value.
    Map,
    Tuple(usize),
    TupleStruct(&'static str, usize),
    /// The name, and all fields that may be read, if they are known.
    Struct(&'static str, &'static [&'static str]),
    Variant(Variant),
}

/// The variant that a value of an enum has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Variant {
    pub(super) of: &'static str,
    pub(super) index: u32,
    pub(super) name: &'static str,
    /// All variants that may be read, if they are known.
    pub(super) all: &'static [&'static str],
    pub(super) form: Form,
}

/// What a variant holds.
#[derive(Clone, Copy, Debug)]
pub(super) enum Form {
    Unit,
    Newtype,
    Tuple(usize),
    Struct(&'static [&'static str]),
}

/// Where a part is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Place {
    /// Anywhere in a list or a map, whose parts are all alike. Hash maps change their order.
    Any,
    At(usize),
    Field(usize, &'static str),
}

/// The hash of what serde reports about a value.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Hash {
    /// The kind of the value and the names of its fields, 0 for a value without parts.
    names: u64,
    /// The hashes of its parts, or the kind of a value without parts.
    parts: u64,
}

impl Hash {
    #[inline(always)]
    pub(super) const fn number(self) -> u64 {
        if self.names == 0 {
            self.parts
        } else {
            mix(self.names, self.parts)
        }
    }
}

impl Facts for Hash {
    #[inline(always)]
    fn plain(kind: Plain) -> Self {
        Self {
            names: 0,
            parts: kind as u64,
        }
    }

    // Where serde's derived code is inlined, names are constants, and so is this hash.
    #[inline(always)]
    fn head(head: Head) -> Self {
        let names = match head {
            Head::Some => SOME,
            Head::Newtype(name) => mix(NEWTYPE, text(name)),
            Head::UnitStruct(name) => mix(UNIT_STRUCT, text(name)),
            Head::Seq => SEQ,
            Head::Map => MAP,
            Head::Tuple(_) => TUPLE,
            Head::TupleStruct(name, _) => mix(TUPLE_STRUCT, text(name)),
            Head::Struct(name, _) => mix(STRUCT, text(name)),
            Head::Variant(Variant {
                of, index, name, ..
            }) => mix(mix(mix(VARIANT, text(of)), index.into()), text(name)),
        };
        Self { names, parts: 0 }
    }

    #[inline(always)]
    fn name(&mut self, field: &'static str) {
        self.names = mix(self.names, text(field));
    }

    #[inline(always)]
    fn add(&mut self, place: Place, part: Self) {
        self.parts = match place {
            Place::Any => self.parts.wrapping_add(part.number()),
            Place::At(_) | Place::Field(..) => join(self.parts, part.number()),
        };
    }

    #[inline(always)]
    fn pair(key: Self, value: Self) -> Self {
        Self {
            names: 0,
            parts: join(key.number(), value.number()),
        }
    }
}

/// Adds the hash of a part to those before it.
#[inline(always)]
const fn join(parts: u64, part: u64) -> u64 {
    parts.rotate_left(5) ^ part
}

pub(super) const SOME: u64 = 16;
pub(super) const NEWTYPE: u64 = 17;
const UNIT_STRUCT: u64 = 18;
const SEQ: u64 = 19;
const MAP: u64 = 20;
const TUPLE: u64 = 21;
const TUPLE_STRUCT: u64 = 22;
pub(super) const STRUCT: u64 = 23;
const VARIANT: u64 = 24;

/// Adds a word to a hash. The hash need not resist collisions on purpose: the application's author
/// chooses the names.
#[inline(always)]
pub(super) const fn mix(hash: u64, word: u64) -> u64 {
    let product = (hash.rotate_left(29) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ (product >> 32)
}

/// Hashes a name: its length, then its bytes, eight at a time.
#[inline(always)]
pub(super) fn text(name: &str) -> u64 {
    let (words, rest) = name.as_bytes().as_chunks::<8>();
    let mut hash = name.len() as u64;
    for word in words {
        hash = mix(hash, u64::from_le_bytes(*word));
    }
    if rest.is_empty() {
        hash
    } else {
        mix(hash, last_word(rest))
    }
}

/// Returns one to seven bytes as a word, padded with zeros at the top. The two reads may overlap.
#[inline(always)]
fn last_word(rest: &[u8]) -> u64 {
    if let (Some(low), Some(high)) = (rest.first_chunk(), rest.last_chunk()) {
        let high = u64::from(u32::from_le_bytes(*high));
        u64::from(u32::from_le_bytes(*low)) | high << (8 * (rest.len() - 4))
    } else if let (Some(low), Some(high)) = (rest.first_chunk(), rest.last_chunk()) {
        let high = u64::from(u16::from_le_bytes(*high));
        u64::from(u16::from_le_bytes(*low)) | high << (8 * (rest.len() - 2))
    } else {
        rest.first().copied().unwrap_or_default().into()
    }
}
