//! SPEC.md, section 2: the layout beside a body, computed from what serde reports about the value.

/// What serde reports to a serializer: a kind without parts, or names with parts in order or in any
/// order.
#[derive(Clone, Debug)]
pub enum Told {
    /// The number of a kind.
    Plain(u64),
    /// What is made of names, and the parts.
    Parts(u64, Vec<Self>),
    /// The elements of a list.
    List(Vec<Self>),
    /// The keys and values of a map.
    Map(Vec<(Self, Self)>),
}

impl Told {
    /// The unit, which has no parts and no bytes.
    pub const UNIT: Self = Self::Plain(1);
    /// A `bool`.
    pub const BOOL: Self = Self::Plain(2);
    /// A `u8`.
    pub const U8: Self = Self::Plain(3);
    /// An `i8`.
    pub const I8: Self = Self::Plain(4);
    /// A `u16` or a longer one.
    pub const UNSIGNED: Self = Self::Plain(5);
    /// An `i16` or a longer one.
    pub const SIGNED: Self = Self::Plain(6);
    /// An `f32`.
    pub const F32: Self = Self::Plain(7);
    /// An `f64`.
    pub const F64: Self = Self::Plain(8);
    /// A `char` or a string.
    pub const TEXT: Self = Self::Plain(9);
    /// Bytes.
    pub const BYTES: Self = Self::Plain(10);

    /// An `Option` of something, or of nothing.
    #[must_use]
    pub fn option(value: Option<Self>) -> Self {
        value.map_or(Self::Plain(11), |value| Self::Parts(16, vec![value]))
    }

    /// A newtype struct.
    #[must_use]
    pub fn newtype(name: &str, value: Self) -> Self {
        Self::Parts(mix(17, text(name)), vec![value])
    }

    /// A struct that holds nothing.
    #[must_use]
    pub fn unit_struct(name: &str) -> Self {
        Self::Parts(mix(18, text(name)), Vec::new())
    }

    /// A list or a set.
    #[must_use]
    pub fn list(values: impl IntoIterator<Item = Self>) -> Self {
        Self::List(values.into_iter().collect())
    }

    /// A map, of keys and values.
    #[must_use]
    pub fn map(entries: impl IntoIterator<Item = (Self, Self)>) -> Self {
        Self::Map(entries.into_iter().collect())
    }

    /// A tuple.
    #[must_use]
    pub fn tuple(values: impl IntoIterator<Item = Self>) -> Self {
        Self::Parts(21, values.into_iter().collect())
    }

    /// A tuple struct of more than one value.
    #[must_use]
    pub fn tuple_struct(name: &str, values: impl IntoIterator<Item = Self>) -> Self {
        Self::Parts(mix(22, text(name)), values.into_iter().collect())
    }

    /// A struct.
    #[must_use]
    pub fn structure<'a>(name: &str, fields: impl IntoIterator<Item = (&'a str, Self)>) -> Self {
        named(mix(23, text(name)), fields)
    }

    /// A variant without named fields.
    #[must_use]
    pub fn variant(of: &str, index: u64, name: &str, held: Vec<Self>) -> Self {
        Self::Parts(variant(of, index, name), held)
    }

    /// A variant with named fields.
    #[must_use]
    pub fn struct_variant<'a>(
        of: &str,
        index: u64,
        name: &str,
        fields: impl IntoIterator<Item = (&'a str, Self)>,
    ) -> Self {
        named(variant(of, index, name), fields)
    }

    fn number(&self) -> u64 {
        match self {
            Self::Plain(kind) => *kind,
            Self::Parts(names, parts) => {
                let parts = parts.iter().map(Self::number);
                mix(*names, parts.fold(0, join))
            }
            Self::List(parts) => mix(19, sum(parts.iter().map(Self::number))),
            Self::Map(entries) => {
                let entries = entries.iter();
                let entries = entries.map(|(key, value)| join(key.number(), value.number()));
                mix(20, sum(entries))
            }
        }
    }
}

fn named<'a>(names: u64, fields: impl IntoIterator<Item = (&'a str, Told)>) -> Told {
    let (names, parts) =
        fields
            .into_iter()
            .fold((names, Vec::new()), |(names, mut parts), (name, part)| {
                parts.push(part);
                (mix(names, text(name)), parts)
            });
    Told::Parts(names, parts)
}

fn variant(of: &str, index: u64, name: &str) -> u64 {
    mix(mix(mix(24, text(of)), index), text(name))
}

fn sum(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::wrapping_add)
}

fn join(parts: u64, part: u64) -> u64 {
    parts.rotate_left(5) ^ part
}

/// Returns the layout of an outermost struct.
#[must_use]
pub fn layout_of_struct(name: &str, fields: &[(&str, Told)]) -> Vec<u8> {
    let mut prefix = mix(mix(0, 23), text(name));
    let bytes = fields.iter().map(|(name, value)| {
        prefix = mix(prefix, text(name));
        (mix(prefix, value.number()) >> 56) as u8
    });
    bytes.collect()
}

/// Returns the layout of an outermost newtype struct around a type that is not a struct.
#[must_use]
pub fn layout_of_newtype(name: &str, value: &Told) -> Vec<u8> {
    let prefix = mix(mix(0, 17), text(name));
    vec![(mix(prefix, value.number()) >> 56) as u8]
}

fn mix(hash: u64, word: u64) -> u64 {
    let turned = hash.rotate_left(29);
    let product = (turned ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    product ^ product >> 32
}

fn text(name: &str) -> u64 {
    let mut hash = name.len() as u64;
    for eight in name.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..eight.len()].copy_from_slice(eight);
        hash = mix(hash, u64::from_le_bytes(word));
    }
    hash
}
