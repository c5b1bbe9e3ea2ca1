//! Numbers that are random enough, and the same on every run.

/// A generator (SplitMix64); the number is its seed.
#[derive(Debug)]
pub(crate) struct Rng(pub(crate) u64);

impl Rng {
    /// A number below `bound`.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }

    /// True once in so many times.
    pub(crate) fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == 0
    }

    /// Up to `most` different numbers below `bound`, at least one, in any order.
    pub(crate) fn some_below(&mut self, bound: usize, most: usize) -> Vec<usize> {
        let mut picked = Vec::new();
        for _ in 0..=self.below(most) {
            let one = self.below(bound);
            if !picked.contains(&one) {
                picked.push(one);
            }
        }
        picked
    }
}
