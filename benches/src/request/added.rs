//! What a session adds to the same application without one.

use super::framework::Framework;
use super::{Variant, kind};
use crate::report::Cell;

/// One number for each variant of a framework, such as nanoseconds.
pub(crate) struct Found<F> {
    numbers: Vec<(Variant<F>, f64)>,
}

impl<F: Framework> Found<F> {
    pub(crate) const fn new(numbers: Vec<(Variant<F>, f64)>) -> Self {
        Self { numbers }
    }

    pub(crate) fn variants(&self) -> impl Iterator<Item = Variant<F>> {
        self.numbers.iter().map(|(variant, _)| *variant)
    }

    pub(crate) fn number(&self, app: F, path: &'static str) -> f64 {
        let asked = |variant: Variant<F>| variant.app == app && variant.path == path;
        let found = self.numbers.iter().find(|(variant, _)| asked(*variant));
        found.map_or(f64::NAN, |(_, number)| *number)
    }

    pub(crate) fn added(&self, app: F, path: &'static str) -> f64 {
        self.number(app, path) - self.number(F::PLAIN, kind(path))
    }

    /// Returns what is added, relative to what another application adds to such a request.
    pub(crate) fn ratio(&self, app: F, path: &'static str, other: F) -> f64 {
        self.added(app, path) / self.added(other, kind(path))
    }

    /// Returns a variant's time, and the part that is added.
    pub(crate) fn cells(&self, Variant { app, path, .. }: Variant<F>) -> Vec<Cell> {
        let mut cells = vec![Cell::Us(self.number(app, path))];
        if app == F::PLAIN {
            cells.extend([Cell::None; 2]);
        } else {
            cells.extend([
                Cell::Us(self.added(app, path)),
                Cell::Ratio(self.ratio(app, path, F::USUAL)),
            ]);
        }
        cells
    }
}
