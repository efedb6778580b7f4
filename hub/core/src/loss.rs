//! When a gap between reports becomes a loss: when a `loss` section names it, or 15 minutes after
//! a newer live frame.

use crate::time::{Millis, Moment};
use crate::window::Window;
use picket_wire::Loss;
use std::collections::VecDeque;

/// How long after a newer live frame a gap that nobody named is a loss. Backlog has had this time
/// to arrive.
pub(crate) const GAP_IS_LOSS: Millis = Millis::from_s(15 * 60);
/// Most gaps of one session that are timed by themselves; further ones share the newest's time.
pub(crate) const MAX_GAPS: usize = 8;
/// Most `loss` records of one frame that are read. A node keeps one.
pub(crate) const MAX_RECORDS: usize = 8;

/// Gaps below a number, lost from a moment on.
#[derive(Clone, Copy, Debug)]
struct Gap {
    below: u32,
    due: Moment,
}

/// The record that a node repeats until it is acknowledged: it grows at its end only.
#[derive(Clone, Copy, Debug)]
struct Record {
    first: u32,
    counted: u64,
}

/// The gaps among the reports of one session.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    gaps: VecDeque<Gap>,
    /// A gap below this number whose time has not begun: no newer live frame was heard yet.
    untimed: Option<u32>,
    record: Option<Record>,
}

impl Losses {
    /// Numbers below `seq` are missing so far.
    pub(crate) fn gap_below(&mut self, seq: u32) {
        self.untimed = Some(self.untimed.map_or(seq, |other| other.max(seq)));
    }

    /// A live report arrived, newer than every gap known: their time begins.
    pub(crate) fn live(&mut self, now: Moment) {
        let Some(below) = self.untimed.take() else {
            return;
        };
        if self.gaps.len() >= MAX_GAPS {
            self.gaps.pop_back();
        }
        self.gaps.push_back(Gap {
            below,
            due: now + GAP_IS_LOSS,
        });
    }

    /// When the next gap becomes a loss.
    pub(crate) fn next_due(&self) -> Option<Moment> {
        self.gaps.front().map(|gap| gap.due)
    }

    /// Turns gaps whose time is over into losses; gives how many reports these are.
    pub(crate) fn expire(&mut self, now: Moment, window: &mut Window) -> u64 {
        let mut lost = 0;
        while let Some(gap) = self.gaps.front().copied().filter(|gap| gap.due <= now) {
            self.gaps.pop_front();
            let last = gap.below.saturating_sub(1);
            // What was sent before this hub listened is no gap.
            lost += u64::from(window.lose(window.first_seen(), last, u32::MAX));
        }
        lost
    }

    /// Reads a record that the node sent; gives how many reports it newly proves lost.
    ///
    /// What between first and last was seen is no loss. Of the rest the record's count is lost,
    /// the oldest first, as the node drops them; what is not in the count is still to come.
    pub(crate) fn named(&mut self, loss: &Loss, window: &mut Window) -> u64 {
        // A node that names numbers which it has not sent is not believed about these.
        let last = loss.last.min(window.highest());
        if loss.first > last {
            return 0;
        }
        let length = u64::from(last - loss.first) + 1;
        let (seen, lost) = window.tally(loss.first, last);
        let target = u64::from(loss.count).min(length.saturating_sub(u64::from(seen)));
        let before = match self.record {
            Some(record) if record.first == loss.first => record.counted,
            Some(_) | None => 0,
        };
        let counted = before.max(u64::from(lost));
        let newly = target.saturating_sub(counted);
        // Numbers older than the window have no bits and come first.
        let older = u64::from(window.lowest().min(last).saturating_sub(loss.first));
        let in_window = target.saturating_sub(older).saturating_sub(u64::from(lost));
        window.lose(
            loss.first,
            last,
            u32::try_from(in_window).unwrap_or(u32::MAX),
        );
        self.record = Some(Record {
            first: loss.first,
            counted: counted.saturating_add(newly),
        });
        newly
    }
}
