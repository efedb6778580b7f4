//! Devices that are not there: questions and answers recorded in a file, answered as the firmware,
//! a card or a controller would, on the very bytes of a message.
//!
//! ```text
//! gencmd get_throttled = throttled=0x50000       a command's text; `\n` in it is a newline
//! mmc 8 00000000 = 00*267 01 03 02*243           a command and its argument, in hex = 512 bytes
//! nvme 02 = 00*512                               a log page = 512 bytes
//! gencmd pmic_read_adc = error EPERM             what the kernel answers instead
//! ```
//! `#` begins a comment line. `hh*N` is a byte N times. A command that is not recorded is answered
//! as by firmware that does not know it.

use super::{BLOCK, TAG_GENCMD, Transaction};
use nix::errno::Errno;
use std::fs::File;
use std::io::Read;

/// Most bytes of a recording.
const MAX_RECORDING: u64 = 64 * 1024;

/// Size and code in front of the tags; size, code and end around them.
const MAILBOX_HEAD: usize = 8;
const MAILBOX_FRAME: usize = 12;
/// Id, room and length in front of a tag's value.
const TAG_HEAD: usize = 12;
const SUCCESS: u32 = 0x8000_0000;
const ANSWERED: u32 = 0x8000_0000;
/// What the firmware says of a command that it does not know.
const UNKNOWN_COMMAND: &str = "error=1 error_msg=\"Command not registered\"";

/// Most bytes that one token of hex stands for.
const MAX_REPEAT: usize = 4096;

/// Errors that a recording can name.
const ERRORS: [(&str, Errno); 6] = [
    ("EPERM", Errno::EPERM),
    ("EINVAL", Errno::EINVAL),
    ("EIO", Errno::EIO),
    ("ETIMEDOUT", Errno::ETIMEDOUT),
    ("ENOTTY", Errno::ENOTTY),
    ("EBUSY", Errno::EBUSY),
];

/// Answers out of the recording that stands at the device's path.
pub(super) fn answer(file: File, what: Transaction<'_>) -> Result<(), Errno> {
    let text = text_of(file)?;
    match what {
        Transaction::Mailbox(message) => mailbox(&text, message),
        Transaction::MmcRead {
            opcode, arg, data, ..
        } => block(&text, &format!("mmc {opcode} {arg:08x}"), data)?.ok_or(Errno::ETIMEDOUT),
        Transaction::NvmeLog { page, data } => {
            block(&text, &format!("nvme {page:02x}"), data)?.ok_or(Errno::EINVAL)
        }
    }
}

/// The recording. A real device is none: not even a moved root shows what it says.
fn text_of(file: File) -> Result<String, Errno> {
    if !file.metadata().is_ok_and(|about| about.is_file()) {
        return Err(Errno::ENOTTY);
    }
    let mut text = String::new();
    let read = file.take(MAX_RECORDING + 1).read_to_string(&mut text);
    match read {
        Ok(bytes) if bytes as u64 <= MAX_RECORDING => Ok(text),
        Ok(_) | Err(_) => Err(Errno::EBADMSG),
    }
}

/// The right side of the first line with this left side, where blanks count as one.
fn recorded<'a>(text: &'a str, question: &str) -> Result<Option<&'a str>, Errno> {
    for line in text.lines().map(str::trim) {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (left, right) = line.split_once('=').ok_or(Errno::EBADMSG)?;
        if left.split_whitespace().eq(question.split_whitespace()) {
            return match right.trim().strip_prefix("error ") {
                Some(name) => Err(error(name.trim())),
                None => Ok(Some(right.trim())),
            };
        }
    }
    Ok(None)
}

fn error(name: &str) -> Errno {
    let known = ERRORS.iter().find(|(known, _)| *known == name);
    known.map_or(Errno::EBADMSG, |(_, errno)| *errno)
}

/// A recorded block; none if there is none.
fn block(text: &str, question: &str, data: &mut [u8; BLOCK]) -> Result<Option<()>, Errno> {
    let Some(hex) = recorded(text, question)? else {
        return Ok(None);
    };
    *data = bytes(hex)?.try_into().map_err(|_| Errno::EBADMSG)?;
    Ok(Some(()))
}

