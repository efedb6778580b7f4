//! What is known of one node: facts, parts, the latest readings. All of it is bounded.

mod findings;
mod ghosts;
mod known;
mod repeated;
mod scrubbed;

pub use findings::{KnownFinding, MAX_FINDINGS};
pub use known::{KnownBoard, KnownFacts, KnownMedium, KnownWriter, MAX_MEDIA, MAX_WRITERS};
pub use repeated::{KnownReading, Lack};

pub(crate) use findings::is_package;
pub(crate) use scrubbed::{Scrubbed, flag, number};

use crate::detect::blind_probe::Probe;
use crate::detect::{Memory, Subject, silent_corruption};
use crate::presence::Presence;
use crate::quorum::Packages;
use crate::time::{Millis, Moment, Wall};
use crate::time_map::TimeMap;
use crate::watch::Watch;
use crate::wear::{Disks, Endurance};
use crate::window::Sessions;
use crate::witness::{MAX_WITNESSES, Places};
use findings::Findings;
use picket_wire::{BootId, Finding, NodeId, Part, PartKind, Quantity, SessionId, Value, Witness};
use repeated::Covered;
use std::sync::Arc;

/// Most parts that are kept of one node: as many as there are numbers for.
pub const MAX_PARTS: usize = 255;
/// Most latest readings that are kept of one node.
pub const MAX_READINGS: usize = 512;
/// What `every` is taken to be until facts say it, in milliseconds.
pub const DEFAULT_EVERY_MS: u32 = 10_000;

/// A part of a node, as its present session numbers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownPart {
    /// What readings name it by; 1 to 255.
    pub number: u8,
    /// What it is.
    pub kind: PartKind,
    /// What stays the same over boots.
    pub id: String,
    /// What people call it on this machine.
    pub name: String,
}

/// The newest live reading of one quantity of one part, however long ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Latest {
    /// What was measured.
    pub(crate) quantity: Quantity,
    /// The part it is about; 0 is the node itself.
    pub(crate) part: u8,
    /// The number, or why there is none.
    pub(crate) value: Value,
    /// When it was sampled, in the hub's time.
    pub(crate) at: Moment,
}

/// What the frames of the present session say.
#[derive(Debug, Default)]
pub(crate) struct Known {
    pub(crate) facts: Option<KnownFacts>,
    pub(crate) board: Option<KnownBoard>,
    media: Vec<KnownMedium>,
    writers: Vec<KnownWriter>,
    parts: Vec<KnownPart>,
    readings: Vec<Kept>,
    covered: Covered,
    findings: Findings,
    /// Hash of the id of its installation; none if it does not say. Facts say it anew.
    pub(crate) machine: Option<u64>,
    /// What it remembers of the disks of the hub's machine.
    witnesses: Vec<Witness>,
}

/// A reading, and how it went before.
#[derive(Debug)]
struct Kept {
    latest: Latest,
    probe: Probe,
    /// How much live reports had covered when it was said.
    covered: Millis,
}

impl Known {
    /// Part numbers mean something within one session only.
    pub(crate) fn new_session(&mut self) {
        self.board = None;
        self.media.clear();
        self.writers.clear();
        self.parts.clear();
        self.readings.clear();
        self.covered = Covered::default();
        self.findings.clear();
    }

    /// What the numbers of parts mean is to be said anew.
    pub(crate) fn forget_parts(&mut self) {
        self.parts.clear();
    }

    /// The subjects of readings that had values in this session.
    pub(crate) fn sighted(&self) -> impl Iterator<Item = String> {
        self.readings
            .iter()
            .filter(|kept| kept.probe.had_value())
            .map(|kept| {
                Subject::Reading(self.part(kept.latest.part), kept.latest.quantity).to_string()
            })
    }

    pub(crate) fn part(&self, number: u8) -> Option<&KnownPart> {
        let at = self
            .parts
            .binary_search_by_key(&number, |part| part.number)
            .ok()?;
        self.parts.get(at)
    }

    pub(crate) fn parts(&self) -> impl Iterator<Item = &KnownPart> {
        self.parts.iter()
    }

