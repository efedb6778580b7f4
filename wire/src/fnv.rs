//! FNV-1a of 64 bits: a short hash that is the same everywhere. It tells things apart; it proves
//! nothing against an adversary.

/// The hash of nothing, by which each begins.
pub const START: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Hash of these bytes.
pub fn fnv1a(bytes: impl IntoIterator<Item = u8>) -> u64 {
    more(START, bytes)
}

/// Hash of what `hash` is the hash of, followed by these bytes.
pub fn more(hash: u64, bytes: impl IntoIterator<Item = u8>) -> u64 {
    let bytes = bytes.into_iter();
    bytes.fold(hash, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_the_published_vectors() {
        // The vectors of FNV-1a in draft-eastlake-fnv.
        let table = [
            ("", 0xcbf2_9ce4_8422_2325),
            ("a", 0xaf63_dc4c_8601_ec8c),
            ("foobar", 0x8594_4171_f739_67e8),
        ];
        for (text, hash) in table {
            assert_eq!(fnv1a(text.bytes()), hash, "{text:?}");
        }
        assert_eq!(more(fnv1a(*b"foo"), *b"bar"), fnv1a(*b"foobar"));
    }
}
