//! Marks are read as they were written, and nothing else is taken for one.

use super::{FORMAT, Kind, Mark, crc32};

fn mark() -> Mark {
    Mark { format: FORMAT, kind: Kind::Doomed, block: 0x0102, blocks: 0x0304, serial: 0x0506_0708 }
}

/// The check value of the catalogue of CRC algorithms for CRC-32/ISO-HDLC.
#[test]
fn the_check_is_crc_32() {
    assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
}

#[test]
fn a_mark_comes_back() {
    assert_eq!(Mark::parse(&mark().encode()), Some(mark()));
    let sound = Mark { kind: Kind::Sound, ..mark() };
    assert_eq!(Mark::parse(&sound.encode()), Some(sound));
}

#[test]
fn a_mark_with_any_bit_flipped_is_none() {
    for bit in 0..Mark::LEN * 8 {
        let mut bytes = mark().encode();
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert_eq!(Mark::parse(&bytes), None, "bit {bit}");
    }
}

#[test]
fn blank_and_full_flash_hold_no_mark() {
    assert_eq!(Mark::parse(&[0xff; Mark::LEN]), None);
    assert_eq!(Mark::parse(&[0; Mark::LEN]), None);
}
