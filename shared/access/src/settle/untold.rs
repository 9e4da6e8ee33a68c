//! An ending of which nobody can say that the customer is gone.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::records::{Grant, PROVE, Stuck};
use crate::rules::{Decision, Reason, doubtful};
use crate::seen::{Unseen, View};

/// What is recorded of an ending of which nobody can say that the customer is gone. `None` where the next reading may tell.
pub(crate) fn untold(
    view: &View<'_>,
    grant: &Grant,
    decision: &Decision,
    since: Timestamp,
) -> Option<Stuck> {
    let (code, message, candidates) = match decision.reason {
        Reason::Undecided if doubtful(view, grant).any(|it| view.is_unanswered(it)) => {
            let unseen = Unseen::UserHidden;
            (unseen.code(), unseen.message(), BTreeSet::new())
        }
        Reason::Undecided => (
            "UNDECIDED",
            "somebody accepted the invitation who cannot be told from others in the group",
            doubtful(view, grant).flat_map(|it| view.candidates(it)).cloned().collect(),
        ),
        Reason::NotSeen => {
            let unseen = view.observed.sight.lasting().or_else(|| view.hidden_of(grant))?;
            (unseen.code(), unseen.message(), BTreeSet::new())
        }
        Reason::Protected => (
            "NOT_A_CUSTOMER",
            "the customer's user has another licence now and is in the group: Lanyard leaves colleagues to people",
            view.colleagues_in(&grant.group.id).cloned().collect(),
        ),
        Reason::Live
        | Reason::Expired
        | Reason::ProjectClosed
        | Reason::Withdrawn
        | Reason::NeverJoined
        | Reason::RemovedByHand
        | Reason::JoinedLate
        | Reason::JoinedElsewhere
        | Reason::HeldByOtherGrant
        | Reason::HeldOutsideLanyard
        | Reason::Brake
        | Reason::Unproven => return None,
    };
    let (step, code, message) = (PROVE.to_owned(), code.to_owned(), message.to_owned());
    Some(Stuck { since, step, code, message, frozen: false, candidates })
}
