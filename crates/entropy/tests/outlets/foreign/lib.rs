//! A library of someone who puts a program together: it defines the symbols by which crates that ask `getrandom`, and
//! mbedTLS, draw from a pool. Which sources the pool has is in the environment variable `SOURCE`.
#![deny(unsafe_code)]

use std::sync::LazyLock;

use portcullis_entropy::drbg::{CtrDrbg, Drbg};
use portcullis_entropy::{Composition, HardwarePoll, PollError, RandomPool, Seed};

static POOL: LazyLock<RandomPool> = LazyLock::new(|| {
    let composition = Composition::new(Seed::NotKept);
    match std::env::var("SOURCE").as_deref() {
        Ok("fixed") => {
            let mut noise = CtrDrbg::instantiate(&[1; 32], &[], b"test noise").unwrap();
            composition.source(Source(move |raw: &mut [u8]| noise.generate(raw, &[]).is_ok())).pool()
        }
        Ok("stuck") => composition.source(Source(|raw: &mut [u8]| raw.iter().all(|&byte| byte == 0))).pool(),
        Ok("asks itself") => {
            composition.source(Source(|raw: &mut [u8]| getrandom::fill(raw).is_ok())).pool()
        }
        Ok("panics") => composition.source(Source(|_: &mut [u8]| panic!("a driver's fault"))).pool(),
        _ => RandomPool::host(Seed::NotKept),
    }
});

portcullis_entropy::getrandom_backend!(*POOL);
portcullis_entropy::mbedtls_hardware_poll!(*POOL);

struct Source<F>(F);

impl<F: FnMut(&mut [u8]) -> bool + Send> HardwarePoll for Source<F> {
    fn name(&self) -> &'static str {
        "test"
    }
    fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
        if (self.0)(raw) { Ok(raw.len()) } else { Err(PollError::Failed) }
    }
    fn min_entropy_per_byte(&self) -> f32 {
        8.0
    }
}
