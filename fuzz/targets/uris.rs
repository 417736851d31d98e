//! PKCS #11 URIs and key names (RFC 7512), as users and configuration files write them.

#![no_main]
#![forbid(unsafe_code)]

use libfuzzer_sys::fuzz_target;
use portcullis_token::key_service::KeyQuery;
use portcullis_token::uri::Pkcs11Uri;

fuzz_target!(|text: &str| {
    let _ = KeyQuery::parse(text);
    for text in [text.to_owned(), format!("pkcs11:{text}")] {
        if let Ok(uri) = Pkcs11Uri::parse(&text) {
            let again = Pkcs11Uri::parse(&uri.encode()).expect("what was written can be read");
            assert!(uri == again, "{uri} reads as {again}");
        }
    }
});
