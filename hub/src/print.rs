//! Text for a terminal: what nodes sent must not steer it, and nobody need be reading.

use picket_wire::is_unprintable;
use std::io::{self, Write};

/// Prints to standard output. What [`is_unprintable`], but the end of a line, becomes `?`. A reader that
/// has gone, such as `head`, is no error.
pub fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = out
        .write_all(printable(text).as_bytes())
        .and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        other => other,
    }
}

fn printable(text: &str) -> String {
    text.replace(|c: char| is_unprintable(c) && c != '\n', "?")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(printable("a\u{202a}\u{202e}b\u{2068}"), "a??b?");
        assert_eq!(printable("a\x1b[31m\u{9b}b\r\n°"), "a?[31m?b?\n°");
    }
}
