//! The well-known objects, and images, byte by byte.

use super::WellKnown;
use super::image::{self, Unsound};
use crate::table::Table;
use crate::{Change, Label};

#[test]
fn the_well_known_objects_are_told_apart() {
    for (index, object) in WellKnown::ALL.into_iter().enumerate() {
        assert_eq!(object.handle() as usize, index + 1);
        assert_eq!(WellKnown::of_label(&object.label()), Some(object));
        assert!(object.file_name().starts_with("corePKCS11_") && object.file_name().ends_with(".dat"));
    }
    assert_eq!(WellKnown::of_label(&Label::new(b"Device").unwrap()), None);
}

/// The layout of `docs/storage-format.md`.
#[test]
fn an_image_is_laid_out_as_written_down() {
    let mut table = Table::default();
    table.apply(&[Change::save(Label::new(b"ab").unwrap(), b"xyz")]).unwrap();
    let bytes = image::encode(&table);
    assert_eq!(bytes[..5], *b"PTCI\x01");
    assert_eq!(bytes[5..9], 87_u32.to_be_bytes());
    assert_eq!(bytes.len(), 87);
    assert_eq!(bytes[9..29], *b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\0\0\0\x01");
    assert_eq!(bytes[29..55], *b"\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x01\x02ab\0\0\0\x03xyz");
    assert!(image::decode(&bytes).unwrap().holds_the_same_as(&table));
}

#[test]
fn a_newer_image_is_named() {
    use sha2::{Digest as _, Sha256};
    let mut bytes = image::encode(&Table::default()).to_vec();
    bytes[4] = 9;
    let covered = bytes.len() - 32;
    assert_eq!(image::decode(&bytes).err(), Some(Unsound::Damaged));
    let digest = Sha256::digest(&bytes[..covered]);
    bytes[covered..].copy_from_slice(&digest);
    assert_eq!(image::decode(&bytes).err(), Some(Unsound::Newer(9)));
}
