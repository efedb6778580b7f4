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
pub(crate) use picket_testing::{SOON, free_port, wait_for, wait_until};
use std::process::{Child, ExitStatus};

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
