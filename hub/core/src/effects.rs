//! What the shell is to do, in order.

use crate::counters::count;
use crate::seam::{Effect, Save, Show};
use std::collections::VecDeque;

/// Above so many effects that nobody took, changes are no longer shown. What is to be kept or said
/// is still handed out: it is bounded by the nodes and their incidents.
pub(crate) const MAX_WAITING: usize = 65_536;

/// The queue of effects.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    queue: VecDeque<Effect>,
    pub(crate) shows_dropped: u64,
}

impl Effects {
    pub(crate) fn save(&mut self, save: Save) {
        self.queue.push_back(Effect::Save(save));
    }

    pub(crate) fn say(&mut self, notice: crate::seam::Notice) {
        self.queue.push_back(Effect::Say(notice));
    }

    pub(crate) fn show(&mut self, show: Show) {
        if self.queue.len() < MAX_WAITING {
            self.queue.push_back(Effect::Show(show));
        } else {
            count(&mut self.shows_dropped);
        }
    }

    pub(crate) fn next(&mut self) -> Option<Effect> {
        self.queue.pop_front()
    }
}
