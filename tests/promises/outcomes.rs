//! What an invitation request does for each customer, and what it answers.

use access::Policy;
use machinery::world::{
    World, grants, invitation_mails, invite, manager, request, seat, text, told, told_of, with,
    world, world_with, world_with_org,
};
use salesforce_simulator::{MailKind, NewGroup, NewUser};
use serde_json::json;

#[tokio::test]
async fn a_new_group_is_created_and_the_answer_says_who_was_invited_until_when() {
    let world = world().await;
    let customers = json!([{ "email": " Ana@ACME.example", "role": "manager" }, { "email": "bo@acme.example" }]);
    let mut asked = with(
        request("P-42", "Acme rollout", customers),
        &json!({ "days": 10, "message": "Join us." }),
    );
    asked["group"]["description"] = json!("The rollout at Acme");

    let answer = world.invite(asked).await.expect("it is carried out");

    let group = world.org().group_by_name("Acme rollout").expect("it was created");
    let expected = json!({
        "org": "main",
        "project": "P-42",
        "group": { "id": group.id, "name": "Acme rollout", "created": true },
        "customers": [
            {
                "email": "ana@acme.example", "outcome": "invited", "role": "manager",
                "grantId": answer["customers"][0]["grantId"], "expiresAt": "2027-01-14T09:00:00Z",
            },
            {
                "email": "bo@acme.example", "outcome": "invited", "role": "member",
                "grantId": answer["customers"][1]["grantId"], "expiresAt": "2027-01-14T09:00:00Z",
            },
        ],
        "warnings": [],
    });
    assert_eq!(answer, expected);
    assert_eq!(group.collaboration_type, "Private");
    assert!(group.can_have_guests);
    assert_eq!(group.description.as_deref(), Some("The rollout at Acme"));
    let mails = world.org().mails();
    let addresses: Vec<&str> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!(addresses, ["ana@acme.example", "bo@acme.example"]);
    assert!(mails.iter().all(|mail| mail.message.as_deref() == Some("Join us.")));
    assert_eq!(told_of(&world, "Customer Invited"), ["ana@acme.example", "bo@acme.example"]);
}

