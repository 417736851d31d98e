//! A server as the command line names it: `HOST:PORT`, an IPv6 address in brackets (RFC 3986 section 3.2.2).

use std::fmt;
use std::str::FromStr;

/// A host and a port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Address {
    /// A name or an address, without brackets.
    pub(super) host: String,
    pub(super) port: u16,
}

impl FromStr for Address {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (host, port) = text.rsplit_once(':').ok_or("a server is written as HOST:PORT")?;
        let port = port.parse().map_err(|_| "a port is a number from 0 to 65535")?;
        let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        match inner.unwrap_or(host) {
            "" => Err("the host is missing before the colon"),
            host if inner.is_none() && host.contains(':') => Err("put an IPv6 address in brackets"),
            host => Ok(Self { host: host.to_owned(), port }),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "[{}]:{}", self.host, self.port),
            false => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_are_read_and_written_alike() {
        for text in ["gate.example:8883", "127.0.0.1:0", "[::1]:443"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
        assert_eq!("[::1]:443".parse::<Address>().unwrap().host, "::1");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in ["gate.example", ":443", "[]:443", "::1:443", "gate:65536", "gate:", ""] {
            assert!(text.parse::<Address>().is_err(), "{text}");
        }
    }
}