/// The bytes that tokens of hex stand for: `0a1b` two bytes, `00*16` sixteen.
fn bytes(hex: &str) -> Result<Vec<u8>, Errno> {
    let mut bytes = Vec::new();
    for token in hex.split_whitespace() {
        let (digits, times) = match token.split_once('*') {
            Some((digits, times)) if digits.len() == 2 => {
                (digits, times.parse().map_err(|_| Errno::EBADMSG)?)
            }
            Some(_) => return Err(Errno::EBADMSG),
            None => (token, 1),
        };
        if times > MAX_REPEAT || !digits.len().is_multiple_of(2) {
            return Err(Errno::EBADMSG);
        }
        let pairs = digits.as_bytes().chunks(2);
        let one: Option<Vec<u8>> = pairs.map(byte).collect();
        bytes.extend(one.ok_or(Errno::EBADMSG)?.repeat(times));
    }
    Ok(bytes)
}

fn byte(pair: &[u8]) -> Option<u8> {
    let digit = |of: &u8| {
        char::from(*of)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
    };
    match pair {
        [high, low] => Some(digit(high)? << 4 | digit(low)?),
        _ => None,
    }
}

/// Answers a message in place, as the kernel and the firmware do. Tags but the one of commands are
/// refused, as `/dev/vcio_gencmd` does.
fn mailbox(text: &str, message: &mut [u32]) -> Result<(), Errno> {
    let mut raw: Vec<u8> = message.iter().flat_map(|word| word.to_le_bytes()).collect();
    let size = word(&raw, 0).ok_or(Errno::EINVAL)? as usize;
    if size < MAILBOX_FRAME || !size.is_multiple_of(4) {
        return Err(Errno::EINVAL);
    }
    let told = raw.get_mut(..size).ok_or(Errno::EFAULT)?;
    let mut at = MAILBOX_HEAD;
    while let Some(tag) = word(told, at)
        && tag != 0
    {
        if tag != TAG_GENCMD {
            return Err(Errno::EPERM);
        }
        let room = word(told, at + 4).ok_or(Errno::EINVAL)? as usize;
        let begin = at + TAG_HEAD;
        let end = begin.checked_add(room).ok_or(Errno::EINVAL)?;
        let value = told.get_mut(begin..end).ok_or(Errno::EINVAL)?;
        let reply = command(text, value)?;
        // The length is that of the whole reply, even where there is not so much room.
        value
            .iter_mut()
            .zip(&reply)
            .for_each(|(to, from)| *to = *from);
        let length = u32::try_from(reply.len()).map_err(|_| Errno::EBADMSG)?;
        set_word(told, at + 8, ANSWERED | length);
        at = begin.saturating_add(room.next_multiple_of(4));
    }
    set_word(told, 4, SUCCESS);
    for (word, bytes) in message.iter_mut().zip(raw.chunks_exact(4)) {
        *word = bytes.try_into().map(u32::from_le_bytes).unwrap_or_default();
    }
    Ok(())
}

fn word(raw: &[u8], at: usize) -> Option<u32> {
    let bytes = raw.get(at..at.checked_add(4)?)?;
    bytes.try_into().map(u32::from_le_bytes).ok()
}

fn set_word(raw: &mut [u8], at: usize, value: u32) {
    if let Some(bytes) = raw.get_mut(at..).and_then(|rest| rest.first_chunk_mut()) {
        *bytes = value.to_le_bytes();
    }
}

/// The reply to a command: an error's number, then a text that ends in 0.
fn command(text: &str, value: &[u8]) -> Result<Vec<u8>, Errno> {
    let typed = value.get(4..).unwrap_or_default();
    let typed = typed.split(|byte| *byte == 0).next().unwrap_or_default();
    let typed = std::str::from_utf8(typed).map_err(|_| Errno::EINVAL)?;
    let said = recorded(text, &format!("gencmd {typed}"))?.unwrap_or(UNKNOWN_COMMAND);
    let said = said.replace("\\n", "\n");
    let failed = u32::from(said.starts_with("error="));
    let mut reply = failed.to_le_bytes().to_vec();
    reply.extend_from_slice(said.as_bytes());
    reply.push(0);
    Ok(reply)
}

#[cfg(test)]
mod tests;
