//! How a status text is heard: it tells how a node went, and never that it lives.

use crate::counters::count;
use crate::hub::Hub;
use crate::refusal::{Refusal, Refused};
use crate::time::Now;
use picket_wire::{NodeId, StatusText};

impl Hub {
    /// Reads a status text, or counts and remembers why not.
    pub(crate) fn hear_status(&mut self, id: NodeId, payload: &[u8], retained: bool, now: Now) {
        let Err(why) = self.take_status(id, payload, retained, now) else {
            return;
        };
        count(match why {
            Refusal::Status => &mut self.counters.status_garbled,
            Refusal::Garbled(_)
            | Refusal::Section(_)
            | Refusal::Kind(_)
            | Refusal::NotSigned
            | Refusal::OtherHub
            | Refusal::NotJoined
            | Refusal::TooManyNodes { .. } => &mut self.counters.status_refused,
        });
        self.refusals.push(Refused {
            at: now.moment,
            node: Some(id),
            why,
        });
    }

    fn take_status(
        &mut self,
        id: NodeId,
        payload: &[u8],
        retained: bool,
        now: Now,
    ) -> Result<(), Refusal> {
        let text = StatusText::parse(payload).ok_or(Refusal::Status)?;
        let excuse = self.config.stopping_excuse;
        let (node, mut scribe) = self.admit(id, now)?;
        count(&mut scribe.counters.status_taken);
        let before = (node.watch.presence(), node.watch.excused_until());
        node.watch.hear(text, retained, excuse, now.moment);
        if node.watch.presence() != before.0 {
            scribe.presence_changed(node);
        }
        // A text alone is no sign of a node that would be worth keeping.
        if node.watch.excused_until() != before.1 && node.watch.is_framed() {
            scribe.keep(node);
        }
        let due = self.due_of(id);
        self.wake_by(due);
        Ok(())
    }
}
