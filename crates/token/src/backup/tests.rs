//! Backups through memory: what goes in comes out, and nothing else does.

use alloc::vec;

use portcullis_pal::{Change, MemoryStore};

use super::*;
use crate::store::tests::counter;

const PASSPHRASE: &[u8] = b"correct horse battery";

type Records = Vec<(Label, Vec<u8>)>;

fn label(name: &str) -> Label {
    Label::new(name.as_bytes()).unwrap()
}

fn store(records: &[(Label, Vec<u8>)]) -> MemoryStore {
    let store = MemoryStore::new();
    for (label, value) in records {
        store.apply(&[Change::save(*label, value)]).unwrap();
    }
    store
}

fn sealed(records: &[(Label, Vec<u8>)]) -> Vec<u8> {
    let (mut bytes, mut told) = (Vec::new(), 0);
    let count = write::<Error>(
        &store(records),
        PASSPHRASE,
        KeyDerivation::MINIMUM,
        &counter(),
        &mut |part| {
            bytes.extend_from_slice(part);
            Ok(())
        },
        &mut |_| told += 1,
    );
    assert_eq!(count.unwrap(), told);
    bytes
}

fn opened(mut bytes: &[u8], passphrase: &[u8]) -> Result<Records> {
    let mut records = Vec::new();
    read::<Error>(
        passphrase,
        &mut |out| {
            let (now, later) = bytes.split_at(bytes.len().min(out.len()));
            out[..now.len()].copy_from_slice(now);
            bytes = later;
            Ok(now.len())
        },
        &mut |label, value| records.push((label, value.to_vec())),
    )?;
    Ok(records)
}

fn some() -> Records {
    vec![(label("token"), b"header".to_vec()), (label(""), Vec::new()), (label("o-1"), vec![7; 30])]
}

#[test]
fn what_goes_in_comes_out() {
    // Ends in the middle of a chunk, at its end, and just behind it; values longer than a chunk.
    for len in [0, 1, 65_480, 65_486, 65_487, 65_488, 65_489, 65_490, 65_500, 200_000] {
        let mut records = some();
        records.push((label("large"), vec![9; len]));
        assert_eq!(opened(&sealed(&records), PASSPHRASE).unwrap(), records, "{len} bytes");
    }
    assert_eq!(opened(&sealed(&[]), PASSPHRASE).unwrap(), []);
}

#[test]
fn a_seed_stays_where_it_is() {
    let mut records = some();
    records.push((label("seed"), vec![1; 73]));
    records.push((label("seed-spare"), vec![1; 73]));
    assert_eq!(opened(&sealed(&records), PASSPHRASE).unwrap(), some());
}

#[test]
fn nothing_of_it_can_be_read_without_the_passphrase() {
    let bytes = sealed(&some());
    assert!(!bytes.windows(6).any(|part| part == b"header"));
    assert!(matches!(opened(&bytes, b"correct horse batterx"), Err(Error::PassphraseIncorrect)));
    let short = write::<Error>(
        &store(&some()),
        b"short",
        KeyDerivation::MINIMUM,
        &counter(),
        &mut |_| panic!("nothing is written"),
        &mut |_| {},
    );
    assert!(matches!(short, Err(Error::PassphraseLength { min: MIN_PASSPHRASE_LEN })));
}

#[test]
fn no_bit_of_it_can_change() {
    let bytes = sealed(&some());
    // The header is looked at byte by byte; of what is under one tag each second one will do.
    for at in (0..50).chain((50..bytes.len()).step_by(2)) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let refused = opened(&changed, PASSPHRASE).unwrap_err();
        let named = matches!(
            refused,
            Error::BackupDamaged { .. } | Error::PassphraseIncorrect | Error::NewerFormat { .. }
        );
        assert!(named, "byte {at}: {refused}");
    }
}

#[test]
fn no_part_of_it_can_go_or_come_or_move() {
    let bytes = sealed(&[(label("large"), vec![3; 150_000])]);
    let (header, chunk) = (50, 64 * 1024 + 16);
    for len in [0, 4, 5, 49, header, header + 15, header + chunk, header + 2 * chunk, bytes.len() - 1] {
        assert!(matches!(opened(&bytes[..len], PASSPHRASE), Err(Error::BackupDamaged { .. })), "{len} bytes");
    }
    let longer = [&bytes[..], &[0]].concat();
    assert!(matches!(opened(&longer, PASSPHRASE), Err(Error::BackupDamaged { .. })));
    let (first, second) = (header..header + chunk, header + chunk..header + 2 * chunk);
    let moved =
        [&bytes[..header], &bytes[second.clone()], &bytes[first.clone()], &bytes[second.end..]].concat();
    assert!(matches!(opened(&moved, PASSPHRASE), Err(Error::BackupDamaged { .. })));
    let without = [&bytes[..first.end], &bytes[second.end..]].concat();
    assert!(matches!(opened(&without, PASSPHRASE), Err(Error::BackupDamaged { .. })));
}

/// Chunks of another backup under the same passphrase, and a header that makes guessing cheap.
#[test]
fn what_is_not_this_backups_is_refused() {
    let bytes = sealed(&some());
    let mut cheap = bytes.clone();
    cheap[6..10].copy_from_slice(&8_u32.to_be_bytes());
    assert!(matches!(opened(&cheap, PASSPHRASE), Err(Error::BackupDamaged { .. })));
    let mut newer = bytes.clone();
    newer[4] = 2;
    assert!(matches!(opened(&newer, PASSPHRASE), Err(Error::NewerFormat { found: 2, .. })));
    assert!(check_start(&newer).is_err() && check_start(&bytes).is_ok());
    assert!(matches!(check_start(b"-----BEGIN"), Err(Error::BackupDamaged { .. })));
}
