//! Numbers that look random and are the same each time.

/// SplitMix64.
pub(crate) struct Seed(pub(crate) u64);

impl Seed {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below this one.
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// So many bytes that cannot be packed.
    pub(crate) fn bytes(&mut self, len: usize) -> Vec<u8> {
        let words = std::iter::repeat_with(|| self.next().to_le_bytes());
        words.flatten().take(len).collect()
    }

    /// The size of a file: most are small, a few are large.
    pub(crate) fn size(&mut self) -> usize {
        let most = 64u64 << self.below(12);
        let size = match self.below(200) {
            0 => 1_000_000 + self.below(2_000_000),
            _ => 1 + self.below(most),
        };
        size as usize
    }
}
