//! One generator instance in use: it counts requests until it must be reseeded, and mixes the operating
//! system's bytes in. Where its seeds come from is decided by its owner.

use crate::RandomError;
use crate::drbg::AnyDrbg;
#[cfg(feature = "std")]
use crate::source::vdso::KernelBytes;

/// Requests between two reseeds; far below what SP 800-90A allows.
const REQUESTS_PER_SEED: u32 = 4096;

/// Whether bytes of the operating system are mixed into every request. They make a process that was restored
/// from a snapshot go on unlike the one that the snapshot was taken of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PerRequest {
    Nothing,
    #[cfg(feature = "std")]
    OsBytes,
}

/// A generator instance.
pub(crate) struct Stream {
    drbg: AnyDrbg,
    requests: u32,
    #[cfg(feature = "std")]
    kernel: KernelBytes,
}

impl Stream {
    pub(crate) const MAX_REQUEST: usize = AnyDrbg::MAX_REQUEST;

    pub(crate) fn new(drbg: AnyDrbg) -> Self {
        Self {
            drbg,
            requests: 0,
            #[cfg(feature = "std")]
            kernel: KernelBytes::default(),
        }
    }

    /// Whether it must be reseeded before the next request.
    pub(crate) fn is_due(&self) -> bool {
        self.requests >= REQUESTS_PER_SEED
    }

    pub(crate) fn reseed(&mut self, entropy: &[u8]) -> Result<(), RandomError> {
        self.drbg.reseed(entropy)?;
        self.requests = 0;
        Ok(())
    }

    /// Fills `out`, at most [`MAX_REQUEST`](Self::MAX_REQUEST) bytes.
    pub(crate) fn request(&mut self, out: &mut [u8], mixed: PerRequest) -> Result<(), RandomError> {
        match mixed {
            PerRequest::Nothing => self.drbg.generate(out, &[])?,
            #[cfg(feature = "std")]
            PerRequest::OsBytes => {
                let fresh = self.kernel.fresh().map_err(|_| RandomError::NoEntropy)?;
                self.drbg.generate(out, &*fresh)?;
            }
        }
        self.requests += 1;
        Ok(())
    }

    /// Mixes caller-given bytes in. They are no entropy.
    pub(crate) fn mix(&mut self, bytes: &[u8]) -> Result<(), RandomError> {
        Ok(self.drbg.mix(bytes)?)
    }
}
