//! The checks of `doctor`. Each looks at one thing and says how it is.

use std::path::Path;

use portcullis_entropy::{HealthReport, RandomPool, SeedReport, SourceReport, SourceState};
use portcullis_pal::{Aside, DeviceSecret, MonotonicCounter, SqliteStore};
use portcullis_token::{Error as TokenError, ObjectClass, PinState, Session, Template, Token, TokenInfo};

use super::Finding;
use crate::certificate::Certificate;
use crate::composition;
use crate::error::Error;
use crate::noise::{self, Noise};
use crate::object::Object;

/// A certificate that is valid for fewer days than this is worth a word.
const SOON: u64 = 30;

/// Who may read and write the store.
pub(super) fn store(store: &SqliteStore) -> Vec<Finding> {
    const CHECK: &str = "store";
    let mut findings = vec![Finding::ok(CHECK, "it can be read and has a format that is known here")];
    if store.is_read_only() {
        findings.push(Finding::warn(
            CHECK,
            "it can't be written to",
            "no one can log in, since tries are counted; make it writable",
        ));
    }
    findings.push(permissions(
        CHECK,
        store,
        "keys in it are sealed, but labels and PIN counters are not; run chmod 600 on it",
    ));
    findings
}

/// Whether the device's counter and its secret are there, and who may read and write them.
pub(super) fn aside(folder: &Path) -> Vec<Finding> {
    const CHECK: &str = "aside";
    let store = match composition::aside(folder) {
        Ok(store) => store,
        Err(Error::Token(TokenError::Store(portcullis_pal::Error::Missing { place }))) => {
            let found = format!("there is no counter and no secret at {place}");
            let mend = "name the folder that the token was initialised with, or bring its medium back";
            return vec![Finding::fail(CHECK, found, Some(mend))];
        }
        Err(error) => return vec![Finding::fail(CHECK, error.to_string(), None)],
    };
    let permissions = permissions(
        CHECK,
        &store,
        "with its secret a stolen token is worth guessing at; run chmod 600 on it",
    );
    let aside = Aside::new(store);
    let counter = match aside.secret().and_then(|_| aside.value()) {
        Ok(count) => Finding::ok(CHECK, format!("the counter stands at {count}, and the secret is there")),
        Err(error) => Finding::fail(CHECK, Error::from(error).to_string(), None),
    };
    vec![counter, permissions]
}

fn permissions(check: &'static str, store: &SqliteStore, readable: &str) -> Finding {
    match store.permissions() {
        Ok(Some(permissions)) if permissions.others_may_change() => Finding::fail(
            check,
            format!("others may change it (file {}, folder {})", permissions.file, permissions.folder),
            Some("run chmod 700 on the folder and chmod 600 on the files in it"),
        ),
        Ok(Some(permissions)) if permissions.file.others_may_read() => {
            Finding::warn(check, format!("others may read it (file {})", permissions.file), readable)
        }
        Ok(Some(permissions)) => {
            let found = format!(
                "only its owner may change it (file {}, folder {})",
                permissions.file, permissions.folder
            );
            Finding::ok(check, found)
        }
        Ok(None) => Finding::ok(check, "files have no Unix permissions here"),
        Err(error) => Finding::fail(check, error.to_string(), Some("check the disk")),
    }
}

/// Whether there is a token.
pub(super) fn token(info: &TokenInfo) -> Finding {
    if info.initialized {
        Finding::ok("token", format!("\"{}\", serial {}", info.label, info.serial))
    } else {
        Finding::fail("token", "it is not initialised", Some("run `portcullis init`"))
    }
}

/// How the PINs stand.
pub(super) fn pins(info: &TokenInfo) -> [Finding; 2] {
    [
        pin("user PIN", info.user_pin, "let the security officer run `portcullis pin --reset`"),
        pin(
            "security officer's PIN",
            info.so_pin,
            "the token works on, but can't be administered; make a new one",
        ),
    ]
}

fn pin(check: &'static str, state: Option<PinState>, mend: &str) -> Finding {
    match state {
        None => Finding::fail(check, "it is not set", Some(mend)),
        Some(PinState { tries_left: 0, .. }) => Finding::fail(check, "it is locked", Some(mend)),
        Some(PinState { tries_left, failed_before: true }) => Finding::warn(
            check,
            format!("it was given wrongly, {tries_left} tries are left"),
            "log in once with the right one to clear this; if that was not you, find out who it was",
        ),
        Some(PinState { tries_left, .. }) => Finding::ok(check, format!("{tries_left} tries")),
    }
}

/// Whether randomness is to be had, and from where.
pub(super) fn randomness(random: &RandomPool) -> Vec<Finding> {
    const CHECK: &str = "randomness";
    let started = random.start();
    let health = random.test_sources();
    let mut findings: Vec<_> = health.sources.iter().map(source).collect();
    findings.extend(spare(&health));
    if let SeedReport::Used { boot_counter } = health.seed {
        findings.push(Finding::ok("seed record", format!("start number {boot_counter}")));
    }
    findings.push(match started {
        Ok(()) => Finding::ok(CHECK, "the generator is seeded and passed its self-test"),
        Err(error) => Finding::fail(CHECK, Error::from(error).to_string(), None),
    });
    findings
}

