//! Everything that a contender needs for visitors.

use std::io;

use sealjar_bench_parts::redis::Redis;
use tempfile::TempDir;

use crate::contenders::{Contender, Order};
use crate::fleet::Fleet;
use crate::operator::Operator;

/// A contender's replicas, its operator, and its Redis.
pub(crate) struct Site {
    pub(crate) fleet: Fleet,
    pub(crate) operator: Operator,
    pub(crate) redis: Option<Redis>,
    /// The directory of the keys, which only this user can open. It is dropped last.
    _place: TempDir,
}

impl Site {
    pub(crate) fn open(contender: Contender) -> io::Result<Self> {
        let place = tempfile::tempdir()?;
        let operator = Operator::begin(place.path(), contender.rotation())?;
        let redis = contender.redis().map(Redis::start).transpose()?;
        let fleet = Fleet::start(&Order {
            app: contender.app(),
            keys: operator.file().to_owned(),
            redis: redis.as_ref().map(Redis::port),
        })?;
        Ok(Self {
            fleet,
            operator,
            redis,
            _place: place,
        })
    }
}
