//! What was said to the owner and not yet delivered: said again until it is.

use crate::counters::count;
use crate::effects::Effects;
use crate::incident::Severity;
use crate::seam::{Notice, Save};
use crate::time::{Millis, Moment};
use std::collections::BTreeMap;

/// Most notices that wait to be delivered; the oldest makes room.
pub(crate) const MAX_NOTICES: usize = 256;
/// How long after a failed delivery a notice is said again.
pub(crate) const SAY_AGAIN_AFTER: Millis = Millis::from_s(60);

/// A notice and when it is to be said again; none while its delivery is under way.
#[derive(Debug)]
struct Waiting {
    notice: Notice,
    again: Option<Moment>,
}

/// The notices that are not delivered.
#[derive(Debug, Default)]
pub(crate) struct Notices {
    waiting: BTreeMap<u64, Waiting>,
    next_id: u64,
    pub(crate) dropped: u64,
}

impl Notices {
    /// Ids of this run lie above those of every run before.
    pub(crate) fn start(&mut self, ordinal: u32) {
        self.next_id = self.next_id.max(u64::from(ordinal) << 32);
    }

    /// Takes notices of an earlier run up again.
    pub(crate) fn restore(&mut self, notices: Vec<Notice>, effects: &mut Effects) {
        for notice in notices {
            self.next_id = self.next_id.max(notice.id.saturating_add(1));
            self.keep(notice, effects);
        }
    }

    /// Says something new about an incident.
    pub(crate) fn say(
        &mut self,
        severity: Severity,
        incident: &str,
        text: String,
        effects: &mut Effects,
    ) {
        let id = self.next_id;
        self.next_id = self.next_id.saturating_add(1);
        let incident = incident.to_owned();
        self.keep(
            Notice {
                id,
                severity,
                incident,
                text,
            },
            effects,
        );
    }

    fn keep(&mut self, notice: Notice, effects: &mut Effects) {
        effects.say(notice.clone());
        self.waiting.insert(
            notice.id,
            Waiting {
                notice,
                again: None,
            },
        );
        if self.waiting.len() > MAX_NOTICES
            && let Some((id, _)) = self.waiting.pop_first()
        {
            count(&mut self.dropped);
            effects.save(Save::Said(id));
        }
    }

    /// What became of a notice.
    pub(crate) fn done(&mut self, id: u64, delivered: bool, now: Moment, effects: &mut Effects) {
        if !delivered {
            if let Some(waiting) = self.waiting.get_mut(&id) {
                waiting.again = Some(now + SAY_AGAIN_AFTER);
            }
        } else if self.waiting.remove(&id).is_some() {
            effects.save(Save::Said(id));
        }
    }

    /// Says again what is due.
    pub(crate) fn timeout(&mut self, now: Moment, effects: &mut Effects) {
        for waiting in self.waiting.values_mut() {
            if waiting.again.is_some_and(|at| at <= now) {
                waiting.again = None;
                effects.say(waiting.notice.clone());
            }
        }
    }

    pub(crate) fn next_due(&self) -> Option<Moment> {
        self.waiting
            .values()
            .filter_map(|waiting| waiting.again)
            .min()
    }
}
