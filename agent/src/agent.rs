//! What the agent knows between two things that happen: the node, its parts, and what is to be said.

use crate::complaint::Complaint;
use crate::identity::Machine;
use crate::parts::Parts;
use crate::probe::{About, Board, Found, Measured, Medium};
use crate::scrub::kept;
use crate::scrub::standing::PackageContent;
use crate::uplink::{Happened, Link, What};
use picket_node::{Backoff, Config, Heard, Identity, Lists, Membership, Node};
use picket_wire::{MAX_FRAME, NodeId, NodeTopic, Reading, StatusText};

/// Bytes of the outbox; untouched pages of it cost nothing.
pub const OUTBOX_BYTES: usize = 512 * 1024;
/// A connection that stood so long was good: the next wait is the shortest again.
pub const GOOD_CONNECTION_MS: u64 = 10_000;
/// A sampling answers in 2 s at most; one that takes so long is stuck.
pub const LONGEST_SAMPLING_MS: u64 = 10_000;

/// What one sampling gave.
#[derive(Debug)]
pub struct Sampled {
    /// Uptime when it began.
    pub at_ms: u64,
    /// What the probes found out.
    pub found: Found,
    /// What the scrub says beside its readings.
    pub lists: kept::Lists,
}

/// The state of a running agent. Time and entropy are handed in.
#[derive(Debug)]
pub struct Agent {
    node: Node<Box<[u8]>>,
    machine: Machine,
    parts: Parts,
    /// What the board and the disks said last.
    board: Option<Board>,
    media: Vec<Medium>,
    backoff: Backoff,
    /// Uptime of the next attempt to connect.
    connect_ms: u64,
    /// Uptime since which the broker accepts the connection.
    connected_ms: Option<u64>,
    facts_due: bool,
    /// A new run of the hub knows no reading, the slow ones included.
    full_due: bool,
    online_due: bool,
    /// Status texts that the broker does not have yet.
    statuses_unacked: u32,
    /// Uptime of the sampling under way.
    asked_ms: Option<u64>,
    dropped: u32,
    /// A connection that stood is gone.
    link_complaint: Complaint,
    /// None comes about, which mostly has another reason and other advice.
    attempt_complaint: Complaint,
    /// The log says that the connection stands.
    said_connected: bool,
    /// The hub took its leave on this connection.
    hub_left: bool,
    hub_complaint: Complaint,
    drop_complaint: Complaint,
}

impl Agent {
    /// An agent that has just started; with a membership if the node has joined.
    pub fn new(
        config: Config,
        machine: Machine,
        membership: Option<Membership>,
        now_ms: u64,
    ) -> Agent {
        let node = Node::new(config, vec![0; OUTBOX_BYTES].into_boxed_slice(), now_ms);
        Agent {
            node: match membership {
                Some(membership) => node.with_membership(membership),
                None => node,
            },
            machine,
            parts: Parts::default(),
            board: None,
            media: Vec::new(),
            backoff: Backoff::new(),
            connect_ms: now_ms,
            connected_ms: None,
            facts_due: true,
            full_due: true,
            online_due: true,
            statuses_unacked: 0,
            asked_ms: None,
            dropped: 0,
            link_complaint: Complaint::default(),
            attempt_complaint: Complaint::default(),
            said_connected: false,
            hub_left: false,
            hub_complaint: Complaint::default(),
            drop_complaint: Complaint::default(),
        }
    }

    /// The node's name.
    pub fn id(&self) -> NodeId {
        self.node.config().id
    }

    /// Whether a sampling is due; true once per tick.
    pub fn sample_due(&mut self, now_ms: u64) -> bool {
        self.node.sample_due(now_ms)
    }

    /// Whether the next sampling is to have the slow readings too.
    pub fn full_due(&self) -> bool {
        self.full_due
    }

    /// The probes were asked.
    pub fn asked(&mut self, now_ms: u64) {
        self.asked_ms = Some(now_ms);
        self.full_due = false;
    }

    /// Whether the probes answer when they are asked.
    pub fn makes_progress(&self, now_ms: u64) -> bool {
        let stuck = |asked_ms| now_ms.saturating_sub(asked_ms) > LONGEST_SAMPLING_MS;
        !self.asked_ms.is_some_and(stuck)
    }

