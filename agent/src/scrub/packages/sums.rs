//! A line of a package's list of sums, `<32 digits>  <path>`.

use std::borrow::Cow;

/// Digits of an MD5 sum.
const DIGITS: usize = 32;
/// Most characters of a sum that are no digits in a line that was surely once a sum.
const MAX_DAMAGED: usize = 8;

/// What a line says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Said<'a> {
    /// A file's sum, and its path with a leading slash.
    Sum { md5: [u8; 16], path: Cow<'a, [u8]> },
    /// Once a sum, now with characters in it that no program writes there: the medium.
    Damaged,
    /// No sum. Some packages are built with other lines in their lists, so this accuses nobody.
    Strange,
}

/// Reads a line without its newline. Before the path stand two blanks, or a blank and `*`; a
/// leading backslash says that newlines and backslashes of the path are escaped (md5sum(1)).
pub(super) fn said(line: &[u8]) -> Said<'_> {
    // A power cut leaves zeros where the filesystem had room for what was not yet written.
    if line.contains(&0) {
        return Said::Damaged;
    }
    let (is_escaped, line) = match line.strip_prefix(b"\\") {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let Some((digits, rest)) = line.split_at_checked(DIGITS) else {
        return Said::Strange;
    };
    let path = rest.strip_prefix(b"  ").or(rest.strip_prefix(b" *"));
    let Some(path) = path.filter(|path| !path.is_empty()) else {
        return Said::Strange;
    };
    match md5(digits) {
        Some(md5) => Said::Sum {
            md5,
            path: absolute(path, is_escaped),
        },
        None => damaged(digits),
    }
}

fn damaged(digits: &[u8]) -> Said<'static> {
    let bad = digits.iter().filter(|byte| !byte.is_ascii_hexdigit());
    match bad.count() <= MAX_DAMAGED {
        true => Said::Damaged,
        false => Said::Strange,
    }
}

fn md5(digits: &[u8]) -> Option<[u8; 16]> {
    let mut md5 = [0; 16];
    for (byte, pair) in md5.iter_mut().zip(digits.chunks_exact(2)) {
        let mut value = 0;
        for &digit in pair {
            value = value * 16 + char::from(digit).to_digit(16)?;
        }
        *byte = u8::try_from(value).ok()?;
    }
    Some(md5)
}

/// The path from the root on: lists have it without a slash, and those of some build tools with
/// one, or with `./`.
fn absolute(path: &[u8], is_escaped: bool) -> Cow<'_, [u8]> {
    let path = path
        .strip_prefix(b".")
        .filter(|rest| rest.starts_with(b"/"))
        .unwrap_or(path);
    match (is_escaped, path.starts_with(b"/")) {
        (false, true) => Cow::Borrowed(path),
        (false, false) => Cow::Owned([b"/", path].concat()),
        (true, true) => Cow::Owned(unescaped(path)),
        (true, false) => Cow::Owned(unescaped(&[b"/", path].concat())),
    }
}

fn unescaped(path: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(path.len());
    let mut bytes = path.iter().copied();
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'\\' => match bytes.next() {
                Some(b'n') => b'\n',
                Some(b'r') => b'\r',
                Some(other) => other,
                None => b'\\',
            },
            other => other,
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUM: &str = "0123456789abcdef0123456789abcdef";

    fn path_of(line: &str) -> Vec<u8> {
        match said(line.as_bytes()) {
            Said::Sum { md5, path } => {
                assert_eq!(md5[..3], [0x01, 0x23, 0x45]);
                path.into_owned()
            }
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn every_way_to_write_a_path_is_read() {
        for (line, path) in [
            (format!("{SUM}  usr/bin/ls"), b"/usr/bin/ls".as_slice()),
            (format!("{SUM}  ./usr/bin/ls"), b"/usr/bin/ls"),
            (format!("{SUM}  /usr/bin/ls"), b"/usr/bin/ls"),
            (format!("{SUM} *usr/bin/ls"), b"/usr/bin/ls"),
            (format!("{SUM}  .config"), b"/.config"),
            (format!("{SUM}   blank"), b"/ blank"),
            (format!("{}  a", SUM.to_uppercase()), b"/a"),
            (format!("\\{SUM}  a\\nb\\\\c"), b"/a\nb\\c"),
            (format!("{SUM}  a\\nb"), b"/a\\nb"),
        ] {
            assert_eq!(path_of(&line), path, "{line}");
        }
    }

    #[test]
    fn a_damaged_sum_is_told_from_a_line_that_never_was_one() {
        let one = format!("{}\u{7f}  usr/bin/ls", &SUM[..31]);
        let eight = format!("{}zzzzzzzz  usr/bin/ls", &SUM[..24]);
        let nine = format!("{}zzzzzzzzz  usr/bin/ls", &SUM[..23]);
        assert_eq!(said(one.as_bytes()), Said::Damaged);
        assert_eq!(said(eight.as_bytes()), Said::Damaged);
        assert_eq!(said(&[0; 4096]), Said::Damaged);
        for strange in [
            nine.as_str(),
            "",
            "md5sum: usr/share/doc: Is a directory, which has no sum at all",
            "-----BEGIN PGP SIGNED MESSAGE-----  of a list that was signed",
            &SUM[..20],
            &format!("{SUM}\tusr/bin/ls"),
            &format!("{SUM}  "),
        ] {
            assert_eq!(said(strange.as_bytes()), Said::Strange, "{strange}");
        }
    }
}
