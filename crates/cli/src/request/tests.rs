//! Names in requests. Whole requests are checked by `openssl`, in `tests/it`.

use super::*;

#[test]
fn names_are_read_or_refused() {
    for good in ["dns:device.example", "dns:*.example", "ip:192.0.2.1", "ip:2001:db8::1"] {
        assert!(AlternativeName::from_str(good).is_ok(), "{good}");
    }
    for bad in ["device", "dns:", "dns:a b", "dns:a..b", "ip:1.2.3", "uri:x", "dns:*"] {
        assert!(AlternativeName::from_str(bad).is_err(), "{bad}");
    }
}

#[test]
fn a_subject_is_written_as_rfc_4514_has_it() {
    let name = subject("CN=device 7,O=Example\\, Inc.,C=NO").expect("a name");
    assert_eq!(name.to_string(), "CN=device 7,O=Example\\, Inc.,C=NO");
    let spaced = subject("CN=a\\, b\\\\, O=Example,  C=NO").expect("a name");
    assert_eq!(spaced.to_string(), "CN=a\\, b\\\\,O=Example,C=NO");
    for bad in ["device", "/CN=device/O=Example", "CN=a,,O=b", "XX=1", "CN", "="] {
        assert!(subject(bad).is_err(), "{bad}");
    }
}
