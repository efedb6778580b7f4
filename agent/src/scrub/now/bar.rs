//! The line of a pass that is watched, on a terminal or in a file.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

/// Shortest time between two drawings on a terminal.
const REDRAW: Duration = Duration::from_millis(200);
/// The same in a file.
const LINE: Duration = Duration::from_secs(10);

/// The line, on standard error.
#[derive(Debug)]
pub struct Bar {
    is_terminal: bool,
    drawn: Option<Instant>,
    /// Whether there is something on the line.
    is_there: bool,
}

impl Bar {
    /// Nothing is drawn yet.
    pub fn new() -> Bar {
        Bar {
            is_terminal: io::stderr().is_terminal(),
            drawn: None,
            is_there: false,
        }
    }

    /// Shows how far it is, if it is time for that.
    pub fn show(&mut self, line: impl FnOnce() -> String) {
        let pause = if self.is_terminal { REDRAW } else { LINE };
        if self.drawn.is_some_and(|drawn| drawn.elapsed() < pause) {
            return;
        }
        self.drawn = Some(Instant::now());
        let line = line();
        // Whoever closed standard error does not want to know.
        let _ = match self.is_terminal {
            // To the start of the line, and what stands behind the text is wiped.
            true => write!(io::stderr(), "\r{line}\x1b[K"),
            false => writeln!(io::stderr(), "{line}"),
        };
        self.is_there = true;
    }

    /// Takes the line away, for what is said next.
    pub fn wipe(&mut self) {
        if self.is_terminal && std::mem::take(&mut self.is_there) {
            let _ = write!(io::stderr(), "\r\x1b[K");
        }
    }
}

impl Default for Bar {
    fn default() -> Bar {
        Bar::new()
    }
}
