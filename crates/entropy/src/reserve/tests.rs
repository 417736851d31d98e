//! Tests of the reserve: what it gives is generator output under a key stream, is given once, and is unlike in copies.

use aes::cipher::BlockCipherEncrypt;

use super::*;

/// A generator that counts, so that every byte of a refill is known.
fn count(drawn: &mut [u8]) -> Result<(), DrbgError> {
    drawn.iter_mut().zip(0_u32..).for_each(|(byte, at)| *byte = (at % 251) as u8);
    Ok(())
}

fn full() -> Reserve {
    let mut reserve = Reserve::empty();
    reserve.refill(count).unwrap();
    reserve
}

fn fresh(kernel: u8, time: u64) -> Fresh {
    let mut fresh = Fresh::zeros();
    fresh[..16].fill(kernel);
    fresh[16..].copy_from_slice(&time.to_ne_bytes());
    fresh
}

fn taken(reserve: &mut Reserve, len: usize, fresh: &Fresh) -> Vec<u8> {
    let mut out = vec![0; len];
    reserve.take(&mut out, fresh);
    out
}

/// Worked out by AES alone: the last bytes drawn, under the key drawn before them, from kernel's bytes and time.
#[test]
fn it_gives_what_was_drawn_under_a_key_stream() {
    let mut drawn = [0; KEY + LEN];
    count(&mut drawn).unwrap();
    let (key, bytes) = drawn.split_first_chunk::<KEY>().unwrap();
    let cipher = Aes256Enc::new(key.into());
    for len in [1, 15, 16, 17, 32, 33, 64] {
        let mut counter = [0x11; 16];
        counter[7] ^= 5;
        let stream: Vec<u8> = (1..=4)
            .flat_map(|at| {
                counter[15] = 0x11 + at;
                let mut block = counter.into();
                cipher.encrypt_block(&mut block);
                block.to_vec()
            })
            .collect();
        let expected: Vec<u8> =
            bytes[LEN - len..].iter().zip(&stream).map(|(byte, stream)| byte ^ stream).collect();
        assert_eq!(taken(&mut full(), len, &fresh(0x11, 5)), expected, "{len} bytes");
    }
}

#[test]
fn copies_differ_by_the_kernels_bytes_and_by_the_time() {
    let ours = taken(&mut full(), 64, &fresh(1, 1));
    assert_eq!(taken(&mut full(), 64, &fresh(1, 1)), ours);
    for other in [fresh(2, 1), fresh(1, 2)] {
        let other = taken(&mut full(), 64, &other);
        assert!(ours.chunks(16).zip(other.chunks(16)).all(|(ours, other)| ours != other));
    }
}

#[test]
fn what_was_given_and_the_key_are_gone() {
    let mut reserve = full();
    assert_eq!(reserve.drawn[..KEY], [0; KEY]);
    let mut left = LEN;
    while reserve.has(60) {
        taken(&mut reserve, 60, &fresh(1, 1));
        left -= 60;
        assert!(reserve.drawn[KEY + left..].iter().all(|&byte| byte == 0));
        assert_eq!(reserve.drawn[KEY + left - 1], ((KEY + left - 1) % 251) as u8);
    }
    assert!(reserve.has(left) && !reserve.has(left + 1));
}

#[test]
fn a_generator_that_refuses_leaves_nothing() {
    let mut reserve = full();
    assert_eq!(reserve.refill(|_| Err(DrbgError::ReseedRequired)), Err(DrbgError::ReseedRequired));
    assert!(!reserve.has(1));
}
