//! The objects that every corePKCS11 port knows: their labels, handles and files. What they hold is not looked at.

use crate::Label;

/// One of the eight objects that a port knows by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WellKnown {
    /// The device's private key: SEC 1 or PKCS #1 DER.
    DevicePrivateKey = 1,
    /// The device's public key: SubjectPublicKeyInfo DER.
    DevicePublicKey,
    /// The device's certificate, as it was given.
    DeviceCertificate,
    /// The public key that signs new firmware.
    CodeVerifyKey,
    /// A raw HMAC key.
    HmacKey,
    /// A raw CMAC key.
    CmacKey,
    /// The private key that a device without its own certificate claims one with.
    ClaimPrivateKey,
    /// The certificate of the claim.
    ClaimCertificate,
}

impl WellKnown {
    /// All eight, in the order of their handles.
    pub const ALL: [Self; 8] = [
        Self::DevicePrivateKey,
        Self::DevicePublicKey,
        Self::DeviceCertificate,
        Self::CodeVerifyKey,
        Self::HmacKey,
        Self::CmacKey,
        Self::ClaimPrivateKey,
        Self::ClaimCertificate,
    ];

    /// The handle that every port gives it, 1 to 8.
    #[must_use]
    pub const fn handle(self) -> u32 {
        self as u32
    }

    /// Its label.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::DevicePrivateKey => "Device Priv TLS Key",
            Self::DevicePublicKey => "Device Pub TLS Key",
            Self::DeviceCertificate => "Device Cert",
            Self::CodeVerifyKey => "Code Verify Key",
            Self::HmacKey => "HMAC Key",
            Self::CmacKey => "CMAC Key",
            Self::ClaimPrivateKey => "Claim Key",
            Self::ClaimCertificate => "Claim Cert",
        }
    }

    /// The file in which ports with a file system keep it.
    #[must_use]
    pub const fn file_name(self) -> &'static str {
        match self {
            Self::DevicePrivateKey => "corePKCS11_Key.dat",
            Self::DevicePublicKey => "corePKCS11_PubKey.dat",
            Self::DeviceCertificate => "corePKCS11_Certificate.dat",
            Self::CodeVerifyKey => "corePKCS11_CodeSignKey.dat",
            Self::HmacKey => "corePKCS11_HMACKey.dat",
            Self::CmacKey => "corePKCS11_CMACKey.dat",
            Self::ClaimPrivateKey => "corePKCS11_Claim_Key.dat",
            Self::ClaimCertificate => "corePKCS11_Claim_Certificate.dat",
        }
    }

    /// Whether a port calls it private: keys that are secret.
    #[must_use]
    pub const fn is_private(self) -> bool {
        matches!(self, Self::DevicePrivateKey | Self::HmacKey | Self::CmacKey | Self::ClaimPrivateKey)
    }

    /// Its label as stores take it.
    #[must_use]
    #[allow(clippy::missing_panics_doc, reason = "the names are short; a test asks for each label")]
    pub const fn label(self) -> Label {
        match Label::new(self.name().as_bytes()) {
            Ok(label) => label,
            Err(_) => panic!("the names are short"),
        }
    }

    /// The object with this label, if it is one of the eight.
    #[must_use]
    pub fn of_label(label: &Label) -> Option<Self> {
        Self::ALL.into_iter().find(|each| each.name().as_bytes() == label.as_bytes())
    }
}
