//! A board's program, but for the host's way to print: `portcullis-entropy` without `std` and a source of its own. It
//! prints 40 bytes, and 40 fresh ones.
#![forbid(unsafe_code)]

use portcullis_entropy::drbg::{CtrDrbg, Drbg};
use portcullis_entropy::{Composition, HardwarePoll, Mechanism, PollError, Random, Seed, SingleRandom};

struct Trng(CtrDrbg);

impl HardwarePoll for Trng {
    fn name(&self) -> &'static str {
        "trng"
    }
    fn poll(&mut self, raw: &mut [u8]) -> Result<usize, PollError> {
        self.0.generate(raw, &[]).map_err(|_| PollError::Failed)?;
        Ok(raw.len())
    }
    fn min_entropy_per_byte(&self) -> f32 {
        8.0
    }
}

fn main() {
    assert_eq!(Mechanism::default(), Mechanism::HmacSha256);
    let trng = Trng(CtrDrbg::instantiate(&[1; 32], &[], b"test noise").unwrap());
    let random: SingleRandom = Composition::new(Seed::NotKept).source(trng).single();
    let (mut plain, mut fresh) = ([0; 40], [0; 40]);
    random.fill(&mut plain).unwrap();
    random.fill_fresh(&mut fresh).unwrap();
    let hex = |bytes: [u8; 40]| bytes.map(|byte| format!("{byte:02x}")).concat();
    println!("{} {}", hex(plain), hex(fresh));
}
