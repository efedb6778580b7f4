//! The agent as a program: its command line, and its work with a real broker.

mod cli;
mod support;
mod uplink;
