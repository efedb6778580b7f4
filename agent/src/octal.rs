//! Paths in tables of the kernel: what would take one apart stands there in octal digits.

/// Undoes it: blank, tab, line feed and backslash stand as a backslash and three octal digits
/// (Linux, `mangle_path`). What is none of that stays as it is.
pub(crate) fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, behind)) = rest.split_first() {
        let digits = behind.first_chunk().filter(|_| first == b'\\');
        let code = digits.and_then(code);
        plain.push(code.unwrap_or(first));
        let taken = if code.is_some() { DIGITS } else { 0 };
        rest = behind.get(taken..).unwrap_or_default();
    }
    plain
}

const DIGITS: usize = 3;

fn code(digits: &[u8; DIGITS]) -> Option<u8> {
    let are_digits = digits.iter().all(|digit| (b'0'..=b'7').contains(digit));
    let digits = std::str::from_utf8(digits).ok().filter(|_| are_digits)?;
    u8::from_str_radix(digits, 8).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_undone_and_what_is_none_stays() {
        for (escaped, plain) in [
            ("a\\040b", "a b"),
            ("\\134", "\\"),
            ("\\134040", "\\040"),
            ("\\9", "\\9"),
            ("\\+40", "\\+40"),
            ("\\777", "\\777"),
            ("\\", "\\"),
            ("\\é", "\\é"),
        ] {
            assert_eq!(unescape(escaped.as_bytes()), plain.as_bytes());
        }
    }
}
