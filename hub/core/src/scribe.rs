//! Takes down what follows from one input: verdicts, what to keep, what to show, what to count.

use crate::counters::Counters;
use crate::detect::{Judgement, Subject, not_returned, silent_node};
use crate::effects::Effects;
use crate::incident::{Detector, Verdict};
use crate::ledger::{About, Ledger};
use crate::node::Node;
use crate::seam::{Save, SavedNode, Show};
use crate::time::{Millis, Moment, Now};
use picket_wire::{NodeId, PartKind, RunBits};

/// Everything of the hub but its nodes, while one input is taken.
#[derive(Debug)]
pub(crate) struct Scribe<'h> {
    pub(crate) ledger: &'h mut Ledger,
    pub(crate) effects: &'h mut Effects,
    pub(crate) counters: &'h mut Counters,
    pub(crate) run: RunBits,
    pub(crate) link_up_since: Option<Moment>,
    pub(crate) now: Now,
}

impl Scribe<'_> {
    /// Applies a verdict to the incidents.
    pub(crate) fn verdict(
        &mut self,
        node: NodeId,
        detector: Detector,
        subject: Subject<'_>,
        verdict: Verdict,
    ) {
        let about = About {
            node,
            detector,
            run: self.run,
            now: self.now,
        };
        self.ledger.apply(&about, subject, verdict, self.effects);
    }

    /// The same, where a detector may have had nothing to say.
    pub(crate) fn judged(&mut self, node: NodeId, detector: Detector, judged: Judgement<'_>) {
        if let Some((subject, verdict)) = judged {
            self.verdict(node, detector, subject, verdict);
        }
    }

    /// A part of a node is proven to have ended: another one is in its place.
    pub(crate) fn retire_part(&mut self, node: NodeId, kind: PartKind, id: &str) {
        let subject = format!("{}/{id}", kind.name());
        self.ledger
            .retire_part(node, &subject, self.now.wall, self.effects);
    }

    /// The evidence of the incidents that were closed less than so long ago.
    pub(crate) fn closed_within(
        &self,
        node: NodeId,
        detector: Detector,
        subject: Subject<'_>,
        span: Millis,
    ) -> impl Iterator<Item = &[String]> {
        // By the wall clock alone: the hub's machine may be up for less long than that.
        let span_ms = i64::try_from(span.0).unwrap_or(i64::MAX);
        let since_ms = self.now.wall.unix_ms.saturating_sub(span_ms);
        self.ledger.closed_since(node, detector, subject, since_ms)
    }

    /// The presence of a node changed.
    pub(crate) fn presence_changed(&mut self, node: &Node) {
        let now = self.now.moment;
        self.judged(
            node.id,
            Detector::SilentNode,
            silent_node::judge(&node.watch, now),
        );
        self.judged(
            node.id,
            Detector::NotReturned,
            not_returned::judge(&node.watch, now),
        );
        self.effects.show(Show::Node(node.id));
    }

    /// Keeps over a restart what must be known of a node.
    pub(crate) fn keep(&mut self, node: &Node) {
        let heard = node.watch.last_beat().map(|beat| self.now.wall_at(beat));
        let excused_until = node.watch.excused_until();
        self.effects.save(Save::Node(SavedNode {
            id: node.id,
            boot: node.boot(),
            every_ms: u32::try_from(node.watch.every().0).unwrap_or(u32::MAX),
            last_heard: heard.or(node.stored_heard),
            excused_until: excused_until.map(|until| self.now.wall_at(until)),
            unscrubbed_day: node.memory.unscrubbed.day(),
        }));
    }

    /// Reports of a node are proven lost.
    pub(crate) fn lost(&mut self, node: &mut Node, count: u64) {
        node.lost_reports = node.lost_reports.saturating_add(count);
        self.counters.reports_lost = self.counters.reports_lost.saturating_add(count);
        node.memory.losses.lost(count);
    }

    /// A report that was counted as lost has arrived after all.
    pub(crate) fn found(&mut self, node: &mut Node) {
        node.lost_reports = node.lost_reports.saturating_sub(1);
        self.counters.reports_lost = self.counters.reports_lost.saturating_sub(1);
    }
}
