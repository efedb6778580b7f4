//! Stories of disks that are read back: files that rot, and cards that forget.

mod cards;
mod files;
mod frames;
mod own;
mod watched;

use crate::test_util::*;
use crate::{Arrival, Config, Corruption, FrameTopic, Input, Saved};
use picket_wire::{
    Finding, FindingKind, FindingState, GroundTruth, Missing, PartKind, Quantity, Reading,
};

const CARD: &str = "cid/0353";
const DISK: u8 = 3;
const ERA: i64 = 77_777;
const LINEAGE: i64 = 4_000_000_000;

/// What a scrub says of the card of a Pi.
#[derive(Clone, Copy, Debug)]
struct Scrub {
    /// Corrupt, flapping and unreadable files; none before a whole pass.
    counts: Option<[i64; 3]>,
    era: i64,
    passes: i64,
    root: i64,
    /// Found, generation.
    canary: Option<(i64, i64)>,
    lineage: i64,
    dropped: i64,
    refused: i64,
    transient: i64,
}

impl Scrub {
    fn readings(&self) -> Vec<Reading> {
        let [corrupt, flapping, unreadable] = match self.counts {
            Some(counts) => counts.map(Ok),
            None => [Err(Missing::Busy); 3],
        };
        let (found, generation, lineage) = match self.canary {
            Some((found, generation)) => (Ok(found), Ok(generation), Ok(self.lineage)),
            None => {
                let none = Err(Missing::NotFitted);
                (none, none, none)
            }
        };
        [
            (Quantity::SCRUB_ERA, Ok(self.era)),
            (Quantity::SCRUB_PASSES, Ok(self.passes)),
            (Quantity::SCRUB_ROOT, Ok(self.root)),
            (Quantity::CORRUPT_FILES, corrupt),
            (Quantity::FLAPPING_FILES, flapping),
            (Quantity::UNREADABLE_FILES, unreadable),
            (Quantity::TRANSIENT_MISREADS, Ok(self.transient)),
            (Quantity::CANARY_GENERATION, generation),
            (Quantity::CANARY_FOUND, found),
            (Quantity::CANARY_LINEAGE, lineage),
            (Quantity::CANARY_DROPPED, Ok(self.dropped)),
            (Quantity::CANARY_REFUSED, Ok(self.refused)),
        ]
        .map(|(quantity, value)| reading(quantity, DISK, value))
        .into_iter()
        .chain([reading(Quantity::SCRUB_FILES, 0, Ok(100))])
        .collect()
    }
}

/// A Pi with a card that is read back.
struct Pi {
    world: World,
    board: Board,
    scrub: Scrub,
}

impl Pi {
    fn new() -> Pi {
        Pi::of(Config::default())
    }

    fn of(config: Config) -> Pi {
        let mut board = Board::new("pi-01");
        board.parts.push((DISK, PartKind::Disk, CARD));
        board.names = vec![(DISK, "mmcblk0")];
        let mut pi = Pi {
            world: World::restored(Saved::default(), config),
            board,
            scrub: Scrub {
                counts: Some([0; 3]),
                era: ERA,
                passes: 5,
                root: 0xAAAA,
                canary: Some((10, 11)),
                lineage: LINEAGE,
                dropped: 0,
                refused: 0,
                transient: 0,
            },
        };
        pi.world.meet(&mut pi.board);
        pi.says(&[]);
        assert!(pi.world.open().is_empty());
        pi
    }

    /// One report of everything that the scrub says, with findings that are told.
    fn says(&mut self, findings: &[Finding<'_>]) {
        let readings = self.scrub.readings();
        self.sends(false, &readings, findings);
    }

    fn counts(&mut self, counts: [i64; 3], findings: &[Finding<'_>]) {
        self.scrub.counts = Some(counts);
        self.says(findings);
    }

    fn sends(&mut self, backlog: bool, readings: &[Reading], findings: &[Finding<'_>]) {
        self.world.wait(u64::from(self.board.every_ms));
        let now = self.world.moment;
        let bytes = self
            .board
            .scrub_report(now, backlog, readings, findings, &[]);
        let arrival = Arrival {
            topic: FrameTopic::Report(self.board.id),
            verified: false,
            retained: false,
            bytes: &bytes,
        };
        self.world.input(Input::Frame(arrival));
    }

    /// A new boot that was asked for, in which the card has forgotten nothing.
    fn reboot(&mut self) {
        let kept = |(_, generation)| (generation, generation);
        self.scrub.canary = self.scrub.canary.map(kept);
        self.world.status(&self.board, "stopping");
        self.board.reboot(self.world.moment);
        self.world.meet(&mut self.board);
    }

    fn restart_agent(&mut self) {
        self.world.status(&self.board, "stopping");
        self.board.restart();
        self.world.meet(&mut self.board);
    }

    fn restart_hub(&mut self) {
        self.world = self.world.restart_hub(5_000);
        self.world.meet(&mut self.board);
    }

    fn corruption(&self) -> Vec<Corruption<'_>> {
        let hub = &self.world.hub;
        hub.corruption(hub.node(self.board.id).unwrap())
    }

    fn incident(&self) -> &crate::Incident {
        self.world.hub.incident(&self.world.open_id()).unwrap()
    }

    fn last_closed(&self) -> &crate::Incident {
        let closed = self.world.hub.incidents().filter(|i| !i.is_open());
        closed.max_by_key(|i| i.closed).unwrap()
    }
}

/// A file of the card that rots.
fn rotten(which: u8, path: &str) -> Finding<'_> {
    Finding {
        part: DISK,
        kind: FindingKind::Stable.code(),
        state: FindingState::Open.code(),
        truth: GroundTruth::Manifest.code(),
        flags: 0,
        found_unix_s: 1_767_000_000 + u64::from(which),
        block: 17,
        blocks: 1,
        sector: 4242,
        path_hash: [which; 32],
        path,
        package: "",
    }
}

fn with(finding: Finding<'_>, kind: FindingKind) -> Finding<'_> {
    Finding {
        kind: kind.code(),
        ..finding
    }
}

fn ended(finding: Finding<'_>, state: FindingState) -> Finding<'_> {
    Finding {
        state: state.code(),
        ..finding
    }
}
