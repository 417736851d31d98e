"""python-pkcs11: what is encrypted, agreed on and wrapped, beside OpenSSL's command."""
import os
import subprocess

import pkcs11
from pkcs11 import KDF, MGF, Attribute, CTRParams, GCMParams, KeyType, Mechanism, ObjectClass
from pkcs11.util.ec import encode_ec_public_key, encode_named_curve_parameters
from pkcs11.util.rsa import encode_rsa_public_key

VALUE = b"k" * 32
MESSAGE = b"what is encrypted, in more than one block"
READABLE = {Attribute.SENSITIVE: False, Attribute.EXTRACTABLE: True}


def openssl(line, data=b""):
    return subprocess.run(["openssl", *line.split()], input=data, check=True, capture_output=True).stdout


def write(name, data):
    with open(name, "wb") as file:
        file.write(data)


def secret(session, key_type, value, **more):
    known = {Attribute.CLASS: ObjectClass.SECRET_KEY, Attribute.KEY_TYPE: key_type, Attribute.VALUE: value}
    return session.create_object({**known, **READABLE, **more})


library = pkcs11.lib(os.environ["PORTCULLIS_MODULE"])
token = library.get_token(token_label="tool")
with token.open(user_pin="654321", rw=True) as session:
    key = secret(session, KeyType.AES, VALUE)
    iv, block = b"i" * 16, b"c" * 8 + bytes(7) + b"\1"
    ways = (
        (dict(mechanism_param=iv), f"-aes-256-cbc -iv {iv.hex()}"),
        (dict(mechanism=Mechanism.AES_CTR, mechanism_param=CTRParams(b"c" * 8)), f"-aes-256-ctr -iv {block.hex()}"),
    )
    for how, cipher in ways:
        expected = openssl(f"enc {cipher} -K {VALUE.hex()}", MESSAGE)
        assert key.encrypt(MESSAGE, **how) == expected, cipher
        assert b"".join(key.encrypt((MESSAGE[:7], MESSAGE[7:]), **how)) == expected, cipher
        assert key.decrypt(expected, **how) == MESSAGE, cipher
    gcm = dict(mechanism=Mechanism.AES_GCM, mechanism_param=GCMParams(b"n" * 12, b"bound", 128))
    assert key.decrypt(key.encrypt(MESSAGE, **gcm), **gcm) == MESSAGE

    public, private = session.generate_keypair(KeyType.RSA, 2048, store=False)
    write("rsa.der", encode_rsa_public_key(public))
    oaep = dict(mechanism=Mechanism.RSA_PKCS_OAEP, mechanism_param=(Mechanism.SHA256, MGF.SHA256, None))
    for how, options in (
        (dict(mechanism=Mechanism.RSA_PKCS), "rsa_padding_mode:pkcs1"),
        (oaep, "rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:sha256"),
    ):
        openssl("rsa -RSAPublicKey_in -inform DER -in rsa.der -pubout -out rsa.pem")
        encrypted = openssl(f"pkeyutl -encrypt -pubin -inkey rsa.pem -pkeyopt {options}", MESSAGE)
        assert private.decrypt(encrypted, **how) == MESSAGE, options

    data = secret(session, KeyType.GENERIC_SECRET, b"sixteen byte key")
    wrapped = key.wrap_key(data, mechanism=Mechanism.AES_KEY_WRAP)
    wrap = f"enc -id-aes256-wrap -iv {'a6' * 8} -K {VALUE.hex()}"
    assert wrapped == openssl(wrap, b"sixteen byte key")
    back = key.unwrap_key(
        ObjectClass.SECRET_KEY,
        KeyType.GENERIC_SECRET,
        openssl(wrap, b"another key here"),
        mechanism=Mechanism.AES_KEY_WRAP,
        template=READABLE,
    )
    assert back[Attribute.VALUE] == b"another key here"

    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    parameters = session.create_domain_parameters(KeyType.EC, curve, local=True)
    public, private = parameters.generate_keypair(mechanism=Mechanism.EC_KEY_PAIR_GEN)
    write("ours.der", encode_ec_public_key(public))
    openssl("ecparam -name prime256v1 -genkey -noout -out theirs.pem")
    # What comes before the point in a public key on this curve.
    theirs = openssl("pkey -in theirs.pem -pubout -outform DER")[26:]
    agreed = private.derive_key(
        KeyType.GENERIC_SECRET, 256, mechanism_param=(KDF.NULL, None, theirs), template=READABLE
    )
    assert agreed[Attribute.VALUE] == openssl("pkeyutl -derive -inkey theirs.pem -peerkey ours.der -peerform DER")
print("done")
