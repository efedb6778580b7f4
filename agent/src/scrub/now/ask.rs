//! Asks the scrub that runs to read everything back now, and shows how far it is.

use super::bar::Bar;
use super::serve::MAX_WATCHING;
use super::words::{self, Answer};
use super::{Report, show};
use crate::scrub::message::MAX_LINE;
use crate::scrub::message::piece::Pieces;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
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
    let question = words::ask().map_err(|why| failed(why.to_string()))?;
    let asked = stream.write_all(&question);
    unless_ended(asked).map_err(lost)?;
    let mut lines = BufReader::new(stream);
    let mut bar = Bar::new();
    let mut pieces = Pieces::default();
    let mut findings = Vec::new();
    let mut has_answered = false;
    loop {
        let mut line = Vec::new();
        let mut bounded = (&mut lines).take(MAX_LINE as u64);
        let read = bounded.read_until(b'\n', &mut line).map(drop);
        unless_ended(read).map_err(lost)?;
        if !line.ends_with(b"\n") {
            return Err(failed(ended(has_answered)));
        }
        has_answered = true;
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
                    notes: notes(is_whole),
                });
            }
        }
    }
}

/// Who hangs up before everything was taken has ended all the same.
fn unless_ended(tried: std::io::Result<()>) -> std::io::Result<()> {
    match tried {
        Err(error)
            if matches!(
                error.kind(),
                ErrorKind::BrokenPipe | ErrorKind::ConnectionReset
            ) =>
        {
            Ok(())
        }
        tried => tried,
    }
}

/// What it means that it hangs up, after some word or none.
fn ended(has_answered: bool) -> String {
    match has_answered {
        true => "it has ended; the pass goes on when it runs again".to_owned(),
        false => format!(
            "it does not answer: {MAX_WATCHING} watch already, or it is of another version (then: \
             systemctl restart picket-scrub)"
        ),
    }
}

/// What the scrub that runs has to say goes to its log alone.
fn notes(is_whole: bool) -> Vec<String> {
    match is_whole {
        true => Vec::new(),
        false => {
            vec!["what could not be read stands in its log: journalctl -u picket-scrub".to_owned()]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scrub::standing::Pass;
    use std::os::unix::net::UnixListener;
    use std::thread;

    /// Asks a scrub that takes the question, or does not, and says this.
    fn asked(takes: bool, says: Vec<u8>) -> Result<Report, String> {
        let dir = tempfile::tempdir().unwrap();
        let socket = dir.path().join("now.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        let scrub = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            if takes {
                let mut question = vec![0; words::ask().unwrap().len()];
                stream.read_exact(&mut question).unwrap();
            }
            stream.write_all(&says).unwrap();
        });
        let report = ask(&socket);
        scrub.join().unwrap();
        report
    }

    #[test]
    fn one_that_never_answers_is_told_from_one_that_ends() {
        for takes in [false, true] {
            let why = asked(takes, Vec::new()).unwrap_err();
            assert!(why.contains("4 watch already"), "{why}");
        }
        let why = asked(true, words::far(&Pass::default(), None).unwrap()).unwrap_err();
        assert!(why.contains("it has ended"), "{why}");
    }

    #[test]
    fn where_not_everything_was_read_it_is_said_who_knows_why() {
        let over = |is_whole| {
            let says = words::far(&Pass::default(), Some(is_whole)).unwrap();
            asked(true, says).unwrap()
        };
        assert!(over(true).notes.is_empty());
        let notes = over(false).notes.concat();
        assert!(notes.contains("journalctl -u picket-scrub"), "{notes}");
    }
}
