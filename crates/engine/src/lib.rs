//! Software cryptography behind [`portcullis_token::Engine`].

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]
