import java.io.ByteArrayOutputStream;
import java.io.File;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.Signature;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.KeyAgreement;
import javax.crypto.KeyGenerator;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/** Encrypts, agrees and stores keys with a token, beside Java's own providers. */
public class Ciphers {
    static final byte[] MESSAGE = "what is encrypted, in more than two blocks".getBytes();
    static final Provider OWN = Security.getProvider("SunJCE");

    public static void main(String[] arguments) throws Exception {
        Provider token = Security.getProvider("SunPKCS11").configure(arguments[0]);
        Security.addProvider(token);
        KeyStore store = KeyStore.getInstance("PKCS11", token);
        store.load(null, arguments[1].toCharArray());

        SecretKey key = new SecretKeySpec("a key of thirty-two bytes, known".getBytes(), "AES");
        IvParameterSpec iv = new IvParameterSpec("sixteen bytes IV".getBytes());
        agrees("AES/CBC/PKCS5Padding", token, key, iv, MESSAGE);
        agrees("AES/CBC/NoPadding", token, key, iv, Arrays.copyOf(MESSAGE, 32));
        agrees("AES/CTR/NoPadding", token, key, iv, MESSAGE);
        agrees("AES/ECB/PKCS5Padding", token, key, null, MESSAGE);
        agrees("AES/GCM/NoPadding", token, key, new GCMParameterSpec(128, "twelve bytes".getBytes()), MESSAGE);
        decrypts("RSA/ECB/PKCS1Padding", token, (PrivateKey) store.getKey("rsa", null),
                store.getCertificate("rsa").getPublicKey());
        for (String curve : new String[] {"secp256r1", "secp384r1"}) {
            shares(token, curve);
        }
        keeps(token, store, arguments[2], arguments[1].toCharArray());
        System.out.println("done");
    }

    /** Both providers make the same ciphertext, in one piece and in several, and open the other's. */
    static void agrees(String how, Provider token, SecretKey key, AlgorithmParameterSpec parameters, byte[] message)
            throws Exception {
        Cipher theirs = cipher(how, OWN, Cipher.ENCRYPT_MODE, key, parameters);
        byte[] expected = how.contains("GCM") ? authenticated(theirs, message) : theirs.doFinal(message);
        Cipher ours = cipher(how, token, Cipher.ENCRYPT_MODE, key, parameters);
        byte[] made = how.contains("GCM") ? authenticated(ours, message) : ours.doFinal(message);
        check(Arrays.equals(made, expected), how);

        Cipher opener = cipher(how, token, Cipher.DECRYPT_MODE, key, parameters);
        if (how.contains("GCM")) {
            opener.updateAAD("bound".getBytes());
        }
        ByteArrayOutputStream opened = new ByteArrayOutputStream();
        // Java 17 forgets what `doFinal` is given after an update of GCM.
        opened.writeBytes(given(opener.update(Arrays.copyOf(expected, 19))));
        opened.writeBytes(given(opener.update(Arrays.copyOfRange(expected, 19, expected.length))));
        opened.writeBytes(given(opener.doFinal()));
        check(Arrays.equals(opened.toByteArray(), message), how + " in parts");

        if (how.contains("GCM")) {
            expected[0] ^= 1;
            Cipher cheated = cipher(how, token, Cipher.DECRYPT_MODE, key, parameters);
            cheated.updateAAD("bound".getBytes());
            refuses(how, () -> cheated.doFinal(expected));
        }
    }

    static byte[] given(byte[] part) {
        return part == null ? new byte[0] : part;
    }

    static byte[] authenticated(Cipher cipher, byte[] message) throws Exception {
        cipher.updateAAD("bound".getBytes());
        return cipher.doFinal(message);
    }

    static Cipher cipher(String how, Provider provider, int mode, Key key, AlgorithmParameterSpec parameters)
            throws Exception {
        Cipher cipher = Cipher.getInstance(how, provider);
        cipher.init(mode, key, parameters);
        return cipher;
    }

