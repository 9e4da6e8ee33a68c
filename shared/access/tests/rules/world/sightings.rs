//! What Salesforce shows of the customer.

use std::sync::Arc;

use access::{
    Invitation, InvitationStatus, Licence, Member, Observed, Role, Sight, Stranger, Unseen, User,
};

use crate::world::*;

/// What Salesforce shows of the customer; complete unless said otherwise.
pub(crate) fn seen() -> Observed {
    Observed { sight: Sight::full(), ..Observed::default() }
}

pub(crate) trait ObservedExt {
    fn user(self, number: u8) -> Self;
    fn inactive(self, number: u8) -> Self;
    fn colleague(self, number: u8) -> Self;
    fn stock(self, number: u8) -> Self;
    fn with_email(self, number: u8, address: &str) -> Self;
    fn member(self, number: u8, letter: char) -> Self;
    fn manager(self, number: u8, letter: char) -> Self;
    fn invited(self, letter: char) -> Self;
    fn invitation(self, letter: char, status: InvitationStatus) -> Self;
    /// The invitation to a group was accepted as this user, under another address.
    fn accepted_as(self, letter: char, number: u8) -> Self;
    /// Somebody sent an invitation to a group so many minutes from now, which stands like this.
    fn sent(self, id: char, letter: char, at: i64, status: InvitationStatus) -> Self;
    /// A user came to a group so many minutes from now.
    fn came(self, number: u8, letter: char, at: i64) -> Self;
    /// Nothing of a group is shown.
    fn hidden_group(self, letter: char) -> Self;
    /// An invitation is not shown.
    fn hidden_invitation(self, letter: char) -> Self;
    /// The number of seats that Salesforce says are taken differs from what is seen.
    fn miscounted(self) -> Self;
    /// A customer is in a group, since so many days from now, of whom nobody knows anything.
    fn stranger(self, number: u8, letter: char, since: i64) -> Self;
    /// A customer is in no group, since so many days from now, of whom nobody knows anything.
    fn loner(self, number: u8, since: i64) -> Self;
    fn partial(self) -> Self;
}

impl ObservedExt for Observed {
    fn user(self, number: u8) -> Self {
        let it = User {
            email: Some(ana()),
            licence: Licence::Customer,
            is_stock: false,
            is_active: true,
        };
        with_user(self, number, it)
    }

    fn inactive(self, number: u8) -> Self {
        let it = User {
            email: Some(ana()),
            licence: Licence::Customer,
            is_stock: false,
            is_active: false,
        };
        with_user(self, number, it)
    }

    fn colleague(self, number: u8) -> Self {
        let it =
            User { email: Some(ana()), licence: Licence::Other, is_stock: false, is_active: true };
        with_user(self, number, it)
    }

    fn stock(self, number: u8) -> Self {
        let it = User {
            email: Some(ana()),
            licence: Licence::Customer,
            is_stock: true,
            is_active: true,
        };
        with_user(self, number, it)
    }

    fn with_email(mut self, number: u8, address: &str) -> Self {
        self.users.get_mut(&user(number)).expect("a user").email = Some(email(address));
        self
    }

    fn member(self, number: u8, letter: char) -> Self {
        with_place(self, number, letter, Role::Member)
    }

    fn manager(self, number: u8, letter: char) -> Self {
        with_place(self, number, letter, Role::Manager)
    }

    fn invited(self, letter: char) -> Self {
        self.invitation(letter, InvitationStatus::Sent)
    }

    fn invitation(mut self, letter: char, status: InvitationStatus) -> Self {
        self.invitations.push(Invitation {
            id: invitation(letter),
            group: Some(group(letter)),
            email: Some(ana()),
            status,
            parent: None,
            created: days(-10),
            changed: days(-9),
            accepted_by: None,
        });
        self
    }

    fn accepted_as(mut self, letter: char, number: u8) -> Self {
        let email = self.users.get(&user(number)).expect("a user").email.clone();
        self.invitations.push(Invitation {
            id: invitation(letter.to_ascii_uppercase()),
            group: Some(group(letter)),
            email,
            status: InvitationStatus::Accepted,
            parent: Some(invitation(letter)),
            created: days(-9),
            changed: days(-9),
            accepted_by: Some(user(number)),
        });
        self
    }

    fn sent(mut self, id: char, letter: char, at: i64, status: InvitationStatus) -> Self {
        self.invitations.push(Invitation {
            id: invitation(id),
            group: Some(group(letter)),
            email: Some(ana()),
            status,
            parent: None,
            created: minutes(at),
            changed: minutes(at),
            accepted_by: None,
        });
        self
    }

    fn came(mut self, number: u8, letter: char, at: i64) -> Self {
        self.since.insert((user(number), group(letter)), minutes(at));
        self.member(number, letter)
    }

    fn hidden_group(mut self, letter: char) -> Self {
        self.hidden.groups.insert(group(letter));
        self
    }

    fn hidden_invitation(mut self, letter: char) -> Self {
        self.hidden.invitations.insert(invitation(letter));
        self
    }

    fn miscounted(self) -> Self {
        Self { sight: Sight::but([Unseen::SeatsDiffer]), ..self }
    }

    fn stranger(mut self, number: u8, letter: char, since: i64) -> Self {
        let (group, user, since) = (Some(group(letter)), user(number), Some(days(since)));
        self.strangers.insert(Arc::new(Stranger { group, user, email: None, since }));
        self
    }

    fn loner(mut self, number: u8, since: i64) -> Self {
        let (user, since) = (user(number), Some(days(since)));
        self.strangers.insert(Arc::new(Stranger { group: None, user, email: None, since }));
        self
    }

    fn partial(self) -> Self {
        Self { sight: Sight::default(), ..self }
    }
}

fn with_user(mut observed: Observed, number: u8, it: User) -> Observed {
    observed.users.insert(user(number), it);
    observed
}

fn with_place(mut observed: Observed, number: u8, letter: char, role: Role) -> Observed {
    observed.members.insert(Member { group: group(letter), user: user(number), role });
    observed
}

/// A customer in a group of whom it is not known since when.
pub(crate) fn timeless(number: u8, letter: char) -> Arc<Stranger> {
    Arc::new(Stranger { group: Some(group(letter)), user: user(number), email: None, since: None })
}
