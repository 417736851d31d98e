"""PyKCS11: a key pair in the token, a signature and its check, attributes, a digest, randomness."""
import hashlib
import os

import PyKCS11
from PyKCS11 import CKA_CLASS, CKA_EC_PARAMS, CKA_ID, CKA_LABEL, CKA_SIGN, CKA_TOKEN, CKA_VALUE
from PyKCS11 import CK_TRUE, CKF_RW_SESSION, CKF_SERIAL_SESSION, CKM_ECDSA_SHA256, CKM_SHA256
from PyKCS11 import CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, Mechanism

P256 = bytes.fromhex("06082a8648ce3d030107")

library = PyKCS11.PyKCS11Lib()
library.load(os.environ["PORTCULLIS_MODULE"])
slot = library.getSlotList(tokenPresent=True)[0]
assert library.getTokenInfo(slot).label.strip() == "tool"
session = library.openSession(slot, CKF_SERIAL_SESSION | CKF_RW_SESSION)
session.login("654321")

named = [(CKA_TOKEN, CK_TRUE), (CKA_LABEL, "py"), (CKA_ID, (9,))]
public, private = session.generateKeyPair(
    named + [(CKA_CLASS, CKO_PUBLIC_KEY), (CKA_EC_PARAMS, P256)],
    named + [(CKA_CLASS, CKO_PRIVATE_KEY), (CKA_SIGN, CK_TRUE)],
    mecha=PyKCS11.MechanismECGENERATEKEYPAIR,
)
ecdsa = Mechanism(CKM_ECDSA_SHA256, None)
signature = session.sign(private, b"message", ecdsa)
assert len(signature) == 64
assert session.verify(public, b"message", signature, ecdsa)
assert not session.verify(public, b"another", signature, ecdsa)

found = session.findObjects([(CKA_LABEL, "py")])
classes = sorted(session.getAttributeValue(each, [CKA_CLASS])[0] for each in found)
assert classes == [CKO_PUBLIC_KEY, CKO_PRIVATE_KEY]
assert session.getAttributeValue(private, [CKA_VALUE]) == [None], "a private key stays in its token"
digest = bytes(session.digest(b"message", Mechanism(CKM_SHA256, None)))
assert digest == hashlib.sha256(b"message").digest()
assert len(session.generateRandom(16)) == 16
for each in found:
    session.destroyObject(each)
assert not session.findObjects([(CKA_LABEL, "py")])
session.logout()
session.closeSession()
print("done")
