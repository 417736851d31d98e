//! Tests of how numbers follow each other.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicU64, Ordering};

use portcullis_entropy::{Random, RandomError};

use super::{Numbers, RUN};
use crate::Error;

/// Draws that differ in all bits, or none.
struct Draws(AtomicU64);

impl Random for Draws {
    fn fill(&self, out: &mut [u8]) -> Result<(), RandomError> {
        let n = self.0.fetch_add(1, Ordering::Relaxed);
        if n == 0 {
            return Err(RandomError::NoEntropy);
        }
        out.copy_from_slice(&n.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
        Ok(())
    }

    fn mix(&self, _: &[u8]) -> Result<(), RandomError> {
        Ok(())
    }
}

fn given(count: u64) -> Vec<u64> {
    let (numbers, draws) = (Numbers::default(), Draws(AtomicU64::new(1)));
    (0..count).map(|_| numbers.next(&draws).unwrap().0).collect()
}

#[test]
fn no_number_is_given_twice() {
    let numbers = given(100 * RUN);
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
}

/// The low bits choose the page of the ledger, the high ones the place among the labels.
#[test]
fn the_numbers_of_a_run_are_neighbours_and_runs_are_not() {
    let numbers = given(100 * RUN);
    let ends = |number: &u64| (number >> 40, number & 0xffff_ffff);
    let runs: Vec<BTreeSet<_>> =
        numbers.chunks(RUN as usize).map(|run| run.iter().map(ends).collect()).collect();
    assert!(runs.iter().all(|run| run.len() == 1));
    assert_eq!(runs.iter().flatten().collect::<BTreeSet<_>>().len(), runs.len());
}

#[test]
fn without_randomness_there_is_no_number() {
    let (numbers, draws) = (Numbers::default(), Draws(AtomicU64::new(0)));
    assert!(matches!(numbers.next(&draws), Err(Error::Random(_))));
    assert!(numbers.next(&draws).is_ok());
}
