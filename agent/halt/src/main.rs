//! Answers one connection that systemd accepted, which stands on standard input and output.

use picket_halt::{hear, refuse};
use std::io::{self, IsTerminal, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::process::ExitCode;
use std::time::Duration;

/// Time for the byte, and for the answer to be taken.
const PATIENCE: Duration = Duration::from_secs(5);
/// The command line is wrong, or this was not started by systemd.
const WRONG: u8 = 2;

const HELP: &str = "\
picket-halt is the one part of Picket that runs as root. systemd starts it for each connection to
/run/picket/halt/halt.sock; it reads one byte from standard input, which must be that connection,
and answers one line. This version halts nothing: whatever is asked, it answers `failed WHY`.

Usage:
  picket-halt [--help | --version]

Example:
  systemctl status picket-halt.socket
      Is the socket there?

Exit status: 0 refused as it should, 1 the connection broke, 2 not started by systemd.
";

fn main() -> ExitCode {
    let mut arguments = std::env::args_os().skip(1);
    match (arguments.next(), arguments.next()) {
        (None, None) => serve(),
        (Some(one), None) if one == "--help" || one == "-h" => print(HELP),
        (Some(one), None) if one == "--version" || one == "-V" => {
            print(concat!("picket-halt ", env!("CARGO_PKG_VERSION"), "\n"))
        }
        _ => {
            say(3, "takes no arguments; picket-halt --help says what it is");
            ExitCode::from(WRONG)
        }
    }
}

fn serve() -> ExitCode {
    let mut connection = match connection() {
        Ok(connection) => connection,
        Err(why) => {
            say(3, &why);
            return ExitCode::from(WRONG);
        }
    };
    let done = hear(&mut connection).and_then(|asked| {
        say(5, &format!("refused: {}", asked.words()));
        refuse(&mut connection)
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Who asked went away, and there is nobody to tell.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(error) => {
            say(4, &format!("the connection broke: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// Standard input as a connection with deadlines. A terminal or a pipe has none, and is refused.
fn connection() -> Result<UnixStream, String> {
    let stdin = io::stdin();
    if stdin.is_terminal() {
        return Err("is started by systemd, not by hand; see picket-halt --help".to_owned());
    }
    let descriptor = stdin.as_fd().try_clone_to_owned();
    let connection = UnixStream::from(descriptor.map_err(|e| format!("no standard input: {e}"))?);
    connection
        .set_read_timeout(Some(PATIENCE))
        .and_then(|()| connection.set_write_timeout(Some(PATIENCE)))
        .map_err(|error| format!("standard input is no connection of systemd's: {error}"))?;
    Ok(connection)
}

/// A line for the journal; the number in front is its priority (systemd, sd-daemon(3)).
fn say(priority: u8, what: &str) {
    // Nobody may be there to read it, and the answer matters more.
    let _ = writeln!(io::stderr(), "<{priority}>picket-halt: {what}");
}

fn print(text: &str) -> ExitCode {
    // A reader that went away, such as `head`, is no failure.
    let _ = io::stdout().write_all(text.as_bytes());
    ExitCode::SUCCESS
}
