//! A hub in virtual time: hours pass at once, frames and words arrive, the owner wishes.

use super::board::Board;
use crate::*;
use picket_wire::{Reading, SessionId};

/// 2026-01-01T00:00:00Z.
const WALL_MS: i64 = 1_767_225_600_000;

/// A hub, and what it wanted done so far.
pub(crate) struct World {
    pub(crate) hub: Hub,
    pub(crate) moment: Moment,
    pub(crate) effects: Vec<Effect>,
    /// What the hub was given to start with.
    pub(super) kept: Saved,
}

impl World {
    /// A hub that has nothing to restore, with its connection up.
    pub(crate) fn new() -> World {
        World::restored(Saved::default(), Config::default())
    }

    /// A hub that takes up what another one saved, with its connection up.
    pub(crate) fn restored(saved: Saved, config: Config) -> World {
        World::at(Moment(1_000_000), saved, config)
    }

    pub(crate) fn at(moment: Moment, saved: Saved, config: Config) -> World {
        let entropy = 42 + u64::from(saved.run_ordinal);
        let hub = Hub::new(config, entropy, now_at(moment));
        let mut world = World {
            hub,
            moment,
            effects: Vec::new(),
            kept: saved.clone(),
        };
        world.input(Input::Restore(saved));
        world.input(Input::Link(true));
        world
    }

    pub(crate) fn now(&self) -> Now {
        now_at(self.moment)
    }

    pub(crate) fn input(&mut self, input: Input<'_>) {
        self.hub.handle(input, now_at(self.moment));
        self.drain();
    }

    fn drain(&mut self) {
        while let Some(effect) = self.hub.next_effect() {
            self.effects.push(effect);
        }
    }

    /// Lets time pass; the hub is woken when it asked to be.
    pub(crate) fn wait(&mut self, ms: u64) {
        let until = self.moment + Millis(ms);
        while let Some(wake) = self.hub.next_wake().filter(|wake| *wake <= until) {
            self.moment = self.moment.max(wake);
            self.timeout();
            let again = self.hub.next_wake();
            assert!(
                again.is_none_or(|next| next > self.moment),
                "the hub does not rest"
            );
        }
        self.moment = until;
    }

    pub(crate) fn timeout(&mut self) {
        self.hub.handle_timeout(now_at(self.moment));
        self.drain();
    }

    /// The owner wishes, and the hub grants it.
    pub(crate) fn ask(&mut self, wish: Wish) -> Accepted {
        let answer = self.hub.ask(wish, now_at(self.moment));
        self.drain();
        answer.unwrap()
    }

    /// A node that has joined, and says so by its signatures.
    pub(crate) fn enrolled(&mut self, id: &str) -> Board {
        let board = Board {
            signs: true,
            ..Board::new(id)
        };
        self.ask(Wish::Enrol(board.id));
        board
    }

    /// Something of the hub's own, or of a node without a signature.
    pub(crate) fn frame(&mut self, topic: FrameTopic, bytes: &[u8], retained: bool) {
        self.arrives(topic, bytes, retained, topic == FrameTopic::HubStatus);
    }

    pub(crate) fn arrives(
        &mut self,
        topic: FrameTopic,
        bytes: &[u8],
        retained: bool,
        verified: bool,
    ) {
        let arrival = Arrival {
            topic,
            verified,
            retained,
            bytes,
        };
        self.input(Input::Frame(arrival));
    }

    /// The board hears the hub's run and says its facts.
    pub(crate) fn meet(&mut self, board: &mut Board) {
        board.run = self.hub.run().bits;
        board.holds = self.hub.run().ordinal;
        self.facts(board);
    }

    pub(crate) fn facts(&mut self, board: &mut Board) {
        let bytes = board.facts(self.moment);
        self.arrives(FrameTopic::Facts(board.id), &bytes, false, board.signs);
    }

    pub(crate) fn report(&mut self, board: &mut Board, readings: &[Reading]) {
        let bytes = board.report(self.moment, readings);
        self.frame(FrameTopic::Report(board.id), &bytes, false);
    }

    /// So many reports, each after one `every`.
    pub(crate) fn reports(&mut self, board: &mut Board, count: usize, readings: &[Reading]) {
        for _ in 0..count {
            self.wait(u64::from(board.every_ms));
            self.report(board, readings);
        }
    }

    pub(crate) fn status(&mut self, board: &Board, word: &str) {
        self.say(board, word, board.session, board.connection, false);
    }

    pub(crate) fn retained_status(&mut self, board: &Board, word: &str) {
        self.say(board, word, board.session, board.connection, true);
    }

    pub(crate) fn say(
        &mut self,
        board: &Board,
        word: &str,
        session: SessionId,
        connection: u32,
        retained: bool,
    ) {
        let text = format!("{word} {:04x}.{connection}", session.0);
        self.input(Input::Status {
            node: board.id,
            payload: text.as_bytes(),
            retained,
        });
    }

    /// The hub starts anew after so long, with what its store kept.
    pub(crate) fn restart_hub(&self, after_ms: u64) -> World {
        World::at(
            self.moment + Millis(after_ms),
            self.saved(),
            Config::default(),
        )
    }
}

pub(crate) fn now_at(moment: Moment) -> Now {
    let unix_ms = WALL_MS + moment.0 as i64;
    Now {
        moment,
        wall: Wall {
            unix_ms,
            synchronised: true,
        },
    }
}
