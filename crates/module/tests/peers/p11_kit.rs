//! p11-kit: the module in its list, through its proxy, and through its server.

use std::fs;
use std::process::Command;

use crate::support::{
    PIN, Scene, Server, has_all, is_root, library_file, succeeds, system_library, without_rights,
};

/// What `cargo xtask install` tells p11-kit.
const MODULE_FILE: &str = include_str!("../../share/portcullis.module");

/// Signs with `ec` through a module that is not ours and checks the signature. p11-kit's protocol knows `CKM_ECDSA`,
/// and not the mechanisms that hash.
fn signs(scene: &Scene, tool: &mut Command, module: &str) {
    scene.ok("openssl", "dgst -sha256 -binary -out digest config.toml");
    let line = format!(
        "--module {module} --token-label tool -l --pin {PIN} -s -m ECDSA --id 01 -i digest -o signature \
         --signature-format openssl"
    );
    succeeds(tool.args(line.split_whitespace()));
    scene.tool("-r --type pubkey --id 01 -o public.der");
    scene
        .ok("openssl", "pkeyutl -verify -pubin -inkey public.der -keyform DER -in digest -sigfile signature");
}

#[test]
fn p11_kit_lists_the_module_and_its_proxy_signs() {
    let test = "p11_kit_lists_the_module_and_its_proxy_signs";
    if !has_all(test, &["pkcs11-tool", "openssl", "p11-kit"], &["p11-kit-proxy.so"]) {
        return;
    }
    let scene = Scene::with_keys();
    fs::create_dir_all(scene.path(".config/pkcs11/modules")).unwrap();
    fs::copy(library_file(), scene.path("module.so")).unwrap();
    let module = MODULE_FILE.replace("@module@", &scene.shown("module.so"));
    scene.write(".config/pkcs11/modules/portcullis.module", &module);
    // p11-kit ignores root's own configuration, so it must not be root, and has to own what it writes.
    if is_root() {
        scene.ok("chown", "-R daemon:daemon .");
    }
    let listed = succeeds(without_rights(scene.command("p11-kit").arg("list-modules")));
    assert!(
        listed.contains("library-manufacturer: Portcullis") && listed.contains("token: tool"),
        "{listed}"
    );
    let proxy = system_library("p11-kit-proxy.so").unwrap().display().to_string();
    scene.write("digest", "");
    scene.write("signature", "");
    if is_root() {
        scene.ok("chown", "daemon digest signature");
    }
    signs(&scene, without_rights(&mut scene.command("pkcs11-tool")), &proxy);
}

#[test]
fn p11_kit_serves_the_module_to_other_processes() {
    let test = "p11_kit_serves_the_module_to_other_processes";
    if !has_all(test, &["pkcs11-tool", "openssl", "p11-kit"], &["pkcs11/p11-kit-client.so"]) {
        return;
    }
    let scene = Scene::with_keys();
    let socket = scene.path("socket");
    let mut server = scene.command("p11-kit");
    server.args(["server", "-f", "-n"]).arg(&socket).arg("--provider").arg(library_file());
    server.arg("pkcs11:token=tool");
    let _server = Server::start(&mut server, &scene.path("server.log"), || socket.exists());
    let client = system_library("pkcs11/p11-kit-client.so").unwrap().display().to_string();
    let mut tool = scene.command("pkcs11-tool");
    tool.env("P11_KIT_SERVER_ADDRESS", format!("unix:path={}", socket.display()));
    signs(&scene, &mut tool, &client);
}
