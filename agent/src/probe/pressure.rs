//! Time lost to waiting for processor, memory and disks (Linux, Documentation/accounting/psi.rst).

use super::{Found, Measured, Needs, Probe};
use crate::root::Root;
use crate::source::{Source, reason};
use nix::errno::Errno;
use picket_wire::{Missing, Quantity, Value};

/// What is read: the quantity, its file, and the line that says it. Everything can wait for memory
/// or disks at once, but for the processor only some can.
const LINES: [(Quantity, &str, &str); 3] = [
    (Quantity::CPU_PRESSURE, "/proc/pressure/cpu", "some"),
    (Quantity::MEMORY_PRESSURE, "/proc/pressure/memory", "full"),
    (Quantity::IO_PRESSURE, "/proc/pressure/io", "full"),
];

/// The probe. A kernel without these files, or with `psi=0`, does not support it.
#[derive(Debug)]
pub struct Pressure {
    sources: [Source; LINES.len()],
}

impl Default for Pressure {
    fn default() -> Pressure {
        Pressure {
            sources: LINES.map(|(_, path, _)| Source::new(path)),
        }
    }
}

impl Probe for Pressure {
    fn quantities(&self) -> &'static [Quantity] {
        &[
            Quantity::CPU_PRESSURE,
            Quantity::MEMORY_PRESSURE,
            Quantity::IO_PRESSURE,
        ]
    }

    fn read(&mut self, root: &Root, out: &mut Found) {
        for ((quantity, _, line), source) in LINES.into_iter().zip(&mut self.sources) {
            let value = match source.read(root) {
                Ok(text) => hundredths_of_percent(text, line),
                Err(Errno::ENOENT) => Err(Missing::NotSupported),
                Err(errno) => Err(reason(errno)),
            };
            out.push(Measured::of_node(quantity, value).needing(Needs::DacReadSearch));
        }
    }
}

/// The average over a minute of a line such as `some avg10=0.00 avg60=2.19 avg300=2.38 total=126`.
fn hundredths_of_percent(text: &str, line: &str) -> Value {
    let mut fields = text
        .lines()
        .map(str::split_ascii_whitespace)
        .find_map(|mut fields| (fields.next() == Some(line)).then_some(fields))
        .ok_or(Missing::Garbled)?;
    let average = fields.find_map(|field| field.strip_prefix("avg60="));
    let (whole, rest) = average
        .and_then(|average| average.split_once('.'))
        .ok_or(Missing::Garbled)?;
    let (whole, rest) = (digits(whole, 1..=3)?, digits(rest, 2..=2)?);
    match whole * 100 + rest {
        value @ 0..=10_000 => Ok(value),
        _ => Err(Missing::Garbled),
    }
}

/// A number of so few digits that it cannot overflow.
fn digits(text: &str, count: std::ops::RangeInclusive<usize>) -> Value {
    let plain = count.contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    match plain {
        true => text.parse().map_err(|_| Missing::Garbled),
        false => Err(Missing::Garbled),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Tree;

    const TEXT: &str = "\
some avg10=2.57 avg60=2.19 avg300=2.38 total=1266915110
full avg10=0.00 avg60=100.00 avg300=0.00 total=0
";

    #[test]
    fn the_minutes_average_of_the_line_is_taken() {
        for (text, line, expected) in [
            (TEXT, "some", Ok(219)),
            (TEXT, "full", Ok(10_000)),
            ("full avg60=0.07\n", "full", Ok(7)),
            (TEXT, "none", Err(Missing::Garbled)),
            ("some\n", "some", Err(Missing::Garbled)),
            ("some avg60=\n", "some", Err(Missing::Garbled)),
            ("some avg60=1\n", "some", Err(Missing::Garbled)),
            ("some avg60=1.5\n", "some", Err(Missing::Garbled)),
            ("some avg60=-1.50\n", "some", Err(Missing::Garbled)),
            ("some avg60=+1.50\n", "some", Err(Missing::Garbled)),
            ("some avg60=100.01\n", "some", Err(Missing::Garbled)),
            ("some avg60=99999999999.00\n", "some", Err(Missing::Garbled)),
            ("", "some", Err(Missing::Garbled)),
        ] {
            assert_eq!(hundredths_of_percent(text, line), expected, "{text:?}");
        }
    }

    #[test]
    fn each_file_is_missing_for_itself() {
        let tree = Tree::new()
            .file("proc/pressure/cpu", TEXT)
            .file("proc/pressure/io", "\n");
        let mut out = Found::default();
        Pressure::default().read(&tree.root(), &mut out);
        let values: Vec<_> = out.measured.iter().map(|m| (m.quantity, m.value)).collect();
        let expected = [
            (Quantity::CPU_PRESSURE, Ok(219)),
            (Quantity::MEMORY_PRESSURE, Err(Missing::NotSupported)),
            (Quantity::IO_PRESSURE, Err(Missing::Garbled)),
        ];
        assert_eq!(values, expected);
        assert_eq!(reason(Errno::EOPNOTSUPP), Missing::NotSupported);
    }
}
