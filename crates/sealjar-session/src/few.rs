//! A list that nearly always has one element.

/// Keeps values in order. The first is kept inline, so that one value needs no allocation.
#[derive(Clone, Debug)]
pub(crate) struct Few<V> {
    first: Option<V>,
    others: Vec<V>,
}

impl<V> Few<V> {
    pub(crate) const NONE: Self = Self {
        first: None,
        others: Vec::new(),
    };

    pub(crate) fn push(&mut self, value: V) {
        if self.first.is_none() {
            self.first = Some(value);
        } else {
            self.others.push(value);
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.iter().count()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &V> {
        self.first.iter().chain(&self.others)
    }
}

impl<V> Default for Few<V> {
    fn default() -> Self {
        Self::NONE
    }
}

impl<V> IntoIterator for Few<V> {
    type Item = V;
    type IntoIter = std::iter::Chain<std::option::IntoIter<V>, std::vec::IntoIter<V>>;

    fn into_iter(self) -> Self::IntoIter {
        self.first.into_iter().chain(self.others)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_stay_in_order_however_many_there_are() {
        for values in [&[] as &[&str], &["a"], &["a", "b"], &["a", "b", "c"]] {
            let mut few = Few::NONE;
            values.iter().for_each(|value| few.push(*value));
            assert!(few.iter().eq(values) && few.len() == values.len());
            assert!(few.into_iter().eq(values.iter().copied()));
        }
    }
}
