//! A port in main memory whose power can be cut while it saves, and that lies when it is told to.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use portcullis_pal::c_pal::{Port, WellKnown};
use portcullis_pal::testkit::Rest;
use portcullis_pal::{Error, Label, Result};
use zeroize::Zeroizing;

pub(crate) const NAMES: [Label; 2] =
    [WellKnown::ClaimPrivateKey.label(), WellKnown::ClaimCertificate.label()];

/// What becomes of one save.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Fault {
    /// Power is lost when this many bytes are written.
    Cut(usize, Rest),
    /// It says that it failed, and has written all the same.
    Refused,
    /// It says that it saved, and has not.
    Lost,
    /// It says that it saved, and one bit is not what it was given.
    Bent,
}

/// A clone is the same medium.
#[derive(Clone, Default)]
pub(crate) struct RamPort(Arc<Mutex<Medium>>);

#[derive(Default)]
struct Medium {
    values: BTreeMap<Label, Vec<u8>>,
    saves: usize,
    fault: Option<(usize, Fault)>,
    off: bool,
}

impl RamPort {
    /// Lets the `save`th save from now meet a fault, 1 being the next.
    pub(crate) fn fail(&self, save: usize, fault: Fault) {
        let mut medium = self.0.lock().unwrap();
        medium.saves = 0;
        medium.fault = Some((save, fault));
    }

    pub(crate) fn power_on(&self) {
        let mut medium = self.0.lock().unwrap();
        (medium.off, medium.fault) = (false, None);
    }

    pub(crate) fn put(&self, label: &Label, bytes: &[u8]) {
        self.0.lock().unwrap().values.insert(*label, bytes.to_vec());
    }

    pub(crate) fn held(&self, label: &Label) -> Option<Vec<u8>> {
        self.0.lock().unwrap().values.get(label).cloned()
    }
}

impl Medium {
    fn power(&self) -> Result<()> {
        if self.off { Err(trouble("power is off")) } else { Ok(()) }
    }
}

fn trouble(what: &'static str) -> Error {
    Error::Medium { place: "the test's port".into(), source: what.into() }
}

impl Port for RamPort {
    fn save(&mut self, label: &Label, bytes: &mut [u8]) -> Result<()> {
        let mut medium = self.0.lock().unwrap();
        medium.power()?;
        medium.saves += 1;
        let fault = medium.fault.filter(|&(save, _)| save == medium.saves).map(|(_, fault)| fault);
        let old = medium.values.get(label).cloned().unwrap_or_default();
        let (held, answer) = match fault {
            None => (bytes.to_vec(), Ok(())),
            Some(Fault::Refused) => (bytes.to_vec(), Err(trouble("refused"))),
            Some(Fault::Lost) => (old, Ok(())),
            Some(Fault::Bent) => {
                let mut bent = bytes.to_vec();
                bent[bytes.len() / 2] ^= 0x10;
                (bent, Ok(()))
            }
            Some(Fault::Cut(written, rest)) => {
                medium.off = true;
                let mut torn = bytes[..written.min(bytes.len())].to_vec();
                match rest {
                    Rest::Old => torn.extend(old.iter().skip(torn.len())),
                    Rest::Erased => torn.resize(bytes.len(), 0xff),
                    Rest::Missing => {}
                }
                (torn, Err(trouble("power is lost")))
            }
        };
        medium.values.insert(*label, held);
        // A port may work in the room that it is lent.
        bytes.fill(0xa5);
        answer
    }

    fn load(&mut self, label: &Label) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let medium = self.0.lock().unwrap();
        medium.power()?;
        Ok(medium.values.get(label).cloned().map(Zeroizing::new))
    }

    fn destroy(&mut self, label: &Label) -> Result<()> {
        let mut medium = self.0.lock().unwrap();
        medium.power()?;
        medium.values.remove(label);
        Ok(())
    }
}
