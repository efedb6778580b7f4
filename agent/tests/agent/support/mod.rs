//! A real broker, a real agent and a witness that records what the broker delivers.

mod broker;
mod gate;
mod program;
mod site;
mod witness;

pub(crate) use broker::{Broker, hub_status};
pub(crate) use gate::Gate;
pub(crate) use program::{Agent, copy_program_to, program};
pub(crate) use site::{HUB_KEY, Site, home, node};
pub(crate) use witness::{Message, Witness};

pub(crate) use nix::sys::signal::Signal;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::net::TcpListener;
use std::process::{Child, ExitStatus};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// Longest that a test waits for anything that is not about a longer time by itself.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// Polls until `found` gives something.
pub(crate) fn wait_for<T>(
    what: &str,
    patience: Duration,
    mut found: impl FnMut() -> Option<T>,
) -> T {
    let end = Instant::now() + patience;
    loop {
        if let Some(found) = found() {
            return found;
        }
        assert!(
            Instant::now() < end,
            "waited {patience:?} in vain for {what}"
        );
        thread::sleep(Duration::from_millis(20));
    }
}

pub(crate) fn wait_until(what: &str, mut so: impl FnMut() -> bool) {
    wait_for(what, SOON, || so().then_some(()));
}

/// A port of the loopback address that is free, and that no other test of this process gets: below
/// the range from which kernels give out ports of clients, so that no connection sits on one.
pub(crate) fn free_port() -> u16 {
    const FIRST_PORT: u16 = 10_000;
    const PORTS: u16 = 10_000;
    static TAKEN: AtomicU16 = AtomicU16::new(0);
    // Processes that run these tests at the same time begin at different places.
    let begin = (std::process::id() % u32::from(PORTS)) as u16;
    let mut ports = (0..PORTS)
        .map(|_| FIRST_PORT + (begin + TAKEN.fetch_add(1, Ordering::Relaxed)) % PORTS)
        .filter(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok());
    ports.next().expect("a free port")
}

/// A child that does not outlive its test.
pub(crate) struct Process(pub(crate) Child);

impl Process {
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    pub(crate) fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.id()).unwrap();
        kill(Pid::from_raw(id), signal).unwrap();
    }

    pub(crate) fn kill(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }

    pub(crate) fn ended(&mut self) -> Option<ExitStatus> {
        self.0.try_wait().unwrap()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

/// What `%x` of mosquitto_sub prints.
fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}
