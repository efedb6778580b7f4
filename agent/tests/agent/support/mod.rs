//! A real broker, a real agent and a witness that records what the broker delivers.

mod broker;
mod gate;
mod program;
mod site;
mod witness;

pub(crate) use broker::{Broker, hub_status};
pub(crate) use gate::Gate;
pub(crate) use program::{Agent, program};
pub(crate) use site::{HUB_KEY, Site, home, node};
pub(crate) use witness::{Message, Witness};

pub(crate) use nix::sys::signal::Signal;
use nix::sys::signal::kill;
use nix::unistd::Pid;
use std::net::TcpListener;
use std::process::{Child, ExitStatus};
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

pub(crate) fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port()
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
