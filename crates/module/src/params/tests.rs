//! Each structure as a program gives it, cut short, and with pointers that lead nowhere.

use std::ptr;

use cryptoki_sys::*;
use portcullis_token::{EcdhKdf, HashAlgorithm, Hedge, HkdfSalt, KbkdfField, Oaep, ObjectHandle};

use super::*;

#[allow(unsafe_code)]
fn caller() -> Caller {
    // SAFETY: every pointer in these tests is NULL, refused before it is used, or leads to what the test owns.
    unsafe { Caller::trusted() }
}

fn parse(mechanism: MechanismType, start: *mut c_void, len: usize) -> Result<Parameters> {
    let given =
        CK_MECHANISM { mechanism: mechanism.0 as _, pParameter: start, ulParameterLen: len as CK_ULONG };
    caller().mechanism(&raw const given).map(|call| call.parameters)
}

/// Parses a structure, and sees that it is refused when it is cut short, absent or at NULL.
fn of<T>(mechanism: MechanismType, mut structure: T) -> Result<Parameters> {
    let start = (&raw mut structure).cast();
    for (start, len) in
        [(start, size_of::<T>() - 1), (start, size_of::<T>() + 1), (ptr::null_mut(), size_of::<T>())]
    {
        assert!(is_invalid(&parse(mechanism, start, len)), "{mechanism} {len}");
    }
    parse(mechanism, start, size_of::<T>())
}

fn is_invalid(outcome: &Result<Parameters>) -> bool {
    matches!(outcome, Err(Error::Token(TokenError::MechanismParamInvalid(_))))
}

fn start(bytes: &[u8]) -> *mut u8 {
    bytes.as_ptr().cast_mut()
}

const IV: &[u8] = b"twelve bytes";

#[test]
fn authenticated_ciphers() {
    let gcm = CK_GCM_PARAMS {
        pIv: start(IV),
        ulIvLen: 12,
        ulIvBits: 96,
        pAAD: start(b"aad"),
        ulAADLen: 3,
        ulTagBits: 128,
    };
    let expected = Parameters::Gcm { iv: IV.to_vec(), aad: b"aad".to_vec(), tag_len: 16 };
    let mut both = gcm;
    let earlier = [gcm.pIv as usize, 12, gcm.pAAD as usize, 3, 128];
    let mut earlier_bytes = earlier;
    assert_eq!(
        parse(MechanismType::AES_GCM, (&raw mut earlier_bytes).cast(), size_of_val(&earlier)).unwrap(),
        expected
    );
    assert_eq!(parse(MechanismType::AES_GCM, (&raw mut both).cast(), size_of_val(&both)).unwrap(), expected);
    assert_eq!(parse(MechanismType::AES_GMAC, (&raw mut both).cast(), size_of_val(&both)).unwrap(), expected);
    assert!(is_invalid(&of(MechanismType::AES_GCM, CK_GCM_PARAMS { ulTagBits: 127, ..gcm })));
    assert!(is_invalid(&of(MechanismType::AES_GCM, CK_GCM_PARAMS { pIv: ptr::null_mut(), ..gcm })));
    assert!(is_invalid(&of(MechanismType::AES_GCM, CK_GCM_PARAMS { ulAADLen: CK_ULONG::MAX, ..gcm })));

    let ccm = CK_CCM_PARAMS {
        ulDataLen: 40,
        pNonce: start(IV),
        ulNonceLen: 12,
        pAAD: ptr::null_mut(),
        ulAADLen: 0,
        ulMACLen: 8,
    };
    let expected = Parameters::Ccm { data_len: 40, nonce: IV.to_vec(), aad: vec![], tag_len: 8 };
    assert_eq!(of(MechanismType::AES_CCM, ccm).unwrap(), expected);

    let chacha = CK_SALSA20_CHACHA20_POLY1305_PARAMS {
        pNonce: start(IV),
        ulNonceLen: 12,
        pAAD: start(b"aad"),
        ulAADLen: 3,
    };
    let expected = Parameters::ChaCha20Poly1305 { nonce: IV.to_vec(), aad: b"aad".to_vec() };
    assert_eq!(of(MechanismType::CHACHA20_POLY1305, chacha).unwrap(), expected);
}

