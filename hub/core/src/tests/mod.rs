//! Stories: what happens to boards, and what the hub makes of it.

mod backlog;
mod bounds;
mod corruption;
mod counted;
mod detectors;
mod enrolled;
mod garbage;
mod ghosts;
mod heat;
mod incidents;
mod losses;
mod power;
mod presence;
mod quorum;
mod random;
mod repeated;
mod restarts;
mod runs;
mod starts;
mod storage;
mod wear;
mod wills;
mod wishes;
