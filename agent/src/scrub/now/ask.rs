//! Asks the scrub that runs to read everything back now, and shows how far it is.

use super::bar::Bar;
use super::words::{self, Answer};
use super::{Report, show};
use crate::scrub::message::MAX_LINE;
use crate::scrub::message::piece::Pieces;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

/// A scrub that says nothing for so long is not waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Asks at the socket of a scrub, and waits until its pass is over.
///
/// # Errors
/// One line: nobody answers there, or what is said is not understood.
pub fn ask(socket: &Path) -> Result<Report, String> {
    let failed = |why: String| format!("the scrub at {}: {why}", socket.display());
    let lost = |error: std::io::Error| failed(error.to_string());
    let began = Instant::now();
    let mut stream = UnixStream::connect(socket).map_err(lost)?;
    stream.set_read_timeout(Some(PATIENCE)).map_err(lost)?;
    stream.write_all(&words::ask()).map_err(lost)?;
    let mut lines = BufReader::new(stream);
    let mut bar = Bar::new();
    let mut pieces = Pieces::default();
    let mut findings = Vec::new();
    loop {
        let mut line = Vec::new();
        let mut bounded = (&mut lines).take(MAX_LINE as u64);
        bounded.read_until(b'\n', &mut line).map_err(lost)?;
        if !line.ends_with(b"\n") {
            return Err(failed(
                "it has ended; the pass goes on when it runs again".to_owned(),
            ));
        }
        match words::answer(line.trim_ascii_end()).map_err(|why| failed(why.to_string()))? {
            Answer::Findings(piece) => {
                if let Some(all) = pieces.take(piece) {
                    findings = all.into_iter().map(|located| located.finding).collect();
                }
            }
            Answer::Far(pass, None) => bar.show(|| show::line(&pass)),
            Answer::Far(pass, Some(is_whole)) => {
                bar.wipe();
                return Ok(Report {
                    pass,
                    findings,
                    took: began.elapsed(),
                    is_whole,
                    was_stopped: false,
                    notes: Vec::new(),
                });
            }
        }
    }
}
