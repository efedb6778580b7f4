//! Lines of a file of any size, in bounded memory.

use std::io::{self, BufRead, BufReader, Read};

/// Longest line that is given whole, in bytes: a path of 4,095 bytes, each escaped, and its sum.
pub(super) const MAX_LINE: usize = 8 * 1024 + 64;

/// A line, or the beginning of one that is too long.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// Its bytes without the newline, at most [`MAX_LINE`].
    pub(super) bytes: &'a [u8],
    /// Whether a newline ends it, and it is not longer than what is given of it.
    pub(super) is_whole: bool,
}

/// The lines of a reader, one after the other.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
}

impl<R: Read> Lines<R> {
    pub(super) fn of(reader: R) -> Lines<R> {
        Lines {
            reader: BufReader::new(reader),
            line: Vec::new(),
        }
    }

    /// The next line; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let mut taken = self.reader.by_ref().take(MAX_LINE as u64 + 1);
        if taken.read_until(b'\n', &mut self.line)? == 0 {
            return Ok(None);
        }
        let is_whole = self.line.last() == Some(&b'\n');
        if is_whole {
            self.line.pop();
        } else {
            self.reader.skip_until(b'\n')?;
            self.line.truncate(MAX_LINE);
        }
        Ok(Some(Line {
            bytes: &self.line,
            is_whole,
        }))
    }

    /// The reader, when all lines were given.
    pub(super) fn into_inner(self) -> R {
        self.reader.into_inner()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_is_too_long_does_not_shift_the_next() {
        let long = vec![b'x'; 3 * MAX_LINE];
        let text = [b"a\n\n", long.as_slice(), b"\nb\nend"].concat();
        let mut lines = Lines::of(text.as_slice());
        let mut seen = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            seen.push((line.bytes.to_vec(), line.is_whole));
        }
        assert_eq!(seen[0], (b"a".to_vec(), true));
        assert_eq!(seen[1], (Vec::new(), true));
        assert_eq!(seen[2], (long[..MAX_LINE].to_vec(), false));
        assert_eq!(seen[3], (b"b".to_vec(), true));
        assert_eq!(seen[4], (b"end".to_vec(), false));
        assert_eq!(seen.len(), 5);
    }
}
