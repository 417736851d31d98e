//! nginx with OpenSSL's engine: the master process opens the token, and its forked workers sign.

use crate::support::{Scene, Server, free_port, has_all, is_root, listens};

#[test]
fn nginx_serves_with_token_keys() {
    let programs = ["pkcs11-tool", "openssl", "nginx", "curl"];
    if !has_all("nginx_serves_with_token_keys", &programs, &["engines-3/pkcs11.so"]) {
        return;
    }
    let scene = Scene::with_keys();
    scene.certify("ec");
    scene.certify("rsa");
    let port = free_port();
    let key = |name: &str| {
        let uri = format!("engine:pkcs11:pkcs11:token=tool;object={name};type=private");
        format!("ssl_certificate {}; ssl_certificate_key \"{uri}\";", scene.shown(&format!("{name}.pem")))
    };
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|kind| format!("{kind}_temp_path {};\n", scene.shown(kind)))
        .collect();
    let user = if is_root() { "user root;" } else { "" };
    let text = format!(
        "daemon off; {user} worker_processes 2; pid {pid}; error_log stderr info; ssl_engine pkcs11;\n\
         env PORTCULLIS_CONF; env OPENSSL_CONF; events {{ worker_connections 64; }}\n\
         http {{ access_log off; {temporary}\n\
         server {{ listen 127.0.0.1:{port} ssl; {ec} {rsa}\n\
         location / {{ return 200 \"from the token\"; }} }} }}\n",
        pid = scene.shown("pid"),
        ec = key("ec"),
        rsa = key("rsa"),
    );
    scene.write("nginx.conf", &text);
    let mut nginx = scene.command("nginx");
    nginx.env("OPENSSL_CONF", scene.openssl_conf());
    nginx.args(["-e", "stderr", "-p", &scene.shown("."), "-c", &scene.shown("nginx.conf")]);
    let _server = Server::start(&mut nginx, &scene.path("nginx.log"), || listens(port));
    let to = format!("--silent --show-error --resolve localhost:{port}:127.0.0.1 https://localhost:{port}/");
    for _ in 0..4 {
        assert_eq!(scene.ok("curl", &format!("--cacert ec.pem {to}")), "from the token");
        let rsa = "--cacert rsa.pem --tls-max 1.2 --ciphers ECDHE-RSA-AES128-GCM-SHA256";
        assert_eq!(scene.ok("curl", &format!("{rsa} {to}")), "from the token");
    }
}
