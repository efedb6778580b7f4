//! A frame as people can read it, or the reason why it is none.

mod json;
mod words;

pub use json::to_json;
pub use words::to_text;

use picket_wire::{Kind, Quantity};
use std::io::Read;
use std::path::Path;

/// Longest input that is read, in bytes: a frame as hex with white space fits many times.
const MAX_INPUT: u64 = 64 * 1024;

/// Why there is nothing to show.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The file cannot be read.
    #[error("{name} cannot be read: {source}")]
    Unreadable {
        /// What was asked for.
        name: String,
        /// Why not.
        source: std::io::Error,
    },
    /// The argument is neither.
    #[error("{0:?} is no file and no hex; give a file, - for standard input, or hex digits")]
    NoInput(String),
    /// The bytes are no frame.
    #[error("no frame: {0}")]
    NoFrame(picket_wire::FrameError),
}

/// The bytes that an argument means: `-` is standard input, the name of a file its content, all
/// else hex. Content is taken as it is if it begins like a frame, and else as hex.
pub fn input(argument: &str) -> Result<Vec<u8>, DecodeError> {
    let unreadable = |source| DecodeError::Unreadable {
        name: argument.to_owned(),
        source,
    };
    let content = if argument == "-" {
        read(std::io::stdin().lock()).map_err(unreadable)?
    } else if Path::new(argument).exists() {
        read(std::fs::File::open(argument).map_err(unreadable)?).map_err(unreadable)?
    } else {
        return from_hex(argument.as_bytes())
            .ok_or_else(|| DecodeError::NoInput(argument.chars().take(80).collect()));
    };
    Ok(from_hex(&content).unwrap_or(content))
}

fn read(from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut content = Vec::new();
    from.take(MAX_INPUT).read_to_end(&mut content)?;
    Ok(content)
}

/// Hex digits, with white space and colons between bytes, and `0x` in front.
fn from_hex(text: &[u8]) -> Option<Vec<u8>> {
    let text = text.trim_ascii();
    let text = text.strip_prefix(b"0x").unwrap_or(text);
    let between = |b: &u8| b.is_ascii_whitespace() || *b == b':';
    let digits = text.iter().filter(|b| !between(b));
    let digits: Option<Vec<u8>> = digits
        .map(|b| {
            char::from(*b)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        })
        .collect();
    let digits = digits.filter(|digits| !digits.is_empty() && digits.len().is_multiple_of(2))?;
    Some(
        digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |sum, d| sum * 16 + d))
            .collect(),
    )
}

/// The words that people and JSON see for a frame's kind.
fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Facts => "facts",
        Kind::Report => "report",
        Kind::Power => "power",
        Kind::Order => "order",
        Kind::HubStatus => "hub_status",
        Kind::Join => "join",
    }
}

/// A quantity's name, also of one that this version does not know.
fn quantity_name(quantity: Quantity) -> String {
    match quantity.row() {
        Some(row) => row.name.to_owned(),
        None => format!("quantity_{}", quantity.0),
    }
}

#[cfg(test)]
mod tests;
