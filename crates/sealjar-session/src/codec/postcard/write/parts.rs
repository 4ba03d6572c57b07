//! How are the parts of a value written, and put together?

use serde::Serialize;
use serde::ser::{
    SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant,
};

use super::super::facts::{Facts, Head, Place};
use super::output::{self, Output};
use super::{WriteError, Writer, Written};

impl<'a, F: Facts> Writer<'a, F> {
    #[inline(always)]
    pub(super) fn parts(self, head: Head) -> Parts<'a, F> {
        Parts {
            facts: F::head(head),
            writer: self,
            at: 0,
        }
    }

    #[inline(always)]
    pub(super) fn list(self, head: Head, len: Option<usize>) -> List<'a, F> {
        let sorted = self.postcard.output.sorted;
        List {
            parts: self.parts(head),
            key: F::default(),
            starts: Vec::with_capacity(len.filter(|_| sorted).unwrap_or_default()),
        }
    }
}

/// The parts of a value, as they are written.
///
/// All of it is inlined into serde's derived code, where each name, and so its hash, is a constant.
pub(in super::super) struct Parts<'a, F> {
    writer: Writer<'a, F>,
    facts: F,
    at: usize,
}

impl<F: Facts> Parts<'_, F> {
    #[inline(always)]
    fn write<T: ?Sized + Serialize>(&mut self, value: &T) -> Result<F, WriteError> {
        let mut facts = F::default();
        value.serialize(Writer {
            postcard: self.writer.postcard,
            facts: &mut facts,
        })?;
        Ok(facts)
    }

    #[inline(always)]
    pub(super) fn part<T: ?Sized + Serialize>(&mut self, place: Place, value: &T) -> Written {
        let facts = self.write(value)?;
        self.facts.add(place, facts);
        Ok(())
    }

    #[inline(always)]
    fn numbered<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        let place = Place::At(self.at);
        self.at += 1;
        self.part(place, value)
    }

    #[inline(always)]
    fn field<T: ?Sized + Serialize>(&mut self, name: &'static str, value: &T) -> Written {
        let place = Place::Field(self.at, name);
        self.at += 1;
        self.facts.name(name);
        self.part(place, value)
    }

    #[inline(always)]
    pub(super) fn done(self) -> Written {
        *self.writer.facts = self.facts;
        Ok(())
    }
}

/// The parts of a list or a map, as they are written.
pub(in super::super) struct List<'a, F> {
    parts: Parts<'a, F>,
    key: F,
    /// Where each part begins, if the parts are to be sorted.
    starts: Vec<usize>,
}

impl<F: Facts> List<'_, F> {
    #[inline(always)]
    fn mark_start(&mut self) {
        let Output { bytes, sorted } = &self.parts.writer.postcard.output;
        if *sorted {
            self.starts.push(bytes.len());
        }
    }

    #[inline(always)]
    fn done(self) -> Written {
        if self.starts.len() > 1 {
            let bytes = &mut self.parts.writer.postcard.output.bytes;
            output::put_in_order(bytes, &self.starts);
        }
        self.parts.done()
    }
}
impl<F: Facts> SerializeSeq for List<'_, F> {
    type Ok = ();
    type Error = WriteError;

    #[inline(always)]
    fn serialize_element<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        self.mark_start();
        self.parts.part(Place::Any, value)
    }

    #[inline(always)]
    fn end(self) -> Written {
        self.done()
    }
}

impl<F: Facts> SerializeMap for List<'_, F> {
    type Ok = ();
    type Error = WriteError;

    #[inline(always)]
    fn serialize_key<T: ?Sized + Serialize>(&mut self, key: &T) -> Written {
        self.mark_start();
        self.key = self.parts.write(key)?;
        Ok(())
    }

    #[inline(always)]
    fn serialize_value<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
        let value = self.parts.write(value)?;
        let key = std::mem::take(&mut self.key);
        self.parts.facts.add(Place::Any, F::pair(key, value));
        Ok(())
    }

    #[inline(always)]
    fn end(self) -> Written {
        self.done()
    }
}

macro_rules! writes_numbered {
    ($($trait:ident::$method:ident)*) => {$(
        impl<F: Facts> $trait for Parts<'_, F> {
            type Ok = ();
            type Error = WriteError;

            #[inline(always)]
            fn $method<T: ?Sized + Serialize>(&mut self, value: &T) -> Written {
                self.numbered(value)
            }

            #[inline(always)]
            fn end(self) -> Written {
                self.done()
            }
        }
    )*};
}

writes_numbered! {
    SerializeTuple::serialize_element
    SerializeTupleStruct::serialize_field
    SerializeTupleVariant::serialize_field
}

macro_rules! writes_fields {
    ($($trait:ident)*) => {$(
        impl<F: Facts> $trait for Parts<'_, F> {
            type Ok = ();
            type Error = WriteError;

            #[inline(always)]
            fn serialize_field<T: ?Sized + Serialize>(
                &mut self,
                name: &'static str,
                value: &T,
            ) -> Written {
                self.field(name, value)
            }

            fn skip_field(&mut self, name: &'static str) -> Written {
                Err(WriteError::skipped(name))
            }

            #[inline(always)]
            fn end(self) -> Written {
                self.done()
            }
        }
    )*};
}

writes_fields! { SerializeStruct SerializeStructVariant }
