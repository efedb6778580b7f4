//! The task with a real broker, and everything that may arrive.

mod frames;
mod members;
mod signatures;
mod status;
mod strangers;
mod support;

use super::*;
