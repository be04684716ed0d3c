//! Numbers by chance, the same each time.

/// xorshift64 (Marsaglia, "Xorshift RNGs"): the same numbers for the same seed, which must not be 0.
#[derive(Clone, Debug)]
pub struct Random(pub u64);

impl Random {
    /// A number from 0 up to, but not including, `below`.
    pub fn next(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % below
    }
}
