//! For tests: ports of the loopback address that nobody else uses.

use std::net::TcpListener;
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range from which kernels give out ports of clients, so that no connection of another
/// test can sit on one.
const FIRST_PORT: u16 = 20_000;
const PORTS: u16 = 12_000;
/// A program that looks for the next free port must not walk into another test's.
const STEP: u16 = 8;

/// A port of the loopback address that is free, and that no other test of this process gets.
pub(crate) fn free_port() -> u16 {
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    // Processes that run these tests at the same time begin at different places.
    let begin = (std::process::id() % u32::from(PORTS / STEP)) as u16;
    for _ in 0..PORTS / STEP {
        let index = (begin + TAKEN.fetch_add(1, Ordering::Relaxed)) % (PORTS / STEP);
        let port = FIRST_PORT + index * STEP;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no free port from {FIRST_PORT} on")
}
