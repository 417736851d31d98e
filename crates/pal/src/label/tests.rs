//! Labels at their limit, and as people see them.

use alloc::string::ToString;

use super::{Label, LabelTooLong};

#[test]
fn a_label_has_at_most_32_bytes() {
    assert_eq!(Label::new(&[7; 32]).map(|label| label.as_bytes().to_vec()), Ok([7; 32].to_vec()));
    assert_eq!(Label::new(&[7; 33]), Err(LabelTooLong));
    assert_eq!(Label::new(b"").map(|label| label.as_bytes().len()), Ok(0));
}

#[test]
fn labels_that_differ_in_length_only_differ() {
    assert_ne!(Label::new(b"a"), Label::new(b"a\0"));
}

#[test]
fn a_label_is_shown_without_control_characters() {
    let label = Label::new(b"Device Priv\n\x1b\"\xff").unwrap();
    assert_eq!(label.to_string(), r#"Device Priv\n\x1b\"\xff"#);
}
