//! Which of the generators: the choice that a composition makes.

use core::fmt;

/// A generator of SP 800-90A Rev. 1. All have a security strength of 256 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mechanism {
    /// CTR_DRBG with AES-256 (section 10.2.1), the fastest where the processor has AES. What is seeded from noise
    /// uses the derivation function; a pool's instances, which are seeded from another generator, do without.
    CtrAes256,
    /// HMAC_DRBG with SHA-256 (section 10.1.2), the smallest.
    HmacSha256,
    /// HMAC_DRBG with SHA-384.
    HmacSha384,
    /// HMAC_DRBG with SHA-512.
    HmacSha512,
}

/// [`CtrAes256`](Mechanism::CtrAes256) on a host, [`HmacSha256`](Mechanism::HmacSha256) without `std`.
impl Default for Mechanism {
    fn default() -> Self {
        if cfg!(feature = "std") { Self::CtrAes256 } else { Self::HmacSha256 }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::CtrAes256 => "CTR_DRBG AES-256",
            Self::HmacSha256 => "HMAC_DRBG SHA-256",
            Self::HmacSha384 => "HMAC_DRBG SHA-384",
            Self::HmacSha512 => "HMAC_DRBG SHA-512",
        })
    }
}
