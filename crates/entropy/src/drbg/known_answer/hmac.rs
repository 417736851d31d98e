//! Known answers of HMAC_DRBG, of CAVP; those for SHA-384 of OpenSSL (`testdata/cavp-drbg`).

use super::{Case, Request, hex};

/// COUNT 0 with personalization and additional input of `HMAC_DRBG_pr_false.rsp`.
pub(super) const SHA256_RESEED: Case = Case {
    entropy: &hex::<32>("cdb0d9117cc6dbc9ef9dcb06a97579841d72dc18b2d46a1cb61e314012bdf416"),
    nonce: &hex::<16>("d0c0d01d156016d0eb6b7e9c7c3c8da8"),
    personalization: &hex::<32>("6f0fb9eab3f9ea7ab0a719bfa879bf0aaed683307fda0c6d73ce018b6e34faaa"),
    reseed_entropy: &hex::<32>("8ec6f7d5a8e2e88f43986f70b86e050d07c84b931bcf18e601c5a3eee3064c82"),
    reseed_additional: &hex::<32>("1ab4ca9014fa98a55938316de8ba5a68c629b0741bdd058c4d70c91cda5099b3"),
    requests: [
        Request {
            fresh_entropy: &[],
            additional: &hex::<32>("16e2d0721b58d839a122852abd3bf2c942a31c84d82fca74211871880d7162ff"),
        },
        Request {
            fresh_entropy: &[],
            additional: &hex::<32>("53686f042a7b087d5d2eca0d2a96de131f275ed7151189f7ca52deaa78b79fb2"),
        },
    ],
    returned: &hex::<128>(
        "dda04a2ca7b8147af1548f5d086591ca4fd951a345ce52b3cd49d47e84aa31a183e31fbc42a1ff1d95afec7143c8008c\
         97bc2a9c091df0a763848391f68cb4a366ad89857ac725a53b303ddea767be8dc5f605b1b95f6d24c9f06be65a973a08\
         9320b3cc42569dcfd4b92b62a993785b0301b3fc452445656fce22664827b88f",
    ),
};

/// COUNT 0 with neither of `HMAC_DRBG_pr_true.rsp`.
pub(super) const SHA256_FRESH: Case = Case {
    entropy: &hex::<32>("9969e54b4703ff31785b879a7e5c0eae0d3e309559e9fe96b0676d49d591ea4d"),
    nonce: &hex::<16>("07d20d46d064757d3023cac2376127ab"),
    personalization: &[],
    reseed_entropy: &[],
    reseed_additional: &[],
    requests: [
        Request {
            fresh_entropy: &hex::<32>("c60f2999100f738c10f74792676a3fc4a262d13721798046e29a295181569f54"),
            additional: &[],
        },
        Request {
            fresh_entropy: &hex::<32>("c11d4524c9071bd3096015fcf7bc24a607f22fa065c937658a2a77a8699089f4"),
            additional: &[],
        },
    ],
    returned: &hex::<128>(
        "abc015856094803a938dffd20da94843870ef935b82cfec17706b8f551b8385044235dd44b599f94b39be78dd476e0cf\
         11309c995a7334e0a78b37bc9586235086fa3b637ba91cf8fb65efa22a589c137531aa7b2d4e2607aac27292b01c698e\
         6e01ae679eb87c01a89c7422d4372d6d754ababb4bf896fcb1cd09d692d0283f",
    ),
};

/// COUNT 0 with personalization and additional input of `HMAC_DRBG_SHA384_pr_false.rsp`.
pub(super) const SHA384_RESEED: Case = Case {
    entropy: &hex::<32>("da740cbc36057a8e282ae717fe7dfbb245e9e5d49908a0119c5dbcf0a1f2d5ab"),
    nonce: &hex::<16>("46561ff612217ba3ff91baa06d4b5440"),
    personalization: &hex::<32>("fc227293523ecb5b1e28c87863626627d958acc558a672b148ce19e2abd2dde4"),
    reseed_entropy: &hex::<32>("1d61d4d8a41c3254b92104fd555adae0569d1835bb52657ec7fbba0fe03579c5"),
    reseed_additional: &hex::<32>("b9ed8e35ad018a375b61189c8d365b00507cb1b4510d21cac212356b5bbaa8b2"),
    requests: [
        Request {
            fresh_entropy: &[],
            additional: &hex::<32>("b7998998eaf9e5d34e64ff7f03de765b31f407899d20535573e670c1b402c26a"),
        },
        Request {
            fresh_entropy: &[],
            additional: &hex::<32>("2089d49d63e0c4df58879d0cb1ba998e5b3d1a7786b785e7cf13ca5ea5e33cfd"),
        },
    ],
    returned: &hex::<256>(
        "55750c00b6df36523304a96a0e82ba4a52f31ba6a605ac18e38875eab4faa952d0fcc05b300ad0a22e2c8eb0dac11a1c\
         6e83b40fefcc76175f8f886d63b34a7cf0b6998d447d76b08cd8614c2a3d05e1e59663f5a7b924ee7f8d6b7a9503752e\
         28727406887a1ed6943ebe53f4b5713f2aac0942c5c9d2da28127602a06d0b3db00e9bbf5a60c08848085d9f2efcf2e0\
         eba9600b2cf6f90a2a0f0e0f8abcec388eea478fae20f42a371d8ed393fd98856bc1fe4f93d644c7a6578319505ecb29\
         9d8b7a6ae488fff7b8da6a7c9abf07ec9f5201d600226feb1843dd2b70bc9f36e227d750337d36c1d2520b4691479924\
         05126da356a77d62975cdc014eced91a",
    ),
};

