//! Where the token comes from: standard input. One on the command line stands there for everybody
//! to see in `ps`, so that the program begins again without it at once.

use crate::agent_id::SecretText;
use crate::cli::JoinOptions;
use picket_wire::token::{MAX_TEXT, Token};
use std::io::{self, BufRead, IsTerminal, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::Command;
use zeroize::Zeroizing;

/// Longest input that is looked at, in bytes: a token and the ends of its lines.
const MAX_INPUT: u64 = MAX_TEXT as u64 + 64;

/// Begins the program again with the token on a pipe as its standard input. Gives why that failed.
pub(super) fn hide(token: &SecretText, options: &JoinOptions) -> String {
    match begin_again(token, options) {
        Ok(never) => match never {},
        Err(error) => format!(
            "cannot take the token from the command line: {error}; type `echo TOKEN | picket-agent \
             join`"
        ),
    }
}

fn begin_again(token: &SecretText, options: &JoinOptions) -> io::Result<std::convert::Infallible> {
    let text = token.reveal();
    if text.len() > MAX_TEXT {
        return Err(io::Error::other("it is longer than a token"));
    }
    let (reader, mut writer) = io::pipe()?;
    // It is shorter than what a pipe holds (4,096 bytes, pipe(7)), so that this waits for nobody.
    writer.write_all(text.as_bytes())?;
    drop(writer);
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("join").stdin(reader);
    if let Some(path) = &options.settings {
        command.arg("--settings").arg(path);
    }
    if let Some(path) = &options.id {
        command.arg("--id").arg(path);
    }
    if options.replace {
        command.arg("--replace");
    }
    Err(command.exec())
}

/// Reads the token from standard input; asks for it if somebody sits there.
pub(super) fn read() -> Result<Token, String> {
    let stdin = io::stdin().lock();
    let mut text = Zeroizing::new(String::new());
    let is_asked = stdin.is_terminal();
    let mut limited = stdin.take(MAX_INPUT);
    let read = if is_asked {
        let _ = write!(io::stderr(), "token: ");
        limited.read_line(&mut text)
    } else {
        limited.read_to_string(&mut text)
    };
    read.map_err(|error| format!("cannot read the token from standard input: {error}"))?;
    parse(&text)
}

fn parse(text: &str) -> Result<Token, String> {
    // A terminal breaks a long word into lines, and what is copied from there has them.
    let word: Zeroizing<String> = Zeroizing::new(text.split_whitespace().collect());
    if word.is_empty() {
        return Err(
            "there is no token: type `picket-hub enroll NODE` on the hub, and here `echo TOKEN | \
             sudo picket-agent join` with what it shows"
                .to_owned(),
        );
    }
    word.parse().map_err(|error| format!("{error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use picket_wire::token::{Address, Secret};
    use picket_wire::{NodeId, SiteId};

    #[test]
    fn a_token_that_was_broken_into_lines_is_read_and_nothing_is_no_token() {
        let token = Token {
            address: Address::try_from("192.0.2.10:8883").unwrap(),
            site: SiteId::parse("home").unwrap(),
            node: NodeId::parse("pi-07").unwrap(),
            ca_sha256: [1; 32],
            hub_key: [2; 32],
            secret: Secret([3; 16]),
        };
        let text = token.to_text();
        let (first, second) = text.split_at(80);
        assert_eq!(parse(&format!("{first}\r\n  {second}\n")), Ok(token));
        assert!(parse("\n").unwrap_err().contains("picket-hub enroll"));
        assert!(parse(first).unwrap_err().contains("incomplete"));
    }
}