    /// The probes answered: their readings go into the outbox, and what the facts tell is kept.
    pub fn sampled(&mut self, sampled: Sampled) {
        self.asked_ms = None;
        let Sampled {
            at_ms,
            found,
            lists,
        } = sampled;
        let parts = &mut self.parts;
        let numbered = |measured: Measured| {
            let part = match measured.about {
                About::Node => 0,
                About::Part(named) => parts.number(&named)?,
            };
            Some(Reading {
                quantity: measured.quantity,
                part,
                value: measured.value,
            })
        };
        let readings: Vec<Reading> = found.measured.into_iter().filter_map(numbered).collect();
        let mut writers = Vec::new();
        for writer in found.writers.iter().flatten() {
            let part = match &writer.disk {
                Some(disk) => parts.number(disk),
                None => Some(0),
            };
            if let Some(part) = part {
                writers.push(picket_wire::Writer {
                    part,
                    name: &writer.name,
                    written_kib: writer.written_kib,
                    over_s: writer.over_s,
                });
            }
        }
        let findings: Vec<_> = lists
            .findings
            .iter()
            .filter_map(|located| Some(located.on_wire(parts.number(&located.place)?)))
            .collect();
        let packages: Vec<_> = lists.packages.iter().map(PackageContent::on_wire).collect();
        self.facts_due |= parts.take_changed();
        let lists = Lists {
            writers: &writers,
            findings: &findings,
            packages: &packages,
        };
        self.node.report_with(at_ms, readings, lists);
        self.said_of_itself(found.board, found.media);
        self.tell_dropped(at_ms);
    }

    /// Keeps what the board and the disks said; the facts are due again if that is new.
    fn said_of_itself(&mut self, board: Option<Board>, media: Option<Vec<Medium>>) {
        if board.is_some() && board != self.board {
            self.board = board;
            self.facts_due = true;
        }
        if let Some(media) = media.filter(|media| *media != self.media) {
            self.media = media;
            self.facts_due = true;
        }
    }

    fn tell_dropped(&mut self, now_ms: u64) {
        let dropped = self.node.dropped();
        if dropped > self.dropped && self.drop_complaint.due(now_ms) {
            tracing::warn!(
                dropped,
                "the broker has been away for so long that the oldest reports were dropped"
            );
            self.dropped = dropped;
        }
    }

    /// Whether the wait before the next connection is over.
    pub fn may_connect(&self, now_ms: u64) -> bool {
        now_ms >= self.connect_ms
    }

    /// Counts a connection; gives its will.
    pub fn begin_connection(&mut self) -> StatusText {
        self.node.begin_connection();
        self.node.will()
    }

    /// Takes what happened on the connection, other than its end.
    pub fn happened(&mut self, happened: Happened, now_ms: u64) {
        match happened {
            Happened::Connected => {
                // A loss that was not told needs no all-clear, so that neither fills the log.
                if !self.said_connected {
                    tracing::info!(waiting = self.node.waiting(), "connected");
                }
                self.said_connected = true;
                self.connected_ms = Some(now_ms);
                self.hub_left = false;
                self.facts_due = true;
                self.online_due = true;
                self.statuses_unacked = 0;
                self.node.connected();
            }
            Happened::Acked(What::Report(ticket)) => self.node.acked(ticket),
            Happened::Acked(What::Status) => {
                self.statuses_unacked = self.statuses_unacked.saturating_sub(1);
            }
            Happened::HubStatus { payload, retained } => self.heard(&payload, retained, now_ms),
            Happened::Acked(What::Facts) | Happened::Lost(_) => {}
        }
    }

    fn heard(&mut self, payload: &[u8], retained: bool, now_ms: u64) {
        match self.node.hear_hub(payload, retained, now_ms) {
            Heard::NewRun => {
                tracing::info!(
                    ordinal = self.node.following().ordinal(),
                    "the hub has a new run"
                );
                self.facts_due = true;
                self.full_due = true;
            }
            Heard::SameRun => {}
            Heard::Left => {
                self.hub_left = true;
                tracing::info!("the hub has left; reports wait for it");
            }
            Heard::Refused(why) => {
                if self.hub_complaint.due(now_ms) {
                    tracing::warn!(%why, "a status of the hub was refused: who else publishes it?");
                }
            }
        }
    }

