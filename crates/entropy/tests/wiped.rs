//! `Uninstantiate` (SP 800-90A Rev. 1 section 9.4) is dropping a generator: what is left where its state was. The one
//! thing that only `unsafe` code can look at.
#![allow(clippy::unwrap_used, reason = "a test that panics has failed")]
#![allow(unsafe_code, reason = "it reads memory after a drop")]

use std::mem::MaybeUninit;

use portcullis_entropy::drbg::{CtrDrbg, CtrDrbgNoDf, Drbg, HmacDrbg};
use sha2::{Sha256, Sha384, Sha512};

/// The bytes of a value, before and after it is dropped.
fn before_and_after<T>(value: T) -> [Vec<u8>; 2] {
    let len = size_of::<T>();
    let mut place = Box::new(MaybeUninit::<T>::zeroed());
    place.write(value);
    let bytes = |place: &MaybeUninit<T>| -> Vec<u8> {
        let start = place.as_ptr().cast::<u8>();
        // SAFETY: the place has so many bytes; a volatile read takes them as they are.
        (0..len).map(|at| unsafe { start.wrapping_add(at).read_volatile() }).collect()
    };
    let before = bytes(&place);
    // SAFETY: a value was written there, and nobody uses it after this.
    unsafe { place.assume_init_drop() };
    [before, bytes(&place)]
}

/// What padding may hold of anything: that of the counter beside `V`.
const PADDING: usize = 8;

/// How many bytes are still what they were, those aside that are the same in another instance: they are constants. A zero
/// is what wiping leaves.
fn kept(before: &[u8], after: &[u8], other: &[u8]) -> usize {
    let states = before.iter().zip(other).zip(after);
    states.filter(|((before, other), after)| before == after && before != other && **after != 0).count()
}

fn leaves_nothing<D: Drbg>() {
    let drbg = |entropy| {
        let mut drbg = D::instantiate(&[entropy; 48], &[], &[]).unwrap();
        drbg.generate(&mut [0; 16], &[entropy; 40]).unwrap();
        drbg
    };
    let [other, _] = before_and_after(drbg(9));
    let [before, after] = before_and_after(drbg(7));
    let state = kept(&before, &before, &other);
    assert!(state > 90, "a state of {state} bytes is not where this test looks");
    let kept = kept(&before, &after, &other);
    assert!(kept <= PADDING, "{kept} bytes of {state} are left");
}

#[test]
fn a_dropped_generator_leaves_no_state() {
    leaves_nothing::<CtrDrbg>();
    leaves_nothing::<CtrDrbgNoDf>();
    leaves_nothing::<HmacDrbg<Sha256>>();
    leaves_nothing::<HmacDrbg<Sha384>>();
    leaves_nothing::<HmacDrbg<Sha512>>();
}

/// The test sees a state that is left behind.
#[test]
fn what_is_not_wiped_is_seen() {
    let [before, after] = before_and_after([7_u8; 48]);
    assert_eq!(kept(&before, &after, &[9; 48]), 48);
}