    pub(crate) fn writers(&self) -> &[KnownWriter] {
        &self.writers
    }

    /// The product that a disk says it is.
    pub(crate) fn product(&self, part: u8) -> Option<&str> {
        let medium = self.media.iter().find(|medium| medium.part == part)?;
        Some(medium.product.as_str())
    }

    pub(crate) fn readings(&self) -> impl Iterator<Item = &Latest> {
        self.readings.iter().map(|kept| &kept.latest)
    }

    /// The latest value of a quantity of the node itself.
    pub(crate) fn of_node(&self, quantity: Quantity) -> Option<i64> {
        let key = (quantity, 0);
        let at = self
            .readings
            .binary_search_by_key(&key, |kept| (kept.latest.quantity, kept.latest.part))
            .ok()?;
        self.readings.get(at)?.latest.value.ok()
    }

    /// Keeps what the disks say of themselves, in place of what they said before.
    pub(crate) fn keep_media(&mut self, media: impl Iterator<Item = KnownMedium>) {
        self.media.clear();
        self.media.extend(media.take(MAX_MEDIA));
    }

    /// Keeps what it remembers of others, in place of what it said before.
    pub(crate) fn keep_witnesses(&mut self, witnesses: impl Iterator<Item = Witness>) {
        self.witnesses.clear();
        self.witnesses.extend(witnesses.take(MAX_WITNESSES));
    }

    pub(crate) fn witnesses(&self) -> impl Iterator<Item = &Witness> {
        self.witnesses.iter()
    }

    /// Keeps a finding that was said at an uptime of the node. Gives whether there was room for it.
    pub(crate) fn keep_finding(&mut self, finding: &Finding<'_>, said: Millis) -> bool {
        self.findings.take(finding, said)
    }

    /// Keeps who writes most, in place of those named before.
    pub(crate) fn keep_writers(&mut self, writers: impl Iterator<Item = KnownWriter>) {
        self.writers.clear();
        self.writers.extend(writers.take(MAX_WRITERS));
    }

    /// Keeps a part; one of the same number is the same part, perhaps with another name.
    pub(crate) fn keep_part(&mut self, part: &Part<'_>) {
        if part.number == 0 {
            return;
        }
        let fresh = || KnownPart {
            number: part.number,
            kind: part.part_kind(),
            id: part.id.to_owned(),
            name: part.name.to_owned(),
        };
        match self
            .parts
            .binary_search_by_key(&part.number, |known| known.number)
        {
            Ok(at) => {
                if let Some(known) = self.parts.get_mut(at) {
                    *known = fresh();
                }
            }
            Err(at) if self.parts.len() < MAX_PARTS => self.parts.insert(at, fresh()),
            Err(_) => {}
        }
    }

    /// Keeps a live reading in place of the one before, and gives how it went so far; none if there
    /// is no room for it.
    pub(crate) fn keep_reading(&mut self, latest: Latest) -> Option<Probe> {
        let key = (latest.quantity, latest.part);
        let at = match self
            .readings
            .binary_search_by_key(&key, |kept| (kept.latest.quantity, kept.latest.part))
        {
            Ok(at) => at,
            Err(at) if self.readings.len() < MAX_READINGS => {
                let kept = Kept {
                    latest,
                    probe: Probe::default(),
                    covered: self.covered.length,
                };
                self.readings.insert(at, kept);
                at
            }
            Err(_) => return None,
        };
        let kept = self.readings.get_mut(at)?;
        kept.latest = latest;
        kept.covered = self.covered.length;
        kept.probe.note(latest.value);
        Some(kept.probe)
    }
}