#[test]
fn initialisation_vectors_and_counters() {
    let iv = start(IV).cast();
    assert_eq!(parse(MechanismType::AES_CBC, iv, 12).unwrap(), Parameters::Iv(IV.to_vec()));
    assert_eq!(parse(MechanismType::AES_KEY_WRAP, ptr::null_mut(), 0).unwrap(), Parameters::None);
    assert_eq!(parse(MechanismType::AES_KEY_WRAP, iv, 8).unwrap(), Parameters::Iv(IV[..8].to_vec()));
    assert!(is_invalid(&parse(MechanismType::AES_CBC, ptr::null_mut(), 16)));
    assert!(is_invalid(&parse(MechanismType::AES_CBC, iv, usize::MAX / 4)));
    let gmac = Parameters::Gcm { iv: IV.to_vec(), aad: vec![], tag_len: 16 };
    assert_eq!(parse(MechanismType::AES_GMAC, iv, 12).unwrap(), gmac);
    let counter = CK_AES_CTR_PARAMS { ulCounterBits: 32, cb: [7; 16] };
    let expected = Parameters::Counter { bits: 32, block: [7; 16] };
    assert_eq!(of(MechanismType::AES_CTR, counter).unwrap(), expected);
}

#[test]
fn rsa_encryption() {
    let mut oaep = CK_RSA_PKCS_OAEP_PARAMS {
        hashAlg: CKM_SHA256,
        mgf: CKG_MGF1_SHA1,
        source: CKZ_DATA_SPECIFIED,
        pSourceData: start(b"label").cast(),
        ulSourceDataLen: 5,
    };
    let expected = Oaep { hash: HashAlgorithm::Sha256, mgf: HashAlgorithm::Sha1, label: b"label".to_vec() };
    assert_eq!(of(MechanismType::RSA_PKCS_OAEP, oaep).unwrap(), Parameters::RsaOaep(expected.clone()));
    let wrap = CK_RSA_AES_KEY_WRAP_PARAMS { ulAESKeyBits: 256, pOAEPParams: &raw mut oaep };
    let both = Parameters::RsaAesKeyWrap { aes_bits: 256, oaep: expected };
    assert_eq!(of(MechanismType::RSA_AES_KEY_WRAP, wrap).unwrap(), both);
    let nowhere = CK_RSA_AES_KEY_WRAP_PARAMS { pOAEPParams: ptr::null_mut(), ..wrap };
    assert!(is_invalid(&of(MechanismType::RSA_AES_KEY_WRAP, nowhere)));
    assert!(is_invalid(&of(MechanismType::RSA_PKCS_OAEP, CK_RSA_PKCS_OAEP_PARAMS { source: 0, ..oaep })));
    assert!(is_invalid(&of(MechanismType::RSA_PKCS_OAEP, CK_RSA_PKCS_OAEP_PARAMS { mgf: 99, ..oaep })));
}

#[test]
fn signatures() {
    let eddsa = CK_EDDSA_PARAMS { phFlag: CK_FALSE, ulContextDataLen: 0, pContextData: ptr::null_mut() };
    assert_eq!(of(MechanismType::EDDSA, eddsa).unwrap(), Parameters::None);
    let with = CK_EDDSA_PARAMS { ulContextDataLen: 3, pContextData: start(b"ctx"), ..eddsa };
    let expected = Parameters::Eddsa { prehash: false, context: b"ctx".to_vec() };
    assert_eq!(of(MechanismType::EDDSA, with).unwrap(), expected);
    let prehash = CK_EDDSA_PARAMS { phFlag: CK_TRUE, ..eddsa };
    assert!(matches!(of(MechanismType::EDDSA, prehash).unwrap(), Parameters::Eddsa { prehash: true, .. }));
    let context = CK_HASH_SIGN_ADDITIONAL_CONTEXT {
        hedgeVariant: CKH_DETERMINISTIC_REQUIRED,
        pContext: start(b"ctx"),
        ulContextLen: 3,
        hash: CKM_SHA3_256,
    };
    let (hedge, hash) = (Hedge::Deterministic, Some(HashAlgorithm::Sha3_256));
    let expected = Parameters::MlDsa { hedge, context: b"ctx".to_vec(), hash };
    assert_eq!(of(MechanismType::HASH_ML_DSA, context).unwrap(), expected);
    let context = CK_SIGN_ADDITIONAL_CONTEXT { hedgeVariant: 9, pContext: ptr::null_mut(), ulContextLen: 0 };
    assert!(is_invalid(&of(MechanismType::ML_DSA, context)));
    assert_eq!(parse(MechanismType::ML_DSA, ptr::null_mut(), 0).unwrap(), Parameters::None);
    assert_eq!(of(MechanismType::SHA256_HMAC_GENERAL, 10 as CK_ULONG).unwrap(), Parameters::MacLen(10));
}

