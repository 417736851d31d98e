//! `C_GetAttributeValue` tries every attribute and says of each what became of it (section 5.7.5).

use std::ptr;

use cryptoki_sys::*;

use crate::support::{Module, attribute, c};

const NONE: CK_ULONG = CK_UNAVAILABLE_INFORMATION;

#[test]
fn a_partial_failure_gives_what_it_can() {
    let module = Module::with_token();
    let session = module.user_session();
    let (_, private) = module.generate(session);

    let (mut value, mut label, mut short, mut sign) = ([9; 32], [9; 8], [9; 2], [9; 1]);
    let query = CK_ATTRIBUTE { type_: CKA_CLASS, pValue: ptr::null_mut(), ulValueLen: 99 };
    let mut wanted = [
        attribute(CKA_LABEL, &mut label),
        attribute(CKA_VALUE, &mut value),
        attribute(0x7fff_ffff, &mut []),
        attribute(CKA_LABEL, &mut short),
        attribute(CKA_MODULUS, &mut []),
        query,
        attribute(CKA_SIGN, &mut sign),
    ];
    let outcome = c!(module, C_GetAttributeValue(session, private, wanted.as_mut_ptr(), 7));
    assert_eq!(outcome, CKR_ATTRIBUTE_SENSITIVE);
    assert_eq!(wanted.map(|attribute| attribute.ulValueLen), [4, NONE, NONE, NONE, NONE, 8, 1]);
    assert_eq!((&label, value, short, sign), (b"pair\x09\x09\x09\x09", [9; 32], [9; 2], [CK_TRUE]));

    // Each kind of failure has its own answer when it is the only one.
    let cases = [
        (1, CKR_ATTRIBUTE_SENSITIVE),
        (2, CKR_ATTRIBUTE_TYPE_INVALID),
        (3, CKR_BUFFER_TOO_SMALL),
        (4, CKR_ATTRIBUTE_TYPE_INVALID),
        (5, CKR_OK),
    ];
    for (index, expected) in cases {
        let mut one = [CK_ATTRIBUTE { ulValueLen: 2, ..wanted[index] }];
        assert_eq!(c!(module, C_GetAttributeValue(session, private, one.as_mut_ptr(), 1)), expected);
    }
    let nothing = c!(module, C_GetAttributeValue(session, 0, ptr::null_mut(), 0));
    assert_eq!(nothing, CKR_OBJECT_HANDLE_INVALID);
}

#[test]
fn unaligned_values_are_written_where_they_are_wanted() {
    let module = Module::with_token();
    let session = module.user_session();
    let (public, _) = module.generate(session);
    let mut bytes = [0xee_u8; 10];
    let mut wanted = [attribute(CKA_CLASS, &mut bytes[1..9])];
    assert_eq!(c!(module, C_GetAttributeValue(session, public, wanted.as_mut_ptr(), 1)), CKR_OK);
    assert_eq!(bytes[1..9], CKO_PUBLIC_KEY.to_ne_bytes());
    assert_eq!((bytes[0], bytes[9]), (0xee, 0xee));
}

#[test]
fn objects_are_created_found_changed_and_destroyed() {
    let module = Module::with_token();
    let session = module.user_session();
    let (mut class, mut token, mut label, mut content) =
        (CKO_DATA.to_ne_bytes(), [CK_TRUE], *b"note", *b"content");
    let mut template = [
        attribute(CKA_CLASS, &mut class),
        attribute(CKA_TOKEN, &mut token),
        attribute(CKA_LABEL, &mut label),
        attribute(CKA_VALUE, &mut content),
    ];
    let (mut object, mut size) = (0, 0);
    assert_eq!(c!(module, C_CreateObject(session, template.as_mut_ptr(), 4, &raw mut object)), CKR_OK);
    assert_eq!(c!(module, C_GetObjectSize(session, object, &raw mut size)), CKR_OK);
    assert!(size > content.len() as CK_ULONG);

    let find = |template: &mut [CK_ATTRIBUTE]| {
        let (mut found, mut count) = ([0; 4], 0);
        let len = template.len() as CK_ULONG;
        assert_eq!(c!(module, C_FindObjectsInit(session, template.as_mut_ptr(), len)), CKR_OK);
        let again = c!(module, C_FindObjectsInit(session, template.as_mut_ptr(), len));
        assert_eq!(again, CKR_OPERATION_ACTIVE);
        assert_eq!(c!(module, C_FindObjects(session, found.as_mut_ptr(), 4, &raw mut count)), CKR_OK);
        assert_eq!(c!(module, C_FindObjectsFinal(session)), CKR_OK);
        found[..count as usize].to_vec()
    };
    assert_eq!(find(&mut template[2..]), [object]);
    assert_eq!(find(&mut []), [object]);
    // Another vendor's attribute.
    let mut foreign = [template[2], attribute(CKA_VENDOR_DEFINED | 0x1234, &mut [])];
    assert!(find(&mut foreign).is_empty());
    let refused = c!(module, C_SetAttributeValue(session, object, foreign.as_mut_ptr(), 2));
    assert_eq!(refused, CKR_ATTRIBUTE_TYPE_INVALID);

    let mut copy = 0;
    assert_eq!(c!(module, C_CopyObject(session, object, ptr::null_mut(), 0, &raw mut copy)), CKR_OK);
    assert_eq!(find(&mut template[2..]), [object, copy]);
    assert_eq!(c!(module, C_DestroyObject(session, copy)), CKR_OK);

    let mut renamed = *b"other";
    let mut change = [attribute(CKA_LABEL, &mut renamed)];
    assert_eq!(c!(module, C_SetAttributeValue(session, object, change.as_mut_ptr(), 1)), CKR_OK);
    assert!(find(&mut template[2..]).is_empty());
    assert_eq!(find(&mut change), [object]);
    let fixed = c!(module, C_SetAttributeValue(session, object, template.as_mut_ptr(), 1));
    assert_eq!(fixed, CKR_ATTRIBUTE_READ_ONLY);
    assert_eq!(c!(module, C_DestroyObject(session, object)), CKR_OK);
    assert_eq!(c!(module, C_DestroyObject(session, object)), CKR_OBJECT_HANDLE_INVALID);
}
