//! The incidents: what a verdict opens, changes and closes.
//!
//! One open incident per detector, node and subject. Only a verdict of Healthy closes one here, or
//! that its subject ended: its node was expelled, its part replaced, what it was about is gone. Time,
//! silence and restarts do not.

use crate::counters::count;
use crate::detect::Subject;
use crate::effects::Effects;
use crate::incident::{
    self, ClosedBy, Detector, Finding, Incident, MAX_EVIDENCE, Severity, Verdict,
};
use crate::node::KnownPart;
use crate::notices::Notices;
use crate::seam::{Save, Show};
use crate::time::{Now, Wall};
use picket_wire::{NodeId, RunBits};
use std::collections::BTreeMap;

/// Most closed incidents that are kept; the one closed first makes room.
pub(crate) const MAX_CLOSED: usize = 500;
/// Most open incidents of one severity of one node's parts, so that notes take no place of a page.
/// Those of the node itself always have room.
pub(crate) const MAX_OPEN_OF_PARTS: usize = 64;
/// Most open incidents of one node's parts: their severity may have risen since.
pub(crate) const MAX_OPEN: usize = 3 * MAX_OPEN_OF_PARTS;

/// Where an open incident is found.
#[derive(Debug)]
struct Open {
    detector: Detector,
    subject: String,
    serial: u64,
}

/// All open incidents and the newest closed ones.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    /// By a number that rises with every incident.
    incidents: BTreeMap<u64, Incident>,
    open: BTreeMap<NodeId, Vec<Open>>,
    /// Serial numbers in the order of closing.
    closed: std::collections::VecDeque<u64>,
    next_serial: u64,
    next_number: u64,
    pub(crate) notices: Notices,
    pub(crate) withheld: u64,
}

/// What a verdict is about, and when it fell.
#[derive(Clone, Copy, Debug)]
pub(crate) struct About {
    pub(crate) node: NodeId,
    pub(crate) detector: Detector,
    pub(crate) run: RunBits,
    pub(crate) now: Now,
}

