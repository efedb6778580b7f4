//! The ways in which a file breaks.

use nix::sys::stat::Mode;
use nix::unistd::mkfifo;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// How a file is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It may not be read.
    Unreadable,
    /// It says nothing.
    Empty,
    /// It is no text.
    Garbage,
    /// It does not end.
    Huge,
    /// It is a FIFO into which nobody writes.
    Hanging,
}

pub(super) const FAULTS: [Fault; 5] = [
    Fault::Unreadable,
    Fault::Empty,
    Fault::Garbage,
    Fault::Huge,
    Fault::Hanging,
];

impl Fault {
    /// Breaks a file. It is made anew, so that nothing is left of what stood there.
    pub(super) fn strike(self, path: &str, file: &Path) {
        let healthy = fs::read(file).unwrap();
        fs::remove_file(file).unwrap();
        match self {
            Fault::Hanging if !is_device(path) => {
                return mkfifo(file, Mode::from_bits_truncate(0o644)).unwrap();
            }
            Fault::Unreadable => fs::write(file, healthy).unwrap(),
            _ => fs::write(file, self.spoil(path, &healthy)).unwrap(),
        }
        let mode = if self == Fault::Unreadable { 0 } else { 0o644 };
        fs::set_permissions(file, Permissions::from_mode(mode)).unwrap();
    }

    /// What a broken file says in place of what it said.
    pub(super) fn spoil(self, path: &str, healthy: &[u8]) -> Vec<u8> {
        match self {
            _ if is_device(path) => self.answer_of(std::str::from_utf8(healthy).unwrap()),
            Fault::Unreadable | Fault::Empty | Fault::Hanging => Vec::new(),
            Fault::Garbage => GARBAGE.to_vec(),
            Fault::Huge => vec![b'7'; 1024 * 1024],
        }
    }

    /// A recording of a device that is broken so: it answers the same questions.
    fn answer_of(self, recording: &str) -> Vec<u8> {
        let lines = recording.lines().filter(|line| !line.starts_with('#'));
        let broken = lines.map(|line| {
            let (question, _) = line.split_once('=').unwrap();
            let text = line.starts_with("gencmd");
            let answer = match self {
                Fault::Hanging => "error ETIMEDOUT",
                Fault::Empty if text => "",
                Fault::Empty => "00*512",
                Fault::Garbage if text => "\u{1b}[2J=\u{7}volt(frequency)=\u{20ac},,==",
                Fault::Garbage => "ff*512",
                Fault::Unreadable | Fault::Huge if text => &"7".repeat(4000),
                Fault::Unreadable | Fault::Huge => "77*512",
            };
            format!("{question}= {answer}\n")
        });
        broken.collect::<String>().into_bytes()
    }
}

/// Bytes of which not one sequence is text.
const GARBAGE: [u8; 8] = [0xff, 0xfe, 0x80, 0x00, 0xc3, 0x28, 0xf5, 0xbf];

/// Whether a file is a recording of what a device answers.
fn is_device(path: &str) -> bool {
    path.starts_with("dev/") && path != "dev/kmsg"
}
