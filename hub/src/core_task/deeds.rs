//! What the core wants done is done: kept, shown, said.

use super::{CoreTask, Work, leftovers};
use crate::hub_status;
use crate::mqtt::PublishError;
use crate::store::Pending;
use picket_hub_core::incident::Severity;
use picket_hub_core::seam::{Effect, Input, Notice, Show};
use picket_hub_core::time::{Moment, Now};
use picket_wire::{NodeId, Reading, topic};

impl Work {
    /// Does all effects. What one input wants kept and said is one transaction.
    pub(super) fn settle(&mut self, now: Now) {
        loop {
            let mut batch = Pending::new();
            let mut notices = Vec::new();
            let mut idle = true;
            while let Some(effect) = self.core.hub.next_effect() {
                idle = false;
                match effect {
                    Effect::Save(save) => batch.save(save),
                    Effect::Show(show) => self.show(show, now),
                    Effect::Say(notice) => {
                        batch.say(notice.clone());
                        notices.push(notice);
                    }
                }
            }
            if idle {
                return;
            }
            if let Some(store) = &mut self.core.store
                && !batch.is_empty()
            {
                store.put(batch, now.moment);
            }
            for notice in notices {
                let done = Input::Done {
                    notice: notice.id,
                    delivered: true,
                };
                say(&notice);
                self.core.hub.handle(done, now);
            }
        }
    }

    fn show(&mut self, show: Show, now: Now) {
        match &show {
            Show::Report {
                node, at, readings, ..
            } => self.record(*node, *at, readings),
            Show::Run(run) => {
                tracing::info!("this is run {} of the hub, {:08x}", run.ordinal, run.bits.0);
                self.publish_status(now.moment);
            }
            Show::Expelled(node) => self.core.history.forget(*node),
            Show::Node(_) | Show::Incident(_) => {}
        }
        self.core.desk.show(show);
    }

    fn record(&mut self, node: NodeId, at: Moment, readings: &[Reading]) {
        let CoreTask { hub, history, .. } = &mut self.core;
        let Some(known) = hub.node(node) else { return };
        for reading in readings {
            let Ok(value) = reading.value else { continue };
            // Reports may come before the facts that name their parts.
            let part = match reading.part {
                0 => Some("node"),
                number => known.part(number).map(|part| part.name.as_str()),
            };
            if let Some(part) = part {
                history.record(node, at, part, reading.quantity, value);
            }
        }
    }

    /// Takes away what the broker keeps of a node that was expelled. Without a connection that is
    /// done when it turns up again.
    pub(super) fn clear_kept(&self, node: NodeId) {
        for kept in leftovers::KEPT {
            match self.core.publisher.try_publish(&kept.of(node), "", true) {
                Ok(()) | Err(PublishError::Down) => {}
                Err(error) => tracing::warn!("what the broker keeps of {node} stays: {error}"),
            }
        }
    }

    pub(super) fn publish_status(&mut self, now: Moment) {
        self.status_due = now + hub_status::EVERY;
        self.greeting_from = now + hub_status::GREETING;
        if self.is_silent || !self.core.publisher.is_up() {
            return;
        }
        let run = self.core.hub.run();
        let witnesses = self.core.hub.own_witnesses();
        let published = match self.core.status.frame(run, &witnesses, now) {
            Ok(frame) => self
                .core
                .publisher
                .try_publish(topic::HUB_STATUS, frame, true),
            Err(error) => {
                tracing::warn!("the hub's status does not encode: {error}");
                return;
            }
        };
        match published {
            // It is said again when the connection is back.
            Ok(()) | Err(PublishError::Down) => {}
            Err(error) => tracing::warn!("the hub's status is not published: {error}"),
        }
    }
}

/// The log is the only channel of notices.
fn say(notice: &Notice) {
    let text = notice.text.replace(char::is_control, " ");
    match notice.severity {
        Severity::Page | Severity::Ticket => {
            tracing::warn!("{}: {text}", notice.severity.name());
        }
        Severity::Note => tracing::info!("{}: {text}", notice.severity.name()),
    }
}
