//! What happens when: events by their moment, and at one moment in the order they were put in.

use std::collections::BTreeMap;

/// Events to come.
#[derive(Debug)]
pub(crate) struct Agenda<E> {
    events: BTreeMap<(u64, u64), E>,
    order: u64,
    most: usize,
}

impl<E> Agenda<E> {
    pub(crate) fn new() -> Agenda<E> {
        Agenda {
            events: BTreeMap::new(),
            order: 0,
            most: 0,
        }
    }

    pub(crate) fn put(&mut self, at_ms: u64, event: E) {
        self.order = self.order.wrapping_add(1);
        self.events.insert((at_ms, self.order), event);
        self.most = self.most.max(self.events.len());
    }

    /// The next event, if it is due by `until_ms`, and its moment.
    pub(crate) fn take(&mut self, until_ms: u64) -> Option<(u64, E)> {
        let entry = self.events.first_entry()?;
        let (at_ms, _) = *entry.key();
        (at_ms <= until_ms).then(|| (at_ms, entry.remove()))
    }

    /// Strikes out every event that is not to be kept.
    pub(crate) fn keep(&mut self, mut kept: impl FnMut(&E) -> bool) {
        self.events.retain(|_, event| kept(event));
    }

    /// Most events that were to come at once.
    pub(crate) fn most(&self) -> usize {
        self.most
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_by_moment_and_then_in_the_order_they_were_put_in() {
        let mut agenda = Agenda::new();
        for (at_ms, event) in [(5, 'a'), (3, 'b'), (5, 'c'), (9, 'd')] {
            agenda.put(at_ms, event);
        }
        let mut taken = Vec::new();
        while let Some(next) = agenda.take(5) {
            taken.push(next);
        }
        assert_eq!(taken, [(3, 'b'), (5, 'a'), (5, 'c')]);
        assert_eq!(agenda.most(), 4);
        agenda.keep(|event| *event != 'd');
        assert_eq!(agenda.take(u64::MAX), None);
    }
}