#[test]
fn derivations() {
    let ecdh = CK_ECDH1_DERIVE_PARAMS {
        kdf: CKD_SHA256_KDF,
        ulSharedDataLen: 3,
        pSharedData: start(b"ukm"),
        ulPublicDataLen: 5,
        pPublicData: start(b"point"),
    };
    let expected = Parameters::Ecdh {
        kdf: Some(EcdhKdf::X963(HashAlgorithm::Sha256)),
        shared_data: b"ukm".to_vec(),
        public: b"point".to_vec(),
    };
    assert_eq!(of(MechanismType::ECDH1_DERIVE, ecdh).unwrap(), expected);
    let one_step = CK_ECDH1_DERIVE_PARAMS { kdf: CKD_SHA3_384_KDF_SP800, ..ecdh };
    let Parameters::Ecdh { kdf, .. } = of(MechanismType::ECDH1_DERIVE, one_step).unwrap() else {
        panic!("another kind of parameters")
    };
    assert_eq!(kdf, Some(EcdhKdf::Sp800(HashAlgorithm::Sha3_384)));
    let unknown = CK_ECDH1_DERIVE_PARAMS { kdf: CKD_SHA1_KDF_ASN1, ..ecdh };
    assert!(is_invalid(&of(MechanismType::ECDH1_DERIVE, unknown)));
    let data = CK_KEY_DERIVATION_STRING_DATA { pData: start(b"data"), ulLen: 4 };
    for id in [MechanismType::CONCATENATE_BASE_AND_DATA, MechanismType::XOR_BASE_AND_DATA] {
        assert_eq!(of(id, data).unwrap(), Parameters::DerivationData(b"data".to_vec()));
        assert!(is_invalid(&parse(id, ptr::null_mut(), 0)));
    }
    let key = of(MechanismType::CONCATENATE_BASE_AND_KEY, 42 as CK_OBJECT_HANDLE).unwrap();
    assert_eq!(key, Parameters::Key(ObjectHandle(42)));
    let hkdf = CK_HKDF_PARAMS {
        bExtract: CK_TRUE,
        bExpand: CK_TRUE,
        prfHashMechanism: CKM_SHA384,
        ulSaltType: CKF_HKDF_SALT_KEY,
        pSalt: ptr::null_mut(),
        ulSaltLen: 0,
        hSaltKey: 42,
        pInfo: start(b"info"),
        ulInfoLen: 4,
    };
    let salt = HkdfSalt::Key(ObjectHandle(42));
    let (hash, expand) = (HashAlgorithm::Sha384, Some(b"info".to_vec()));
    let expected = Parameters::Hkdf { hash, extract: Some(salt), expand };
    assert_eq!(of(MechanismType::HKDF_DERIVE, hkdf).unwrap(), expected);
    let other = CK_HKDF_PARAMS { ulSaltType: 3, ..hkdf };
    assert!(is_invalid(&of(MechanismType::HKDF_DATA, other)));
    let data = CK_AES_CBC_ENCRYPT_DATA_PARAMS { iv: [1; 16], pData: start(b"data"), length: 4 };
    let expected = Parameters::EncryptData { iv: vec![1; 16], data: b"data".to_vec() };
    assert_eq!(of(MechanismType::AES_CBC_ENCRYPT_DATA, data).unwrap(), expected);
}

#[test]
fn a_passwords_length_is_a_number_or_lies_elsewhere() {
    let len: CK_ULONG = 4;
    let given = CK_PKCS5_PBKD2_PARAMS2 {
        saltSource: CKZ_SALT_SPECIFIED,
        pSaltSourceData: start(b"salt").cast(),
        ulSaltSourceDataLen: 4,
        iterations: 1000,
        prf: CKP_PKCS5_PBKD2_HMAC_SHA256,
        pPrfData: ptr::null_mut(),
        ulPrfDataLen: 0,
        pPassword: start(b"pass"),
        ulPasswordLen: len,
    };
    let new = of(MechanismType::PKCS5_PBKD2, given).unwrap();
    let place = (&raw const len).expose_provenance() as CK_ULONG;
    let old = CK_PKCS5_PBKD2_PARAMS2 { ulPasswordLen: place, ..given };
    assert_eq!(of(MechanismType::PKCS5_PBKD2, old).unwrap(), new);
    for nowhere in [1 << 16, CK_ULONG::MAX] {
        let wild = CK_PKCS5_PBKD2_PARAMS2 { ulPasswordLen: nowhere, ..given };
        assert!(is_invalid(&of(MechanismType::PKCS5_PBKD2, wild)), "{nowhere:#x}");
    }
    assert!(
        matches!(new, Parameters::Pbkdf2 { password, iterations: 1000, .. } if password.expose() == b"pass")
    );
    let endless = CK_PKCS5_PBKD2_PARAMS2 { iterations: CK_ULONG::MAX, ..given };
    assert!(is_invalid(&of(MechanismType::PKCS5_PBKD2, endless)));
}

