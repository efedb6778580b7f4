//! The rules of presence for one node: beats, the will, the excuse, and silence.
//!
//! Only [`Watch::beat`], a live frame, makes a node alive. Time and texts can only take it away.

use crate::node::DEFAULT_EVERY_MS;
use crate::presence::Presence;
use crate::time::{Millis, Moment};
use picket_wire::{Connection, SessionId, StatusText, StatusWord};

/// A node is late after so many hundredths of `every` without a live frame.
pub(crate) const LATE_PERCENT: u64 = 125;
/// A node is convicted after so many hundredths of `every` without a live frame.
pub(crate) const CONVICTED_PERCENT: u64 = 225;
/// A will counts so long after its arrival, if nothing newer came.
pub(crate) const WILL_COUNTS_AFTER: Millis = Millis::from_s(5);
/// A broker sends the will of a silent client after 1.5 times its keepalive of 60 s. A will that
/// comes this long after a beat may be that, however slow the beats are.
pub(crate) const WILL_BY_KEEPALIVE: Millis = Millis::from_s(90);
/// How long nodes have to be heard again, on top of their own gap, after the hub started, its
/// connection came up, or it took a new run: the longest back-off of an agent and its jitter.
pub(crate) const CHANCE: Millis = Millis::from_s(40);
/// How long an enrolled node has, on top of its gap, while this hub knows no frame of it at all: it
/// may just be about to join, or boot for the first time.
pub(crate) const FIRST_CHANCE: Millis = Millis::from_s(5 * 60);
/// Shortest `every` that is believed, in milliseconds: the smallest that an agent can be set to.
pub(crate) const MIN_EVERY_MS: u32 = 1_000;
/// Longest `every` that is believed, in milliseconds: a day.
pub(crate) const MAX_EVERY_MS: u32 = 86_400_000;
/// Most sessions whose last word was a farewell that are remembered of one node.
pub(crate) const MAX_FAREWELLS: usize = 4;

/// A will that was not overtaken so far.
#[derive(Clone, Copy, Debug)]
struct Will {
    due: Moment,
    /// Whether beats were fresh when it came.
    fresh: bool,
}

/// What presence rests on.
#[derive(Debug)]
pub(crate) struct Watch {
    presence: Presence,
    since: Moment,
    every: Millis,
    /// Where the clock of silence stands at zero: the last beat, or later if there was a reason
    /// not to have heard one.
    quiet_from: Moment,
    last_beat: Option<Moment>,
    /// Whether any frame was taken. A status text alone proves nothing, not even a node.
    framed: bool,
    /// Whether there is to be such a node, heard or not: it is enrolled.
    expected: bool,
    newest: Option<Connection>,
    will: Option<Will>,
    /// Whether the last word of the newest connection is `offline`.
    offline: bool,
    excused_until: Option<Moment>,
    farewells: Vec<SessionId>,
}

impl Watch {
    /// A node that was never heard. It gets its chance from now on.
    pub(crate) fn new(now: Moment) -> Watch {
        Watch {
            presence: Presence::Unheard,
            since: now,
            every: Millis(u64::from(DEFAULT_EVERY_MS)),
            quiet_from: now + CHANCE,
            last_beat: None,
            framed: false,
            expected: false,
            newest: None,
            will: None,
            offline: false,
            excused_until: None,
            farewells: Vec::new(),
        }
    }

    pub(crate) fn presence(&self) -> Presence {
        self.presence
    }

    pub(crate) fn since(&self) -> Moment {
        self.since
    }

    pub(crate) fn every(&self) -> Millis {
        self.every
    }

    pub(crate) fn last_beat(&self) -> Option<Moment> {
        self.last_beat
    }

    pub(crate) fn excused_until(&self) -> Option<Moment> {
        self.excused_until
    }

    /// Whether a session's last word was that it stops.
    pub(crate) fn said_farewell(&self, session: SessionId) -> bool {
        self.farewells.contains(&session)
    }

    pub(crate) fn set_every(&mut self, every_ms: u32) {
        self.every = Millis(u64::from(every_ms.clamp(MIN_EVERY_MS, MAX_EVERY_MS)));
    }

    /// A frame was taken, live or not: there is such a node.
    pub(crate) fn framed(&mut self, now: Moment) {
        if self.expected && !self.framed {
            self.quiet_from = now + CHANCE;
        }
        self.framed = true;
    }

    /// The node is enrolled: its silence counts from now on, also if no frame of it ever comes.
    pub(crate) fn expect(&mut self, now: Moment) {
        self.expected = true;
        self.give_chance(now);
    }

    /// Whether the node should be there, and this hub knows no frame of it.
    pub(crate) fn is_missed(&self) -> bool {
        self.expected && !self.framed
    }

    pub(crate) fn is_framed(&self) -> bool {
        self.framed
    }

    /// The store kept an excuse.
    pub(crate) fn excuse(&mut self, until: Moment) {
        self.excused_until = Some(until);
    }

    /// A live frame of a session arrived.
    pub(crate) fn beat(&mut self, session: SessionId, now: Moment) {
        self.framed = true;
        self.quiet_from = now;
        self.last_beat = Some(now);
        self.will = None;
        self.offline = false;
        self.excused_until = None;
        if self.newest.is_none_or(|newest| newest.session != session) {
            // Its `online` was missed; no will of an older session may speak for this one.
            self.newest = Some(Connection { session, number: 0 });
        }
        self.turn(Presence::Alive, now);
    }

    /// Whether a live frame was heard at or after a moment.
    pub(crate) fn heard_since(&self, moment: Moment) -> bool {
        self.last_beat.is_some_and(|beat| beat >= moment)
    }

