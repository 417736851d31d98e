//! ECDH: both sides have the same secret.

use super::{is_ready, user};
use crate::support::Scene;

#[test]
fn openssl_derives_the_same_secret() {
    if !is_ready("openssl_derives_the_same_secret") {
        return;
    }
    let scene = Scene::new();
    // pkcs11-tool 0.23 gives X25519 a malformed name, and reads back public keys on P-256 alone.
    user(&scene, "--keypairgen --key-type EC:prime256v1 --id 01 --label agreeing --usage-derive");
    scene.tool("-r --type pubkey --id 01 -o ours.der");
    scene.ok("openssl", "ecparam -name prime256v1 -genkey -noout -out theirs.pem");
    scene.ok("openssl", "pkey -in theirs.pem -pubout -outform DER -out theirs.der");
    user(&scene, "--derive -m ECDH1-DERIVE --id 01 -i theirs.der -o ours --extractable");
    scene.ok("openssl", "pkeyutl -derive -inkey theirs.pem -peerkey ours.der -peerform DER -out theirs");
    assert_eq!((scene.bytes("ours").len(), scene.bytes("ours")), (32, scene.bytes("theirs")));
}