#[test]
fn fields_of_sp_800_108() {
    let mut counter = CK_SP800_108_COUNTER_FORMAT { bLittleEndian: CK_FALSE, ulWidthInBits: 32 };
    let field = |type_, start: *mut c_void, len: usize| CK_PRF_DATA_PARAM {
        type_,
        pValue: start,
        ulValueLen: len as CK_ULONG,
    };
    let mut fields = [
        field(CK_SP800_108_ITERATION_VARIABLE, (&raw mut counter).cast(), size_of_val(&counter)),
        field(CK_SP800_108_BYTE_ARRAY, start(b"label").cast(), 5),
        field(CK_SP800_108_ITERATION_VARIABLE, ptr::null_mut(), 0),
    ];
    let given = CK_SP800_108_KDF_PARAMS {
        prfType: CKM_SHA256_HMAC,
        ulNumberOfDataParams: 3,
        pDataParams: fields.as_mut_ptr(),
        ulAdditionalDerivedKeys: 0,
        pAdditionalDerivedKeys: ptr::null_mut(),
    };
    let Parameters::Kbkdf { prf, fields: parsed, .. } =
        of(MechanismType::SP800_108_COUNTER_KDF, given).unwrap()
    else {
        panic!("another kind of parameters")
    };
    assert_eq!(prf, MechanismType::SHA256_HMAC);
    assert!(matches!(
        &parsed[..],
        [KbkdfField::Iteration(Some(format)), KbkdfField::Bytes(label), KbkdfField::Iteration(None)]
            if format.bits == 32 && label == b"label"
    ));
    let wild = CK_SP800_108_KDF_PARAMS { ulNumberOfDataParams: CK_ULONG::MAX, ..given };
    assert!(is_invalid(&of(MechanismType::SP800_108_COUNTER_KDF, wild)));
    let nowhere = CK_SP800_108_KDF_PARAMS { pDataParams: ptr::null_mut(), ..given };
    assert!(is_invalid(&of(MechanismType::SP800_108_COUNTER_KDF, nowhere)));
    fields[0].ulValueLen -= 1;
    let cut = CK_SP800_108_KDF_PARAMS { pDataParams: fields.as_mut_ptr(), ..given };
    assert!(is_invalid(&of(MechanismType::SP800_108_COUNTER_KDF, cut)));
}

#[test]
fn tls() {
    let randoms = CK_SSL3_RANDOM_DATA {
        pClientRandom: start(b"client"),
        ulClientRandomLen: 6,
        pServerRandom: start(b"server"),
        ulServerRandomLen: 6,
    };
    let block = CK_TLS12_KEY_MAT_PARAMS {
        ulMacSizeInBits: 160,
        ulKeySizeInBits: 128,
        ulIVSizeInBits: 0,
        bIsExport: CK_FALSE,
        RandomInfo: randoms,
        pReturnedKeyMaterial: ptr::null_mut(),
        prfHashMechanism: CKM_SHA256,
    };
    let parsed = of(MechanismType::TLS12_KEY_AND_MAC_DERIVE, block).unwrap();
    assert!(matches!(
        parsed,
        Parameters::TlsKeyBlock { randoms, mac_len: 20, key_len: 16, iv_len: 0, .. }
            if &*randoms.server == b"server"
    ));
    let odd = CK_TLS12_KEY_MAT_PARAMS { ulKeySizeInBits: 129, ..block };
    assert!(is_invalid(&of(MechanismType::TLS12_KEY_AND_MAC_DERIVE, odd)));
    let finished = CK_TLS_MAC_PARAMS { prfHashMechanism: CKM_SHA384, ulMacLength: 12, ulServerOrClient: 1 };
    let expected = Parameters::TlsMac { hash: HashAlgorithm::Sha384, len: 12, server: true };
    assert_eq!(of(MechanismType::TLS12_MAC, finished).unwrap(), expected);
    assert!(is_invalid(&of(MechanismType::TLS12_MAC, CK_TLS_MAC_PARAMS { ulServerOrClient: 0, ..finished })));
}
