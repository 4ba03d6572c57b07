//! What do the layout of a session and the check of every write cost, for what sessions hold?
//!
//! Each operation is measured as it is, and next to postcard alone with the same value: the
//! difference is the cost of the two checks.

use std::collections::HashMap;
use std::fmt::Debug;
use std::hint::black_box;

use sealjar_session::{__bench as codec, FetchMetadata, Jar, Session, SessionData};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::data::User;
use crate::measure::{Contest, Effort};
use crate::report::{Budget, Cell, Report, Table};
use crate::rings;

pub(super) fn run(effort: Effort, report: &mut Report) {
    let mut table = Table::new(
        "the layout and the check of every write",
        &[
            "an open",
            "of it layout",
            "a write",
            "of it layout",
            "and check",
            "without both",
        ],
    );
    let mut rows = Rows {
        effort,
        table: &mut table,
        budgets: &mut report.budgets,
    };
    rows.add("the typical user", &User::typical(), User::bump);
    rows.add("an id, a name, a flag", &Small::ada(), |it| it.id += 1);
    rows.add("three texts", &Texts::ada(), |it| it.given.push('x'));
    rows.add("[u8; 32] and a number", &Secret::some(), |it| it.uses += 1);
    rows.add("a cart of 20 structs", &Cart::full(), |it| {
        it.items[3].count += 1;
    });
    rows.add("a hash map of 20", &Basket::full(), |it| {
        *it.counts.entry("A-00003".into()).or_default() += 1;
    });
    report.tables.push(table);
}

struct Rows<'a> {
    effort: Effort,
    table: &'a mut Table,
    budgets: &'a mut Vec<Budget>,
}

impl Rows<'_> {
    fn add<T: SessionData + Debug + PartialEq>(
        &mut self,
        name: &str,
        value: &T,
        change: fn(&mut T),
    ) {
        let jar = &jar::<T>();
        let header = &jar.cookie_for(value).expect("it fits");
        let encoded = &codec::encode(value);
        let plain = &encode(value);
        assert_eq!(codec::decode::<T>(encoded), *value);
        assert_eq!(decode::<T>(plain), *value);

        let [
            open,
            write,
            plain_encode,
            layout_encode,
            plain_decode,
            layout_decode,
            check,
        ] = Contest::default()
            .add(|| jar.open([header.clone()], FetchMetadata::default()).get())
            .add(|| {
                let session = jar.open([header.clone()], FetchMetadata::default());
                session.update(change).expect("it fits");
                Session::close(&session, []).expect("it fits")
            })
            .add(|| encode(black_box(value)))
            .add(|| codec::encode(black_box(value)))
            .add(|| decode::<T>(black_box(plain)))
            .add(|| codec::decode::<T>(black_box(encoded)))
            .add(|| codec::check(black_box(encoded), black_box(value)))
            .run(self.effort);
        // A write also opens; the row's first column shows what that adds.
        let added = layout_encode - plain_encode + check;
        let ratio = write / (write - added);
        self.table.row(
            name,
            [
                Cell::Ns(open),
                Cell::Ns(layout_decode - plain_decode),
                Cell::Ns(write),
                Cell::Ns(layout_encode - plain_encode),
                Cell::Ns(check),
                Cell::Ratio(ratio),
            ],
        );
        self.budgets.extend([
            Budget::at_most(
                format!("the layout adds to an open of {name}"),
                Cell::Ns(60.0),
                Cell::Ns(layout_decode - plain_decode),
            ),
            Budget::at_most(
                format!("a write of {name}, against one without checks"),
                Cell::Ratio(1.15),
                Cell::Ratio(ratio),
            ),
        ]);
    }
}

fn jar<T: SessionData>() -> Jar<T> {
    let key = sealjar::Key::generate(sealjar::Suite::Xaes256Gcm).expect("random bytes");
    Jar::new(key, rings::APP).expect("it survives being encoded")
}

/// Encodes a value into a buffer of the size that the session crate begins with.
fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_extend(value, Vec::with_capacity(256)).expect("a plain type")
}

fn decode<T: DeserializeOwned>(bytes: &[u8]) -> T {
    postcard::from_bytes(bytes).expect("encoded above")
}

/// Declares session types that belong to nobody.
macro_rules! sessions {
    ($($name:ident { $($field:ident: $type:ty),* })*) => {$(
        #[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
        struct $name { $($field: $type),* }

        impl SessionData for $name {
            fn subject(&self) -> Option<std::borrow::Cow<'_, str>> {
                None
            }
        }
    )*};
}

sessions! {
    Small { id: u64, name: String, admin: bool }
    Texts { given: String, family: String, mail: String }
    Secret { bytes: [u8; 32], uses: u8 }
    Cart { items: Vec<Item> }
    Basket { counts: HashMap<String, u32> }
}

#[derive(Clone, Debug, Default, Deserialize, PartialEq, Serialize)]
struct Item {
    article: String,
    count: u32,
    price: u64,
    gift: bool,
    note: Option<String>,
}

impl Small {
    fn ada() -> Self {
        Self {
            id: 7,
            name: "ada".into(),
            admin: true,
        }
    }
}

impl Texts {
    fn ada() -> Self {
        Self {
            given: "Wilhelmina".into(),
            family: "Oberlander".into(),
            mail: "w.oberlander@example.org".into(),
        }
    }
}

impl Secret {
    fn some() -> Self {
        Self {
            bytes: [7; 32],
            uses: 1,
        }
    }
}

impl Cart {
    fn full() -> Self {
        let item = |count: u32| Item {
            article: format!("A-{count:05}"),
            count,
            price: 1999 + u64::from(count),
            gift: count.is_multiple_of(3),
            note: count.is_multiple_of(5).then(|| "wrap it".into()),
        };
        Self {
            items: (0..20).map(item).collect(),
        }
    }
}

impl Basket {
    fn full() -> Self {
        Self {
            counts: (0..20).map(|at| (format!("A-{at:05}"), at)).collect(),
        }
    }
}
