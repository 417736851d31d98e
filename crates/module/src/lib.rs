//! The PKCS #11 C ABI of a Portcullis token (`libportcullis_pkcs11.so`), version 3.2 with the lists of 3.0 and 2.40.
//!
//! | room | what it alone does |
//! |---|---|
//! | `entry` | the functions: read arguments, call one method, write outputs |
//! | `arg`, `params`, `out` | raw pointers |
//! | `value` | attribute values in C's layout |
//! | `call` | the shell around every entry |
//! | `rv` | `CKR_...` codes |
//! | `library`, `slots`, `sessions` | what is initialised: slots with tokens, and sessions with handles |
//! | `config`, `environment`, `log`, `composition` | files and environment, and what a token is made of |
//!
//! What is absent: any meaning of PKCS #11, which is the token's.

#![deny(unsafe_code)]

#[allow(unsafe_code)]
mod arg;
mod call;
mod composition;
mod config;
#[allow(unsafe_code)]
mod entry;
#[allow(unsafe_code)]
mod environment;
mod error;
mod library;
mod log;
#[allow(unsafe_code)]
mod out;
mod params;
mod rv;
mod sessions;
mod slots;
mod value;

pub use entry::{C_GetFunctionList, C_GetInterface, C_GetInterfaceList, FUNCTIONS, REFUSED};

// Object handles take up to 63 bits: the place in the catalog and the login under which it can be seen.
const _: () =
    assert!(size_of::<cryptoki_sys::CK_ULONG>() == size_of::<u64>(), "this module needs a 64-bit CK_ULONG");
