//! MQTT through a mosquitto broker that lets in only clients with a certificate, and names them by it.

use std::fs;

use anyhow::{Context as _, bail};

use super::Stage;
use super::server::{Server, free_port};
use crate::shell;

pub(super) const PROGRAM: &str = "mosquitto";

/// How `portcullis` begins to say that the peer ended the handshake by an alert.
const REFUSED: &str = "the server refused";

pub(super) fn play(stage: &Stage) -> anyhow::Result<()> {
    let program = shell::find_program(PROGRAM).context("mosquitto is not installed")?;
    let address = free_port()?;
    // `user` matters to root only: mosquitto would go on as a user who may not read the demo's folder.
    let config = format!(
        "listener {} 127.0.0.1\ncafile ca.pem\ncertfile server.pem\nkeyfile server.key\n\
         require_certificate true\nuse_identity_as_username true\npersistence false\nuser root\n",
        address.port()
    );
    fs::write(stage.path("mosquitto.conf"), config).context("cannot write mosquitto.conf")?;
    let mut command = stage.in_folder(&program);
    command.args(["-v", "-c", "mosquitto.conf"]);
    let mut broker = Server::start(&mut command, stage.path("mosquitto.log"))?;
    broker.listens(address)?;

    let mut thing = stage.in_folder(&stage.mqtt);
    thing.arg(address.to_string());
    thing.args(["--token", "token", "--pin-file", "user.pin", "--key", "device", "--topic", "things/device"]);
    if !shell::stream(&mut thing)?.ok {
        bail!("the message did not come back; the broker says:\n{}", broker.text());
    }
    if !broker.text().contains("u'device'") {
        bail!("the broker did not take the user name from the certificate:\n{}", broker.text());
    }
    println!("    the broker knows the client as the user \"device\", by its certificate");

    let mut stranger = stage.portcullis(&format!("connect {address} --anonymous"));
    println!("    $ {}", shell::shown(&stranger));
    let ended = shell::quiet(&mut stranger)?;
    let said = ended.text.lines().last().unwrap_or_default();
    println!("    {said}");
    if ended.ok || !said.contains(REFUSED) {
        bail!("a client without a certificate was let in");
    }
    Ok(())
}
