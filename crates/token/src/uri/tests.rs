//! The RFC's examples, what it refuses, and round trips.

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec;
use alloc::vec::Vec;

use proptest::collection::{btree_map, vec as vec_of};
use proptest::option;
use proptest::prelude::*;

use super::parse::{PATH_NAMES, QUERY_NAMES};
use super::{LibraryVersion, Pkcs11Uri, QueryError, UriClass, UriError};
use crate::Secret;
use crate::key_service::KeyQuery;

fn parse(text: &str) -> Pkcs11Uri {
    Pkcs11Uri::parse(text).unwrap()
}

fn refusal(text: &str) -> UriError {
    Pkcs11Uri::parse(text).unwrap_err()
}

fn some(text: &str) -> Option<String> {
    Some(text.to_string())
}

#[test]
fn the_empty_uri_means_anything() {
    assert_eq!(parse("pkcs11:"), Pkcs11Uri::default());
    assert_eq!(parse("pkcs11:?"), Pkcs11Uri::default());
    assert_eq!(parse("PKCS11:"), Pkcs11Uri::default());
}

#[test]
fn rfc_7512_section_3_object_examples() {
    let public = Pkcs11Uri { object: some("my-pubkey"), class: Some(UriClass::Public), ..Default::default() };
    assert_eq!(parse("pkcs11:object=my-pubkey;type=public"), public);

    let with_source = Pkcs11Uri {
        object: some("my-key"),
        class: Some(UriClass::Private),
        pin_source: some("file:/etc/token"),
        ..Default::default()
    };
    assert_eq!(parse("pkcs11:object=my-key;type=private?pin-source=file:/etc/token"), with_source);

    let named = parse("pkcs11:object=my-sign-key;type=private?module-name=mypkcs11");
    assert_eq!(named.module_name, some("mypkcs11"));
    let by_path = parse("pkcs11:object=my-sign-key;type=private?module-path=/mnt/libmypkcs11.so.1");
    assert_eq!(by_path.module_path, some("/mnt/libmypkcs11.so.1"));
}

#[test]
fn rfc_7512_section_3_certificate_example() {
    let uri = parse(
        "pkcs11:token=The%20Software%20PKCS%2311%20Softtoken;manufacturer=Snake%20Oil,%20Inc.;model=1.0;\
         object=my-certificate;type=cert;id=%69%95%3E%5C%F4%BD%EC%91;serial=?pin-source=file:/etc/token_pin",
    );
    let expected = Pkcs11Uri {
        token: some("The Software PKCS#11 Softtoken"),
        manufacturer: some("Snake Oil, Inc."),
        model: some("1.0"),
        object: some("my-certificate"),
        class: Some(UriClass::Certificate),
        id: Some(vec![0x69, 0x95, 0x3e, 0x5c, 0xf4, 0xbd, 0xec, 0x91]),
        serial: some(""),
        pin_source: some("file:/etc/token_pin"),
        ..Default::default()
    };
    assert_eq!(uri, expected);
}

#[test]
fn rfc_7512_section_3_token_slot_and_library_examples() {
    let with_pin = parse(
        "pkcs11:token=Software%20PKCS%2311%20softtoken;manufacturer=Snake%20Oil,%20Inc.?pin-value=the-pin",
    );
    assert_eq!(with_pin.pin_value, Some(Secret::copied(b"the-pin")));
    assert_eq!(parse("pkcs11:slot-description=Sun%20Metaslot").slot_description, some("Sun Metaslot"));

    let library = parse(
        "pkcs11:library-manufacturer=Snake%20Oil,%20Inc.;library-description=Soft%20Token%20Library;\
         library-version=1.23",
    );
    assert_eq!(library.library_version, Some(LibraryVersion { major: 1, minor: 23 }));
    let whole = parse(
        "pkcs11:token=My%20token%25%20created%20by%20Joe;library-version=3;id=%01%02%03%Ba%dd%Ca%fe%04%05%06",
    );
    assert_eq!(whole.token, some("My token% created by Joe"));
    assert_eq!(whole.library_version, Some(LibraryVersion { major: 3, minor: 0 }));
    assert_eq!(whole.id, Some(vec![1, 2, 3, 0xba, 0xdd, 0xca, 0xfe, 4, 5, 6]));
}

