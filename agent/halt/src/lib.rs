//! One conversation of the hand that runs as root: a byte in, a line out. This version halts nothing.
//!
//! systemd listens on `/run/picket/halt/halt.sock`, which only root and the group `picket-agent` may
//! open, and starts one process for each connection with the connection as standard input and
//! output. Whatever the byte, the answer is `failed WHY`, and nothing else is done: the hooks, the
//! alarm clock and the halt itself come with the plan for power.

use std::io::{self, Read, Write};

/// The answer, but for the word that was asked.
const REFUSAL: &str =
    "this version of Picket halts nothing, runs no hook and cancels nothing; it can only refuse";

/// What came on a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// One byte.
    Byte(u8),
    /// The other end closed without a byte.
    Nothing,
    /// No byte came in the time that there is.
    TimedOut,
}

impl Asked {
    /// In words, for the log.
    pub fn words(self) -> String {
        let word = match self {
            Asked::Byte(b'h') => "halt hooks of a stage",
            Asked::Byte(b'H') => "halt hooks of everything",
            Asked::Byte(b'c') => "cancel",
            Asked::Byte(b'p') => "power off",
            Asked::Byte(b'd') => "drill of a stage",
            Asked::Byte(b'D') => "drill of everything",
            Asked::Byte(other) => return format!("an unknown byte, 0x{other:02x}"),
            Asked::Nothing => return "nothing: the connection was closed".to_owned(),
            Asked::TimedOut => return "nothing: no byte came in time".to_owned(),
        };
        word.to_owned()
    }
}

/// Waits for the one byte. A read that times out says `WouldBlock` or `TimedOut`.
///
/// # Errors
/// What the kernel says of a connection that is broken.
pub fn hear(connection: &mut impl Read) -> io::Result<Asked> {
    let mut byte = [0];
    loop {
        return match connection.read(&mut byte) {
            Ok(0) => Ok(Asked::Nothing),
            Ok(_) => Ok(Asked::Byte(byte[0])),
            Err(error) => match error.kind() {
                io::ErrorKind::Interrupted => continue,
                io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => Ok(Asked::TimedOut),
                _ => Err(error),
            },
        };
    }
}

/// Answers with the one line that there is.
///
/// # Errors
/// What the kernel says of a connection that is broken.
pub fn refuse(connection: &mut impl Write) -> io::Result<()> {
    connection.write_all(format!("failed {REFUSAL}\n").as_bytes())?;
    connection.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_gets_the_same_one_line_of_refusal() {
        for byte in 0..=u8::MAX {
            let asked = hear(&mut [byte, b'p'].as_slice()).unwrap();
            assert_eq!(asked, Asked::Byte(byte));
            let mut answer = Vec::new();
            refuse(&mut answer).unwrap();
            let answer = String::from_utf8(answer).unwrap();
            assert!(answer.starts_with("failed ") && answer.ends_with('\n'));
            assert_eq!(answer.lines().count(), 1);
        }
    }

    #[test]
    fn a_closed_connection_and_a_silent_one_are_told_apart() {
        assert_eq!(hear(&mut [].as_slice()).unwrap(), Asked::Nothing);
        struct Silent;
        impl Read for Silent {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(io::ErrorKind::WouldBlock.into())
            }
        }
        assert_eq!(hear(&mut Silent).unwrap(), Asked::TimedOut);
    }

    #[test]
    fn what_was_asked_stands_in_words_and_never_as_a_raw_byte() {
        assert_eq!(Asked::Byte(b'p').words(), "power off");
        assert_eq!(Asked::Byte(0x1b).words(), "an unknown byte, 0x1b");
    }
}
