//! A PKCS #11 token in safe Rust: everything the standard says about objects, attributes, sessions,
//! login and operations, over any store ([`portcullis_pal::ObjectStore`]), any cryptography ([`Engine`])
//! and any source of randomness ([`portcullis_entropy::Random`]).
//!
//! What is absent: raw pointers and C layouts (the C module's), curve and hash arithmetic (the engine's),
//! media (the PAL's), TLS types.

#![cfg_attr(not(feature = "std"), no_std)]
#![forbid(unsafe_code)]

extern crate alloc;

mod attribute;
pub mod backup;
pub mod engine;
mod error;
pub mod formats;
pub mod key_service;
mod material;
mod mechanism;
mod object;
mod policy;
mod secret;
mod session;
mod store;
mod sync;
mod token;
pub mod uri;
mod vault;

pub use attribute::{
    AttributeSet, AttributeType, AttributeValue, Date, Kind as AttributeKind, Template, Value,
};
pub use engine::{Engine, EngineError, Mechanism};
pub use error::{Error, Result};
pub use key_service::{KeyService, TokenKeys};
pub use material::{Curve, KeyMaterial, KeyType, ParameterSet, RsaPrivate, RsaPublic};
pub use mechanism::{
    EcdhKdf, HashAlgorithm, Hedge, HkdfSalt, IntegerFormat, KbkdfField, MechanismCall, MechanismType, Oaep,
    Parameters, TlsRandoms,
};
pub use object::{ObjectClass, ObjectHandle};
pub use secret::Secret;
pub use session::{
    CipherMessage, DerivedKeys, IvGenerator, OperationKind, Output, Room, Session, SessionAccess, SessionInfo,
};
pub use store::KeyDerivation;
pub use token::{Device, Login, MechanismInfo, Parts, PinState, Token, TokenInfo, UserType};