    static void decrypts(String how, Provider token, PrivateKey key, PublicKey other) throws Exception {
        Cipher cipher = Cipher.getInstance(how, OWN);
        cipher.init(Cipher.ENCRYPT_MODE, other);
        byte[] encrypted = cipher.doFinal(MESSAGE);
        Cipher opener = Cipher.getInstance(how, token);
        opener.init(Cipher.DECRYPT_MODE, key);
        check(Arrays.equals(opener.doFinal(encrypted), MESSAGE), how);
    }

    /** ECDH with one side in the token, the other in SunEC. */
    static void shares(Provider token, String curve) throws Exception {
        KeyPair ours = pair(token, curve);
        KeyPair theirs = pair(Security.getProvider("SunEC"), curve);
        byte[] one = agreed(token, ours.getPrivate(), theirs.getPublic());
        byte[] other = agreed(Security.getProvider("SunEC"), theirs.getPrivate(), ours.getPublic());
        check(Arrays.equals(one, other), "ECDH on " + curve);
    }

    static KeyPair pair(Provider provider, String curve) throws Exception {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC", provider);
        generator.initialize(new ECGenParameterSpec(curve));
        return generator.generateKeyPair();
    }

    static byte[] agreed(Provider provider, PrivateKey own, PublicKey other) throws Exception {
        KeyAgreement agreement = KeyAgreement.getInstance("ECDH", provider);
        agreement.init(own);
        agreement.doPhase(other, true);
        return agreement.generateSecret();
    }

    /** Keys that were made elsewhere are stored, and found again by another load. */
    static void keeps(Provider token, KeyStore store, String file, char[] password) throws Exception {
        byte[] value = "a key of sixteen".getBytes();
        store.setEntry("stored", new KeyStore.SecretKeyEntry(new SecretKeySpec(value, "AES")), null);
        KeyGenerator generator = KeyGenerator.getInstance("AES", token);
        generator.init(256);
        store.setEntry("made", new KeyStore.SecretKeyEntry(generator.generateKey()), null);
        KeyStore elsewhere = KeyStore.getInstance(new File(file), password);
        Key brought = elsewhere.getKey("brought", password);
        store.setKeyEntry("brought", brought, null, elsewhere.getCertificateChain("brought"));

        KeyStore again = KeyStore.getInstance("PKCS11", token);
        again.load(null, null);
        for (String alias : new String[] {"stored", "made", "brought", "ec", "rsa"}) {
            check(again.isKeyEntry(alias), alias + " is there");
        }
        String how = "AES/ECB/PKCS5Padding";
        SecretKey known = new SecretKeySpec(value, "AES");
        byte[] expected = cipher(how, OWN, Cipher.ENCRYPT_MODE, known, null).doFinal(MESSAGE);
        Key stored = again.getKey("stored", null);
        check(Arrays.equals(cipher(how, token, Cipher.ENCRYPT_MODE, stored, null).doFinal(MESSAGE), expected), how);
        check(again.getKey("made", null).getEncoded() == null, "a key of the token stays there");

        Signature signer = Signature.getInstance("SHA384withECDSA", token);
        signer.initSign((PrivateKey) again.getKey("brought", null));
        signer.update(MESSAGE);
        Signature verifier = Signature.getInstance("SHA384withECDSA", "SunEC");
        verifier.initVerify(elsewhere.getCertificate("brought"));
        verifier.update(MESSAGE);
        check(verifier.verify(signer.sign()), "a key that was brought in signs");
        for (String alias : new String[] {"stored", "brought"}) {
            again.deleteEntry(alias);
            check(!again.containsAlias(alias), alias + " is gone");
        }
    }

    interface Attempt {
        void run() throws GeneralSecurityException;
    }

    static void refuses(String what, Attempt attempt) {
        try {
            attempt.run();
        } catch (GeneralSecurityException expected) {
            return;
        }
        throw new AssertionError(what + " must refuse");
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
