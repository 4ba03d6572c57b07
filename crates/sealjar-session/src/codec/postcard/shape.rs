//! What is a value made of, in words? For error messages about a type, and for layouts that an
//! application keeps in its tests.

use super::facts::{Facts, Form, Head, Place, Plain, Variant};

/// What serde reports about a value, part by part.
#[derive(Debug, Default)]
pub(super) struct Shape {
    is: Is,
    parts: Vec<(Place, Self)>,
}

#[derive(Clone, Copy, Debug, Default)]
enum Is {
    #[default]
    Unknown,
    Plain(Plain),
    Head(Head),
}

impl Facts for Shape {
    fn plain(kind: Plain) -> Self {
        Self {
            is: Is::Plain(kind),
            parts: Vec::new(),
        }
    }

    fn head(head: Head) -> Self {
        Self {
            is: Is::Head(head),
            parts: Vec::new(),
        }
    }

    fn name(&mut self, _: &'static str) {}

    fn pair(key: Self, value: Self) -> Self {
        Self {
            is: Is::Head(Head::Tuple(2)),
            parts: vec![(Place::At(0), key), (Place::At(1), value)],
        }
    }

    fn add(&mut self, place: Place, part: Self) {
        self.parts.push((place, part));
    }
}

impl Shape {
    /// Returns the first part that another shape of the same bytes names differently.
    pub(super) fn misread_as(&self, read: &Self) -> Option<String> {
        self.misread_at(read, "")
    }

    fn misread_at(&self, read: &Self, path: &str) -> Option<String> {
        let subject = match path {
            "" => "it".into(),
            path => format!("its field `{path}`"),
        };
        let (written, said) = (self.is.words(), read.is.words());
        if written != said {
            return Some(format!(
                "{subject} is written as {written} and read as {said}"
            ));
        }
        let (written, said) = (self.names(), read.names());
        if written != said {
            return Some(format!(
                "{subject} is written with the fields [{written}] and read with [{said}]"
            ));
        }
        if self.parts.len() != read.parts.len() {
            let (written, said) = (self.parts.len(), read.parts.len());
            return Some(format!(
                "{subject} is written with {written} values and read with {said}"
            ));
        }
        let parts = self.parts.iter().zip(&read.parts);
        let mut parts = parts
            .map(|((place, part), (_, other))| part.misread_at(other, &self.path_to(path, *place)));
        parts.find_map(|it| it)
    }

    /// Returns the path to a part, as Rust code would write it.
    fn path_to(&self, path: &str, place: Place) -> String {
        match (self.is, place) {
            (Is::Head(Head::Some | Head::Newtype(_)), _) => path.into(),
            (_, Place::Any) => format!("{path}[]"),
            (_, Place::At(at)) => format!("{path}.{at}"),
            (_, Place::Field(_, name)) if path.is_empty() => name.into(),
            (_, Place::Field(_, name)) => format!("{path}.{name}"),
        }
    }

    fn names(&self) -> String {
        let names = self.parts.iter().filter_map(|(place, _)| match place {
            Place::Field(_, name) => Some(*name),
            _ => None,
        });
        names.collect::<Vec<_>>().join(", ")
    }

    /// Adds what another value of the type reports.
    pub(super) fn join(&mut self, place: Place, other: Self) {
        let there = self.parts.iter_mut();
        let mut alike = there.filter(|(at, part)| *at == place && part.is.is_alike(other.is));
        let part = if let Some((_, part)) = alike.next() {
            if matches!(part.is, Is::Plain(Plain::None)) {
                part.is = other.is;
            }
            part
        } else {
            self.parts.push((
                place,
                Self {
                    is: other.is,
                    parts: Vec::new(),
                },
            ));
            let Some((_, part)) = self.parts.last_mut() else {
                return;
            };
            part
        };
        for (place, deeper) in other.parts {
            part.join(place, deeper);
        }
    }

    /// Returns one line for each fact that the joined values report.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = Lines::default();
        for (_, value) in &self.parts {
            value.sketch("session", &mut lines);
        }
        lines.0
    }

    /// Writes the lines of a value that may be the outermost struct.
    fn sketch(&self, path: &str, lines: &mut Lines) {
        match self.is {
            Is::Head(Head::Struct(name, _)) => {
                lines.push(format!("{path}: struct {name}"));
                for (place, part) in &self.parts {
                    if let Place::Field(at, name) = place {
                        part.sketch_part(&format!("{at} {name}"), lines);
                    }
                }
            }
            Is::Head(Head::Some) => {
                lines.push(format!("{path}: option"));
                self.parts
                    .iter()
                    .for_each(|(_, part)| part.sketch(&format!("{path}?"), lines));
            }
            Is::Head(Head::Newtype(name)) => {
                lines.push(format!("{path}: newtype {name}"));
                self.parts
                    .iter()
                    .for_each(|(_, part)| part.sketch(&format!("{path}.0"), lines));
            }
            _ => self.sketch_part(path, lines),
        }
    }

