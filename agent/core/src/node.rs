//! The parts of a node put together: the one struct that a shell drives.

use crate::facts::{self, FACTS_OVERHEAD, Identity, takes};
use crate::lists::Lists;
use crate::membership::Membership;
use crate::outbox::{Outbox, Outgoing, Ticket};
use crate::reporter;
use crate::run::{Following, Heard};
use crate::schedule::Schedule;
use crate::witnesses::{WITNESSES_LEN, Witnesses};
use picket_wire::{
    BootId, Connection, EncodeError, Facts, Flags, FrameWriter, Header, Holds, Kind, MAX_FRAME,
    Medium, NodeId, Part, Reading, RunBits, SessionId, StatusText, StatusWord, section,
};

/// Who the node is and how often it samples.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// Its name.
    pub id: NodeId,
    /// The boot of its machine.
    pub boot: BootId,
    /// This start of its program.
    pub session: SessionId,
    /// A report is due every so many milliseconds; 0 counts as 1.
    pub every_ms: u32,
}

/// A node without clock and I/O. `B` is the storage of its outbox: an array on a board, a boxed
/// slice on Linux.
#[derive(Debug)]
pub struct Node<B> {
    config: Config,
    membership: Option<Membership>,
    schedule: Schedule,
    following: Following,
    witnesses: Witnesses,
    outbox: Outbox<B>,
    report_seq: u32,
    facts_seq: u32,
    connection: u32,
    connected: bool,
    /// On this connection a hub has said that it listens.
    hub_listens: bool,
}

impl<B: AsRef<[u8]> + AsMut<[u8]>> Node<B> {
    /// A node that has just started and has not joined. It is due to sample at once and follows no
    /// run of the hub.
    pub fn new(config: Config, storage: B, now_ms: u64) -> Self {
        Node {
            config,
            membership: None,
            schedule: Schedule::new(config.every_ms, now_ms),
            following: Following::default(),
            witnesses: Witnesses::default(),
            outbox: Outbox::new(storage),
            report_seq: 0,
            facts_seq: 0,
            connection: 0,
            connected: false,
            hub_listens: false,
        }
    }

    /// The same node as a member of a site: it signs its facts, and believes only the site's hub.
    pub fn with_membership(mut self, membership: Membership) -> Self {
        self.membership = Some(membership);
        self
    }

    /// Who the node is.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// When the next sample is due.
    pub fn next_sample_ms(&self) -> u64 {
        self.schedule.next_ms()
    }

    /// Whether a sample is due; true once per tick.
    pub fn sample_due(&mut self, now_ms: u64) -> bool {
        self.schedule.due(now_ms)
    }

    /// Puts the readings of one sampling into the outbox; none make a heartbeat. Gives the
    /// sequence number of its first frame: readings that one frame has no room for go on in up to 8
    /// frames.
    pub fn report(&mut self, sampled_ms: u64, readings: impl IntoIterator<Item = Reading>) -> u32 {
        self.report_with(sampled_ms, readings, Lists::default())
    }

    /// The same with what is said beside the readings: findings in at most 3 frames before them, the
    /// writers in their first frame, the rest in frames behind, as far as the 8 go. Texts are cut to
    /// [`MAX_TEXT`](section::MAX_TEXT) bytes, paths to their last [`MAX_PATH`](section::MAX_PATH).
    pub fn report_with(
        &mut self,
        sampled_ms: u64,
        readings: impl IntoIterator<Item = Reading>,
        lists: Lists<'_>,
    ) -> u32 {
        let first = self.report_seq;
        let header = self.header(Kind::Report, first, sampled_ms);
        self.report_seq = reporter::report(&mut self.outbox, header, readings, lists);
        first
    }

