//! A token with two certified keys, `device` and `gate`, and a CA that it trusts; servers to be started on
//! free ports, and ended by their handles.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, ChildStdout, Stdio};

use rcgen::{
    BasicConstraints, CertificateParams, CertificateSigningRequestParams, DnType, IsCa, Issuer, KeyPair,
    date_time_ymd,
};

use crate::support::{Run, Scene};

/// The name of the CA that the token trusts.
pub(super) const CA: &str = "test CA";

/// A CA.
pub(super) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub(super) pem: String,
}

pub(super) struct World {
    pub(super) scene: Scene,
    pub(super) authority: Authority,
}

/// A server in a process of its own.
pub(super) struct Server {
    process: Child,
    output: BufReader<ChildStdout>,
    pub(super) address: String,
}

impl Authority {
    pub(super) fn named(name: &str) -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        let pem = params.self_signed(&key).expect("a certificate").pem();
        Self { issuer: Issuer::new(params, key), pem }
    }

    /// Certifies a request until the end of a year.
    pub(super) fn certify(&self, request: &str, until: i32) -> String {
        let mut request = CertificateSigningRequestParams::from_pem(request).expect("a request");
        request.params.not_before = date_time_ymd(2000, 1, 1);
        request.params.not_after = date_time_ymd(until, 12, 31);
        request.params.signed_by(&request.public_key, &self.issuer).expect("a certificate").pem()
    }

    /// A key outside of the token with its certificate, both PEM.
    pub(super) fn outsider(&self, name: &str, until: i32) -> (String, String) {
        let mut params = CertificateParams::new([name.to_owned()]).expect("a name");
        params.distinguished_name.push(DnType::CommonName, name);
        params.not_before = date_time_ymd(2000, 1, 1);
        params.not_after = date_time_ymd(until, 12, 31);
        let key = KeyPair::generate().expect("a key");
        (params.signed_by(&key, &self.issuer).expect("a certificate").pem(), key.serialize_pem())
    }
}

impl World {
    pub(super) fn new() -> Self {
        Self::with_device_until(2400)
    }

    /// The same with a device certificate that is valid until the end of this year.
    pub(super) fn with_device_until(year: i32) -> Self {
        let (scene, authority) = (Scene::with_key(), Authority::named(CA));
        scene.ok(&["keygen", "--label", "gate"]);
        for (key, name, until) in [("device", "dns:device", year), ("gate", "ip:127.0.0.1", 2400)] {
            let subject = format!("CN={key}");
            let request = scene.ok(&["csr", "--key", key, "--subject", &subject, "--san", name]);
            let file = scene.write(&format!("{key}.pem"), authority.certify(&request, until));
            scene.ok(&["import", &file, "--key", key, "--allow-expired"]);
        }
        let ca = scene.write("ca.pem", &authority.pem);
        scene.ok(&["import", &ca, "--trusted"]);
        Self { scene, authority }
    }

    /// Starts `portcullis serve --json` on a free port.
    pub(super) fn serve(&self, args: &[&str]) -> Server {
        let args = [&["serve", "127.0.0.1:0", "--json"], args].concat();
        let mut command = self.scene.command(&args);
        let mut process =
            command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the binary runs");
        let output = BufReader::new(process.stdout.take().expect("its standard output"));
        let mut server = Server { process, output, address: String::new() };
        server.address = server.line()["listening"].as_str().expect("an address").to_owned();
        server
    }

    /// Runs `portcullis connect` with this input.
    pub(super) fn connect(&self, server: &Server, args: &[&str], input: &[u8]) -> Run {
        self.connect_to(&server.address, args, input)
    }

    pub(super) fn connect_to(&self, address: &str, args: &[&str], input: &[u8]) -> Run {
        let args = [&["connect", address], args].concat();
        let mut command = self.scene.command(&args);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut process = command.spawn().expect("the binary runs");
        let mut stdin = process.stdin.take().expect("its standard input");
        std::thread::scope(|scope| {
            scope.spawn(move || {
                // A client that is refused takes no input.
                let _ = stdin.write_all(input);
            });
            Run::of(process.wait_with_output())
        })
    }
}

impl Server {
    /// The next line of its output.
    pub(super) fn line(&mut self) -> serde_json::Value {
        let mut line = String::new();
        self.output.read_line(&mut line).expect("its output");
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("no JSON: {line:?}, {:?}", self.ended()))
    }

    /// Waits for its end: its exit code, and what it said on standard error.
    pub(super) fn ended(&mut self) -> (i32, String) {
        let mut said = String::new();
        if let Some(mut stderr) = self.process.stderr.take() {
            stderr.read_to_string(&mut said).expect("UTF-8");
        }
        (self.process.wait().expect("its end").code().expect("it was not killed"), said)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // One that has ended by itself can't be killed.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
