//! The client against a simulated org, which takes nothing that Salesforce would refuse.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use salesforce::collaboration_group::{self, NewGroup};
use salesforce::collaboration_group_member::{self as member, NewMember, Role};
use salesforce::collaboration_invitation::{self as invitation, NewInvitation, Status};
use salesforce::settings::Settings;
use salesforce::{
    Client, Credentials, Deleted, ErrorCode, Id, Options, Query, WriteError, user, user_license,
    user_login,
};
use salesforce_simulator::{Fault, FaultKind, Matching, Simulator};

use crate::server::{http, results_of};

#[tokio::test]
async fn a_customer_comes_and_goes() {
    let (simulator, client) = start(|_| ()).await;
    let new = NewGroup { name: "O'Brien \\ rollout", ..NewGroup::default() };
    let group = client.create_private_group(&new).await.unwrap();
    let found = client.query(collaboration_group::by_names(&["o'brien \\ ROLLOUT"])).await.unwrap();
    assert!(found[0].id == group && found[0].can_have_guests && found[0].name == new.name);

    let address = "ana@acme.example";
    let sent = [NewInvitation { address, message: Some("Join us.") }];
    let invited = results_of(client.create_invitations(&group, &sent).await).remove(0).unwrap();
    let open = client.query(invitation::by_addresses(&[address])).await.unwrap();
    assert_eq!((&open[0].id, open[0].status), (&invited, Status::Sent));
    simulator.org().accept(invited.as_str()).unwrap();

    let mut reading = client.reading();
    let users = reading.add(user::by_addresses_or_ids(&[address], &[]));
    let members = reading.add(member::by_addresses_or_members(&[address], &[]));
    let invitations = reading.add(by_ids(std::slice::from_ref(&invited)));
    let seats = reading.add(user_license::chatter_external());
    let mut answers = reading.send().await.unwrap();
    let users = answers.take(users).unwrap();
    let members = answers.take(members).unwrap();
    assert_eq!(answers.take(invitations).unwrap()[0].status, Status::Accepted);
    let seats = answers.take(seats).unwrap();
    assert_eq!(users[0].license.as_deref(), Some(user_license::CHATTER_EXTERNAL));
    assert_eq!((&members[0].group, members[0].role), (&group, Some(Role::Standard)));

    let membership = members[0].id.clone();
    assert!(results_of(client.change_roles(&[(membership.clone(), Role::Admin)]).await)[0].is_ok());
    let again = NewMember { group, user: users[0].id.clone(), role: Role::Standard };
    let twice = results_of(client.add_members(&[again]).await).remove(0).unwrap_err();
    assert_eq!(twice.code(), ErrorCode::DuplicateValue.as_str());

    let logins = client.query(user_login::by_users(&[users[0].id.clone()])).await.unwrap();
    assert!(results_of(client.set_frozen(&[(logins[0].id.clone(), true)]).await)[0].is_ok());
    let gone = results_of(client.delete_members(std::slice::from_ref(&membership)).await);
    assert!(matches!(gone[..], [Ok(Deleted::Now)]));
    let gone = results_of(client.delete_members(&[membership]).await);
    assert!(matches!(gone[..], [Ok(Deleted::AlreadyGone)]));
    assert!(results_of(client.set_active(&[(users[0].id.clone(), false)]).await)[0].is_ok());
    let left = client.query(user_license::chatter_external()).await.unwrap();
    assert_eq!(left[0].free(), seats[0].free() + 1);
}

#[tokio::test]
async fn what_the_org_allows_is_read() {
    let (simulator, client) = start(|_| ()).await;
    simulator.org().change_settings(|settings| settings.ip_ranges = true);
    let expected = Settings {
        customer_invitations: Some(true),
        my_domain_login_only: Some(false),
        single_sign_on: Some(false),
        ip_ranges: Some(true),
        is_unread: false,
    };
    assert_eq!(client.settings().await.unwrap(), expected);
    simulator.org().change_rules(|rules| rules.refuse_tooling_composite = true);
    assert_eq!(client.settings().await.unwrap(), expected);
    assert_eq!(client.may_invite_customers().await, Some(true));
    assert_eq!(client.limits().await.unwrap().daily_api_requests.unwrap().max, 15_000);
}

#[tokio::test]
async fn what_was_invited_before_the_answer_was_lost_is_found_by_looking() {
    let (simulator, client) = start(|_| ()).await;
    let group =
        client.create_private_group(&NewGroup { name: "Acme", ..NewGroup::default() }).await;
    simulator.org().add_fault(
        Fault::once(FaultKind::DropAfter).matching(Matching::writes_of("CollaborationInvitation")),
    );
    let sent = [NewInvitation { address: "ana@acme.example", message: None }];
    let lost = results_of(client.create_invitations(&group.unwrap(), &sent).await);
    assert!(matches!(lost[..], [Err(WriteError::Ambiguous(_))]), "{lost:?}");
    let open = client.query(invitation::by_addresses(&["ana@acme.example"])).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!(simulator.org().mails().len(), 1);
}

