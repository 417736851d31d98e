//! The C structures that are read and written as a whole, wherever a caller says that one lies.

use cryptoki_sys::*;

/// C structures that any bytes are a value of, so that one may be read from wherever a caller says.
///
/// # Safety
/// Every pattern of bits must be a valid value.
pub(crate) unsafe trait Plain: Copy {}

/// `CK_GCM_PARAMS` as the header files of version 2.40 had it, without `ulIvBits`. Programs built with them are
/// still about; the length tells which one it is.
#[derive(Clone, Copy)]
#[repr(C)]
pub(crate) struct EarlierGcm {
    pub(crate) iv: *mut CK_BYTE,
    pub(crate) iv_len: CK_ULONG,
    pub(crate) aad: *mut CK_BYTE,
    pub(crate) aad_len: CK_ULONG,
    pub(crate) tag_bits: CK_ULONG,
}

/// Declares plain structures. One with a Rust reference, a `bool` or an enumeration has no place here.
macro_rules! plain {
    ($($structure:ty),+ $(,)?) => {
        $(
            // SAFETY: integers, raw pointers and optional function pointers, of which zero is none; arrays and
            // structures of them.
            unsafe impl Plain for $structure {}
        )+
    };
}

plain! {
    CK_ULONG,
    CK_VERSION,
    CK_C_INITIALIZE_ARGS,
    CK_ATTRIBUTE,
    CK_MECHANISM,
    // Signatures.
    CK_RSA_PKCS_PSS_PARAMS,
    CK_EDDSA_PARAMS,
    CK_SIGN_ADDITIONAL_CONTEXT,
    CK_HASH_SIGN_ADDITIONAL_CONTEXT,
    // Ciphers.
    CK_RSA_PKCS_OAEP_PARAMS,
    CK_RSA_AES_KEY_WRAP_PARAMS,
    CK_AES_CTR_PARAMS,
    CK_GCM_PARAMS,
    EarlierGcm,
    CK_CCM_PARAMS,
    CK_GCM_WRAP_PARAMS,
    CK_CCM_WRAP_PARAMS,
    CK_SALSA20_CHACHA20_POLY1305_PARAMS,
    CK_GCM_MESSAGE_PARAMS,
    CK_CCM_MESSAGE_PARAMS,
    CK_SALSA20_CHACHA20_POLY1305_MSG_PARAMS,
    // Derivations.
    CK_KEY_DERIVATION_STRING_DATA,
    CK_AES_CBC_ENCRYPT_DATA_PARAMS,
    CK_ECDH1_DERIVE_PARAMS,
    CK_HKDF_PARAMS,
    CK_PKCS5_PBKD2_PARAMS2,
    CK_SP800_108_KDF_PARAMS,
    CK_SP800_108_FEEDBACK_KDF_PARAMS,
    CK_SP800_108_COUNTER_FORMAT,
    CK_SP800_108_DKM_LENGTH_FORMAT,
    CK_PRF_DATA_PARAM,
    CK_DERIVED_KEY,
    // TLS.
    CK_TLS12_MASTER_KEY_DERIVE_PARAMS,
    CK_TLS12_EXTENDED_MASTER_KEY_DERIVE_PARAMS,
    CK_TLS12_KEY_MAT_PARAMS,
    CK_SSL3_KEY_MAT_OUT,
    CK_TLS_KDF_PARAMS,
    CK_TLS_MAC_PARAMS,
}
