//! [`Random`] as `rand_core` 0.10 wants it.

use core::ops::Deref;

use rand_core::{TryCryptoRng, TryRng};

use crate::{Random, RandomError};

/// A [`Random`], behind a reference or an `Arc`, as a generator of `rand_core` 0.10.
///
/// Each call is one request: who wants many numbers fills an array with one call. What must have a generator that
/// never fails takes it as `rand_core::UnwrapErr`, which panics where there is no safe output.
///
/// ```
/// use portcullis_entropy::{AsRng, RandomPool, Seed};
/// use rand_core::TryRng;
///
/// let pool = RandomPool::host(Seed::NotKept);
/// let number = AsRng(&pool).try_next_u64()?;
/// # Ok::<(), portcullis_entropy::RandomError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct AsRng<R>(pub R);

impl<R: Deref<Target: Random>> AsRng<R> {
    fn array<const N: usize>(&self) -> Result<[u8; N], RandomError> {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes)?;
        Ok(bytes)
    }
}

impl<R: Deref<Target: Random>> TryRng for AsRng<R> {
    type Error = RandomError;

    fn try_next_u32(&mut self) -> Result<u32, RandomError> {
        self.array().map(u32::from_le_bytes)
    }

    fn try_next_u64(&mut self) -> Result<u64, RandomError> {
        self.array().map(u64::from_le_bytes)
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), RandomError> {
        self.0.fill(out)
    }
}

/// What [`Random`] promises of its output.
impl<R: Deref<Target: Random>> TryCryptoRng for AsRng<R> {}
