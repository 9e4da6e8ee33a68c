//! People whom Lanyard never touches.

use machinery::world::{
    close, counts, days, invite, join, minutes, request, seat, sweep, world, world_with,
    world_with_org,
};
use salesforce_simulator::{Licence, NewGroup, NewUser};

#[tokio::test]
async fn addresses_and_domains_of_the_policy_are_neither_invited_nor_adopted_nor_ended() {
    let world = world_with(|setup| {
        setup
            .policy
            .protected
            .extend(["boss@acme.example".to_owned(), "@board.example".to_owned()]);
    })
    .await;
    let org = world.org();
    org.add_group(&NewGroup::for_customers("Acme")).unwrap();
    for email in ["boss@acme.example", "eve@board.example"] {
        org.add_user(NewUser::customer(email)).unwrap();
        org.add_member("Acme", email, "Admin").unwrap();
        assert_eq!(
            invite(&world, request("P-1", "Acme", email)).await,
            format!("{email} refused PROTECTED_ADDRESS")
        );
    }
    world.pass(minutes(5));
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    org.clear_log();

    close(&world, "P-1").await;
    world.pass(days(400));
    sweep(&world).await;

    assert_eq!(seat(&world, "boss@acme.example"), "active in Acme as manager");
    assert_eq!(seat(&world, "eve@board.example"), "active in Acme as manager");
    assert_eq!(seat(&world, "ana@acme.example"), "inactive");
}

#[tokio::test]
async fn a_stock_user_in_the_group_is_left_alone() {
    for licence in [Licence::ChatterFree, Licence::ChatterExternal] {
        let world = world_with_org(move |options| options.stock_user_licence = licence).await;
        join(&world, "P-1", "Acme", "ana@acme.example").await;
        world.org().add_member("Acme", "noreply@chatter.salesforce.com", "Standard").unwrap();
        let answer = invite(&world, request("P-1", "Acme", "noreply@chatter.salesforce.com")).await;
        assert_eq!(answer, "noreply@chatter.salesforce.com refused PROTECTED_ADDRESS");

        close(&world, "P-1").await;

        assert_eq!(seat(&world, "noreply@chatter.salesforce.com"), "active in Acme");
        assert_eq!(seat(&world, "ana@acme.example"), "inactive");
    }
}

#[tokio::test]
async fn a_stock_user_whose_address_was_changed_is_still_one() {
    let world = world_with_org(|options| {
        options.stock_user_licence = Licence::ChatterExternal;
    })
    .await;
    world.org().set_email("noreply@chatter.salesforce.com", "help@acme.example").unwrap();
    let answer = invite(&world, request("P-1", "Acme", "help@acme.example")).await;
    assert_eq!(answer, "help@acme.example refused PROTECTED_ADDRESS");
    assert_eq!(world.org().writes().len(), 1, "the group and nothing else");
}

#[tokio::test]
async fn a_colleague_who_got_the_address_of_an_invited_customer_is_not_touched() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", "ana@acme.example")).await;
    world.org().add_user(NewUser::internal("ana@acme.example")).unwrap();
    world.org().add_member("Acme", "ana@acme.example", "Admin").unwrap();
    assert_eq!(
        invite(&world, request("P-2", "Acme", "ana@acme.example")).await,
        "ana@acme.example refused NOT_A_CUSTOMER"
    );
    sweep(&world).await;

    close(&world, "P-1").await;

    assert_eq!(seat(&world, "ana@acme.example"), "active in Acme as manager");
    assert_eq!(
        world.org().open_invitations("ana@acme.example").len(),
        0,
        "the invitation was ours"
    );
}

#[tokio::test]
async fn the_integration_user_is_never_a_customer() {
    let world = world().await;
    let answer = invite(&world, request("P-1", "Acme", "integration@corp.example")).await;
    assert_eq!(answer, "integration@corp.example refused NOT_A_CUSTOMER");
}

#[tokio::test]
async fn the_group_itself_is_neither_archived_nor_deleted_nor_closed_to_customers() {
    let world = world().await;
    join(&world, "P-1", "Acme", "ana@acme.example").await;
    let before = world.org().groups();
    assert_eq!(counts(&close(&world, "P-1").await), "looked 1, ended 1, proven 1");
    assert_eq!(world.org().groups(), before);
}
