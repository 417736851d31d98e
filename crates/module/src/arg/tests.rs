//! Hostile arguments: what can be told to be wrong is refused before memory is read by it.

use std::ffi::c_void;
use std::ptr;

use cryptoki_sys::{CKA_CLASS, CKA_HW_FEATURE_TYPE, CKA_LABEL, CKA_TOKEN};
use portcullis_token::ObjectClass;

use super::*;

fn caller() -> Caller {
    // SAFETY: every pointer in these tests is NULL, refused before it is used, or leads to what the test owns.
    unsafe { Caller::trusted() }
}

fn attribute(type_: CK_ULONG, value: &mut [u8]) -> CK_ATTRIBUTE {
    let len = value.len() as CK_ULONG;
    CK_ATTRIBUTE { type_, pValue: value.as_mut_ptr().cast::<c_void>(), ulValueLen: len }
}

#[test]
fn null_is_good_for_no_bytes_and_no_more() {
    assert_eq!(caller().bytes(ptr::null(), 0).unwrap(), b"");
    for len in [1, CK_ULONG::MAX / 2, CK_ULONG::MAX] {
        assert!(matches!(caller().bytes(ptr::null(), len), Err(Error::ArgumentsBad(_))));
    }
    assert!(caller().some_bytes(ptr::null(), 0).is_err());
    assert!(caller().some_bytes(b"".as_ptr(), 0).is_ok());
}

#[test]
fn lengths_and_counts_beyond_all_memory_are_refused() {
    let byte = [0_u8];
    for len in [CK_ULONG::MAX, CK_ULONG::MAX / 2 + 1, CK_ULONG::MAX / 2, MAX_BYTES + 1] {
        assert!(caller().bytes(byte.as_ptr(), len).is_err());
    }
    let template = [attribute(CKA_LABEL, &mut [])];
    for count in
        [CK_ULONG::MAX, CK_ULONG::MAX / size_of::<CK_ATTRIBUTE>() as CK_ULONG + 2, MAX_ATTRIBUTES + 1]
    {
        assert!(matches!(caller().template(template.as_ptr(), count), Err(Error::ArgumentsBad(_))));
    }
    assert!(matches!(caller().template(ptr::null(), 1), Err(Error::ArgumentsBad(_))));
    assert!(caller().template(ptr::null(), 0).is_ok());
}

#[test]
fn unaligned_structures_and_values_are_read() {
    let mut class = [0_u8; 9];
    class[1..].copy_from_slice(&ObjectClass::PrivateKey.code().to_ne_bytes());
    let one = attribute(CKA_CLASS, &mut class[1..]);
    let mut shifted = [0_u8; size_of::<CK_ATTRIBUTE>() + 1];
    let place = shifted[1..].as_mut_ptr().cast::<CK_ATTRIBUTE>();
    // SAFETY: the place has room for one, at whatever alignment.
    unsafe { place.write_unaligned(one) };
    let template = caller().template(place, 1).unwrap();
    let expected = Template::of(ObjectClass::PrivateKey);
    assert_eq!(format!("{template:?}"), format!("{expected:?}"));
}

#[test]
fn values_are_checked_before_the_token_sees_them() {
    let template = |attribute: CK_ATTRIBUTE| caller().template(&raw const attribute, 1);
    let long_null = CK_ATTRIBUTE { type_: CKA_LABEL, pValue: ptr::null_mut(), ulValueLen: 5 };
    assert!(matches!(template(long_null), Err(Error::AttributeMalformed(CKA_LABEL))));
    let endless = CK_ATTRIBUTE { ulValueLen: CK_ULONG::MAX, ..attribute(CKA_LABEL, &mut [0]) };
    assert!(matches!(template(endless), Err(Error::AttributeMalformed(CKA_LABEL))));
    assert!(matches!(template(attribute(CKA_TOKEN, &mut [1, 0])), Err(Error::AttributeMalformed(CKA_TOKEN))));
    assert!(matches!(template(attribute(CKA_HW_FEATURE_TYPE, &mut [])), Err(Error::AttributeUnknown(_))));
    assert!(matches!(template(attribute(CK_ULONG::MAX, &mut [])), Err(Error::AttributeUnknown(_))));
}

#[test]
fn a_number_where_a_string_should_be_is_no_string() {
    assert_eq!(caller().string(ptr::null()).unwrap(), None);
    assert_eq!(caller().string(c"text".as_ptr()).unwrap(), Some("text"));
    assert!(caller().string(ptr::without_provenance(1)).is_err());
    assert!(caller().string(c"\xff".as_ptr()).is_err());
}
