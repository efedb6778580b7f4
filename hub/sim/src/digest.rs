//! One number for everything that happened: FNV-1a of 64 bits over text. It tells two worlds
//! apart; it proves nothing against an adversary.

use core::fmt;
use picket_wire::fnv;

/// The digest so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest(u64);

impl Digest {
    pub(crate) fn new() -> Digest {
        Digest(fnv::START)
    }

    pub(crate) fn value(self) -> u64 {
        self.0
    }

    /// Takes in one thing that happened.
    pub(crate) fn note(&mut self, what: fmt::Arguments<'_>) {
        // Writing into a digest cannot fail; the end mark keeps neighbours apart.
        let _ = fmt::Write::write_fmt(self, what);
        let _ = fmt::Write::write_char(self, '\0');
    }
}

impl fmt::Write for Digest {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.0 = fnv::more(self.0, text.bytes());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::fmt::Write;

    #[test]
    fn the_digest_is_fnv_1a_and_keeps_neighbours_apart() {
        let mut digest = Digest::new();
        digest.write_str("foobar").unwrap();
        assert_eq!(digest.value(), 0x8594_4171_F739_67E8);
        let noted = |texts: &[&str]| {
            let mut digest = Digest::new();
            texts
                .iter()
                .for_each(|text| digest.note(format_args!("{text}")));
            digest
        };
        assert_ne!(noted(&["ab", "c"]), noted(&["a", "bc"]));
    }
}