/// The other sources of this machine, which nobody draws from: none of them can be what is wrong.
fn spare(used: &HealthReport) -> Vec<Finding> {
    let not_used = |noise: &&Noise| used.sources.iter().all(|source| source.name != noise.name());
    let sources = noise::test(Noise::NAMED.iter().filter(not_used)).sources;
    let found = sources.iter().filter(|source| source.state != SourceState::Absent);
    found.map(|source| Finding::ok("spare noise source", health(source))).collect()
}

/// A source, its claim and how it came through its test just now.
fn health(source: &SourceReport) -> String {
    let SourceReport { name, state, min_entropy_per_byte: claim, health_failures, poll_errors, .. } = source;
    let trouble = match (health_failures, poll_errors) {
        (0, 0) => String::new(),
        (failures, errors) => format!(", {failures} failed health tests, {errors} errors"),
    };
    format!("{name}: {state} ({} bits a byte claimed{trouble})", noise::bits(*claim))
}

fn source(report: &SourceReport) -> Finding {
    const CHECK: &str = "noise source";
    let found = health(report);
    match report.state {
        SourceState::Healthy if report.health_failures == 0 => Finding::ok(CHECK, found),
        SourceState::Healthy => Finding::warn(CHECK, found, "run this again, and watch whether it goes on"),
        SourceState::Untested | SourceState::Absent => Finding::ok(CHECK, found),
        SourceState::Failing => Finding::warn(CHECK, found, "run this again; other sources stand in"),
        SourceState::Dead => Finding::fail(CHECK, found, Some("replace the hardware")),
        _ => Finding::fail(CHECK, found, Some("its driver claims what can't be")),
    }
}

/// Records that are damaged, missing or not those that were written last.
pub(super) fn damage(token: &Token, logged_in: bool) -> Vec<Finding> {
    const CHECK: &str = "records";
    let mended = |error: &TokenError| match error.lost_object() {
        Some(record) => {
            format!("restore the store from a backup, or do without it: `portcullis give-up {record}`")
        }
        None => "restore the store from a backup".to_owned(),
    };
    match token.damage() {
        Ok(damage) if damage.is_empty() && logged_in => {
            vec![Finding::ok(CHECK, "all are there, as they were written last")]
        }
        Ok(damage) if damage.is_empty() => {
            vec![Finding::ok(
                CHECK,
                "all can be decoded (--login checks that none is missing or an older one)",
            )]
        }
        Ok(damage) => {
            damage.iter().map(|error| Finding::fail(CHECK, error.to_string(), Some(&mended(error)))).collect()
        }
        Err(error) => vec![Finding::fail(CHECK, Error::from(error).to_string(), None)],
    }
}

/// Whether objects pass their integrity check, and certificates are of use.
pub(super) fn objects(session: &Session, token: &TokenInfo, attended: bool) -> Vec<Finding> {
    const CHECK: &str = "objects";
    let mut findings = Vec::new();
    let mut objects = Vec::new();
    let handles = session.find_objects(&Template::new()).unwrap_or_else(|error| {
        findings.push(Finding::fail(CHECK, Error::from(error).to_string(), None));
        Vec::new()
    });
    for handle in handles {
        match Object::read(session, token, handle) {
            Ok(object) => objects.push(object),
            Err(error) => findings.push(Finding::fail(CHECK, error.to_string(), None)),
        }
    }
    let seen = if attended { "" } else { " public ones (--login checks the private ones too)" };
    findings.push(Finding::ok(CHECK, format!("{}{seen} pass their integrity check", objects.len())));
    let keys: Vec<_> = objects.iter().filter(|object| object.class != ObjectClass::Certificate).collect();
    for object in &objects {
        let Some(certificate) = &object.certificate else { continue };
        let own = keys.iter().any(|key| key.public_key == object.public_key);
        findings.push(check_certificate(object, certificate, own));
    }
    findings
}

fn check_certificate(object: &Object, certificate: &Certificate, own: bool) -> Finding {
    const CHECK: &str = "certificate";
    let name = format!("\"{}\" ({})", object.label, certificate.subject);
    let until = &certificate.not_after;
    match certificate.days_left() {
        None => {
            Finding::warn(CHECK, format!("{name} expired on {until}"), "import a new one and delete this one")
        }
        Some(days) if days < SOON => Finding::warn(
            CHECK,
            format!("{name} expires on {until}"),
            "get a new one in time: `portcullis csr`",
        ),
        Some(_) if !own && !certificate.ca && !object.flags.contains(&"trusted") => Finding::warn(
            CHECK,
            format!("{name} matches no key that can be seen"),
            "import its key, check with --login, or delete it",
        ),
        Some(_) => Finding::ok(CHECK, format!("{name} is valid until {until}")),
    }
}
