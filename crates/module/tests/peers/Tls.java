import java.io.InputStream;
import java.security.KeyStore;
import java.security.Provider;
import java.security.Security;
import java.util.concurrent.FutureTask;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** Meets itself by TLS: both ends show a certificate whose key lies in the token. */
public class Tls {
    public static void main(String[] arguments) throws Exception {
        Provider token = Security.getProvider("SunPKCS11").configure(arguments[0]);
        Security.addProvider(token);
        KeyStore store = KeyStore.getInstance("PKCS11", token);
        store.load(null, arguments[1].toCharArray());
        KeyManagerFactory keys = KeyManagerFactory.getInstance("SunX509");
        keys.init(store, null);
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        for (String alias : new String[] {"ec", "rsa"}) {
            trusted.setCertificateEntry(alias, store.getCertificate(alias));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);

        meets(context, "TLSv1.3", "TLS_AES_128_GCM_SHA256");
        meets(context, "TLSv1.2", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256");
        meets(context, "TLSv1.2", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384");
        System.out.println("done");
    }

    static void meets(SSLContext context, String version, String suite) throws Exception {
        try (SSLServerSocket server = (SSLServerSocket) context.getServerSocketFactory().createServerSocket(0)) {
            server.setNeedClientAuth(true);
            FutureTask<String> served = new FutureTask<>(() -> {
                try (SSLSocket socket = (SSLSocket) server.accept()) {
                    socket.getOutputStream().write("welcome".getBytes());
                    return socket.getSession().getPeerPrincipal().getName();
                }
            });
            new Thread(served).start();
            try (SSLSocket socket = (SSLSocket) context.getSocketFactory()
                    .createSocket("localhost", server.getLocalPort())) {
                socket.setEnabledProtocols(new String[] {version});
                socket.setEnabledCipherSuites(new String[] {suite});
                InputStream in = socket.getInputStream();
                check(new String(in.readAllBytes()).equals("welcome"), suite);
                check(socket.getSession().getCipherSuite().equals(suite), suite);
            }
            check(served.get().matches("CN=(ec|rsa)"), "the client is known");
        }
    }

    static void check(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError(what);
        }
    }
}
