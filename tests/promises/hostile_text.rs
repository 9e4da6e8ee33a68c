//! Text that looks like syntax is stored and found again exactly, and touches nobody else.

use machinery::world::{close, counts, grants, invite, request, seat, sweep, with, world};
use serde_json::json;

const NAMES: [&str; 12] = [
    "O'Neil & Sons",
    r#"back\slash "quoted""#,
    "' OR Name LIKE '%",
    "x') OR (Name != '",
    r"\' OR Name != \'",
    "100% _sure_",
    "e.g. 1 _or_ 2 %s\u{3000}wide",
    "Größe: 東京 🚀",
    "#main#customer#",
    "{\"json\": null}",
    "< b > & amp ;",
    "$(rm -rf /) `id` ${HOME}",
];

const ADDRESSES: [&str; 6] = [
    "o'brien@acme.example",
    "a%b_c@acme.example",
    "x#main#y@acme.example",
    "'or'1'='1@acme.example",
    "{a}|{b}~!$&*+-/=?^`@acme.example",
    "ana+1@acme.example",
];

#[tokio::test]
async fn group_names_projects_messages_and_addresses_are_what_they_are() {
    let world = world().await;
    invite(&world, request("innocent", "Innocent", "by@stander.example")).await;
    world.org().accept_from("Innocent", "by@stander.example").unwrap();
    sweep(&world).await;
    for (number, name) in NAMES.iter().enumerate() {
        let project = *name;
        let address = ADDRESSES[number % ADDRESSES.len()];
        let asked =
            with(request(project, name, address), &json!({ "message": name, "reason": name }));
        let outcome = if number < ADDRESSES.len() { "invited" } else { "added" };
        assert_eq!(invite(&world, asked.clone()).await, format!("{address} {outcome}"), "{name}");
        assert_eq!(
            invite(&world, asked).await,
            format!("{address} unchanged"),
            "{name}: found again"
        );

        let groups: Vec<String> =
            world.org().groups().into_iter().map(|group| group.name).collect();
        assert_eq!(groups.iter().filter(|it| it == name).count(), 1, "{name} in {groups:?}");
        if outcome == "invited" {
            let message = world.org().open_invitations(address).pop().unwrap().message;
            assert_eq!(message.as_deref(), Some(*name));
            world.org().accept_from(name, address).unwrap();
        }
    }
    sweep(&world).await;
    for (number, name) in NAMES.iter().enumerate() {
        let report = close(&world, name).await;
        assert_eq!(counts(&report), "looked 1, ended 1, proven 1", "{name}");
        assert!(!world.org().is_member(name, ADDRESSES[number % ADDRESSES.len()]), "{name}");
    }
    for address in ADDRESSES {
        assert_eq!(seat(&world, address), "inactive", "{address}");
    }
    assert_eq!(seat(&world, "by@stander.example"), "active in Innocent");
    assert_eq!(grants(&world, "by@stander.example").await, ["innocent member active"]);
}

#[tokio::test]
async fn names_that_differ_in_one_sign_are_different_projects_and_groups() {
    let world = world().await;
    for (number, project) in ["P'1", "P''1", r"P\'1", "P#1", "P", "P-1"].into_iter().enumerate() {
        let answer = invite(
            &world,
            request(project, &format!("G{project}"), format!("c{number}@acme.example")),
        )
        .await;
        assert_eq!(answer, format!("c{number}@acme.example invited"));
    }
    assert_eq!(counts(&close(&world, "P'1").await), "looked 1, ended 1, proven 1");
    assert_eq!(world.org().open_invitations("c0@acme.example").len(), 0);
    for number in 1..6 {
        assert_eq!(world.org().open_invitations(&format!("c{number}@acme.example")).len(), 1);
    }
}
