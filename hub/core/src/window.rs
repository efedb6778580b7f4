//! Which sequence numbers of a session were seen: the highest, and one bit for each of the 4,096
//! below it.

use picket_wire::{BootId, Kind, SessionId};

/// How many sequence numbers up to the highest are told apart. A frame below is dropped.
pub(crate) const WINDOW: u32 = 4096;
/// Most sessions that are kept of one node; the one not heard for longest makes room.
pub(crate) const MAX_SESSIONS: usize = 4;

const WORDS: usize = WINDOW as usize / 64;

/// A bit for each sequence number of the window, at its number modulo the window's size.
#[derive(Clone, Debug)]
struct Bits(Box<[u64; WORDS]>);

impl Bits {
    fn new() -> Bits {
        Bits(Box::new([0; WORDS]))
    }

    const fn place(seq: u32) -> (usize, u64) {
        let at = seq % WINDOW;
        ((at / 64) as usize, 1 << (at % 64))
    }

    fn has(&self, seq: u32) -> bool {
        let (word, bit) = Bits::place(seq);
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    fn set(&mut self, seq: u32, on: bool) {
        let (word, bit) = Bits::place(seq);
        if let Some(word) = self.0.get_mut(word) {
            *word = if on { *word | bit } else { *word & !bit };
        }
    }

    fn clear(&mut self) {
        self.0.fill(0);
    }
}

/// What became of a sequence number that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Not seen before.
    New {
        /// Numbers between it and the highest one before are missing so far.
        gap: bool,
    },
    /// Not seen before, and counted as lost until it arrived.
    Found,
    /// Seen before, or older than the window.
    Dropped,
}

/// The sequence numbers of one kind of one session.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    /// The first number seen. What lies below was sent before this hub listened.
    first_seen: u32,
    highest: u32,
    seen: Bits,
    lost: Bits,
}

impl Window {
    /// A window whose first number was just seen.
    pub(crate) fn new(seq: u32) -> Window {
        let mut seen = Bits::new();
        seen.set(seq, true);
        Window {
            first_seen: seq,
            highest: seq,
            seen,
            lost: Bits::new(),
        }
    }

    /// Notes that a number arrived.
    pub(crate) fn take(&mut self, seq: u32) -> Taken {
        if seq > self.highest {
            let gap = seq - self.highest > 1;
            self.advance(seq);
            self.seen.set(seq, true);
            return Taken::New { gap };
        }
        if seq < self.lowest() || self.seen.has(seq) {
            return Taken::Dropped;
        }
        self.seen.set(seq, true);
        if self.lost.has(seq) {
            self.lost.set(seq, false);
            return Taken::Found;
        }
        Taken::New { gap: false }
    }

    fn advance(&mut self, to: u32) {
        if to - self.highest >= WINDOW {
            self.seen.clear();
            self.lost.clear();
        } else {
            for seq in self.highest..to {
                self.seen.set(seq + 1, false);
                self.lost.set(seq + 1, false);
            }
        }
        self.highest = to;
    }

    /// The highest number seen.
    pub(crate) fn highest(&self) -> u32 {
        self.highest
    }

    /// The lowest number that is told apart.
    pub(crate) fn lowest(&self) -> u32 {
        self.highest.saturating_sub(WINDOW - 1)
    }

    /// The first number that this hub saw.
    pub(crate) fn first_seen(&self) -> u32 {
        self.first_seen
    }

    /// How many of the numbers were seen, and how many are counted as lost.
    pub(crate) fn tally(&self, first: u32, last: u32) -> (u32, u32) {
        let (mut seen, mut lost) = (0, 0);
        for seq in first.max(self.lowest())..=last.min(self.highest) {
            seen += u32::from(self.seen.has(seq));
            lost += u32::from(self.lost.has(seq));
        }
        (seen, lost)
    }

    /// Counts up to `most` of the numbers as lost, the oldest first, leaving out what was seen or
    /// counted before. Gives how many those were.
    pub(crate) fn lose(&mut self, first: u32, last: u32, most: u32) -> u32 {
        let mut count = 0;
        for seq in first.max(self.lowest())..=last.min(self.highest) {
            if count >= most {
                break;
            }
            if !self.seen.has(seq) && !self.lost.has(seq) {
                self.lost.set(seq, true);
                count += 1;
            }
        }
        count
    }
}

/// One start of an agent, as far as its frames were heard.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) boot: BootId,
    pub(crate) session: SessionId,
    /// Whether a live frame of it was heard.
    pub(crate) live: bool,
    pub(crate) facts: Option<Window>,
    pub(crate) report: Option<Window>,
    pub(crate) power: Option<Window>,
    pub(crate) losses: crate::loss::Losses,
}

impl Session {
    /// Notes that a frame of a kind arrived. Kinds that no node sends are dropped.
    pub(crate) fn take(&mut self, kind: Kind, seq: u32) -> Taken {
        let window = match kind {
            Kind::Facts => &mut self.facts,
            Kind::Report => &mut self.report,
            Kind::Power => &mut self.power,
            Kind::Order | Kind::HubStatus | Kind::Join => return Taken::Dropped,
        };
        match window {
            Some(window) => window.take(seq),
            None => {
                *window = Some(Window::new(seq));
                Taken::New { gap: false }
            }
        }
    }
}

/// The sessions of one node, the one heard last at the end; at most [`MAX_SESSIONS`].
#[derive(Debug, Default)]
pub(crate) struct Sessions {
    known: Vec<Session>,
}

impl Sessions {
    /// The session of a frame, known or new.
    pub(crate) fn of(&mut self, boot: BootId, session: SessionId) -> Option<&mut Session> {
        let is_it = |s: &Session| s.boot == boot && s.session == session;
        if !self.known.last().is_some_and(is_it) {
            match self.known.iter().position(is_it) {
                Some(at) => {
                    let found = self.known.remove(at);
                    self.known.push(found);
                }
                None => self.begin(boot, session),
            }
        }
        self.known.last_mut()
    }

    fn begin(&mut self, boot: BootId, session: SessionId) {
        if self.known.len() >= MAX_SESSIONS {
            self.known.remove(0);
        }
        self.known.push(Session {
            boot,
            session,
            live: false,
            facts: None,
            report: None,
            power: None,
            losses: crate::loss::Losses::default(),
        });
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Session> {
        self.known.iter()
    }

    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Session> {
        self.known.iter_mut()
    }
}
