//! OpenSSH: keys out of the token, the agent, and a login to a server of our own.

use std::fs;
use std::process::Command;

use crate::support::{
    PIN, Scene, Server, free_port, has_all, is_root, library_file, listens, succeeds, without_rights,
};

/// A token, a server that lets its keys in, and what a client needs for both.
struct Ssh {
    scene: Scene,
    port: u16,
    _server: Server,
}

impl Ssh {
    fn new() -> Self {
        let scene = Scene::with_keys();
        succeeds(scene.command("ssh-keygen").args(["-q", "-t", "ed25519", "-f", "host", "-N", ""]));
        let keys = scene.ok("ssh-keygen", &format!("-D {}", library_file().display()));
        for (kind, name) in [("ecdsa-sha2-nistp256 ", "ec.pub"), ("ssh-rsa ", "rsa.pub")] {
            scene.write(name, keys.lines().find(|line| line.starts_with(kind)).unwrap());
        }
        scene.write("authorized", &keys);
        scene.script("askpass", &format!("#!/bin/sh\necho {PIN}\n"));
        let port = free_port();
        scene.write(
            "sshd_config",
            &format!(
                "Port {port}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\n\
                 StrictModes no\nUsePAM no\nPasswordAuthentication no\nKbdInteractiveAuthentication no\n",
                scene.shown("host"),
                scene.shown("authorized"),
            ),
        );
        // The server runs without root's rights, and has to read what is its own here.
        if is_root() {
            scene.set_mode(".", 0o755);
            scene.set_mode("host", 0o644);
        }
        let mut command = scene.command("sshd");
        command.args(["-D", "-e", "-f", "sshd_config"]);
        let server = Server::start(without_rights(&mut command), &scene.path("sshd.log"), || listens(port));
        Self { scene, port, _server: server }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = self.scene.command(program);
        command.env("SSH_ASKPASS", self.scene.path("askpass")).env("SSH_ASKPASS_REQUIRE", "force");
        command
    }

    /// Logs in with one key, and reaches the server once more from inside: its greeting comes back. That takes no
    /// shell, which the user that the server runs as may not have.
    fn log_in(&self, key: &str, option: &str) {
        let user = if is_root() { "daemon".to_owned() } else { self.scene.ok("id", "-un") };
        let line = format!(
            "-F none -p {port} -l {user} -o StrictHostKeyChecking=no -o UserKnownHostsFile={known} \
             -o IdentitiesOnly=yes -o IdentityFile={key} -o {option} -W 127.0.0.1:{port} 127.0.0.1",
            port = self.port,
            user = user.trim(),
            known = self.scene.shown("known"),
            key = self.scene.shown(key),
        );
        let said = succeeds(self.command("ssh").args(line.split_whitespace()));
        let log = || fs::read_to_string(self.scene.path("sshd.log")).unwrap_or_default();
        assert!(said.contains("SSH-2.0-OpenSSH"), "{said}: {}", log());
    }
}

#[test]
fn ssh_logs_in_with_token_keys() {
    let programs = ["pkcs11-tool", "ssh-keygen", "ssh", "sshd"];
    if !has_all("ssh_logs_in_with_token_keys", &programs, &[]) {
        return;
    }
    let ssh = Ssh::new();
    let provider = format!("PKCS11Provider={}", library_file().display());
    ssh.log_in("ec.pub", &provider);
    ssh.log_in("rsa.pub", &provider);
}

#[test]
fn the_ssh_agent_signs_with_token_keys() {
    let programs = ["pkcs11-tool", "ssh-keygen", "ssh", "sshd", "ssh-agent", "ssh-add"];
    if !has_all("the_ssh_agent_signs_with_token_keys", &programs, &[]) {
        return;
    }
    let ssh = Ssh::new();
    let socket = ssh.scene.path("agent");
    let module = fs::canonicalize(library_file()).unwrap();
    let mut agent = ssh.command("ssh-agent");
    agent.arg("-D").arg("-a").arg(&socket).arg("-P").arg(&module);
    let _agent = Server::start(&mut agent, &ssh.scene.path("agent.log"), || socket.exists());
    let add = |line: &str| {
        let mut command = ssh.command("ssh-add");
        succeeds(command.env("SSH_AUTH_SOCK", &socket).args(line.split_whitespace()))
    };
    add(&format!("-s {}", module.display()));
    assert!(add("-l").contains("(ECDSA)") && add("-l").contains("(RSA)"));
    add("-T ec.pub rsa.pub");
    let option = format!("IdentityAgent={}", socket.display());
    ssh.log_in("ec.pub", &option);
    ssh.log_in("rsa.pub", &option);
    add(&format!("-e {}", module.display()));
}
