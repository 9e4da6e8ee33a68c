//! The words of the contracts: the same in a log, in an answer, in an event and in the ledger.

use access::{AnnouncementKind, EndReason, Reason, RefusalCode, Role, Step, Verdict};
use serde_json::json;

use crate::world::*;

#[test]
fn a_word_is_the_same_in_a_log_as_in_json() {
    for role in [Role::Member, Role::Manager] {
        assert_eq!(json!(role), role.as_str());
    }
    for verdict in [
        Verdict::Keep,
        Verdict::Invite,
        Verdict::Join,
        Verdict::Promote,
        Verdict::Demote,
        Verdict::Reactivate,
        Verdict::End,
        Verdict::Prove,
    ] {
        assert_eq!(json!(verdict), verdict.to_string());
    }
    for reason in [
        Reason::Live,
        Reason::Expired,
        Reason::ProjectClosed,
        Reason::NeverJoined,
        Reason::RemovedByHand,
        Reason::JoinedLate,
        Reason::HeldByOtherGrant,
        Reason::HeldOutsideLanyard,
        Reason::Protected,
        Reason::Brake,
        Reason::Unproven,
    ] {
        assert_eq!(json!(reason), reason.to_string());
    }
    for code in [
        RefusalCode::NotACustomer,
        RefusalCode::AmbiguousCustomer,
        RefusalCode::ProtectedAddress,
        RefusalCode::TooManyGrants,
        RefusalCode::SeatsExhausted,
        RefusalCode::GroupFull,
        RefusalCode::SalesforceRefused,
        RefusalCode::Unrecordable,
        RefusalCode::CustomerInvitationsOff,
        RefusalCode::CustomerNotSeen,
        RefusalCode::DomainNotAllowed,
        RefusalCode::SourceNotAllowed,
        RefusalCode::ExpiryBeyondPolicy,
    ] {
        assert_eq!(json!(code), code.as_str());
    }
    for kind in [
        AnnouncementKind::Invited,
        AnnouncementKind::Joined,
        AnnouncementKind::InvitationRefused,
        AnnouncementKind::Changed,
        AnnouncementKind::Expiring,
        AnnouncementKind::Ended,
        AnnouncementKind::Stuck,
        AnnouncementKind::Drifted,
        AnnouncementKind::ProjectEventIgnored,
        AnnouncementKind::SweepHeld,
        AnnouncementKind::Continuation,
    ] {
        assert_eq!(json!(kind), kind.detail_type());
    }
}

#[test]
fn a_reason_to_end_is_read_back_from_a_held_plan_and_no_other_is() {
    for reason in [
        EndReason::Expired,
        EndReason::ProjectClosed,
        EndReason::Withdrawn,
        EndReason::NeverJoined,
        EndReason::RemovedByHand,
        EndReason::JoinedLate,
    ] {
        let spelt = Reason::from(reason).to_string();
        assert_eq!(json!(reason), spelt, "the same word in the ledger");
        assert_eq!(Reason::parse(&spelt), Some(reason.into()), "{spelt}");
    }
    for spelt in ["live", "heldByOtherGrant", "heldOutsideLanyard", "protected", "brake", "Expired"]
    {
        assert_eq!(Reason::parse(spelt), None, "{spelt}");
    }
}

#[test]
fn a_step_says_what_it_is_and_whom_it_touches() {
    let user = || user(1);
    let whom = Some(user());
    for (step, name, touched) in [
        (Step::Invite, "invite", None),
        (Step::Reactivate { user: user() }, "reactivate", whom.clone()),
        (Step::AddMember { user: user() }, "addMember", whom.clone()),
        (Step::Promote { user: user() }, "promote", whom.clone()),
        (Step::Demote { user: user() }, "demote", whom.clone()),
        (cancel('a'), "cancelInvitation", None),
        (remove(1), "removeMember", whom.clone()),
        (deactivate(1), "deactivate", whom.clone()),
    ] {
        assert_eq!(step.name(), name);
        assert_eq!(step.user(), touched.as_ref(), "{name}");
        assert_eq!(json!(step)["do"], name, "the same word in the ledger");
    }
}
