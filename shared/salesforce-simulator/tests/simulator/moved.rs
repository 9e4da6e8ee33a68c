//! Entrances that have moved.

use reqwest::{Method, redirect::Policy};
use salesforce_simulator::{Entrance, Redirect};

use crate::world::{World, encoded, send};

/// A world whose client does not follow redirects by itself.
async fn start() -> World {
    let mut world = World::start().await;
    world.http =
        reqwest::Client::builder().redirect(Policy::none()).build().expect("a client without TLS");
    world
}

#[tokio::test]
async fn a_login_address_answers_with_a_redirect_or_404_and_gives_no_token() {
    let world = start().await;
    let address = "https://corp.lightning.force.com/login";
    for status in [301, 302, 307] {
        world.org.redirect(Entrance::SignIn, Some(Redirect::to(status, address)));
        let reply = world.token_for(&world.assertion(|_| {})).await;
        assert_eq!((reply.status, reply.headers["location"].to_str().unwrap()), (status, address));
        assert!(reply.text.starts_with("<html>"));
        assert_eq!(world.get("/limits").await.status, 200, "the other entrance is open");
    }
    world.org.redirect(Entrance::SignIn, Some(Redirect::nowhere()));
    let reply = world.token_for(&world.assertion(|_| {})).await;
    assert_eq!((reply.status, reply.headers.get("location")), (404, None));
    world.org.redirect(Entrance::SignIn, None);
    assert_eq!(world.token_for(&world.assertion(|_| {})).await.status, 200);
}

#[tokio::test]
async fn after_a_change_of_my_domain_the_old_host_sends_to_the_new_one() {
    let mut world = start().await;
    let new = world.simulator.url().replace("127.0.0.1", "localhost");
    world.org.set_instance_url(Some(&new));
    world.org.redirect(Entrance::Rest, Some(Redirect::to_host(301, &new)));
    world.group("Acme");
    world.org.clear_log();

    let path = format!("/query?q={}", encoded("SELECT Id FROM CollaborationGroup"));
    let reply = world.get(&path).await;

    assert_eq!(reply.status, 301);
    let location = reply.headers["location"].to_str().unwrap().to_owned();
    assert_eq!(location, format!("{new}/services/data/v66.0{path}"));
    assert_eq!(world.org.calls()[0].status, Some(301));
    assert!(!world.org.calls()[0].counted);
    let created =
        send(world.request(Method::POST, "/sobjects/CollaborationGroup").body("{}")).await;
    assert_eq!((created.status, world.org.groups().len()), (301, 1));
    let token =
        world.token_for(&world.assertion(|claims| claims["aud"] = new.clone().into())).await;
    assert_eq!(token.body["instance_url"], new);
    token.body["access_token"].as_str().unwrap().clone_into(&mut world.token);
    let there = send(world.http.get(&location).bearer_auth(&world.token)).await;
    assert_eq!((there.status, &there.body["totalSize"]), (200, &1.into()));
    assert_eq!(world.get(&path).await.status, 301, "the old host stays moved");
}
