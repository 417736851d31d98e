//! Cut-offs of the health tests, computed from the claimed min-entropy (SP 800-90B sections 4.4.1, 4.4.2).
//! The tests that use them are next door.

/// A false alarm is as unlikely as 2 to the minus this many (alpha = 2^-30 for each test).
pub(crate) const ALPHA_BITS: u32 = 30;

/// Samples in a window of the adaptive proportion test. A sample is a byte, so it is never binary.
pub(crate) const WINDOW: u32 = 512;

/// How many equal samples in a row fail the repetition count test: `1 + ceil(-log2(alpha) / H)`.
pub(crate) fn repetition(entropy: f64, alpha_bits: u32) -> u32 {
    1 + libm::ceil(f64::from(alpha_bits) / entropy) as u32
}

/// How many samples like a window's first fail the adaptive proportion test:
/// `1 + critbinom(window, 2^-H, 1 - alpha)`.
///
/// More than `window` means that the test can't fail at this claim; the repetition count test then
/// stands alone.
pub(crate) fn proportion(window: u32, entropy: f64, alpha_bits: u32) -> u32 {
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