    /// The connection is gone; the next one waits.
    pub fn lost(&mut self, why: &str, now_ms: u64, entropy: u32) {
        let connected_ms = self.connected_ms.take();
        let stood_ms = connected_ms.map(|since_ms| now_ms.saturating_sub(since_ms));
        self.node.disconnected();
        if stood_ms.is_some_and(|stood_ms| stood_ms >= GOOD_CONNECTION_MS) {
            self.backoff.reset();
        }
        let wait_ms = self.backoff.next_ms(entropy);
        self.connect_ms = now_ms.saturating_add(u64::from(wait_ms));
        let complaint = match stood_ms {
            Some(_) => &mut self.link_complaint,
            None => &mut self.attempt_complaint,
        };
        if !complaint.due(now_ms) {
            tracing::debug!(wait_ms, "{why}");
            return;
        }
        self.said_connected = false;
        let waiting = self.node.waiting();
        let hint = match stood_ms {
            // A broker inside the hub goes with it, which is nobody else's doing.
            Some(stood_ms) if stood_ms < GOOD_CONNECTION_MS && !self.hub_left => {
                format!(" after a moment (is another agent named {}?)", self.id())
            }
            Some(_) | None => String::new(),
        };
        tracing::warn!(waiting, "{why}{hint}; reports wait, it is tried again");
    }

    /// Hands over what there is to say: facts and status first, then the reports.
    ///
    /// # Errors
    /// The connection is to be given up, and why.
    pub fn publish(&mut self, link: &mut Link, now_ms: u64) -> Result<(), String> {
        if link.is_dead(now_ms) {
            return Err("the broker acknowledged nothing for 15 s".to_owned());
        }
        if self.facts_due && link.has_room() {
            self.publish_facts(link, now_ms)?;
        }
        if self.online_due && link.has_room() {
            self.online_due = !self.say(self.node.online(), link, now_ms);
        }
        let topic = NodeTopic::Report.of(self.id());
        while link.has_room() {
            let Some(out) = self.node.next_publish(now_ms) else {
                break;
            };
            let what = What::Report(out.ticket);
            if !link.publish(&topic, false, out.bytes, what, now_ms) {
                return Err("the MQTT client took no more messages".to_owned());
            }
        }
        Ok(())
    }

    fn publish_facts(&mut self, link: &mut Link, now_ms: u64) -> Result<(), String> {
        let every_ms = self.node.config().every_ms;
        let facts = self.machine.facts(every_ms);
        let board = self.board.as_ref().map(Board::on_wire);
        let identity = Identity {
            board: board.as_ref(),
            machine: Some(self.machine.installation()),
        };
        let parts = &mut self.parts;
        let media: Vec<_> = self
            .media
            .iter()
            .filter_map(|medium| Some(medium.on_wire(parts.number(&medium.disk)?)))
            .collect();
        let mut buf = [0; MAX_FRAME];
        let frame = self
            .node
            .facts_with(now_ms, &facts, identity, self.parts.iter(), media, &mut buf)
            .map_err(|error| format!("the facts do not fit a frame: {error}"))?;
        let topic = NodeTopic::Facts.of(self.node.config().id);
        self.facts_due = !link.publish(&topic, true, frame, What::Facts, now_ms);
        Ok(())
    }

    fn say(&mut self, status: StatusText, link: &mut Link, now_ms: u64) -> bool {
        let topic = NodeTopic::Status.of(self.id());
        let said = link.publish(
            &topic,
            true,
            status.to_string().as_bytes(),
            What::Status,
            now_ms,
        );
        self.statuses_unacked += u32::from(said);
        said
    }

    /// Says that the agent stops on purpose.
    pub fn say_stopping(&mut self, link: &mut Link, now_ms: u64) -> bool {
        self.say(self.node.stopping(), link, now_ms)
    }

    /// Whether the broker has everything that was said of the status.
    pub fn farewell_acked(&self) -> bool {
        self.statuses_unacked == 0
    }

    /// When to look again at the latest.
    pub fn next_wake_ms(&self, link: Option<&Link>) -> u64 {
        let link_ms = match link {
            Some(link) => link.overdue_ms().unwrap_or(u64::MAX),
            None => self.connect_ms,
        };
        self.node.next_wake_ms().min(link_ms)
    }

    /// One line for the service manager.
    pub fn status(&self) -> String {
        let link = match self.connected_ms {
            Some(_) => "connected",
            None => "not connected",
        };
        format!("{link}, {} reports wait", self.node.waiting())
    }
}
