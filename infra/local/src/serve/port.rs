//! The ports of a world that is served, and what to do where one cannot be had.

use std::fmt;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use tokio::net::TcpListener;

/// Why a port cannot be had, and what to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PortError {
    /// Somebody else has it.
    #[error(
        "port {port}{whose} is taken by another program: choose another with --port N, or --port 0 for free ones"
    )]
    Taken {
        /// Which.
        port: u16,
        /// Whose it was to be.
        whose: Whose,
    },
    /// The machine keeps it for its administrator.
    #[error(
        "port {port}{whose} is not open to you: choose a higher one with --port N, or --port 0 for free ones"
    )]
    Reserved {
        /// Which.
        port: u16,
        /// Whose it was to be.
        whose: Whose,
    },
    /// Anything else.
    #[error("port {port}{whose} cannot be opened")]
    Unopened {
        /// Which.
        port: u16,
        /// Whose it was to be.
        whose: Whose,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// Whose port it was to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// The functions': the one that the command line names.
    Functions,
    /// The simulated org's, which the command line does not name.
    Org,
}

impl PortError {
    /// What an attempt to open a port has ended in.
    pub(crate) fn new(whose: Whose, port: u16, source: io::Error) -> Self {
        if source.kind() == io::ErrorKind::AddrInUse {
            Self::Taken { port, whose }
        } else if source.kind() == io::ErrorKind::PermissionDenied {
            Self::Reserved { port, whose }
        } else {
            Self::Unopened { port, whose, source }
        }
    }
}

impl fmt::Display for Whose {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Functions => Ok(()),
            Self::Org => formatter.write_str(" (of the simulated org: always the next one)"),
        }
    }
}

/// Opens the functions' port on the loopback address.
pub(crate) async fn open(port: u16) -> Result<(TcpListener, SocketAddr), PortError> {
    let failed = |source| PortError::new(Whose::Functions, port, source);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await.map_err(failed)?;
    let address = listener.local_addr().map_err(failed)?;
    Ok((listener, address))
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{PortError, Whose};

    #[test]
    fn a_port_that_cannot_be_had_is_named_with_what_to_do() {
        for (whose, port, kind, expected) in [
            (
                Whose::Functions,
                8787,
                io::ErrorKind::AddrInUse,
                "port 8787 is taken by another program: choose another with --port N, or --port 0 for free ones",
            ),
            (
                Whose::Org,
                8788,
                io::ErrorKind::AddrInUse,
                "port 8788 (of the simulated org: always the next one) is taken by another program: choose \
                 another with --port N, or --port 0 for free ones",
            ),
            (
                Whose::Functions,
                80,
                io::ErrorKind::PermissionDenied,
                "port 80 is not open to you: choose a higher one with --port N, or --port 0 for free ones",
            ),
            (
                Whose::Functions,
                8787,
                io::ErrorKind::AddrNotAvailable,
                "port 8787 cannot be opened: address not available",
            ),
        ] {
            let error = PortError::new(whose, port, kind.into());
            assert_eq!(runtime::chain(&error), expected);
        }
    }
}
