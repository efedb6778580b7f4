//! A hub in virtual time, and boards that send it real frames, for the stories in `tests`.

mod board;
mod seen;
mod world;

pub(crate) use board::*;
pub(crate) use world::*;