#[tokio::test]
async fn every_outcome_is_named_and_everybody_of_them_is_in_force() {
    let world = world().await;
    let org = world.org();
    let known = "known@acme.example had@acme.example same@acme.example";
    assert!(
        invite(&world, request("P-1", "Acme", "had@acme.example same@acme.example"))
            .await
            .contains("invited")
    );
    org.add_invitation("Acme", "open@acme.example").expect("invited by hand");
    org.add_user(NewUser::customer("known@acme.example")).expect("a user");
    org.add_user(NewUser::customer("gone@acme.example").inactive()).expect("a user");
    org.add_user(NewUser::customer("inside@acme.example")).expect("a user");
    org.add_member("Acme", "inside@acme.example", "Standard").expect("put in by hand");
    org.add_user(NewUser::internal("lou@corp.example")).expect("a user");
    org.clear_log();

    let customers = json!([
        { "email": "new@acme.example" }, { "email": "open@acme.example" }, { "email": "known@acme.example" },
        { "email": "gone@acme.example" }, { "email": "inside@acme.example" },
        { "email": "had@acme.example", "role": "manager" }, { "email": "same@acme.example" },
        { "email": "lou@corp.example" },
    ]);
    let answer = invite(&world, request("P-1", "Acme", customers)).await;

    assert_eq!(
        answer.replace(", ", "\n"),
        "new@acme.example invited\n\
         open@acme.example pending\n\
         known@acme.example added\n\
         gone@acme.example reactivated\n\
         inside@acme.example adopted\n\
         had@acme.example updated\n\
         same@acme.example unchanged\n\
         lou@corp.example refused NOT_A_CUSTOMER"
    );
    let invited: Vec<String> = org
        .mails()
        .into_iter()
        .filter(|mail| mail.kind == MailKind::Invitation)
        .map(|mail| mail.to)
        .collect();
    assert_eq!(invited, ["new@acme.example"], "whoever was asked before gets no second mail");
    for email in ["known@acme.example", "gone@acme.example", "inside@acme.example"] {
        assert_eq!(seat(&world, email), "active in Acme");
        assert_eq!(grants(&world, email).await, ["P-1 member active"]);
    }
    for email in ["new@acme.example", "open@acme.example", "same@acme.example"] {
        assert_eq!(grants(&world, email).await, ["P-1 member invited"], "{email} of {known}");
    }
    assert_eq!(grants(&world, "had@acme.example").await, ["P-1 manager invited"]);
    assert_eq!(grants(&world, "kim@corp.example").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_customer_of_the_org_who_is_to_be_manager_is_manager_at_once() {
    let world = world().await;
    let org = world.org();
    org.add_group(&NewGroup::for_customers("Acme")).expect("a group");
    for email in ["added@acme.example", "adopted@acme.example"] {
        org.add_user(NewUser::customer(email)).expect("a user");
    }
    org.add_user(NewUser::customer("back@acme.example").inactive()).expect("a user");
    org.add_member("Acme", "adopted@acme.example", "Standard").expect("put in by hand");

    for (email, outcome) in [("added", "added"), ("adopted", "adopted"), ("back", "reactivated")] {
        let email = format!("{email}@acme.example");
        let answer = invite(&world, request("P-1", "Acme", manager(&email))).await;
        assert_eq!(answer, format!("{email} {outcome}"));
        assert_eq!(seat(&world, &email), "active in Acme as manager");
    }
}

#[tokio::test]
async fn each_refusal_of_one_customer_has_its_code_and_a_fix_and_stops_nobody_else() {
    let world = world_with(|setup| {
        setup
            .policy
            .protected
            .extend(["boss@acme.example".to_owned(), "@board.example".to_owned()]);
    })
    .await;
    let org = world.org();
    org.add_user(NewUser::internal("colleague@acme.example")).expect("a user");
    for username in ["one", "two"] {
        let user =
            NewUser::customer("twice@acme.example").username(&format!("{username}@acme.example"));
        org.add_user(user).expect("a user");
    }
    let asked = "ana@acme.example colleague@acme.example twice@acme.example boss@acme.example eve@board.example \
                 noreply@chatter.salesforce.com";

    let answer = world.invite(request("P-1", "Acme", asked)).await.expect("it is carried out");

    let refusals: Vec<String> = answer["customers"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|it| it["outcome"] == "refused")
        .map(|it| {
            assert!(
                !text(&it["error"]["message"]).is_empty() && !text(&it["error"]["fix"]).is_empty()
            );
            format!("{} {}", text(&it["email"]), text(&it["error"]["code"]))
        })
        .collect();
    assert_eq!(
        refusals,
        [
            "colleague@acme.example NOT_A_CUSTOMER",
            "twice@acme.example AMBIGUOUS_CUSTOMER",
            "boss@acme.example PROTECTED_ADDRESS",
            "eve@board.example PROTECTED_ADDRESS",
            "noreply@chatter.salesforce.com PROTECTED_ADDRESS",
        ]
    );
    assert_eq!(answer["customers"][0]["outcome"], "invited");
    assert_eq!(org.mails().len(), 1);
    assert_eq!(
        told(&world, "Customer Invitation Refused").len(),
        5,
        "refusals without a grant are announced too"
    );
}

#[tokio::test]
async fn of_a_customer_and_a_colleague_with_one_address_the_customer_is_meant() {
    let world = world().await;
    let org = world.org();
    org.add_group(&NewGroup::for_customers("Acme")).expect("a group");
    org.add_user(NewUser::internal("ana@acme.example").username("ana@corp.example"))
        .expect("a user");
    let customer = org
        .add_user(NewUser::customer("ana@acme.example").username("ana@guest.example"))
        .expect("a user");

    assert_eq!(
        invite(&world, request("P-1", "Acme", "ana@acme.example")).await,
        "ana@acme.example added"
    );

    let members: Vec<String> = org.members().into_iter().map(|it| it.user_id).collect();
    assert!(members.contains(&customer));
    assert_eq!(members.len(), 2, "the owner and the customer");
}

#[tokio::test]
async fn without_a_free_licence_neither_a_new_nor_a_returning_customer_is_let_in() {
    let world = world_with_org(|options| options.seats = 1).await;
    let org = world.org();
    org.add_user(NewUser::customer("taken@acme.example")).expect("a user");
    org.add_user(NewUser::customer("gone@acme.example").inactive()).expect("a user");

    let answer = invite(
        &world,
        request("P-1", "Acme", "new@acme.example gone@acme.example taken@acme.example"),
    )
    .await;

    assert_eq!(
        answer,
        "new@acme.example refused SEATS_EXHAUSTED, gone@acme.example refused SEATS_EXHAUSTED, \
         taken@acme.example added"
    );
    assert_eq!(seat(&world, "gone@acme.example"), "inactive");
    assert_eq!(invitation_mails(&world, "new@acme.example"), 0);
}

#[tokio::test]
async fn of_two_who_return_the_last_free_licence_is_given_to_one() {
    let world = world_with_org(|options| options.seats = 1).await;
    for email in ["ana@acme.example", "bo@acme.example"] {
        world.org().add_user(NewUser::customer(email).inactive()).expect("a user");
    }
    let answer = invite(&world, request("P-1", "Acme", "ana@acme.example bo@acme.example")).await;
    assert_eq!(answer, "ana@acme.example reactivated, bo@acme.example refused SEATS_EXHAUSTED");
}

#[tokio::test]
async fn a_full_group_and_any_other_refusal_of_salesforce_are_told_as_such() {
    let world = world_with_org(|options| options.rules.maximum_members = Some(1)).await;
    world.org().add_user(NewUser::customer("known@acme.example")).expect("a user");
    let answer =
        invite(&world, request("P-1", "Acme", "known@acme.example ana@acme.example")).await;
    assert_eq!(answer, "known@acme.example refused GROUP_FULL, ana@acme.example invited");
    assert_eq!(
        grants(&world, "known@acme.example").await,
        Vec::<String>::new(),
        "nothing is left to look at"
    );

    let world = world_with_org(|options| options.settings.invite_permission = false).await;
    let answer =
        world.invite(request("P-1", "Acme", "ana@acme.example")).await.expect("it is carried out");
    assert_eq!(answer["customers"][0]["error"]["code"], "SALESFORCE_REFUSED");
    let message = text(&answer["customers"][0]["error"]["message"]);
    assert!(
        message.contains("INSUFFICIENT_ACCESS_OR_READONLY: insufficient access rights"),
        "{message}"
    );
    refused_once(&world, "ana@acme.example");
}

#[tokio::test]
async fn consent_turns_allow_customers_on_in_a_private_group_and_says_so_nowhere_else() {
    let world = world_with(|setup| {
        let consent = r#"{ "sources": { "operator": { "consent": true } } }"#;
        setup.policy = Policy::from_json(consent).expect("a policy");
    })
    .await;
    world.org().add_group(&NewGroup::private("Staff")).expect("a group");
    assert_eq!(
        invite(&world, request("P-1", "Staff", "ana@acme.example")).await,
        "GROUP_DISALLOWS_CUSTOMERS"
    );
    assert!(!world.org().group_by_name("Staff").expect("it is there").can_have_guests);

    let mut asked = request("P-1", "staff", "ana@acme.example");
    asked["group"]["allowCustomers"] = json!(true);
    let answer = world.invite(asked).await.expect("it is carried out");

    assert_eq!(answer["group"]["created"], false);
    assert_eq!(answer["group"]["name"], "Staff");
    assert!(world.org().group_by_name("Staff").expect("it is there").can_have_guests);
}

fn refused_once(world: &World, email: &str) {
    assert_eq!(told_of(world, "Customer Invitation Refused"), [email], "one refusal is one event");
}