impl Ledger {
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.values()
    }

    pub(crate) fn by_id(&self, id: &str) -> Option<&Incident> {
        self.incidents.values().find(|incident| incident.id == id)
    }

    /// Subjects of a node's open incidents of one detector.
    pub(crate) fn open_subjects(
        &self,
        node: NodeId,
        detector: Detector,
    ) -> impl Iterator<Item = &str> {
        let open = self.open.get(&node).map(Vec::as_slice).unwrap_or_default();
        open.iter()
            .filter(move |o| o.detector == detector)
            .map(|o| o.subject.as_str())
    }

    /// The open incident of a subject.
    pub(crate) fn open_incident(
        &self,
        node: NodeId,
        detector: Detector,
        subject: Subject<'_>,
    ) -> Option<&Incident> {
        let serial = self.find(node, detector, &subject.to_string())?;
        self.incidents.get(&serial)
    }

    /// Whether an incident is open.
    pub(crate) fn is_open(&self, node: NodeId, detector: Detector, subject: Subject<'_>) -> bool {
        self.find(node, detector, &subject.to_string()).is_some()
    }

    /// The open incidents of a part and of its readings, oldest first.
    pub(crate) fn open_of_part(
        &self,
        node: NodeId,
        part: &KnownPart,
    ) -> impl Iterator<Item = &Incident> {
        let part = Subject::Part(part).to_string();
        let open = self.open.get(&node).map(Vec::as_slice).unwrap_or_default();
        open.iter()
            .filter(move |o| incident::is_of(&o.subject, &part))
            .filter_map(|o| self.incidents.get(&o.serial))
    }

    /// The evidence of the incidents that are kept and were closed at a time or later, in
    /// milliseconds since 1970.
    pub(crate) fn closed_since(
        &self,
        node: NodeId,
        detector: Detector,
        subject: Subject<'_>,
        since_ms: i64,
    ) -> impl Iterator<Item = &[String]> {
        let subject = subject.to_string();
        let closed = self.incidents.values().filter(move |incident| {
            (incident.node, incident.detector) == (node, detector)
                && incident.subject == subject
                && incident
                    .closed
                    .is_some_and(|(at, _)| at.unix_ms >= since_ms)
        });
        closed.map(|incident| incident.evidence.as_slice())
    }

    /// Takes up what the store kept: open incidents go on under their id.
    pub(crate) fn restore(&mut self, mut incidents: Vec<Incident>) {
        incidents.sort_by_key(|incident| incident.opened);
        let mut closed: Vec<(Wall, u64)> = Vec::new();
        for incident in incidents {
            let serial = self.next_serial;
            self.next_serial += 1;
            match incident.closed {
                Some((at, _)) => closed.push((at, serial)),
                None => self.open.entry(incident.node).or_default().push(Open {
                    detector: incident.detector,
                    subject: incident.subject.clone(),
                    serial,
                }),
            }
            self.incidents.insert(serial, incident);
        }
        closed.sort();
        for (_, serial) in closed {
            self.remember_closed(serial);
        }
    }

    /// Applies what a detector said of a subject.
    pub(crate) fn apply(
        &mut self,
        about: &About,
        subject: Subject<'_>,
        verdict: Verdict,
        effects: &mut Effects,
    ) {
        match verdict {
            Verdict::Blind(_) => {}
            Verdict::Healthy => self.close(about, subject, ClosedBy::Healthy, effects),
            Verdict::Ended => self.close(about, subject, ClosedBy::Retired, effects),
            Verdict::Faulty(finding) => {
                let name = subject.to_string();
                match self.find(about.node, about.detector, &name) {
                    Some(serial) => self.change(serial, finding, effects),
                    None if self.has_room(about.node, subject, finding.severity) => {
                        self.open(about, name, finding, effects);
                    }
                    None => count(&mut self.withheld),
                }
            }
        }
    }

    fn find(&self, node: NodeId, detector: Detector, subject: &str) -> Option<u64> {
        let open = self.open.get(&node)?;
        let is_it = |o: &&Open| o.detector == detector && o.subject == subject;
        open.iter().find(is_it).map(|o| o.serial)
    }

    fn has_room(&self, node: NodeId, subject: Subject<'_>, severity: Severity) -> bool {
        let open = self.open.get(&node).map(Vec::as_slice).unwrap_or_default();
        let incidents = open.iter().filter_map(|o| self.incidents.get(&o.serial));
        let alike = incidents.filter(|incident| incident.severity == severity);
        let has_room = alike.count() < MAX_OPEN_OF_PARTS && open.len() < MAX_OPEN;
        subject == Subject::Node || has_room
    }

    fn open(&mut self, about: &About, subject: String, found: Finding, effects: &mut Effects) {
        let serial = self.next_serial;
        self.next_serial += 1;
        self.next_number += 1;
        let mut evidence = found.evidence;
        evidence.truncate(MAX_EVIDENCE);
        let incident = Incident {
            id: format!("{:08x}-{}", about.run.0, self.next_number),
            node: about.node,
            subject: subject.clone(),
            detector: about.detector,
            severity: found.severity,
            opened: about.now.wall,
            closed: None,
            summary: found.summary,
            advice: found.advice,
            evidence,
        };
        self.open.entry(about.node).or_default().push(Open {
            detector: about.detector,
            subject,
            serial,
        });
        tell(&incident, "", &mut self.notices, effects);
        publish(&incident, effects);
        self.incidents.insert(serial, incident);
    }

    /// A changed number alone is neither kept nor shown: the summary and the severity are what
    /// matters. The evidence is kept in memory and goes out with the next change. The severity only
    /// rises while the incident is open.
    fn change(&mut self, serial: u64, found: Finding, effects: &mut Effects) {
        let Some(incident) = self.incidents.get_mut(&serial) else {
            return;
        };
        let escalated = found.severity > incident.severity;
        let matters = escalated || found.summary != incident.summary;
        incident.severity = incident.severity.max(found.severity);
        incident.summary = found.summary;
        incident.advice = found.advice;
        incident.evidence = found.evidence;
        incident.evidence.truncate(MAX_EVIDENCE);
        if escalated {
            tell(incident, "", &mut self.notices, effects);
        }
        if matters {
            publish(incident, effects);
        }
    }

    fn close(&mut self, about: &About, subject: Subject<'_>, by: ClosedBy, effects: &mut Effects) {
        let About { node, detector, .. } = *about;
        // Most nodes have no such incident, and then no name of a subject is made.
        if self.open_subjects(node, detector).next().is_none() {
            return;
        }
        let Some(serial) = self.find(node, detector, &subject.to_string()) else {
            return;
        };
        if let Some(open) = self.open.get_mut(&about.node) {
            open.retain(|o| o.serial != serial);
            if open.is_empty() {
                self.open.remove(&about.node);
            }
        }
        if let Some(incident) = self.incidents.get_mut(&serial) {
            incident.closed = Some((about.now.wall, by));
            tell(incident, ending(by), &mut self.notices, effects);
            publish(incident, effects);
        }
        self.remember_closed(serial);
    }

    /// Closes all of a node that was expelled; gives how many were open.
    pub(crate) fn retire(&mut self, node: NodeId, at: Wall, effects: &mut Effects) -> usize {
        let open = self.open.remove(&node).unwrap_or_default();
        self.end(&open, at, effects);
        open.len()
    }

    /// Closes all of a part that was replaced: those of the part itself and of its readings.
    pub(crate) fn retire_part(
        &mut self,
        node: NodeId,
        part: &str,
        at: Wall,
        effects: &mut Effects,
    ) {
        let Some(open) = self.open.get_mut(&node) else {
            return;
        };
        let is_of_it = |o: &mut Open| incident::is_of(&o.subject, part);
        let ended: Vec<Open> = open.extract_if(.., is_of_it).collect();
        if open.is_empty() {
            self.open.remove(&node);
        }
        self.end(&ended, at, effects);
    }

    fn end(&mut self, open: &[Open], at: Wall, effects: &mut Effects) {
        for Open { serial, .. } in open {
            if let Some(incident) = self.incidents.get_mut(serial) {
                incident.closed = Some((at, ClosedBy::Retired));
                tell(
                    incident,
                    ending(ClosedBy::Retired),
                    &mut self.notices,
                    effects,
                );
                publish(incident, effects);
            }
            self.remember_closed(*serial);
        }
    }

    fn remember_closed(&mut self, serial: u64) {
        self.closed.push_back(serial);
        if self.closed.len() > MAX_CLOSED
            && let Some(oldest) = self.closed.pop_front()
        {
            self.incidents.remove(&oldest);
        }
    }
}

/// What a notice of an ending begins with.
const fn ending(by: ClosedBy) -> &'static str {
    match by {
        ClosedBy::Retired => "retired: ",
        ClosedBy::Healthy | ClosedBy::Owner => "over: ",
    }
}

/// Notes stay on the page; tickets and pages are said, and so is their end.
fn tell(incident: &Incident, prefix: &str, notices: &mut Notices, effects: &mut Effects) {
    if incident.severity > Severity::Note {
        let text = format!("{prefix}{}: {}", incident.node, incident.summary);
        notices.say(incident.severity, &incident.id, text, effects);
    }
}

fn publish(incident: &Incident, effects: &mut Effects) {
    effects.save(Save::Incident(incident.clone()));
    effects.show(Show::Incident(incident.id.clone()));
}
