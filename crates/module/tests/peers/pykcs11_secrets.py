"""PyKCS11: what is encrypted, agreed on and wrapped, beside the library `cryptography`."""
import hashlib
import os

import PyKCS11
from cryptography.hazmat.primitives import hashes, keywrap, padding, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import MGF1, OAEP, PKCS1v15
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from PyKCS11 import *

P256 = bytes.fromhex("06082a8648ce3d030107")
VALUE = b"k" * 32
MESSAGE = b"what is encrypted, in more than one block"

library = PyKCS11.PyKCS11Lib()
library.load(os.environ["PORTCULLIS_MODULE"])
slot = library.getSlotList(tokenPresent=True)[0]
session = library.openSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION)
session.login("654321")

key = session.createObject([(CKA_CLASS, CKO_SECRET_KEY), (CKA_KEY_TYPE, CKK_AES), (CKA_VALUE, VALUE)])
padder = padding.PKCS7(128).padder()
encryptor = Cipher(algorithms.AES(VALUE), modes.CBC(b"i" * 16)).encryptor()
expected = encryptor.update(padder.update(MESSAGE) + padder.finalize()) + encryptor.finalize()
cbc = Mechanism(CKM_AES_CBC_PAD, b"i" * 16)
gcm = AES_GCM_Mechanism(b"n" * 12, b"bound", 128)
sealed = AESGCM(VALUE).encrypt(b"n" * 12, MESSAGE, b"bound")
for mechanism, ciphertext in ((cbc, expected), (gcm, sealed)):
    assert bytes(session.encrypt(key, MESSAGE, mechanism)) == ciphertext
    assert bytes(session.decrypt(key, ciphertext, mechanism)) == MESSAGE
try:
    session.decrypt(key, sealed[:-1] + bytes([sealed[-1] ^ 1]), gcm)
    raise AssertionError("a damaged ciphertext")
except PyKCS11Error as error:
    assert error.value == CKR_ENCRYPTED_DATA_INVALID, error

public, private = session.generateKeyPair(
    [(CKA_CLASS, CKO_PUBLIC_KEY), (CKA_MODULUS_BITS, 2048), (CKA_PUBLIC_EXPONENT, (1, 0, 1))],
    [(CKA_CLASS, CKO_PRIVATE_KEY)],
    mecha=MechanismRSAGENERATEKEYPAIR,
)
modulus = int.from_bytes(bytes(session.getAttributeValue(public, [CKA_MODULUS])[0]), "big")
own = rsa.RSAPublicNumbers(65537, modulus).public_key()
oaep = RSAOAEPMechanism(CKM_SHA256, CKG_MGF1_SHA256)
sha256 = hashes.SHA256()
for mechanism, how in ((MechanismRSAPKCS1, PKCS1v15()), (oaep, OAEP(MGF1(sha256), sha256, None))):
    assert bytes(session.decrypt(private, own.encrypt(MESSAGE, how), mechanism)) == MESSAGE

readable = [
    (CKA_CLASS, CKO_SECRET_KEY),
    (CKA_KEY_TYPE, CKK_GENERIC_SECRET),
    (CKA_SENSITIVE, CK_FALSE),
    (CKA_EXTRACTABLE, CK_TRUE),
]
data = session.createObject(readable + [(CKA_VALUE, b"a secret")])
kwp = Mechanism(CKM_AES_KEY_WRAP_KWP, None)
wrapped = bytes(session.wrapKey(key, data, kwp))
assert keywrap.aes_key_unwrap_with_padding(VALUE, wrapped) == b"a secret"
back = session.unwrapKey(key, wrapped, readable, kwp)
assert bytes(session.getAttributeValue(back, [CKA_VALUE])[0]) == b"a secret"
brought = session.unwrapKey(private, own.encrypt(b"another", OAEP(MGF1(sha256), sha256, None)), readable, oaep)
assert bytes(session.getAttributeValue(brought, [CKA_VALUE])[0]) == b"another"

public, private = session.generateKeyPair(
    [(CKA_CLASS, CKO_PUBLIC_KEY), (CKA_EC_PARAMS, P256)],
    [(CKA_CLASS, CKO_PRIVATE_KEY)],
    mecha=PyKCS11.MechanismECGENERATEKEYPAIR,
)
theirs = ec.generate_private_key(ec.SECP256R1())
point = theirs.public_key().public_bytes(
    serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
)
agreed = session.deriveKey(private, readable, ECDH1_DERIVE_Mechanism(point))
ours = bytes(session.getAttributeValue(public, [CKA_EC_POINT])[0])[2:]
ours = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), ours)
secret = bytes(session.getAttributeValue(agreed, [CKA_VALUE])[0])
assert secret == theirs.exchange(ec.ECDH(), ours)

digest = session.digestSession(Mechanism(CKM_SHA256, None))
digest.update(b"in ")
digest.update(b"parts")
assert bytes(digest.final()) == hashlib.sha256(b"in parts").digest()
session.logout()
session.closeSession()
print("done")
