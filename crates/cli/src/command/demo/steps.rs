//! The steps of the demo, in their order.

use portcullis_entropy::Random as _;
use portcullis_token::{
    AttributeType, Device, Error as TokenError, ObjectClass, Secret, SessionAccess, Template, UserType,
};
use rcgen::ExtendedKeyUsagePurpose as Usage;

use super::authority::Authority;
use super::stage::{SO_PIN, Stage, TOKEN, USER_PIN, complaint};
use crate::composition::{Composition, Place};
use crate::error::{Error, Result};
use crate::exit::Exit;

/// One step.
pub(super) struct Step {
    pub(super) title: &'static str,
    /// What has been proved when it succeeds.
    pub(super) proves: &'static str,
    pub(super) play: fn(&Stage, &Authority) -> Result<()>,
}

/// All steps.
pub(super) const ALL: &[Step] = &[
    Step {
        title: "make a private CA",
        proves: "From here on, whoever has a certificate from this CA is known.",
        play: make_authority,
    },
    Step {
        title: "make a token with its two PINs",
        proves: "There is now a token; its folder and its PIN files are for their owner only.",
        play: make_token,
    },
    Step {
        title: "make the device key in the token and have it certified",
        proves: "The CA has seen a request that only the key can have signed, and never the key itself.",
        play: make_device,
    },
    Step {
        title: "make a second key, for a server",
        proves: "One token serves several identities.",
        play: make_gate,
    },
    Step {
        title: "mutual TLS 1.3",
        proves: "Device and server have each proved who they are, with keys that are in the token.",
        play: |stage, _| mutual_tls(stage, "1.3"),
    },
    Step {
        title: "mutual TLS 1.2",
        proves: "The same holds for the older version, which many peers still speak.",
        play: |stage, _| mutual_tls(stage, "1.2"),
    },
    Step {
        title: "a client without a certificate is refused",
        proves: "It is the certificate and its key that open the gate.",
        play: refuse_anonymous,
    },
    Step {
        title: "the private key can't be read back",
        proves: "Not even its owner, logged in, gets the key out; and the files hold no copy of it.",
        play: read_back,
    },
];

fn make_authority(stage: &Stage, authority: &Authority) -> Result<()> {
    let server = authority.loose_server()?;
    stage.write("ca.pem", &authority.certificate)?;
    stage.write("server.pem", &server.certificate)?;
    stage.write_secret("server.key", &server.key)
}

fn make_token(stage: &Stage, _: &Authority) -> Result<()> {
    let random = Composition::open_or_create(&Place::Folder(stage.token()), Device::default())?.random;
    for file in [USER_PIN, SO_PIN] {
        let mut pin = [0; 8];
        random.fill(&mut pin)?;
        stage.write_secret(file, &format!("{}\n", hex::encode(pin)))?;
    }
    stage.run("init --label demo")?;
    stage.run("import ca.pem --trusted")
}

fn make_device(stage: &Stage, authority: &Authority) -> Result<()> {
    stage.run("keygen --label device")?;
    stage.run("csr --key device --subject CN=device,O=Portcullis --out device.csr")?;
    certify(stage, authority, "device", Usage::ClientAuth)
}

fn make_gate(stage: &Stage, authority: &Authority) -> Result<()> {
    stage.run("keygen --label gate")?;
    stage.run("csr --key gate --subject CN=gate --san ip:127.0.0.1 --san dns:localhost --out gate.csr")?;
    certify(stage, authority, "gate", Usage::ServerAuth)
}

fn certify(stage: &Stage, authority: &Authority, name: &str, usage: Usage) -> Result<()> {
    let request = stage.read(&format!("{name}.csr"))?;
    let certificate = authority.certify(&String::from_utf8_lossy(&request), usage)?;
    stage.write(&format!("{name}.pem"), &certificate)?;
    stage.run(&format!("import {name}.pem --key {name}"))
}

