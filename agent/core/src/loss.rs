//! The one record of what was dropped, until the hub has it.

use picket_wire::{Kind, Loss};

/// Grows with each dropped report, rides in every following report, and is forgotten when one that
/// carried it whole was acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LossRecord {
    range: Option<Range>,
    /// The first report that carried the record as it is; all later ones do too.
    carried_from: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Range {
    first: u32,
    last: u32,
    count: u32,
}

impl LossRecord {
    /// Adds a dropped report.
    pub fn grow(&mut self, seq: u32) {
        let range = self.range.get_or_insert(Range {
            first: seq,
            last: seq,
            count: 0,
        });
        range.first = range.first.min(seq);
        range.last = range.last.max(seq);
        range.count = range.count.saturating_add(1);
        // What was carried before no longer tells all of it.
        self.carried_from = None;
    }

    /// The record as it travels; none if nothing was dropped that the hub does not have.
    pub fn section(&self) -> Option<Loss> {
        let Range { first, last, count } = self.range?;
        Some(Loss {
            kind: Kind::Report.code(),
            first,
            last,
            count,
        })
    }

    /// The report `seq` carries the record as it is.
    pub fn carried(&mut self, seq: u32) {
        if self.range.is_some() {
            self.carried_from.get_or_insert(seq);
        }
    }

    /// The report `seq` arrived, and with it the record if it carried it as it is.
    pub fn acked(&mut self, seq: u32) {
        if self.carried_from.is_some_and(|from| seq >= from) {
            *self = LossRecord::default();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(record: &LossRecord) -> Option<(u32, u32, u32)> {
        record
            .section()
            .map(|loss| (loss.first, loss.last, loss.count))
    }

    #[test]
    fn the_record_spans_what_was_dropped_and_counts_exactly() {
        let mut record = LossRecord::default();
        assert_eq!(told(&record), None);
        for seq in [5, 3, 9] {
            record.grow(seq);
        }
        assert_eq!(told(&record), Some((3, 9, 3)));
    }

    #[test]
    fn any_report_that_carried_it_ends_it() {
        let mut record = LossRecord::default();
        record.grow(1);
        record.carried(7);
        record.carried(8);
        record.acked(6);
        assert_eq!(told(&record), Some((1, 1, 1)), "report 6 did not carry it");
        record.acked(8);
        assert_eq!(told(&record), None);
    }

    #[test]
    fn a_record_that_grew_after_it_was_carried_stays() {
        let mut record = LossRecord::default();
        record.grow(1);
        record.carried(7);
        record.grow(2);
        record.acked(7);
        assert_eq!(told(&record), Some((1, 2, 2)));
        record.carried(8);
        record.acked(8);
        assert_eq!(told(&record), None);
    }

    #[test]
    fn reports_without_a_record_carry_nothing() {
        let mut record = LossRecord::default();
        record.carried(3);
        record.grow(1);
        record.acked(3);
        assert_eq!(told(&record), Some((1, 1, 1)));
    }
}