#[tokio::test]
async fn what_is_hidden_is_told_from_what_was_deleted() {
    let (simulator, client) = start(|_| ()).await;
    let org = simulator.org();
    let mut groups = Vec::new();
    for number in 0..30 {
        let name = format!("Group {number}");
        let new = NewGroup { name: &name, ..NewGroup::default() };
        groups.push(client.create_private_group(&new).await.unwrap());
        if number % 3 == 0 {
            org.delete_group(&name).unwrap();
        }
        if number % 3 == 1 {
            org.hide_group(&name, true).unwrap();
        }
    }
    let third = |rest: usize| -> Vec<Id> { groups.iter().skip(rest).step_by(3).cloned().collect() };
    let (gone, shown) = (third(0), third(2));

    let peopled = client.query(member::peopled(&groups)).await.unwrap();
    let peopled: BTreeSet<Id> = peopled.into_iter().map(|it| it.collaboration_group_id).collect();
    assert_eq!(peopled, shown.iter().cloned().collect());
    let calls = client.usage().calls;
    let deleted = client.deleted_groups(&groups).await.unwrap();
    assert_eq!(deleted, gone.iter().cloned().collect(), "and says nothing of what is hidden");
    assert_eq!(client.usage().calls - calls, 2, "25 to a call");
    for (one, is_gone) in [(&gone[0], true), (&third(1)[0], false), (&shown[0], false)] {
        let deleted = client.deleted_groups(std::slice::from_ref(one)).await.unwrap();
        assert_eq!(deleted.contains(one), is_gone);
    }
    assert!(client.deleted_groups(&[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn three_hundred_customers_are_cancelled_by_whatever_way_is_open() {
    for (composites, collections) in [(true, true), (false, true), (false, false)] {
        let (simulator, client) = start(|_| ()).await;
        let new = NewGroup { name: "Acme", ..NewGroup::default() };
        let group = client.create_private_group(&new).await.unwrap();
        let addresses: Vec<String> = (0..300).map(|n| format!("{n}@acme.example")).collect();
        let sent: Vec<_> =
            addresses.iter().map(|address| NewInvitation { address, message: None }).collect();
        let created = results_of(client.create_invitations(&group, &sent).await);
        let ids: Vec<Id> = created.into_iter().map(Result::unwrap).collect();
        simulator.org().change_rules(|rules| {
            rules.refuse_composite = !composites;
            rules.refuse_collections = !collections;
        });
        simulator.org().expire_sessions();
        let cancelled = results_of(client.cancel_invitations(&ids).await);
        assert!(cancelled.iter().all(|result| matches!(result, Ok(Deleted::Now))));
        let read = client.query(by_ids(&ids)).await.unwrap();
        assert!(read.iter().all(|invitation| invitation.status == Status::Canceled));
        assert_eq!(read.len(), 300);
    }
}

#[tokio::test]
async fn small_pages_give_all_rows() {
    let (_simulator, client) = start(|options| options.page_size = 2).await;
    let new = NewGroup { name: "Acme", ..NewGroup::default() };
    let group = client.create_private_group(&new).await.unwrap();
    let addresses: Vec<String> = (0..5).map(|number| format!("{number}@acme.example")).collect();
    let sent: Vec<_> =
        addresses.iter().map(|address| NewInvitation { address, message: None }).collect();
    assert!(results_of(client.create_invitations(&group, &sent).await).iter().all(Result::is_ok));
    assert_eq!(client.query(invitation::by_addresses(&addresses)).await.unwrap().len(), 5);
}

pub(crate) async fn start(
    change: impl FnOnce(&mut salesforce_simulator::Options),
) -> (Simulator, Client) {
    let clock = Arc::new(|| Timestamp::from_second(1_800_000_000).expect("a time"));
    let mut options = salesforce_simulator::Options::new(clock.clone());
    change(&mut options);
    let simulator = Simulator::start(options).await.expect("an org");
    let client = client_of(&simulator, |_| ());
    (simulator, client)
}

/// A client of the org with short waits.
pub(crate) fn client_of(simulator: &Simulator, change: impl FnOnce(&mut Options)) -> Client {
    let credentials = Credentials::from_secret(&simulator.secret_json()).expect("credentials");
    let mut options =
        Options::new(Arc::new(|| Timestamp::from_second(1_800_000_000).expect("a time")));
    options.first_wait = Duration::from_millis(1);
    change(&mut options);
    Client::new(http(), credentials, options)
}

fn by_ids(ids: &[Id]) -> Query<invitation::Invitation> {
    invitation::concerning(invitation::Concerning { ids, ..Default::default() })
}
