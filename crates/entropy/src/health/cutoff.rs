//! Cut-offs of the health tests, computed from the claimed min-entropy (SP 800-90B sections 4.4.1, 4.4.2).
//! The tests that use them are next door.

use crate::Alphabet;

/// How unlikely it is that a health test takes good noise for bad: alpha in SP 800-90B section 4.4. 2^-30 unless a
/// composition says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alpha(u32);

impl Alpha {
    /// 2 to the minus so many: 20 to 40. More false alarms would end good sources, and fewer hide bad ones.
    ///
    /// ```
    /// use portcullis_entropy::{Alpha, Composition, OsSource, Seed};
    ///
    /// let alpha = Alpha::two_to_minus(40).expect("40 is not too much");
    /// let composition = Composition::new(Seed::NotKept).source(OsSource).alpha(alpha);
    /// assert!(Alpha::two_to_minus(41).is_none());
    /// ```
    #[must_use]
    pub const fn two_to_minus(bits: u32) -> Option<Self> {
        match bits {
            20..=40 => Some(Self(bits)),
            _ => None,
        }
    }

    /// -log2 of it.
    pub(super) const fn bits(self) -> u32 {
        self.0
    }
}

impl Default for Alpha {
    fn default() -> Self {
        Self(30)
    }
}

/// Samples in a window of the adaptive proportion test.
pub(super) const fn window(alphabet: Alphabet) -> u32 {
    match alphabet {
        Alphabet::Bytes => 512,
        Alphabet::Bits => 1024,
    }
}

/// How many equal samples in a row fail the repetition count test: `1 + ceil(-log2(alpha) / H)`.
pub(super) fn repetition(entropy: f64, alpha_bits: u32) -> u32 {
    1 + libm::ceil(f64::from(alpha_bits) / entropy) as u32
}

/// How many samples like a window's first fail the adaptive proportion test:
/// `1 + critbinom(window, 2^-H, 1 - alpha)`.
///
/// More than `window` means that the test can't fail at this claim; the repetition count test then
/// stands alone.
pub(super) fn proportion(window: u32, entropy: f64, alpha_bits: u32) -> u32 {
    let alpha = libm::exp2(-f64::from(alpha_bits));
    let likely = libm::exp2(-entropy);
    let log_odds = libm::log((1.0 - likely) / likely);
    // From the largest count down, as logarithms: the first terms are far below the smallest f64.
    let mut log_term = f64::from(window) * libm::log(likely);
    let mut tail = 0.0;
    let mut critical = window;
    while critical > 0 {
        tail += libm::exp(log_term);
        if tail > alpha {
            break;
        }
        log_term += libm::log(f64::from(critical) / f64::from(window - critical + 1)) + log_odds;
        critical -= 1;
    }
    1 + critical
}
