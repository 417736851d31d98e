//! The wording of keys and queries.

use portcullis_token::key_service::{KeyAlgorithm, KeyRef};

use super::*;

fn info(label: &str, id: &[u8]) -> KeyInfo {
    KeyInfo {
        key: KeyRef(1),
        label: label.to_owned(),
        id: id.to_vec(),
        algorithm: KeyAlgorithm::Rsa { bits: 2048 },
        public_key: Vec::new().into(),
        schemes: Vec::new(),
    }
}

#[test]
fn a_key_is_named_by_what_it_has() {
    assert_eq!(key(&info("device", &[0x01, 0xaf])), "key \"device\" (id 01af)");
    assert_eq!(key(&info("device", &[])), "key \"device\"");
    assert_eq!(key(&info("", &[0x0a])), "the key with id 0a");
    assert_eq!(key(&info("", &[])), "the unnamed key");
}

#[test]
fn control_characters_of_a_label_do_not_reach_a_log() {
    assert_eq!(key(&info("a\n\x1b[2J", &[])), r#"key "a\n\u{1b}[2J""#);
}

#[test]
fn a_query_is_named_by_the_fields_it_gives() {
    let asked = KeyQuery { token: Some("gate".into()), id: Some(vec![7]), ..KeyQuery::default() };
    assert_eq!(query(&asked), "token \"gate\", id 07");
    assert_eq!(query(&KeyQuery::default()), "a query for any key");
}
