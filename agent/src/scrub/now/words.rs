//! The lines between a scrub that runs and who asks it to read everything back now: a greeting from
//! the one who asks, then how far it is, again and again, and at the end what it has found.

use crate::scrub::message::piece::Located;
use crate::scrub::message::{self, Refused, Said};
use crate::scrub::standing::{Pass, Unread};
use serde::{Deserialize, Serialize};

/// Version of these lines.
pub const VERSION: u32 = 1;

/// The line of who asks.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ask {
    picket_scrub_now: u32,
}

/// How far it is; a line of the scrub. Any other one is a piece of its findings.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Far {
    files: u64,
    bytes: u64,
    bytes_expected: u64,
    remaining_s: Option<u64>,
    denied: u64,
    cached: u64,
    changing: u64,
    other: u64,
    /// None while it goes on; then whether every file of every folder was read.
    whole: Option<bool>,
}

/// What a scrub says to who asked it.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// How far it is, and when it is over whether everything was read.
    Far(Pass, Option<bool>),
    /// Some of its findings.
    Findings(message::piece::Piece<Located>),
}

/// What is said first, with its end.
///
/// # Errors
/// None in practice.
pub fn ask() -> Result<Vec<u8>, Refused> {
    message::line_of(&Ask {
        picket_scrub_now: VERSION,
    })
}

/// Whether this asks for a pass now.
pub fn asks(line: &[u8]) -> bool {
    serde_json::from_slice::<Ask>(line).is_ok_and(|ask| ask.picket_scrub_now == VERSION)
}

/// How far it is, with its end.
///
/// # Errors
/// None in practice.
pub fn far(pass: &Pass, whole: Option<bool>) -> Result<Vec<u8>, Refused> {
    let Unread {
        denied,
        cached,
        changing,
        other,
    } = pass.unread;
    message::line_of(&Far {
        files: pass.files,
        bytes: pass.bytes,
        bytes_expected: pass.bytes_expected,
        remaining_s: pass.remaining_s,
        denied,
        cached,
        changing,
        other,
        whole,
    })
}

/// What a line of a scrub says, without its end.
///
/// # Errors
/// It is none, or of another version.
pub fn answer(line: &[u8]) -> Result<Answer, Refused> {
    if let Ok(far) = serde_json::from_slice::<Far>(line) {
        let pass = Pass {
            running: far.whole.is_none(),
            files: far.files,
            bytes: far.bytes,
            bytes_expected: far.bytes_expected,
            remaining_s: far.remaining_s,
            unread: Unread {
                denied: far.denied,
                cached: far.cached,
                changing: far.changing,
                other: far.other,
            },
            ..Pass::default()
        };
        return Ok(Answer::Far(pass, far.whole));
    }
    match message::decode(line)? {
        Said::Findings(piece) => Ok(Answer::Findings(piece)),
        Said::Round(_) | Said::Packages(_) => Err(Refused::Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_is_understood() {
        assert!(asks(ask().unwrap().trim_ascii_end()));
        assert!(!asks(b"{\"picket_scrub_now\":2}") && !asks(b"") && !asks(b"now"));
        let pass = Pass {
            running: true,
            files: 1,
            bytes: 2,
            bytes_expected: 3,
            remaining_s: Some(4),
            unread: Unread {
                denied: 5,
                cached: 6,
                changing: 7,
                other: 8,
            },
            ..Pass::default()
        };
        let said = answer(far(&pass, None).unwrap().trim_ascii_end());
        assert_eq!(said, Ok(Answer::Far(pass, None)));
        let over = Pass {
            running: false,
            ..pass
        };
        let said = answer(far(&over, Some(true)).unwrap().trim_ascii_end());
        assert_eq!(said, Ok(Answer::Far(over, Some(true))));
        let findings = message::encode_findings(&[]).unwrap().concat();
        let said = answer(findings.trim_ascii_end());
        assert!(matches!(said, Ok(Answer::Findings(_))), "{said:?}");
        assert_eq!(
            answer(b"{\"round\":{\"rows\":[]}}"),
            Err(Refused::Malformed)
        );
    }
}
