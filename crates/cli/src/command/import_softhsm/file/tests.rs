//! Files that are whole, and files that are not.

use super::*;

fn numbers(list: &[u64]) -> Vec<u8> {
    list.iter().flat_map(|number| number.to_be_bytes()).collect()
}

fn whole() -> Vec<u8> {
    [
        numbers(&[28, 0, 2, 3, 1, 1]),
        vec![0xff],
        numbers(&[3, 3, 5]),
        b"label".to_vec(),
        numbers(&[0x4000_0600, 5, 2, 7, 8, 0x4000_0211, 4, 24, 0x161, 2, 32]),
    ]
    .concat()
}

#[test]
fn every_kind_of_value_is_read() {
    let attributes = parse(&whole()).unwrap();
    assert_eq!(attributes[&0].number(), Some(3));
    assert!(attributes[&1].is_true());
    assert_eq!(attributes[&3].bytes(), Some(&b"label"[..]));
    assert!(matches!(&attributes[&0x4000_0600], Stored::Mechanisms(list) if *list == [7, 8]));
    let Stored::Attributes(inner) = &attributes[&0x4000_0211] else { panic!("a template") };
    assert_eq!(inner[&0x161].number(), Some(32));
}

#[test]
fn a_file_that_ends_early_or_lies_about_a_length_is_refused() {
    let whole = whole();
    // An end between two attributes shows only in what is missing then.
    let between = [8, 32, 49, 78, 118].map(|end: usize| end);
    for end in (0..whole.len()).filter(|end| !between.contains(end)) {
        assert!(parse(&whole[..end]).is_none(), "{end} bytes");
    }
    for hostile in [&[0, 3, 3, u64::MAX][..], &[0, 1, 5, u64::MAX], &[0, 1, 4, u64::MAX], &[0, 1, 9, 0]] {
        assert!(parse(&numbers(hostile)).is_none());
    }
    let mut nested = numbers(&[1, 2, 3]);
    for _ in 0..9 {
        nested = [numbers(&[1, 4, nested.len() as u64]), nested].concat();
    }
    assert!(parse(&[numbers(&[0]), nested].concat()).is_none());
}
