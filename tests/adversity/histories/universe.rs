//! The few people, groups and projects of a history, and what they are called.

use std::fmt;

/// Who may be given access.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Customer {
    /// Nobody knows her at first.
    Ana,
    /// Nobody knows him at first.
    Bo,
    /// A customer of the org from the beginning, in `Partners` by hand.
    Cy,
}

/// Under which of the two addresses a customer is a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Address {
    /// The invited one.
    Own,
    /// Another one.
    Other,
}

/// The upstream's units of work.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Project {
    P1,
    P2,
}

/// The groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Group {
    /// Created by Lanyard when it is first asked for.
    Acme,
    /// Made by hand, with people in it who are none of Lanyard's business.
    Partners,
    /// Made by hand, and never named in a request.
    Friends,
}

/// What somebody may do in a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Role {
    Member,
    Manager,
}

impl Customer {
    pub(crate) const ALL: [Self; 3] = [Self::Ana, Self::Bo, Self::Cy];

    pub(crate) fn email(self, address: Address) -> String {
        let name = match self {
            Self::Ana => "ana",
            Self::Bo => "bo",
            Self::Cy => "cy",
        };
        match address {
            Address::Own => format!("{name}@acme.example"),
            Address::Other => format!("{name}@home.example"),
        }
    }

    /// Who is meant by an address.
    pub(crate) fn of(email: &str) -> Option<(Self, Address)> {
        let known = Self::ALL.into_iter().flat_map(|it| Address::ALL.map(|address| (it, address)));
        known.into_iter().find(|(customer, address)| customer.email(*address) == email)
    }
}

impl Address {
    pub(crate) const ALL: [Self; 2] = [Self::Own, Self::Other];
}

impl Project {
    pub(crate) const ALL: [Self; 2] = [Self::P1, Self::P2];

    pub(crate) fn id(self) -> &'static str {
        match self {
            Self::P1 => "P-1",
            Self::P2 => "P-2",
        }
    }

    pub(crate) fn called(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.id() == id)
    }
}

impl Group {
    pub(crate) const ALL: [Self; 3] = [Self::Acme, Self::Partners, Self::Friends];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Acme => "Acme",
            Self::Partners => "Partners",
            Self::Friends => "Friends",
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.name() == name)
    }
}

impl Role {
    /// As the contract spells it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Manager => "manager",
        }
    }

    /// As Salesforce spells it.
    pub(crate) fn in_salesforce(self) -> &'static str {
        match self {
            Self::Member => "Standard",
            Self::Manager => "Admin",
        }
    }

    /// From Salesforce's spelling.
    pub(crate) fn of_salesforce(role: &str) -> Self {
        if role == "Admin" { Self::Manager } else { Self::Member }
    }
}

impl fmt::Display for Customer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, formatter)
    }
}