#[test]
fn rfc_7512_section_3_escapes_and_vendor_attributes() {
    let escaped =
        parse("pkcs11:token=A%20name%20with%20a%20substring%20%25%3B;object=my-certificate;type=cert");
    assert_eq!(escaped.token, some("A name with a substring %;"));
    let acute = parse("pkcs11:token=Name%20with%20a%20small%20A%20with%20acute:%20%C3%A1;type=cert");
    assert_eq!(acute.token, some("Name with a small A with acute: \u{e1}"));

    let vendor = parse(
        "pkcs11:token=my-token;object=my-certificate;type=cert;vendor-aaa=value-a\
         ?pin-source=file:/etc/token_pin&vendor-bbb=value-b",
    );
    assert_eq!(vendor.vendor.get("vendor-aaa"), Some(&b"value-a".to_vec()));
    assert_eq!(vendor.vendor_query, [("vendor-bbb".to_string(), b"value-b".to_vec())]);
}

#[test]
fn equal_uris_differ_in_order_and_escapes_only() {
    let one = "pkcs11:token=a%2bb;object=k?module-name=m&pin-value=%31";
    assert_eq!(parse(one), parse("pkcs11:object=%6B;token=a+b?pin-value=1&module-name=m"));
    assert_ne!(parse("pkcs11:object=key"), parse("pkcs11:object=Key"));
    assert_ne!(parse("pkcs11:object="), parse("pkcs11:"));
}

#[test]
fn each_part_has_its_own_reserved_characters() {
    assert_eq!(parse("pkcs11:object=:[]@!$'()*+,=&").object, some(":[]@!$'()*+,=&"));
    assert_eq!(parse("pkcs11:?pin-source=|/bin/pin?x=(1)").pin_source, some("|/bin/pin?x=(1)"));
    assert_eq!(refusal("pkcs11:object=a/b"), UriError::Character(15));
    assert_eq!(refusal("pkcs11:object=a b"), UriError::Character(15));
    assert_eq!(refusal("pkcs11:object=a#b"), UriError::Character(15));
    assert_eq!(refusal("pkcs11:object=\u{e1}"), UriError::Character(14));
    assert_eq!(refusal("pkcs11:token=t?pin-source=a;b"), UriError::Character(27));
}

#[test]
fn malformed_uris_say_where() {
    assert_eq!(refusal("pkcs12:object=a"), UriError::Scheme);
    assert_eq!(refusal(""), UriError::Scheme);
    assert_eq!(refusal("pkcs11:object=%4"), UriError::PercentEncoding(14));
    assert_eq!(refusal("pkcs11:object=%zz"), UriError::PercentEncoding(14));
    assert_eq!(refusal("pkcs11:id=%+1"), UriError::PercentEncoding(10));
    assert_eq!(refusal("pkcs11:object"), UriError::Attribute(7));
    assert_eq!(refusal("pkcs11:token=a;"), UriError::Attribute(15));
    assert_eq!(refusal("pkcs11:=a"), UriError::Attribute(7));
    assert_eq!(refusal("pkcs11:a.b=c"), UriError::Attribute(7));
    assert_eq!(refusal("pkcs11:token=a?x"), UriError::Attribute(15));
    assert_eq!(refusal("pkcs11:object=%ff"), UriError::NotUtf8("object".into()));
    assert_eq!(refusal("pkcs11:type=key"), UriError::Class);
}

