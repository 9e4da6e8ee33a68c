//! Warnings: what may disappoint although the request is carried out.

use machinery::world::{World, request, text, world, world_with_org};
use salesforce_simulator::{NewGroup, NewUser, Options, Tooling};

#[tokio::test]
async fn each_warning_has_its_code_and_a_fix() {
    type Change = fn(&mut Options);
    let cases: [(Change, &str); 7] = [
        (|options| options.settings.tooling = Tooling::Forbidden, "CUSTOMER_INVITATIONS_UNKNOWN"),
        (
            |options| options.settings.tooling = Tooling::MetadataNull,
            "CUSTOMER_INVITATIONS_UNKNOWN",
        ),
        (|options| options.settings.tooling = Tooling::KeyMissing, "CUSTOMER_INVITATIONS_UNKNOWN"),
        (|options| options.settings.my_domain_login_only = true, "MY_DOMAIN_LOGIN_ONLY"),
        (|options| options.settings.single_sign_on = true, "SINGLE_SIGN_ON"),
        (|options| options.settings.ip_ranges = true, "IP_RANGES"),
        (|options| options.seats = 1, "SEATS_LOW"),
    ];
    for (change, code) in cases {
        let world = world_with_org(change).await;
        assert_eq!(warnings(&world, "Acme").await, [code]);
    }
    assert_eq!(warnings(&world().await, "Acme").await, Vec::<String>::new());
}

#[tokio::test]
async fn a_group_whose_owner_has_left_is_a_warning() {
    let world = world().await;
    let org = world.org();
    org.add_user(NewUser::internal("lee@corp.example")).expect("a user");
    org.add_group(&NewGroup::for_customers("Acme").owner("lee@corp.example")).expect("a group");
    assert_eq!(warnings(&world, "Acme").await, Vec::<String>::new());

    org.deactivate("lee@corp.example").expect("he left");

    assert_eq!(warnings(&world, "Acme").await, ["GROUP_OWNER_INACTIVE"]);
}

#[tokio::test]
async fn an_allowance_that_is_nearly_used_up_is_a_warning_whether_or_not_the_settings_are_known_already()
 {
    let world = world().await;
    assert_eq!(warnings(&world, "Acme").await, Vec::<String>::new());

    world.org().set_api_limit(world.org().api_usage() + 2);

    assert_eq!(warnings(&world, "Acme").await, ["ALLOWANCE_LOW"]);
}

#[tokio::test]
async fn licences_that_cannot_be_read_are_neither_none_nor_low() {
    let world = world_with_org(|options| {
        options.settings.view_setup = false;
        options.seats = 0;
    })
    .await;
    assert_eq!(warnings(&world, "Acme").await, Vec::<String>::new());
}

/// Invites two people and gives the codes of the warnings.
async fn warnings(world: &World, group: &str) -> Vec<String> {
    let answer = world.invite(request("P-1", group, "ana@acme.example bo@acme.example")).await;
    let answer = answer.expect("it is carried out");
    let warnings = answer["warnings"].as_array().expect("a list").iter();
    warnings
        .map(|warning| {
            assert!(!text(&warning["message"]).is_empty() && !text(&warning["fix"]).is_empty());
            text(&warning["code"])
        })
        .collect()
}