/// COUNT 0 with neither of `HMAC_DRBG_SHA384_pr_true.rsp`.
pub(super) const SHA384_FRESH: Case = Case {
    entropy: &hex::<32>("64a8afb71975256b6196f3f93038ba8b7a4d7089f7f268134cb3f5926868e4d1"),
    nonce: &hex::<16>("04c60b44fbf3bc198f4bc58bf1260d12"),
    personalization: &[],
    reseed_entropy: &[],
    reseed_additional: &[],
    requests: [
        Request {
            fresh_entropy: &hex::<32>("3a5aaf8749136a86c4e5aba81692d587133d29d3b7a63fa6204ed84e93be6aeb"),
            additional: &[],
        },
        Request {
            fresh_entropy: &hex::<32>("f50472d313ef5797d1a290a7cae086052b57e8d5a20ed22ec7702dd424d935ea"),
            additional: &[],
        },
    ],
    returned: &hex::<256>(
        "d43a4a1c2f9b88e77e5421fce7d8cbbb7c68942866a052a8a9a6619acc3573a695a274b799a4ced90d1c614a3fa6b54a\
         e5268fec9ae0ad614c30c6467fc4336b4a0a6f615487b493ba9b41179c0cf7d7eb7adafa3faa1eb935170bde86adbd9c\
         773f3a7d3d79ddd2bbd850b3cfbf486e1d02a35236bfa29e9f1efac3e5a4c6aefd054e48fab01da7184f020150e9346f\
         43df206259ceacbc760e603ad40e1d0c246fd3f5408ab2c85affb50dc8100af6ababfa41383d6719c28bb5ddc818a91f\
         ee382977572671191fdd2c377cf095f7c3ddee6e29017b4421815648d47d64beabf28fb7cdf85ab39a4bd1261b3a752f\
         fb5dc427af9d15226a3e06af056edb5a",
    ),
};

/// COUNT 0 with personalization and additional input of `HMAC_DRBG_pr_false.rsp`.
pub(super) const SHA512_RESEED: Case = Case {
    entropy: &hex::<32>("da740cbc36057a8e282ae717fe7dfbb245e9e5d49908a0119c5dbcf0a1f2d5ab"),
    nonce: &hex::<16>("46561ff612217ba3ff91baa06d4b5440"),
    personalization: &hex::<32>("fc227293523ecb5b1e28c87863626627d958acc558a672b148ce19e2abd2dde4"),
    reseed_entropy: &hex::<32>("1d61d4d8a41c3254b92104fd555adae0569d1835bb52657ec7fbba0fe03579c5"),
    reseed_additional: &hex::<32>("b9ed8e35ad018a375b61189c8d365b00507cb1b4510d21cac212356b5bbaa8b2"),
    requests: [
        Request {
            fresh_entropy: &[],
            additional: &hex::<32>("b7998998eaf9e5d34e64ff7f03de765b31f407899d20535573e670c1b402c26a"),
        },
        Request {
            fresh_entropy: &[],
            additional: &hex::<32>("2089d49d63e0c4df58879d0cb1ba998e5b3d1a7786b785e7cf13ca5ea5e33cfd"),
        },
    ],
    returned: &hex::<256>(
        "5b70f3e4da95264233efbab155b828d4e231b67cc92757feca407cc9615a660871cb07ad1a2e9a99412feda8ee34dc9c\
         57fa08d3f8225b30d29887d20907d12330fffd14d1697ba0756d37491b0a8814106e46c8677d49d9157109c402ad0c24\
         7a2f50cd5d99e538c850b906937a05dbb8888d984bc77f6ca00b0e3bc97b16d6d25814a54aa12143afddd8b226369056\
         5d545f4137e593bb3ca88a37b0aadf79726b95c61906257e6dc47acd5b6b7e4b534243b13c16ad5a0a1163c0099fce43\
         f428cd27c3e6463cf5e9a9621f4b3d0b3d4654316f4707675df39278d5783823049477dcce8c57fdbd576711c91301e9\
         bd6bb0d3e72dc46d480ed8f61fd63811",
    ),
};

/// COUNT 0 with neither of `HMAC_DRBG_pr_true.rsp`.
pub(super) const SHA512_FRESH: Case = Case {
    entropy: &hex::<32>("64a8afb71975256b6196f3f93038ba8b7a4d7089f7f268134cb3f5926868e4d1"),
    nonce: &hex::<16>("04c60b44fbf3bc198f4bc58bf1260d12"),
    personalization: &[],
    reseed_entropy: &[],
    reseed_additional: &[],
    requests: [
        Request {
            fresh_entropy: &hex::<32>("3a5aaf8749136a86c4e5aba81692d587133d29d3b7a63fa6204ed84e93be6aeb"),
            additional: &[],
        },
        Request {
            fresh_entropy: &hex::<32>("f50472d313ef5797d1a290a7cae086052b57e8d5a20ed22ec7702dd424d935ea"),
            additional: &[],
        },
    ],
    returned: &hex::<256>(
        "4f61f6b5d46ea351dc6f8ff55bcb915d998c8e871b5e122dd95196da241c49a1170b1fc16ffa31a6dc4f0c4068ecc6e5\
         cc0fa6966aedf72bcb19e666b191979f22580b6505c09a784e76f58d30af3abcbe840497ad88621a893ffe13af6aef0f\
         8276f9540068943bb6bc51498a465129880df4c517f7fe70ec239c055102a78b8b0f26d36bc2634a0e61a1431850980c\
         258326197cc80d07c3cafc49a20316a0fa2703f850b66ce274e839d6dddba4d3e744306d768b7437ec9c54ed864c7bca\
         4ea8d0987d815e64f685e0726eb4223aa5eac1a0979fb335248ee59819c36c7c94dadf14474c7e2f10678da59f255474\
         ea50c3ed5ccf86a399ba7f54ae96bff0",
    ),
};
