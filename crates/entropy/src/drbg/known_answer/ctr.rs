//! Known answers of CTR_DRBG with AES-256, of CAVP (`testdata/cavp-drbg`).

use super::{Case, Request, hex};

/// COUNT 0 with personalization and additional input of `CTR_DRBG_pr_false.rsp`.
pub(super) const DF_RESEED: Case = Case {
    entropy: &hex::<32>("174b46250051a9e3d80c56ae7163dafe7e54481a56cafd3b8625f99bbb29c442"),
    nonce: &hex::<16>("98ffd99c466e0e94a45da7e0e82dbc6b"),
    personalization: &hex::<32>("7095268e99938b3e042734b9176c9aa051f00a5f8d2a89ada214b89beef18ebf"),
    reseed_entropy: &hex::<32>("e88be1967c5503f65d23867bbc891bd679db03b4878663f6c877592df25f0d9a"),
    reseed_additional: &hex::<32>("cdf6ad549e45b6aa5cd67d024931c33cd133d52d5ae500c3015020beb30da063"),
    requests: [
        Request {
            fresh_entropy: &[],
            additional: &hex::<32>("c7228e90c62f896a09e11684530102f926ec90a3255f6c21b857883c75800143"),
        },
        Request {
            fresh_entropy: &[],
            additional: &hex::<32>("76a94f224178fe4cbf9e2b8acc53c9dc3e50bb613aac8936601453cda3293b17"),
        },
    ],
    returned: &hex::<64>(
        "1a6d8dbd642076d13916e5e23038b60b26061f13dd4e006277e0268698ffb2c87e453bae1251631ac90c701a9849d933\
         995e8b0221fe9aca1985c546c2079027",
    ),
};

/// COUNT 0 with neither of `CTR_DRBG_pr_true.rsp`.
pub(super) const DF_FRESH: Case = Case {
    entropy: &hex::<32>("16a1f035388cd8d956026e3b0117cb524dd3eb563f9a7720bb7dcb0fc6fbe743"),
    nonce: &hex::<16>("a2d015f22d854e29de278d910c573de5"),
    personalization: &[],
    reseed_entropy: &[],
    reseed_additional: &[],
    requests: [
        Request {
            fresh_entropy: &hex::<32>("cf140bcd4d7130e7e3ea14046c56442b57c43b34ad219553e7105c18f6e561af"),
            additional: &[],
        },
        Request {
            fresh_entropy: &hex::<32>("e27c9f0be60d82d6cc474efb7fc737b16a6895d9a3a45b971d19b743c1a4ac8f"),
            additional: &[],
        },
    ],
    returned: &hex::<64>(
        "b4e8395bcb7503410a94633f70e9904a5b30e62c35bc6dd2a03496c4a49932e184fbffdbcf1de1c72c50d36dc2ae8f04\
         f40f96aae159c3fb816ca16df99b6c3e",
    ),
};

/// COUNT 0 with personalization and additional input of `CTR_DRBG_pr_false.rsp`.
pub(super) const NO_DF_RESEED: Case = Case {
    entropy: &hex::<48>(
        "ae7ebe062971f5eb32e5b21444750785de816595ad2cbe80a209c8f8ab04b5468166de8c6ae522d8f10b56386a3b424f",
    ),
    nonce: &[],
    personalization: &hex::<48>(
        "55860dae57fcac297087c137efb796878a75868f6e7681114e9b73ed0c67e3c62bfc9f5d77e8caa59bcdb223f4ffd247",
    ),
    reseed_entropy: &hex::<48>(
        "a42407931bfeca70e6ee5dd197021a129525051c07468e8b25587c5ad50abe9204e882fe847b8fd47cf7b4360e5aa034",
    ),
    reseed_additional: &hex::<48>(
        "ee4c88d1eb05f4853663eada501d2fc4b4984b283a88db579af2113031e03d9bc570de943dd168918f3ba8065581fea7",
    ),
    requests: [
        Request {
            fresh_entropy: &[],
            additional: &hex::<48>(
                "4b4b03ef19b0f259dca2b3ee3ae4cd86c3895a784b3d8eee043a2003c08289f8fffdad141e6b1ab2174d8d5d79c1e581",
            ),
        },
        Request {
            fresh_entropy: &[],
            additional: &hex::<48>(
                "3062b33f116b46e20fe3c354726ae9b2a3a4c51922c8107863cb86f1f0bdad7554075659d91c371e2b11b1e8106a1ed5",
            ),
        },
    ],
    returned: &hex::<64>(
        "0d270518baeafac160ff1cb28c11ef68712c764c0c01674e6c9ca2cc9c7e0e8accfd3c753635ee070081eee7628af618\
         7fbc2854b3c204461a796cf3f3fcb092",
    ),
};

/// COUNT 0 with neither of `CTR_DRBG_pr_true.rsp`.
pub(super) const NO_DF_FRESH: Case = Case {
    entropy: &hex::<48>(
        "faf346c9c8afbc5ab6e33ce492247fac6db9a7ba4297557f587a42563ddf56c90e41c6afb56233815b74e091bac7d8e5",
    ),
    nonce: &[],
    personalization: &[],
    reseed_entropy: &[],
    reseed_additional: &[],
    requests: [
        Request {
            fresh_entropy: &hex::<48>(
                "dfc111252d7146922713720ae1e348a07ae403b5238fefb4e8592f6f6cc4a61c94828db84c6faecd1502261008011f2c",
            ),
            additional: &[],
        },
        Request {
            fresh_entropy: &hex::<48>(
                "4528bac5b99c772347d44f4ece79bc811ca8ebea9483fa5f5040c02f77069dad1aec7adaa8a9a6a9ddabab045d328a90",
            ),
            additional: &[],
        },
    ],
    returned: &hex::<64>(
        "bc013dc891db12c34ad11944805bf13dfd67ff2c23176d83f5b396b69e400042252e11816c3095421137181a5d0ee37c\
         83a339c58d080946ca90aa437d50d9cf",
    ),
};
