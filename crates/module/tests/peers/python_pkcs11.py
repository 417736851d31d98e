"""python-pkcs11: key pairs, signatures and their checks, a MAC, randomness, and what the token holds."""
import hashlib
import hmac
import os

import pkcs11
from pkcs11 import MGF, Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters

library = pkcs11.lib(os.environ["PORTCULLIS_MODULE"])
token = library.get_token(token_label="tool")
assert Mechanism.ECDSA_SHA256 in token.slot.get_mechanisms()
with token.open(user_pin="654321", rw=True) as session:
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
    public, private = parameters.generate_keypair(
        mechanism=Mechanism.EC_KEY_PAIR_GEN, store=True, label="py"
    )
    signature = private.sign(b"message", mechanism=Mechanism.ECDSA_SHA256)
    assert public.verify(b"message", signature, mechanism=Mechanism.ECDSA_SHA256)
    assert not public.verify(b"another", signature, mechanism=Mechanism.ECDSA_SHA256)
    assert len(encode_ec_public_key(public)) == 91

    public, private = session.generate_keypair(KeyType.RSA, 2048, store=False)
    pss = dict(
        mechanism=Mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=(Mechanism.SHA256, MGF.SHA256, 32)
    )
    for how in (dict(mechanism=Mechanism.SHA256_RSA_PKCS), pss):
        assert public.verify(b"message", private.sign(b"message", **how), **how)

    key = session.create_object(
        {
            Attribute.CLASS: ObjectClass.SECRET_KEY,
            Attribute.KEY_TYPE: KeyType.GENERIC_SECRET,
            Attribute.VALUE: b"k" * 32,
            Attribute.SIGN: True,
        }
    )
    mac = key.sign(b"message", mechanism=Mechanism.SHA256_HMAC)
    assert mac == hmac.new(b"k" * 32, b"message", hashlib.sha256).digest()
    digest = session.digest("message", mechanism=Mechanism.SHA256)
    assert digest == hashlib.sha256(b"message").digest()
    assert len(session.generate_random(128)) == 16

    found = list(session.get_objects({Attribute.LABEL: "py"}))
    assert sorted(each.object_class.name for each in found) == ["PRIVATE_KEY", "PUBLIC_KEY"]
    for each in found:
        each.destroy()
print("done")
