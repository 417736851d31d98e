//! SP 800-108: NIST's vectors, and the forms of the numbers that go in.

use portcullis_token::{Engine, EngineError, IntegerFormat, KbkdfField, KeyType, MechanismType, Parameters};

use crate::derivation::derived;
use crate::fixtures::secret;

const fn bits(bits: u32) -> IntegerFormat {
    IntegerFormat { bits, little_endian: false }
}

fn fixed(data: &str) -> KbkdfField {
    KbkdfField::Bytes(hex::decode(data).unwrap())
}

/// A case of CAVP's: mode, function, width of the counter, key, first value, fixed data, derived key.
type Case = (MechanismType, MechanismType, u32, &'static str, &'static str, &'static str, &'static str);

/// The first cases of NIST's CAVP files `KDFCTR_gen`, `KDFFeedback_gen` and `KDFDblPipeline_gen`, for some
/// functions and widths, the counter before everything else.
const CAVP: [Case; 5] = [
    (
        MechanismType::SP800_108_COUNTER_KDF,
        MechanismType::SHA256_HMAC,
        32,
        "dd1d91b7d90b2bd3138533ce92b272fbf8a369316aefe242e659cc0ae238afe0",
        "",
        "01322b96b30acd197979444e468e1c5c6859bf1b1cf951b7e725303e237e46b864a145fab25e517b\
         08f8683d0315bb2911d80a0e8aba17f3b413faac",
        "10621342bfb0fd40046c0e29f2cfdbf0",
    ),
    (
        MechanismType::SP800_108_COUNTER_KDF,
        MechanismType::SHA_1_HMAC,
        8,
        "8723b723aa398f94af2b61c06cd99de01ef6497b",
        "",
        "8aece231d69ab033c9efe824c398da94777b260887c609a34c0206e4abcce0f5709356a7dbb92b8b\
         0d387ccb4945d3b8a5490972205e72531f961b3d",
        "7596a2c6e19c8f5f52e1e7c6380fa5e5",
    ),
    (
        MechanismType::SP800_108_COUNTER_KDF,
        MechanismType::AES_CMAC,
        16,
        "d7e8eefc503a39e70d931f16645958ad06fb789f0cbc518b",
        "",
        "b10ea2d67904a8b3b7ce5eef7d9ee49768e8deb3506ee74a2ad8dd8661146fde74137a8f6dfc69a3\
         70945d15335e0d6403fa029da19d34140c7e3da0",
        "95278b8883852f6676c587507b0aa162",
    ),
    (
        MechanismType::SP800_108_FEEDBACK_KDF,
        MechanismType::AES_CMAC,
        8,
        "6874c099a14942d5bcd823183a4ceb9c",
        "4ab31c84730527fbf008e446501bb26a",
        "0909d62821ec989fe16d6d77358126d272fff3e2dc4795c5a9421bee65be679b9f651668fdbc2c13\
         d2ef4932f8830b56e5e1e0",
        "265062a5de896edbfc0d071bdfb6dfd18901f3786cee3c401e53c198e80e78bab17c7049c723d4cd\
         9d334952509c44d7e7bc16627a1e7177b80157a3c56ac21b",
    ),
    (
        MechanismType::SP800_108_DOUBLE_PIPELINE_KDF,
        MechanismType::AES_CMAC,
        8,
        "c6254d95dd108e9bb29e0053ddeec351",
        "",
        "22f498fc9b8d4b72188bce30ba9875fc2b0eb3fe76874d85426e6e5b3b237c9f445f2da20a60ab18\
         9802e2c152c4a3602aa342",
        "1e133a952df55a11ee038120375f61e7c0162842c817160693b1f39dc0b795bc6f3691db775cf3af\
         4b0a9f69fecbe99679fd4b4873dda743f5c6a2d2e873f26d",
    ),
];

pub(crate) fn kbkdf_matches_cavp(engine: &dyn Engine) {
    for (id, prf, width, key, iv, data, expected) in CAVP {
        let fields = match id {
            MechanismType::SP800_108_COUNTER_KDF => {
                vec![KbkdfField::Iteration(Some(bits(width))), fixed(data)]
            }
            _ => vec![KbkdfField::Counter(bits(width)), KbkdfField::Iteration(None), fixed(data)],
        };
        let key_type = if prf == MechanismType::AES_CMAC { KeyType::Aes } else { KeyType::GenericSecret };
        let parameters = Parameters::Kbkdf { prf, fields, iv: hex::decode(iv).unwrap() };
        let made = derived(engine, id, &secret(key_type, key), &parameters, Some(expected.len() / 2));
        assert_eq!(made.as_deref(), Ok(expected), "{id} with {prf}");
    }
}

/// A number is written as its format says: the same bytes given as they are derive the same.
pub(crate) fn kbkdf_numbers_have_their_format(engine: &dyn Engine) {
    let key = secret(KeyType::GenericSecret, "0102030405060708");
    let derive = |fields, len| {
        let parameters = Parameters::Kbkdf { prf: MechanismType::SHA256_HMAC, fields, iv: Vec::new() };
        derived(engine, MechanismType::SP800_108_COUNTER_KDF, &key, &parameters, Some(len))
    };
    let counter = || KbkdfField::Iteration(Some(bits(8)));
    let length = |segments, bits, little_endian| {
        let format = IntegerFormat { bits, little_endian };
        vec![counter(), KbkdfField::Length { segments, format }]
    };
    // 40 bytes are 320 bits, and two segments 512.
    for (fields, same) in [
        (length(false, 16, false), "0140"),
        (length(false, 16, true), "4001"),
        (length(true, 24, false), "000200"),
        (length(true, 64, true), "0002000000000000"),
    ] {
        assert_eq!(derive(fields, 40), derive(vec![counter(), fixed(same)], 40), "{same}");
    }
    assert_eq!(derive(length(false, 8, false), 40), Err(EngineError::DataLength));
    assert!(derive(vec![counter()], 255 * 32).is_ok());
    assert_eq!(derive(vec![counter()], 255 * 32 + 1), Err(EngineError::DataLength));
    let foreign = [
        Vec::new(),
        vec![counter(), counter()],
        vec![KbkdfField::Iteration(None)],
        vec![KbkdfField::Iteration(Some(bits(7)))],
        vec![counter(), KbkdfField::Counter(bits(8))],
        [length(false, 32, false), length(true, 32, false)].concat(),
    ];
    for fields in foreign {
        assert_eq!(derive(fields.clone(), 16), Err(EngineError::ParametersInvalid), "{fields:?}");
    }
}
