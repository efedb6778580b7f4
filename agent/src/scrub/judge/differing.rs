//! Which blocks of two contents differ.

use crate::scrub::manifest::record::MAX_BLOCKS;

/// CRC-32C of a block of zeros.
const ZEROS: u32 = 0x98f9_4189;

/// The first block that differs, and how many do. A hole has no sums: its blocks are zeros. None
/// seem to differ where the sums are the same by chance though the digests are not.
pub fn differing(right: &[u32], wrong: &[u32]) -> (u32, u32) {
    let length = right.len().max(wrong.len()).min(MAX_BLOCKS);
    let sum = |sums: &[u32], at: usize| match sums.is_empty() {
        true => Some(ZEROS),
        false => sums.get(at).copied(),
    };
    let mut differ = (0u32..)
        .zip(0..length)
        .filter(|(_, at)| sum(right, *at) != sum(wrong, *at))
        .map(|(block, _)| block);
    match differ.next() {
        None => (0, 0),
        Some(first) => (first, differ.fold(1, |count, _| count + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_block_that_differs_is_named_and_all_are_counted() {
        assert_eq!(ZEROS, crc32c::crc32c(&[0; 4096]));
        assert_eq!(differing(&[1, 2, 3], &[1, 2, 3]), (0, 0));
        assert_eq!(differing(&[1, 2, 3, 4], &[1, 7, 3, 8]), (1, 2));
        assert_eq!(differing(&[1, 2], &[1]), (1, 1));
        assert_eq!(differing(&[], &[ZEROS, 5, ZEROS]), (1, 1));
    }
}
