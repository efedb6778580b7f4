//! What is asked at the terminal; where there is none, the owner has said it beforehand or not.

use super::EnrollError;
use std::io::{self, BufRead, IsTerminal, Read, Write};

/// Longest answer that is read, in bytes.
const MAX_ANSWER: u64 = 256;

/// Who may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Consent {
    /// Nobody need be: it was said with the command.
    Given,
    /// Whoever sits at the terminal.
    Terminal,
    /// Nobody is there.
    Nobody,
}

impl Consent {
    /// By the command's `--yes`, else by the terminal.
    pub(super) fn of(yes: bool) -> Consent {
        match yes {
            true => Consent::Given,
            false if io::stdin().is_terminal() && io::stderr().is_terminal() => Consent::Terminal,
            false => Consent::Nobody,
        }
    }

    /// Asks; only a clear yes is one.
    pub(super) fn need(self, question: &str, instead: &str) -> Result<(), EnrollError> {
        self.ask(question, "y/N", instead)
    }

    /// Asks; the empty answer is a yes.
    pub(super) fn offer(self, question: &str, instead: &str) -> Result<(), EnrollError> {
        self.ask(question, "Y/n", instead)
    }

    fn ask(self, question: &str, choice: &str, instead: &str) -> Result<(), EnrollError> {
        match self {
            Consent::Given => return Ok(()),
            Consent::Nobody => {
                let what = format!("there is no terminal to ask at: {question} Type: {instead}");
                return Err(EnrollError::NoConsent(what));
            }
            Consent::Terminal => {}
        }
        // Standard output may be a file that takes the token.
        let mut out = io::stderr().lock();
        write!(out, "{question} [{choice}] ")?;
        out.flush()?;
        let mut answer = String::new();
        io::stdin().lock().take(MAX_ANSWER).read_line(&mut answer)?;
        match is_yes(&answer, choice.starts_with('Y')) {
            true => Ok(()),
            false => Err(EnrollError::NoConsent("nothing was done".to_owned())),
        }
    }
}

fn is_yes(answer: &str, by_default: bool) -> bool {
    match answer.trim().to_ascii_lowercase().as_str() {
        // The end of the input, without even an empty line, is no yes.
        "" => by_default && answer.ends_with('\n'),
        "y" | "yes" => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_answer_is_what_the_capital_letter_says() {
        for (answer, offered, needed) in [
            ("\n", true, false),
            ("", false, false),
            ("y\n", true, true),
            ("YES\n", true, true),
            ("n\n", false, false),
            ("yesterday\n", false, false),
        ] {
            assert_eq!(is_yes(answer, true), offered, "{answer:?}");
            assert_eq!(is_yes(answer, false), needed, "{answer:?}");
        }
    }

    #[test]
    fn without_a_terminal_the_error_says_what_to_type() {
        let error = Consent::Nobody.need("Expel?", "picket-hub expel --yes pi");
        let words = error.unwrap_err().to_string();
        assert!(
            words.ends_with("Type: picket-hub expel --yes pi"),
            "{words}"
        );
        Consent::Given.need("Expel?", "").unwrap();
    }
}
