//! One generator instance in use: it counts requests until it must be reseeded, and mixes the operating
//! system's bytes in. Where its seeds come from is decided by its owner.

#[cfg(feature = "std")]
use alloc::boxed::Box;

use crate::RandomError;
use crate::drbg::AnyDrbg;
#[cfg(feature = "std")]
use crate::reserve::Reserve;
#[cfg(feature = "std")]
use crate::source::vdso::{Fresh, KernelBytes};

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
    /// What short requests are taken from; in a box, so that moving it leaves no copy behind.
    #[cfg(feature = "std")]
    reserve: Option<Box<Reserve>>,
}

impl Stream {
    pub(crate) const MAX_REQUEST: usize = AnyDrbg::MAX_REQUEST;

    pub(crate) fn new(drbg: AnyDrbg) -> Self {
        Self {
            drbg,
            requests: 0,
            #[cfg(feature = "std")]
            kernel: KernelBytes::default(),
            #[cfg(feature = "std")]
            reserve: None,
        }
    }

    /// Whether it must be reseeded before the next request.
    pub(crate) fn is_due(&self) -> bool {
        self.requests >= REQUESTS_PER_SEED
    }

    pub(crate) fn reseed(&mut self, entropy: &[u8]) -> Result<(), RandomError> {
        self.drbg.reseed(entropy)?;
        self.requests = 0;
        self.drop_reserve();
        Ok(())
    }

    /// Fills `out`, at most [`MAX_REQUEST`](Self::MAX_REQUEST) bytes.
    pub(crate) fn request(&mut self, out: &mut [u8], mixed: PerRequest) -> Result<(), RandomError> {
        match mixed {
            PerRequest::Nothing => self.drbg.generate(out, &[])?,
            #[cfg(feature = "std")]
            PerRequest::OsBytes => {
                let fresh = self.kernel.fresh().map_err(|_| RandomError::NoEntropy)?;
                if out.len() <= Reserve::MAX_REQUEST {
                    self.take(out, &fresh)?;
                } else {
                    self.drbg.generate(out, &*fresh)?;
                }
            }
        }
        self.requests += 1;
        Ok(())
    }

    /// Fills a short `out` from the reserve.
    #[cfg(feature = "std")]
    fn take(&mut self, out: &mut [u8], fresh: &Fresh) -> Result<(), RandomError> {
        let reserve = self.reserve.get_or_insert_with(|| Box::new(Reserve::empty()));
        if !reserve.has(out.len()) {
            reserve.refill(|drawn| self.drbg.generate(drawn, &**fresh))?;
        }
        reserve.take(out, fresh);
        Ok(())
    }

    /// Mixes caller-given bytes in. They are no entropy.
    pub(crate) fn mix(&mut self, bytes: &[u8]) -> Result<(), RandomError> {
        self.drbg.mix(bytes)?;
        self.drop_reserve();
        Ok(())
    }

    /// Forgets what was drawn before the instance got something new.
    fn drop_reserve(&mut self) {
        #[cfg(feature = "std")]
        {
            self.reserve = None;
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use crate::Mechanism;

    /// What was drawn ahead must not outlive what the instance is told after it.
    #[test]
    fn a_reserve_ends_when_the_instance_gets_something_new() {
        let drbg = AnyDrbg::from_generator(Mechanism::CtrAes256, &[7; 48], &[]).unwrap();
        let mut stream = Stream::new(drbg);
        let draw = |stream: &mut Stream, len| {
            stream.request(&mut vec![0; len], PerRequest::OsBytes).unwrap();
            stream.reserve.is_some()
        };
        assert!(!draw(&mut stream, Reserve::MAX_REQUEST + 1));
        assert!(draw(&mut stream, Reserve::MAX_REQUEST));
        stream.mix(b"anything").unwrap();
        assert!(stream.reserve.is_none());
        assert!(draw(&mut stream, 1));
        stream.reseed(&[8; 48]).unwrap();
        assert!(stream.reserve.is_none());
    }
}
