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

        String[] digests = {"MD5", "SHA-1", "SHA-224", "SHA-256", "SHA-384", "SHA-512", "SHA3-256", "SHA3-512"};
        for (String how : digests) {
            goesOnTwice(token, how);
        }
        for (String how : new String[] {"HmacSHA1", "HmacSHA256", "HmacSHA384", "HmacSHA512"}) {
            check(Arrays.equals(mac(how, token), mac(how, Security.getProvider("SunJCE"))), how);
        }
        SecureRandom random = SecureRandom.getInstance("PKCS11", token);
        byte[] one = new byte[20];
        byte[] other = new byte[20];
        random.nextBytes(one);
        random.nextBytes(other);
        check(!Arrays.equals(one, other), "random bytes differ");
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

    static byte[] mac(String how, Provider provider) throws Exception {
        Mac mac = Mac.getInstance(how, provider);
        mac.init(new SecretKeySpec(new byte[32], how));
        mac.update(MESSAGE);
        return mac.doFinal(MESSAGE);
    }

    /** A digest is copied in its middle, and both go on to different ends. */
    static void goesOnTwice(Provider token, String how) throws Exception {
        MessageDigest digest = MessageDigest.getInstance(how, token);
        MessageDigest own = MessageDigest.getInstance(how, "SUN");
        for (byte[] part : new byte[][] {MESSAGE, new byte[5000]}) {
            digest.update(part);
            own.update(part);
        }
        MessageDigest copy = (MessageDigest) digest.clone();
        MessageDigest ownCopy = (MessageDigest) own.clone();
        check(Arrays.equals(digest.digest(MESSAGE), own.digest(MESSAGE)), how + " goes on");
        check(Arrays.equals(copy.digest(new byte[1]), ownCopy.digest(new byte[1])), how + " goes on copied");
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
