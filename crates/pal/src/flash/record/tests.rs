//! Records come back as they were written, values are cut where they should be, and hostile bytes are no records.

use alloc::vec::Vec;
use core::num::NonZeroU64;

use super::{Commit, Piece, Record, capacity, count, encode_freed, piece_lens, pieces};
use crate::{Label, ObjectId, Stamp};

const LONGEST: usize = 100;

fn id() -> ObjectId {
    ObjectId(NonZeroU64::new(7).unwrap())
}

#[test]
fn a_value_is_cut_and_comes_back() {
    for label in [&b""[..], b"a", &[b'x'; Label::MAX]] {
        let label = Label::new(label).unwrap();
        for len in [0, 1, 40, 46, 47, 77, 78, 79, 80, 157, 158, 1000] {
            let value: Vec<u8> = (0..len).map(|at| at as u8).collect();
            let all: Vec<_> =
                pieces(Stamp(9), id(), label, &value, LONGEST).map(|piece| piece.encode()).collect();
            assert_eq!(all.len(), count(len, &label, LONGEST), "{len} bytes under {label}");
            let lens: Vec<usize> = all.iter().map(Vec::len).collect();
            assert_eq!(lens, piece_lens(len, &label, LONGEST).collect::<Vec<usize>>());
            assert!(lens.iter().all(|&len| len <= LONGEST));
            let mut whole: Vec<u8> = Vec::new();
            for (at, bytes) in all.iter().enumerate() {
                let Some(Record::Piece(piece)) = Record::parse(bytes) else { panic!("not a piece") };
                let Piece { revision, id: own, index, count, label: own_label, part } = piece;
                assert_eq!((revision, own, usize::from(index)), (Stamp(9), id(), at));
                assert_eq!(usize::from(count), all.len());
                assert_eq!(own_label, (at == 0).then_some(label));
                whole.extend(part);
            }
            assert_eq!(whole, value);
        }
    }
}

#[test]
fn what_is_said_to_fit_fits() {
    let label = Label::new(&[b'x'; Label::MAX]).unwrap();
    for pieces in 1..20 {
        assert!(count(capacity(pieces, LONGEST), &label, LONGEST) <= pieces);
    }
}

#[test]
fn commits_and_lists_come_back() {
    let commit = Commit { stamp: Stamp(1 << 40), last_id: 3, digest: u64::MAX };
    let bytes = commit.encode(&[1, 0xfffe]);
    let (read, freed) = Commit::parse(&bytes).unwrap();
    assert_eq!((read, freed.iter().collect::<Vec<_>>()), (commit, Vec::from([1, 0xfffe])));

    let bytes = encode_freed(Stamp(5), &[2, 4]);
    let Some(Record::Freed { revision, slots }) = Record::parse(&bytes) else { panic!("not a list") };
    assert_eq!((revision, slots.iter().collect::<Vec<_>>()), (Stamp(5), Vec::from([2, 4])));
}

#[test]
fn what_is_cut_short_or_made_up_is_no_record() {
    let label = Label::new(b"label").unwrap();
    let piece = pieces(Stamp(1), id(), label, b"", LONGEST).next().unwrap().encode();
    for len in 1..piece.len() {
        assert_eq!(Record::parse(&piece[..len]), None, "{len} bytes of a piece");
    }
    let commit = Commit::default().encode(&[1]);
    for len in (0..commit.len()).filter(|len| *len != commit.len() - 2) {
        assert_eq!(Commit::parse(&commit[..len]), None, "{len} bytes of a commit");
    }
    for bytes in [&[0_u8; 40][..], &[3; 40], &[0xff; 40], &[1; 21], &[2; 10]] {
        assert_eq!(Record::parse(bytes), None);
    }
    assert_eq!(Record::parse(b""), Some(Record::Empty));
}
