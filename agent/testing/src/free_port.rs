//! Ports of the loopback address that nobody else uses.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

/// Below the range from which kernels give out ports of clients, so that no connection of another
/// test can sit on one.
const FIRST_PORT: u16 = 10_000;
/// How many ports can be given out.
const PORTS: u16 = 2_750;
/// From one to the next: a program that looks for the next free port must not walk into another
/// test's.
const STEP: u16 = 8;
/// How far apart two processes begin whose ids are neighbours: more ports than the tests of one take.
const APART: u32 = 97;

/// A port of the loopback address that is free, and that no other test of this process gets.
///
/// # Panics
/// If none is free.
#[must_use]
pub fn free_port() -> u16 {
    static TAKEN: AtomicU32 = AtomicU32::new(0);
    // Processes that run these tests at the same time begin at different places.
    let begin = std::process::id().wrapping_mul(APART);
    for _ in 0..PORTS {
        let taken = TAKEN.fetch_add(1, Ordering::Relaxed);
        let index = begin.wrapping_add(taken) % u32::from(PORTS);
        let port = FIRST_PORT + index as u16 * STEP;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port from {FIRST_PORT} on")
}
