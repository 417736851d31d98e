//! Keys and queries in words, for errors and logs. Nothing here is secret.

use std::fmt::Write as _;

use portcullis_token::key_service::{KeyInfo, KeyQuery};

/// A key by its label and id: `key "device" (id 01af)`.
pub(crate) fn key(info: &KeyInfo) -> String {
    match (info.label.as_str(), info.id.as_slice()) {
        ("", []) => "the unnamed key".to_owned(),
        ("", id) => format!("the key with id {}", hex(id)),
        (label, []) => format!("key {label:?}"),
        (label, id) => format!("key {label:?} (id {})", hex(id)),
    }
}

/// A query by the fields that it gives: `label "device", id 01af`.
pub(crate) fn query(query: &KeyQuery) -> String {
    let texts = [
        ("token", &query.token),
        ("serial", &query.serial),
        ("manufacturer", &query.manufacturer),
        ("model", &query.model),
        ("label", &query.label),
    ];
    let mut parts: Vec<String> = texts
        .into_iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name} {value:?}")))
        .collect();
    parts.extend(query.id.as_ref().map(|id| format!("id {}", hex(id))));
    if parts.is_empty() { "a query for any key".to_owned() } else { parts.join(", ") }
}

/// `bytes` in lower-case hexadecimal.
fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a `String` can't fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests;