#[test]
fn numbers_are_decimal_digits_of_the_right_size() {
    assert_eq!(parse("pkcs11:slot-id=18446744073709551615").slot_id, Some(u64::MAX));
    for bad in ["slot-id=", "slot-id=+1", "slot-id=0x1", "slot-id=18446744073709551616"] {
        assert_eq!(refusal(&format!("pkcs11:{bad}")), UriError::Number("slot-id".into()), "{bad}");
    }
    for bad in ["1.", ".1", "256", "1.256", "1.2.3", "a"] {
        let refused = refusal(&format!("pkcs11:library-version={bad}"));
        assert_eq!(refused, UriError::Number("library-version".into()), "{bad}");
    }
}

#[test]
fn duplicates_are_refused_but_of_vendors_in_the_query() {
    assert_eq!(refusal("pkcs11:id=%01;id=%01"), UriError::Duplicate("id".into()));
    assert_eq!(refusal("pkcs11:x-a=1;x-a=1"), UriError::Duplicate("x-a".into()));
    assert_eq!(refusal("pkcs11:?pin-value=1&pin-value=2"), UriError::Duplicate("pin-value".into()));
    assert_eq!(parse("pkcs11:?x-a=1&x-a=2").vendor_query.len(), 2);
    assert_eq!(refusal("pkcs11:?pin-source=a&pin-value=b"), UriError::TwoPins);
}

#[test]
fn attributes_on_the_wrong_side_are_refused() {
    for name in PATH_NAMES {
        let value = if name == "type" { "data" } else { "1" };
        assert!(parse(&format!("pkcs11:{name}={value}")).vendor.is_empty(), "{name}");
        assert_eq!(refusal(&format!("pkcs11:?{name}={value}")), UriError::Misplaced(name.into()));
    }
    for name in QUERY_NAMES {
        assert!(parse(&format!("pkcs11:?{name}=1")).vendor_query.is_empty(), "{name}");
        assert_eq!(refusal(&format!("pkcs11:token=t;{name}=1")), UriError::Misplaced(name.into()));
    }
}

#[test]
fn the_pin_is_written_by_encode_alone() {
    let uri = parse("pkcs11:token=t?pin-value=s3cr%3Bet&module-name=m");
    assert_eq!(uri.to_string(), "pkcs11:token=t?module-name=m");
    assert_eq!(format!("{uri:?}"), "Pkcs11Uri(\"pkcs11:token=t?module-name=m\", pin-value withheld)");
    assert_eq!(uri.encode().as_str(), "pkcs11:token=t?module-name=m&pin-value=s3cr%3Bet");
    let alone = parse("pkcs11:?pin-value=1");
    assert_eq!(alone.encode().as_str(), "pkcs11:?pin-value=1");
}

#[test]
fn errors_do_not_quote_the_pin() {
    for text in ["pkcs11:?pin-value=s3cret%", "pkcs11:?pin-value=s3cret;", "pkcs11:?pin-value=s3cret&s3cret"]
    {
        let error = refusal(text);
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{text}");
    }
}

#[test]
fn encode_escapes_all_of_the_id_and_no_more_than_needed_elsewhere() {
    let uri = Pkcs11Uri {
        id: Some(b"a\0".to_vec()),
        object: some("a;b/c d&e"),
        module_path: some("/a&b"),
        ..Default::default()
    };
    assert_eq!(uri.to_string(), "pkcs11:id=%61%00;object=a%3Bb%2Fc%20d&e?module-path=/a%26b");
}

#[test]
fn a_key_is_named_by_label_id_or_uri() {
    let label = KeyQuery { label: some("device key; 1"), ..Default::default() };
    assert_eq!(KeyQuery::parse("device key; 1"), Ok(label));
    let id = KeyQuery { id: Some(vec![0x0a, 0x1b]), ..Default::default() };
    assert_eq!(KeyQuery::parse("id:0a1B"), Ok(id));
    let uri = KeyQuery {
        token: some("t"),
        serial: some("1"),
        manufacturer: some("m"),
        model: some("p"),
        label: some("k"),
        id: Some(vec![1]),
    };
    let text = "pkcs11:token=t;serial=1;manufacturer=m;model=p;object=k;id=%01;type=private?pin-value=1&x=y";
    assert_eq!(KeyQuery::parse(text), Ok(uri));
    assert_eq!(KeyQuery::parse("pkcs11:object=id:00").unwrap().label, some("id:00"));
}

