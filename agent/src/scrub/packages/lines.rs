//! Lines of a file of any size, in bounded memory.

use std::io::{self, BufRead, BufReader, Read};

/// Longest line that is given whole, in bytes: a path of 4,095 bytes, each escaped, and its sum.
pub(super) const MAX_LINE: usize = 8 * 1024 + 64;

/// A line, or the beginning of one that is too long.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// Its bytes without the newline, at most [`MAX_LINE`].
    pub(super) bytes: &'a [u8],
    /// Where it begins in the file.
    pub(super) offset: u64,
    /// Whether a newline ends it, and it is not longer than what is given of it.
    pub(super) is_whole: bool,
}

/// The lines of a reader, one after the other.
#[derive(Debug)]
pub(super) struct Lines<R> {
    reader: BufReader<R>,
    line: Vec<u8>,
    offset: u64,
}

impl<R: Read> Lines<R> {
    pub(super) fn of(reader: R) -> Lines<R> {
        Lines {
            reader: BufReader::new(reader),
            line: Vec::new(),
            offset: 0,
        }
    }

    /// The next line; none at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<Line<'_>>> {
        self.line.clear();
        let offset = self.offset;
        let mut taken = self.reader.by_ref().take(MAX_LINE as u64 + 1);
        let len = taken.read_until(b'\n', &mut self.line)?;
        if len == 0 {
            return Ok(None);
        }
        self.offset = offset.saturating_add(len as u64);
        let is_whole = self.line.last() == Some(&b'\n');
        if is_whole {
            self.line.pop();
        } else {
            let skipped = self.reader.skip_until(b'\n')?;
            self.offset = self.offset.saturating_add(skipped as u64);
            self.line.truncate(MAX_LINE);
        }
        Ok(Some(Line {
            bytes: &self.line,
            offset,
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
            seen.push((line.bytes.to_vec(), line.offset, line.is_whole));
        }
        let after = 4 + long.len() as u64;
        assert_eq!(seen[0], (b"a".to_vec(), 0, true));
        assert_eq!(seen[1], (Vec::new(), 2, true));
        assert_eq!(seen[2], (long[..MAX_LINE].to_vec(), 3, false));
        assert_eq!(seen[3], (b"b".to_vec(), after, true));
        assert_eq!(seen[4], (b"end".to_vec(), after + 2, false));
        assert_eq!(seen.len(), 5);
    }
}
