//! Which packages are installed: dpkg's `status`, read as a stream.

use super::lines::Lines;
use std::io::{self, Read};

/// Longest name, version or architecture that is believed, in bytes; Debian's are far shorter.
const MAX_WORD: usize = 255;

/// A package whose files are all in place. One that is half upgraded is none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Installed {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) architecture: String,
}

/// Calls for each installed package. The file is a stanza of `Field: value` lines for each, with an
/// empty line behind it (deb-control(5)).
pub(super) fn each_installed(status: impl Read, mut call: impl FnMut(Installed)) -> io::Result<()> {
    let mut lines = Lines::of(status);
    let mut package = Installed::default();
    let mut is_installed = false;
    while let Some(line) = lines.next()? {
        if line.bytes.is_empty() {
            if is_installed && is_sound(&package) {
                call(std::mem::take(&mut package));
            }
            package = Installed::default();
            is_installed = false;
            continue;
        }
        let Some((field, value)) = field(line.bytes).filter(|_| line.is_whole) else {
            continue;
        };
        match field {
            b"Package" => package.name = value.to_owned(),
            b"Version" => package.version = value.to_owned(),
            b"Architecture" => package.architecture = value.to_owned(),
            // The first word is what somebody wants of it, such as `hold`.
            b"Status" => is_installed = value.ends_with(" ok installed"),
            _ => {}
        }
    }
    // A last stanza without an empty line behind it was not written to its end.
    Ok(())
}

/// A line's field and value; none for the lines that go on with a value, or that are no text.
fn field(line: &[u8]) -> Option<(&[u8], &str)> {
    if line.first().is_none_or(u8::is_ascii_whitespace) {
        return None;
    }
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (field, value) = line.split_at_checked(colon)?;
    let value = std::str::from_utf8(value.get(1..)?).ok()?.trim();
    (value.len() <= MAX_WORD).then_some((field, value))
}

/// Whether name and architecture can be parts of a file's name, and lead to no other folder.
fn is_sound(package: &Installed) -> bool {
    let is_word = |word: &str| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        word.starts_with(|first: char| first.is_ascii_alphanumeric()) && word.bytes().all(plain)
    };
    is_word(&package.name) && is_word(&package.architecture) && !package.version.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn installed(status: &str) -> Vec<String> {
        let mut all = Vec::new();
        each_installed(status.as_bytes(), |package| {
            all.push(format!(
                "{} {} {}",
                package.name, package.version, package.architecture
            ));
        })
        .unwrap();
        all
    }

    fn stanza(name: &str, status: &str) -> String {
        format!(
            "Package: {name}\nStatus: {status}\nConffiles:\n /etc/a 0123\nArchitecture: arm64\n\
             Version: 1.2-3\nDescription: of it\n Status: install ok installed\n\n"
        )
    }

    #[test]
    fn only_whole_packages_are_installed() {
        let status = [
            stanza("bash", "install ok installed"),
            stanza("held", "hold ok installed"),
            stanza("half", "install ok half-installed"),
            stanza("unpacked", "install ok unpacked"),
            stanza("gone", "deinstall ok config-files"),
            stanza("broken", "install reinstreq installed"),
            stanza("triggered", "install ok triggers-pending"),
            stanza("libstdc++6", "install ok installed"),
        ]
        .concat();
        assert_eq!(
            installed(&status),
            [
                "bash 1.2-3 arm64",
                "held 1.2-3 arm64",
                "libstdc++6 1.2-3 arm64"
            ]
        );
    }

    #[test]
    fn a_stanza_that_is_cut_off_or_leads_elsewhere_is_none() {
        let whole = stanza("bash", "install ok installed");
        assert_eq!(installed(whole.trim_end_matches('\n')), [""; 0]);
        for name in ["../../etc/a", "", ".hidden", "a/b", "a\u{0}b"] {
            assert_eq!(installed(&stanza(name, "install ok installed")), [""; 0]);
        }
        assert_eq!(installed("\n\n\nnonsense\n: \n\n"), [""; 0]);
        let long = stanza(&"a".repeat(9000), "install ok installed");
        assert_eq!(installed(&long), [""; 0]);
    }
}