fn mutual_tls(stage: &Stage, version: &str) -> Result<()> {
    let message = b"hello from the device\n";
    let (mut server, address) =
        stage.serve(&format!("serve 127.0.0.1:0 --key gate --tls {version} --once --json"))?;
    let line = format!("connect {address} --key device --json");
    let output = stage.outcome(&line, message)?;
    if !output.status.success() {
        return Err(Error::Demo(complaint(&line, &output)));
    }
    if output.stdout != message {
        return Err(Error::Demo("the server did not send back what the device had sent".to_owned()));
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let seen_by_device = serde_json::from_str(said.lines().next().unwrap_or_default()).unwrap_or_default();
    let seen_by_server = server.line()?;
    for (who, facts, peer) in [("device", seen_by_device, "CN=gate"), ("server", seen_by_server, "CN=device")]
    {
        check(stage, who, &facts, version, peer)?;
    }
    Ok(())
}

/// Checks what one end saw of the connection, and shows it.
fn check(stage: &Stage, who: &str, facts: &serde_json::Value, version: &str, peer: &str) -> Result<()> {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let (spoken, subject) = (text(&facts["version"]), text(&facts["peer"]["subject"]));
    if spoken != format!("TLS {version}") || !subject.contains(peer) {
        return Err(Error::Demo(format!("the {who} saw \"{subject}\" over {spoken}, and not \"{peer}\"")));
    }
    let (suite, exchange) = (text(&facts["cipher_suite"]), text(&facts["key_exchange"]));
    stage.say(&format!("   the {who} sees {subject} over {spoken}, {suite}, {exchange}"));
    Ok(())
}

fn refuse_anonymous(stage: &Stage, _: &Authority) -> Result<()> {
    for version in ["1.3", "1.2"] {
        let (_server, address) =
            stage.serve(&format!("serve 127.0.0.1:0 --key gate --tls {version} --once --json"))?;
        let output = stage.outcome(&format!("connect {address} --anonymous"), b"")?;
        if output.status.code() != Some(Exit::Connection as i32) {
            return Err(Error::Demo("a client without a certificate was let in".to_owned()));
        }
        let said = String::from_utf8_lossy(&output.stderr);
        stage.say(&format!("   {}", said.lines().last().unwrap_or_default()));
    }
    Ok(())
}

fn read_back(stage: &Stage, _: &Authority) -> Result<()> {
    let composition = Composition::open(&Place::Folder(stage.token()), Device::default())?;
    let session = composition.token.open_session(SessionAccess::ReadWrite)?;
    let pin = Secret::new(stage.read(USER_PIN)?);
    session.login(UserType::User, pin.expose().trim_ascii_end())?;
    let query = Template::of(ObjectClass::PrivateKey).with(AttributeType::Label, "device");
    let Some(key) = session.find_objects(&query)?.first().copied() else {
        return Err(Error::NotFound { what: "private key", name: "device".to_owned() });
    };
    match session.attribute(key, AttributeType::Value) {
        Err(TokenError::AttributeSensitive(_)) => {}
        _ => return Err(Error::Demo("the token gave out the private key".to_owned())),
    }
    stage.say("   asked for the key's value (CKA_VALUE), the token says that it is sensitive");
    for (attribute, value) in [(AttributeType::Sensitive, false), (AttributeType::Extractable, true)] {
        if session.set_attributes(key, &Template::new().with(attribute, value)).is_ok() {
            return Err(Error::Demo(format!("the token let {attribute} be changed to {value}")));
        }
    }
    stage.say("   asked to make it readable (CKA_SENSITIVE, CKA_EXTRACTABLE), it refuses");
    search(stage)
}

/// Looks for a private key in the token's files, in the forms in which private keys lie in files.
fn search(stage: &Stage) -> Result<()> {
    const PEM: &[u8] = b"PRIVATE KEY-----";
    // Version 1 and a string of 32 bytes: how the DER of a P-256 private key begins (RFC 5915).
    const DER: &[u8] = &[0x02, 0x01, 0x01, 0x04, 0x20];
    let files = stage.files(TOKEN)?;
    for file in &files {
        let bytes = std::fs::read(file).map_err(|source| Error::ReadFile { path: file.clone(), source })?;
        for form in [PEM, DER] {
            if bytes.windows(form.len()).any(|window| window == form) {
                return Err(Error::Demo(format!("{} holds a private key", file.display())));
            }
        }
    }
    stage.say(&format!("   searched the token's {} files: no private key, in PEM or DER", files.len()));
    Ok(())
}