/// One node.
#[derive(Debug)]
pub struct Node {
    pub(crate) id: NodeId,
    /// Whether it is enrolled: only what it signed counts as facts and as power.
    pub(crate) joined: bool,
    pub(crate) watch: Watch,
    pub(crate) known: Known,
    /// A bit for each tag that was skipped; tags go up to 127.
    pub(crate) skipped_tags: u128,
    pub(crate) present: Option<(BootId, SessionId)>,
    pub(crate) sessions: Sessions,
    /// Facts of a session of which no live frame was heard yet, as they arrived; at most one frame.
    pub(crate) set_aside: Option<Box<[u8]>>,
    pub(crate) time_map: Option<TimeMap>,
    pub(crate) last_report: Option<Moment>,
    pub(crate) lost_reports: u64,
    pub(crate) memory: Memory,
    pub(crate) disks: Disks,
    /// What is remembered of its disks that they may forget.
    pub(crate) places: Places,
    /// What its packages read as.
    pub(crate) packages: Packages,
    /// What the owner states of disks.
    pub(crate) endurance: Arc<[Endurance]>,
    /// The boot that the store knows, until one is heard.
    pub(crate) stored_boot: Option<BootId>,
    /// When the node was heard before this hub started, as the store knows it.
    pub(crate) stored_heard: Option<Wall>,
}

impl Node {
    /// A node of which nothing is known yet.
    pub(crate) fn new(id: NodeId, endurance: Arc<[Endurance]>, now: Moment) -> Node {
        Node {
            id,
            joined: false,
            watch: Watch::new(now),
            known: Known::default(),
            skipped_tags: 0,
            present: None,
            sessions: Sessions::default(),
            set_aside: None,
            time_map: None,
            last_report: None,
            lost_reports: 0,
            memory: Memory::default(),
            disks: Disks::default(),
            places: Places::default(),
            packages: Packages::default(),
            endurance,
            stored_boot: None,
            stored_heard: None,
        }
    }

    /// Its id.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// Whether its key is enrolled.
    pub fn joined(&self) -> bool {
        self.joined
    }

    /// Whether it is there, and if not, how it went.
    pub fn presence(&self) -> Presence {
        self.watch.presence()
    }

    /// Since when it is so.
    pub fn presence_since(&self) -> Moment {
        self.watch.since()
    }

    /// What rarely changes; none until facts were heard.
    pub fn facts(&self) -> Option<&KnownFacts> {
        self.known.facts.as_ref()
    }

    /// Its board; none until facts of the present session were heard that name one.
    pub fn board(&self) -> Option<&KnownBoard> {
        self.known.board.as_ref()
    }

    /// What its disks say of themselves.
    pub fn media(&self) -> &[KnownMedium] {
        &self.known.media
    }

    /// Who wrote most to its disks lately.
    pub fn writers(&self) -> &[KnownWriter] {
        &self.known.writers
    }

    /// Its parts by ascending number. Part 0, the node itself, is not among them.
    pub fn parts(&self) -> impl Iterator<Item = &KnownPart> {
        self.known.parts.iter()
    }

    /// The part of a number; none for 0, the node itself.
    pub fn part(&self, number: u8) -> Option<&KnownPart> {
        self.known.part(number)
    }

    /// The live readings of its present session, by quantity and part. What it says no more has
    /// no value.
    pub fn readings(&self) -> impl Iterator<Item = KnownReading> {
        self.known.present(self.watch.every())
    }

    /// Files that read otherwise than they were written, as its present session tells them, ended
    /// ones too, the worst first; at most [`MAX_FINDINGS`].
    pub fn findings(&self) -> Vec<&KnownFinding> {
        silent_corruption::worst_first(self.known.findings.iter())
    }

    /// When the last live frame arrived; none since the hub started.
    pub fn last_live(&self) -> Option<Moment> {
        self.watch.last_beat()
    }

    /// When the last live report arrived; none since the hub started.
    pub fn last_report(&self) -> Option<Moment> {
        self.last_report
    }

    /// Tags of sections that this hub does not know, or not in such a frame.
    pub fn skipped_tags(&self) -> impl Iterator<Item = u16> {
        let tags = self.skipped_tags;
        (0..128_u16).filter(move |tag| tags & (1 << tag) != 0)
    }

    /// The boot heard last.
    pub fn boot(&self) -> Option<BootId> {
        self.present.map(|(boot, _)| boot).or(self.stored_boot)
    }

    /// The session heard last.
    pub fn session(&self) -> Option<SessionId> {
        self.present.map(|(_, session)| session)
    }

    /// Reports that are lost for good, since the hub started.
    pub fn lost_reports(&self) -> u64 {
        self.lost_reports
    }
}
