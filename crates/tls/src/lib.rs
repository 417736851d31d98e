//! rustls with keys that never leave their token.

#![forbid(unsafe_code)]