#[test]
fn what_names_no_private_key_is_refused() {
    assert_eq!(KeyQuery::parse(""), Err(QueryError::Empty));
    for bad in ["id:", "id:0", "id:0g", "id:+1", "id:0a 1b", "id:\u{e1}"] {
        assert_eq!(KeyQuery::parse(bad), Err(QueryError::Id), "{bad}");
    }
    assert_eq!(KeyQuery::parse("pkcs11:type=cert"), Err(QueryError::Class("cert")));
    assert_eq!(KeyQuery::parse("pkcs11:object"), Err(QueryError::Uri(UriError::Attribute(7))));
    for name in ["slot-id", "slot-description", "slot-manufacturer", "library-version", "x-vendor"] {
        let refused = KeyQuery::parse(&format!("pkcs11:object=k;{name}=1"));
        assert_eq!(refused, Err(QueryError::Attribute(name.into())));
    }
}

fn text() -> impl Strategy<Value = Option<String>> {
    option::of(".{0,12}")
}

fn octets() -> impl Strategy<Value = Vec<u8>> {
    vec_of(any::<u8>(), 0..12)
}

prop_compose! {
    fn path()(
        texts in [text(), text(), text(), text(), text(), text(), text(), text(), text()],
        version in option::of(any::<(u8, u8)>()),
        class in option::of(prop::sample::select(UriClass::WORDS.map(|(class, _)| class).to_vec())),
        id in option::of(octets()),
        slot_id in option::of(any::<u64>()),
        vendor in btree_map("x-[A-Za-z0-9_-]{0,6}", octets(), 0..3),
    ) -> Pkcs11Uri {
        let [token, manufacturer, serial, model, object, text_6, text_7, text_8, text_9] = texts;
        Pkcs11Uri {
            token, manufacturer, serial, model, object,
            library_manufacturer: text_6,
            library_description: text_7,
            slot_manufacturer: text_8,
            slot_description: text_9,
            library_version: version.map(|(major, minor)| LibraryVersion { major, minor }),
            class, id, slot_id, vendor,
            ..Default::default()
        }
    }
}

prop_compose! {
    fn uri()(
        path in path(),
        source in text(),
        pin in option::of(octets()),
        module_name in text(),
        module_path in text(),
        vendor_query in vec_of(("x-[A-Za-z0-9_-]{0,6}", octets()), 0..3),
    ) -> Pkcs11Uri {
        let pin_source = if pin.is_some() { None } else { source };
        Pkcs11Uri { pin_source, pin_value: pin.map(Secret::new), module_name, module_path, vendor_query, ..path }
    }
}

proptest! {
    #[test]
    fn parse_gives_back_what_encode_wrote(uri in uri()) {
        let encoded = uri.encode();
        prop_assert!(encoded.is_ascii());
        prop_assert_eq!(Pkcs11Uri::parse(&encoded), Ok(uri));
    }

    #[test]
    fn no_text_panics(text in ".{0,64}", tail in "[a-z0-9;=?&%:#/+-]{0,64}") {
        let _ = KeyQuery::parse(&text);
        let _ = KeyQuery::parse(&format!("id:{text}"));
        let with_scheme = format!("pkcs11:{tail}");
        if let Ok(uri) = Pkcs11Uri::parse(&with_scheme) {
            prop_assert_eq!(Pkcs11Uri::parse(&uri.encode()), Ok(uri));
        }
        let _ = Pkcs11Uri::parse(&format!("pkcs11:{text}"));
    }
}