    fn sketch_part(&self, path: &str, lines: &mut Lines) {
        let head = match self.is {
            Is::Unknown => return,
            Is::Plain(Plain::None) => {
                lines.push(format!("{path}: option"));
                return lines.push(format!("{path}?: {UNSEEN}"));
            }
            Is::Plain(kind) => return lines.push(format!("{path}: {}", kind.word())),
            Is::Head(head) => head,
        };
        let path = &match head {
            Head::Variant(variant) => variant.sketch(path, lines),
            _ => {
                lines.push(format!("{path}: {}", head.sketch()));
                path.to_owned()
            }
        };
        if self.parts.is_empty() && matches!(head, Head::Seq | Head::Map) {
            lines.push(format!("{path}[]: {UNSEEN}"));
        }
        for (place, part) in &self.parts {
            let path = match (head, place) {
                (Head::Some, _) => format!("{path}?"),
                (_, Place::Any) => format!("{path}[]"),
                (_, Place::At(at)) => format!("{path}.{at}"),
                (_, Place::Field(_, name)) => format!("{path}.{name}"),
            };
            part.sketch_part(&path, lines);
        }
    }
}

/// In place of the contents of a list, a map or an `Option` that no value fills.
pub(crate) const UNSEEN: &str = "not seen";

/// Lines without repetition, in the order in which they were added.
#[derive(Debug, Default)]
struct Lines(Vec<String>);

impl Lines {
    fn push(&mut self, line: String) {
        if !self.0.contains(&line) {
            self.0.push(line);
        }
    }
}

impl Is {
    fn words(self) -> String {
        match self {
            Self::Unknown => "nothing".into(),
            Self::Plain(kind) => kind.word().into(),
            Self::Head(Head::Variant(Variant {
                of, index, name, ..
            })) => {
                format!("variant {index} of `{of}`, `{name}`,")
            }
            // Only the deserializer knows which fields a struct may read.
            Self::Head(Head::Struct(name, _)) => format!("struct `{name}`"),
            Self::Head(head) => head.sketch(),
        }
    }

    /// Whether two values of one type, at one place, can share their lines.
    fn is_alike(self, other: Self) -> bool {
        let is_option = |it| matches!(it, Self::Plain(Plain::None) | Self::Head(Head::Some));
        is_option(self) && is_option(other) || self.words() == other.words()
    }
}

impl Plain {
    const fn word(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Bool => "bool",
            Self::U8 => "u8",
            Self::I8 => "i8",
            Self::Unsigned => "unsigned",
            Self::Signed => "signed",
            Self::F32 => "f32",
            Self::F64 => "f64",
            Self::Text => "text",
            Self::Bytes => "bytes",
            Self::None => "none",
        }
    }
}

impl Head {
    fn sketch(self) -> String {
        match self {
            Self::Some => "option".into(),
            Self::Newtype(name) => format!("newtype {name}"),
            Self::UnitStruct(name) => format!("unit struct {name}"),
            Self::Seq => "list".into(),
            Self::Map => "map".into(),
            Self::Tuple(len) => format!("tuple of {len}"),
            Self::TupleStruct(name, len) => format!("struct {name} of {len}"),
            Self::Struct(name, fields) => format!("struct {name} {{ {} }}", fields.join(", ")),
            Self::Variant(variant) => format!("enum {}", variant.of),
        }
    }
}

impl Variant {
    /// Writes the lines of the whole enum, and returns the path to the contents of this variant.
    fn sketch(self, path: &str, lines: &mut Lines) -> String {
        lines.push(format!("{path}: enum {}", self.of));
        for (index, name) in self.all.iter().enumerate() {
            lines.push(format!("{path} = {index} {name}"));
        }
        let held = format!("{path}/{}", self.name);
        lines.push(match self.form {
            Form::Unit => format!("{held}: nothing"),
            Form::Newtype => format!("{held}: one value"),
            Form::Tuple(len) => format!("{held}: tuple of {len}"),
            Form::Struct(fields) => format!("{held}: {{ {} }}", fields.join(", ")),
        });
        held
    }
}
