//! Fields over several relations, null in conditions, and the traces that people leave.

use salesforce_simulator::NewUser;
use serde_json::{Value, json};

use crate::world::World;

/// A customer's and the owner's place in a group.
async fn acme() -> World {
    let world = World::start().await;
    world.org.add_user(NewUser::internal("kim@corp.example")).expect("a free name");
    let group = salesforce_simulator::NewGroup::for_customers("Acme").owner("kim@corp.example");
    world.org.add_group(&group).expect("a free name");
    world.customer("ana@acme.example");
    world.org.add_member("Acme", "ana@acme.example", "Standard").expect("a free name");
    world
}

#[tokio::test]
async fn a_membership_shows_and_is_found_by_what_lies_several_steps_away() {
    let world = acme().await;
    let fields = "Member.IsActive, Member.Email, Member.Profile.UserLicense.Name, \
                  CollaborationGroup.Name, CollaborationGroup.CollaborationType, \
                  CollaborationGroup.Owner.IsActive, CreatedDate";
    for (condition, expected) in [
        ("Member.Profile.UserLicense.Name = 'Chatter External'", 1),
        ("Member.IsActive = true AND CollaborationGroup.Name = 'ACME'", 2),
        ("CollaborationGroup.Owner.IsActive = true", 2),
        ("CollaborationGroup.Owner.Email = 'kim@corp.example'", 2),
        ("CollaborationGroup.CollaborationType != 'Private'", 0),
        ("CollaborationGroup.CollaborationType IN ('Private', 'Unlisted')", 2),
        ("CreatedDate <= 2026-11-23T09:00:00Z", 2),
    ] {
        let soql = format!("SELECT {fields} FROM CollaborationGroupMember WHERE {condition}");
        assert_eq!(world.records(&soql).await.len(), expected, "{condition}");
    }
    let soql = format!("SELECT {fields} FROM CollaborationGroupMember ORDER BY Id DESC LIMIT 1");
    let ana = world.records(&soql).await.remove(0);
    assert_eq!(ana["Member"]["Profile"]["UserLicense"]["Name"], "Chatter External");
    assert_eq!(ana["Member"]["Email"], "ana@acme.example");
    assert_eq!(ana["CollaborationGroup"]["Owner"]["IsActive"], true);
    assert_eq!(ana["CollaborationGroup"]["CollaborationType"], "Private");
    assert_eq!(ana["CreatedDate"], "2026-11-23T09:00:00.000+0000");
}

#[tokio::test]
async fn conditions_over_the_member_are_refused_where_the_rules_have_it() {
    let world = acme().await;
    world.org.change_rules(|rules| rules.refuse_member_paths = true);
    let find = async |rest: &str| {
        world.soql(&format!("SELECT Member.Email FROM CollaborationGroupMember{rest}")).await
    };
    for condition in [
        "Member.IsActive = true",
        "Member.Profile.UserLicense.Name = 'Chatter External'",
        "MemberId != null AND (NOT Member.Email LIKE '%@acme.example')",
        "member.Email IN ('ana@acme.example')",
    ] {
        let refused = find(&format!(" WHERE {condition}")).await;
        assert_eq!(refused.refusal(), (400, "INVALID_FIELD"), "{condition}");
    }
    assert_eq!(find("").await.body["records"][1]["Member"]["Email"], "ana@acme.example");
    assert_eq!(find(" WHERE CollaborationGroup.Name = 'Acme'").await.body["totalSize"], 2);
    assert_eq!(find(" WHERE MemberId != null").await.body["totalSize"], 2);
}

#[tokio::test]
async fn unequal_and_not_in_match_null() {
    let world = acme().await;
    world.org.note_login("kim@corp.example", world.now()).unwrap();
    for (condition, expected) in [
        ("FirstName = null", 2),
        ("FirstName != null", 2),
        ("FirstName != 'Chatter'", 3),
        ("FirstName NOT IN ('Chatter')", 3),
        ("FirstName NOT IN ('Chatter', null)", 1),
        ("FirstName IN ('Chatter', null)", 3),
        ("LastLoginDate = null", 2),
        ("LastLoginDate != null", 2),
        ("LastLoginDate < 2030-01-01T00:00:00Z", 2),
    ] {
        let soql = format!("SELECT Id FROM User WHERE {condition}");
        assert_eq!(world.records(&soql).await.len(), expected, "{condition}");
    }
}

#[tokio::test]
async fn people_leave_traces_of_their_visits() {
    let world = acme().await;
    let me = world.org.user_by_email("integration@corp.example").unwrap().id;
    let user = "SELECT CreatedDate, LastLoginDate FROM User WHERE Email = 'ana@acme.example'";
    let member = "SELECT LastFeedAccessDate FROM CollaborationGroupMember \
                  WHERE Member.Email = 'ana@acme.example'";
    assert_eq!(world.records(user).await[0]["LastLoginDate"], Value::Null);
    assert_eq!(world.records(member).await[0]["LastFeedAccessDate"], Value::Null);

    let at = "2026-10-01T12:00:00Z".parse().unwrap();
    world.org.note_login("ana@acme.example", at).unwrap();
    world.org.note_feed_access("Acme", "ana@acme.example", at).unwrap();

    let shown = json!("2026-10-01T12:00:00.000+0000");
    assert_eq!(world.records(user).await[0]["LastLoginDate"], shown);
    assert_eq!(world.records(member).await[0]["LastFeedAccessDate"], shown);
    let found = format!("{member} AND LastFeedAccessDate < 2026-10-02T00:00:00Z");
    assert_eq!(world.records(&found).await.len(), 1);
    assert!(world.org.note_login("nobody", at).is_err());
    assert!(world.org.note_feed_access("Acme", &me, at).is_err(), "he is no member");
    let group = world.org.group_by_name("Acme").unwrap().id;
    world.invite(&group, "bo@acme.example").await.id();
    let inviter = world.records("SELECT InviterId FROM CollaborationInvitation").await;
    assert_eq!(inviter[0]["InviterId"], json!(me));
}
