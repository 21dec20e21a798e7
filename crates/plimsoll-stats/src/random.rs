//! Random numbers that depend on a seed and a position, never on who asks first.

/// What all random numbers of one evaluation start from, for example a digest of its inputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seed([u8; 32]);

impl Seed {
    /// Takes the 32 bytes of a digest.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }
}

impl From<u64> for Seed {
    fn from(number: u64) -> Self {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&number.to_le_bytes());
        Self(bytes)
    }
}

/// Random 64-bit words, each found by its position.
///
/// `SplitMix64` (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators"): its
/// k-th state is `key + k * GAMMA`, so any word is computed from its position alone, as Salmon et
/// al. 2011 ("Parallel random numbers: as easy as 1, 2, 3") ask of a counter-based generator. The
/// same seed gives the same words whatever the number of threads. Not for secrets.
#[derive(Clone, Copy, Debug)]
pub struct Random {
    key: u64,
}

const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

impl Random {
    /// Returns the numbers of `seed` that belong to `purpose`, such as the name of a statistic.
    pub fn new(seed: Seed, purpose: &str) -> Self {
        let mut key = 0_u64;
        let absorb = |key: u64, word: u64| mix((key ^ word).wrapping_add(GAMMA));
        for bytes in seed.0.chunks(8).chain(purpose.as_bytes().chunks(8)) {
            let mut word = [0; 8];
            word[..bytes.len()].copy_from_slice(bytes);
            key = absorb(key, u64::from_le_bytes(word));
        }
        // The length keeps "a" and "a\0" apart.
        Self { key: absorb(key, purpose.len() as u64) }
    }

    /// Returns the word at `position`.
    pub fn word(self, position: u64) -> u64 {
        mix(self.key.wrapping_add(position.wrapping_add(1).wrapping_mul(GAMMA)))
    }

    /// Returns the number at `position`, evenly spread over (0, 1), both ends left out.
    pub fn unit(self, position: u64) -> f64 {
        let fraction = (self.word(position) >> 12) as f64;
        (fraction + 0.5) / 4_503_599_627_370_496.0
    }
}

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_the_published_generator() {
        // Vigna's splitmix64.c with state 1234567, its first five outputs.
        let random = Random { key: 1_234_567 };
        let words: Vec<u64> = (0..5).map(|position| random.word(position)).collect();
        assert_eq!(
            words,
            [
                6_457_827_717_110_365_317,
                3_203_168_211_198_807_973,
                9_817_491_932_198_370_423,
                4_593_380_528_125_082_431,
                16_408_922_859_458_223_821
            ]
        );
    }

    #[test]
    fn seeds_and_purposes_are_kept_apart() {
        let first = |seed: u64, purpose| Random::new(Seed::from(seed), purpose).word(0);
        assert_eq!(first(1, "mae"), first(1, "mae"));
        assert_ne!(first(1, "mae"), first(2, "mae"));
        assert_ne!(first(1, "mae"), first(1, "mae\0"));
        assert_ne!(first(1, "mae"), first(1, "rmse"));
    }

    #[test]
    fn units_are_spread_evenly_and_never_reach_the_ends() {
        let random = Random::new(Seed::from(7), "units");
        let mut counts = [0_u32; 10];
        for position in 0..100_000 {
            let unit = random.unit(position);
            assert!(unit > 0.0 && unit < 1.0);
            let tenth = (1..10).take_while(|&tenth| unit * 10.0 >= f64::from(tenth)).count();
            counts[tenth] += 1;
        }
        // 4.5 standard deviations of a count are 427.
        assert!(counts.iter().all(|count| count.abs_diff(10_000) < 427), "{counts:?}");
    }
}