    /// Reads a status text. `excuse` is how long a farewell excuses.
    pub(crate) fn hear(&mut self, text: StatusText, retained: bool, excuse: Millis, now: Moment) {
        let StatusText { word, connection } = text;
        self.farewells
            .retain(|session| *session != connection.session);
        if matches!(word, StatusWord::Stopping | StatusWord::Halted) {
            if self.farewells.len() >= MAX_FAREWELLS {
                self.farewells.remove(0);
            }
            self.farewells.push(connection.session);
        }
        if !self.is_newest(connection, word, retained) {
            return;
        }
        if self.newest != Some(connection) {
            self.newest = Some(connection);
            self.will = None;
            self.offline = false;
        }
        match word {
            StatusWord::Online => {}
            StatusWord::Stopping | StatusWord::Halted => self.farewell(now + excuse, now),
            StatusWord::Offline => self.offline(retained, now),
        }
    }

    /// Whether a text is of the newest connection known, or of a newer one.
    fn is_newest(&self, said: Connection, word: StatusWord, retained: bool) -> bool {
        match self.newest {
            Some(newest) if newest.session == said.session => said.number >= newest.number,
            // Sessions have no order. Only a will can be late, and a retained text is the topic's
            // last word unless the node was heard since.
            Some(_) => match word {
                StatusWord::Online => true,
                StatusWord::Stopping | StatusWord::Halted | StatusWord::Offline => {
                    retained && self.last_beat.is_none_or(|beat| beat < self.quiet_from)
                }
            },
            None => true,
        }
    }

    fn farewell(&mut self, until: Moment, now: Moment) {
        // The same words again, by the broker's memory, excuse no longer than the first time.
        if self.excused_until.is_none() {
            self.excused_until = Some(until);
        }
        self.will = None;
        self.offline = false;
        if self.presence != Presence::NotReturned {
            self.turn(Presence::ExpectedOff, now);
        }
    }

    fn offline(&mut self, retained: bool, now: Moment) {
        if self.excused_until.is_some() || self.offline {
            return;
        }
        self.offline = true;
        if retained {
            // When it came is not known, so that it only tells what a silence is.
            if self.presence == Presence::Hung {
                self.turn(Presence::CutOff, now);
            }
            return;
        }
        let fresh = self.last_beat.is_some_and(|beat| {
            let age = now.since(beat);
            age <= self.share_of_every(LATE_PERCENT) && age < WILL_BY_KEEPALIVE
        });
        self.will = Some(Will {
            due: now + WILL_COUNTS_AFTER,
            fresh: fresh && self.presence == Presence::Alive,
        });
    }

    /// There was a reason not to hear the node until now: it gets its chance.
    pub(crate) fn give_chance(&mut self, now: Moment) {
        let chance = if self.is_missed() {
            FIRST_CHANCE
        } else {
            CHANCE
        };
        self.quiet_from = self.quiet_from.max(now + chance);
    }

    /// The connection to the broker is down: a will that came just before may be the broker's end.
    pub(crate) fn link_lost(&mut self) {
        self.will = None;
    }

    /// The hub itself stood still for a while. That is no silence of the node: what it sent in the
    /// meantime may still wait to be read, so that every clock starts anew.
    pub(crate) fn hub_stalled(&mut self, now: Moment) {
        self.quiet_from = self.quiet_from.max(now);
        if let Some(will) = &mut self.will {
            will.due = will.due.max(now + WILL_COUNTS_AFTER);
        }
    }

    /// When [`Watch::timeout`] may change something; none while nothing is awaited.
    pub(crate) fn next_due(&self) -> Option<Moment> {
        if !self.framed && !self.expected {
            return None;
        }
        match self.presence {
            Presence::Unheard | Presence::ExpectedOff if self.excused_until.is_some() => {
                Some(self.excuse_over())
            }
            Presence::Alive => Some(self.will_or(self.quiet_for(LATE_PERCENT))),
            Presence::Unheard | Presence::Late => {
                Some(self.will_or(self.quiet_for(CONVICTED_PERCENT)))
            }
            Presence::Hung => self.will.map(|will| will.due),
            Presence::Gone | Presence::CutOff | Presence::ExpectedOff | Presence::NotReturned => {
                None
            }
        }
    }

    /// Judges the silence. Only to be called while the connection to the broker is up.
    pub(crate) fn timeout(&mut self, now: Moment) {
        if self.next_due().is_none_or(|due| due > now) {
            return;
        }
        if self.excused_until.is_some() {
            self.turn(Presence::NotReturned, now);
        } else if let Some(will) = self.will.filter(|will| will.due <= now) {
            self.will = None;
            let how = if will.fresh {
                Presence::Gone
            } else {
                Presence::CutOff
            };
            self.turn(how, now);
        } else if now < self.quiet_for(CONVICTED_PERCENT) {
            self.turn(Presence::Late, now);
        } else if self.is_missed() || (self.offline && self.will.is_none()) {
            // Of a node that was never heard it is not known whether the broker holds a connection.
            self.turn(Presence::CutOff, now);
        } else {
            self.turn(Presence::Hung, now);
        }
    }

    fn excuse_over(&self) -> Moment {
        let chance = self.quiet_for(CONVICTED_PERCENT);
        self.excused_until.map_or(chance, |until| until.max(chance))
    }

    fn will_or(&self, other: Moment) -> Moment {
        self.will.map_or(other, |will| will.due.min(other))
    }

    fn quiet_for(&self, percent: u64) -> Moment {
        self.quiet_from + self.share_of_every(percent)
    }

    fn share_of_every(&self, percent: u64) -> Millis {
        Millis(self.every.0.saturating_mul(percent) / 100)
    }

    fn turn(&mut self, presence: Presence, now: Moment) {
        if self.presence != presence {
            self.presence = presence;
            self.since = now;
        }
    }
}