    /// Writes the facts frame: what rarely changes, the parts, and what the node holds. Texts are
    /// cut to [`MAX_TEXT`](picket_wire::section::MAX_TEXT) bytes; parts that the frame has no room
    /// for are left out, of [`MAX_FRAME`] bytes 27 always fit while no hub has spoken of its disks.
    /// A member signs them. Fails if `buf` has no room for the facts themselves.
    pub fn facts<'p, 'b>(
        &mut self,
        now_ms: u64,
        facts: &Facts<'_>,
        parts: impl IntoIterator<Item = Part<'p>>,
        buf: &'b mut [u8],
    ) -> Result<&'b [u8], EncodeError> {
        self.facts_with(now_ms, facts, Identity::default(), parts, [], buf)
    }

    /// The same with what the machine says of itself, which takes the room of at most three parts,
    /// and with what the disks say of themselves, as many as there is room left for behind the
    /// parts. What was heard of the hub's own disks is repeated; it takes the room of at most one.
    pub fn facts_with<'p, 'b>(
        &mut self,
        now_ms: u64,
        facts: &Facts<'_>,
        identity: Identity<'_>,
        parts: impl IntoIterator<Item = Part<'p>>,
        media: impl IntoIterator<Item = Medium<'p>>,
        buf: &'b mut [u8],
    ) -> Result<&'b [u8], EncodeError> {
        let repeated = if self.witnesses.is_empty() {
            0
        } else {
            WITNESSES_LEN
        };
        let overhead = FACTS_OVERHEAD + identity.room() + repeated;
        let mut room = buf.len().min(MAX_FRAME).saturating_sub(overhead);
        let mut header = self.header(Kind::Facts, self.facts_seq, now_ms);
        header.flags.signed = self.membership.is_some();
        let mut writer = FrameWriter::new(buf, &header)?;
        writer.section(section::FACTS, &facts::cut_facts(facts))?;
        let holds = Holds {
            run_ordinal: self.following.ordinal(),
        };
        writer.section(section::HOLDS, &holds)?;
        if let Some(board) = identity.board {
            writer.section(section::BOARD, &facts::cut_board(board))?;
        }
        if let Some(machine) = identity.machine {
            writer.section(section::MACHINE, &machine)?;
        }
        if !self.witnesses.is_empty() {
            writer.repeated(section::WITNESSES, self.witnesses.iter())?;
        }
        let parts = parts.into_iter().map(facts::cut_part);
        let parts = parts.take_while(|part| takes(&mut room, facts::part_len(part)));
        writer.repeated(section::PARTS, parts)?;
        let media = media.into_iter().map(facts::cut_medium);
        let media = media.take_while(|medium| takes(&mut room, facts::medium_len(medium)));
        writer.repeated(section::MEDIA, media)?;
        self.facts_seq = self.facts_seq.wrapping_add(1);
        match &self.membership {
            Some(membership) => membership.sign(writer, self.config.id),
            None => Ok(writer.finish()),
        }
    }

    /// Takes what arrived on the topic of the hub's status; it may be anything. `retained` is
    /// whether the broker kept it from earlier.
    ///
    /// After [`Heard::NewRun`] the facts are to be published again, and a sample is due at once:
    /// what was sampled before is history to this run, which would else know no reading until the
    /// next tick.
    ///
    /// Reports go out only while a hub listens. A broker acknowledges what nobody subscribes to and
    /// throws it away, and one that restarted is there before its hub is: so that reports wait on
    /// each connection for a word of the hub that was not retained, and again after its will, which
    /// is an empty one.
    ///
    /// A member believes no word that its hub has not signed. The will is the broker's word and
    /// carries no signature: whoever forges it makes reports wait until the hub speaks again, which
    /// is no more than a broker can do anyway.
    pub fn hear_hub(&mut self, payload: &[u8], retained: bool, now_ms: u64) -> Heard {
        if payload.is_empty() {
            self.hub_left();
            return Heard::Left;
        }
        let heard = self.following.hear(payload, self.membership.as_ref());
        match heard {
            Heard::NewRun => self.schedule.at_once(),
            Heard::SameRun => {}
            Heard::Left | Heard::Refused(_) => return heard,
        }
        self.witnesses.hear(payload);
        if self.connected && !retained && !self.hub_listens {
            self.hub_listens = true;
            self.outbox.connected(now_ms);
        }
        heard
    }

    fn hub_left(&mut self) {
        self.hub_listens = false;
        self.outbox.disconnected();
    }

    /// The run of the hub that the node follows.
    pub fn following(&self) -> &Following {
        &self.following
    }

    /// Counts an attempt to connect, before its will is asked for.
    pub fn begin_connection(&mut self) {
        self.connection = self.connection.saturating_add(1);
    }

    /// The broker accepted the connection. Reports go out once a hub says on it that it listens;
    /// what was in flight on an earlier one goes out again.
    pub fn connected(&mut self) {
        self.connected = true;
    }

    /// The connection is gone: what was in flight waits, and nothing is handed out.
    pub fn disconnected(&mut self) {
        self.connected = false;
        self.hub_left();
    }

    /// Whether reports go out: there is a connection, and a hub listens on it.
    pub fn hub_listens(&self) -> bool {
        self.hub_listens
    }

    /// The frame to be published next on the topic of reports; none while no hub listens,
    /// nothing is due, or [`WINDOW`](crate::WINDOW) frames are in flight.
    pub fn next_publish(&mut self, now_ms: u64) -> Option<Outgoing<'_>> {
        if !self.hub_listens {
            return None;
        }
        self.outbox.next(now_ms, self.schedule.every_ms())
    }

    /// The broker acknowledged a frame. A ticket that is not in flight changes nothing.
    pub fn acked(&mut self, ticket: Ticket) {
        self.outbox.acked(ticket);
    }

    /// When the shell is to look again: at the next sample, or when backlog may go out. It may lie
    /// in the past. An acknowledgement or a word of the hub may call for a look earlier.
    pub fn next_wake_ms(&self) -> u64 {
        let sample_ms = self.schedule.next_ms();
        let backlog_ms = self.outbox.next_ms().filter(|_| self.hub_listens);
        backlog_ms.map_or(sample_ms, |ms| ms.min(sample_ms))
    }

    /// When a connection on which nothing was acknowledged is to be closed: 15 s after the oldest
    /// frame in flight was handed out. None while nothing is in flight.
    pub fn ack_overdue_ms(&self) -> Option<u64> {
        self.outbox.ack_overdue_ms()
    }

    /// The will of the present connection.
    pub fn will(&self) -> StatusText {
        self.status(StatusWord::Offline)
    }

    /// What the node says once connected.
    pub fn online(&self) -> StatusText {
        self.status(StatusWord::Online)
    }

    /// What the node says when its program was told to end.
    pub fn stopping(&self) -> StatusText {
        self.status(StatusWord::Stopping)
    }

    /// Reports that are not acknowledged, those in flight included.
    pub fn waiting(&self) -> usize {
        self.outbox.unacked()
    }

    /// Reports dropped since the start because the outbox was full.
    pub fn dropped(&self) -> u32 {
        self.outbox.dropped()
    }

    fn status(&self, word: StatusWord) -> StatusText {
        let connection = Connection {
            session: self.config.session,
            number: self.connection,
        };
        StatusText { word, connection }
    }

    fn header(&self, kind: Kind, seq: u32, uptime_ms: u64) -> Header {
        Header {
            kind,
            flags: Flags::default(),
            boot: self.config.boot,
            session: self.config.session,
            seq,
            run: self.run(),
            uptime_ms,
        }
    }

    fn run(&self) -> RunBits {
        self.following.bits()
    }
}
