import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Security;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Arrays;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/** Signs with keys of a token, and lets Java's own providers check what comes out. */
public class Program {
    static final byte[] MESSAGE = "what is signed".getBytes();

    public static void main(String[] arguments) throws Exception {
        Provider token = Security.getProvider("SunPKCS11").configure(arguments[0]);
        Security.addProvider(token);
        KeyStore store = KeyStore.getInstance("PKCS11", token);
        store.load(null, arguments[1].toCharArray());

        for (String how : new String[] {"SHA256withECDSA", "SHA384withECDSA"}) {
            signs(token, how, null, (PrivateKey) store.getKey("ec", null), store.getCertificate("ec").getPublicKey());
        }
        PSSParameterSpec pss = new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1);
        PrivateKey rsa = (PrivateKey) store.getKey("rsa", null);
        PublicKey publicRsa = store.getCertificate("rsa").getPublicKey();
        signs(token, "SHA256withRSA", null, rsa, publicRsa);
        signs(token, "SHA512withRSA", null, rsa, publicRsa);
        signs(token, "RSASSA-PSS", pss, rsa, publicRsa);

        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", token);
        generator.initialize(new ECGenParameterSpec("secp384r1"));
        KeyPair pair = generator.generateKeyPair();
        signs(token, "SHA384withECDSA", null, pair.getPrivate(), pair.getPublic());

        MessageDigest digest = MessageDigest.getInstance("SHA-256", token);
        MessageDigest own = MessageDigest.getInstance("SHA-256", "SUN");
        check(Arrays.equals(digest.digest(MESSAGE), own.digest(MESSAGE)), "SHA-256");
        check(Arrays.equals(mac(token), mac(Security.getProvider("SunJCE"))), "HmacSHA256");
        SecureRandom.getInstance("PKCS11", token).nextBytes(new byte[20]);
        System.out.println("done");
    }

    static void signs(Provider token, String how, PSSParameterSpec parameters, PrivateKey key, PublicKey other)
            throws Exception {
        Signature signer = Signature.getInstance(how, token);
        if (parameters != null) {
            signer.setParameter(parameters);
        }
        signer.initSign(key);
        signer.update(MESSAGE);
        byte[] signature = signer.sign();
        Signature verifier = Signature.getInstance(how, how.endsWith("ECDSA") ? "SunEC" : "SunRsaSign");
        if (parameters != null) {
            verifier.setParameter(parameters);
        }
        verifier.initVerify(other);
        verifier.update(MESSAGE);
        check(verifier.verify(signature), how);
    }

    static byte[] mac(Provider provider) throws Exception {
        Mac mac = Mac.getInstance("HmacSHA256", provider);
        mac.init(new SecretKeySpec(new byte[32], "HmacSHA256"));
        return mac.doFinal(MESSAGE);
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
