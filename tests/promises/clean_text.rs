//! What people write reaches a mail or a name only as text that everybody reads the same, and two spellings of one group's name are
//! one group.

use access::{OrgAlias, ProjectId};
use ledger::CustomerChange;
use machinery::doors::post;
use machinery::world::{
    World, close, counts, customer, event, grants, invite, join, request, seat, sweep, table, told,
    with, world,
};
use salesforce_simulator::NewGroup;
use serde_json::{Value, json};

const ANA: &str = "ana@acme.example";
const BO: &str = "bo@acme.example";

#[tokio::test]
async fn a_message_with_line_breaks_addresses_of_pages_html_or_hidden_marks_is_refused_and_nothing_is_sent()
 {
    let world = world().await;
    let before = table(&world).await;
    for message in [
        "Join us.\r\nReply-To: eve@evil.example",
        "Join us.\tNow",
        "Read https://evil.example/login first",
        "Read evil.example/login first",
        "Read www.evil.example",
        "Read \u{ff45}vil\u{ff0e}example",
        "Read evil\u{3002}example",
        "Read evil\u{ff61}example",
        "<a href=x>Join</a>",
        "Join</p>",
        "<!-- x -->",
        "&#x3c;b&#x3e;",
        "&lt;b&gt;",
        "Join \u{202e}su",
        "Join\u{200b} us",
        "Join\u{2028}us",
        "\u{e000}",
    ] {
        let asked = with(request("P-1", "Acme", ANA), &json!({ "message": message }));
        assert_eq!(wrong_fields(&world, &asked).await, ["message"], "{message:?}");
    }
    assert_eq!(world.org().writes(), []);
    assert_eq!(table(&world).await, before);
}

#[tokio::test]
async fn a_group_or_project_whose_name_hides_something_is_refused_and_not_made() {
    let world = world().await;
    for name in ["A\u{202e}cme", "A\0cme", "A\u{1b}[31mcme", "A\u{200d}cme", "A\ncme", "\u{ad}"] {
        let asked = request("P-1", name, ANA);
        assert_eq!(wrong_fields(&world, &asked).await, ["group.name"], "{name:?}");
        let project = json!({ "id": "P-1", "name": name });
        let asked = with(request("P-1", "Acme", ANA), &json!({ "project": project }));
        assert_eq!(wrong_fields(&world, &asked).await, ["project.name"], "{name:?}");
        let project = json!({ "id": format!("P{name}1") });
        let asked = with(request("P-1", "Acme", ANA), &json!({ "project": project }));
        assert_eq!(wrong_fields(&world, &asked).await, ["project.id"], "{name:?}");
    }
    assert_eq!(world.org().groups().len(), 0);
    assert_eq!(world.org().writes(), []);
}

#[tokio::test]
async fn the_spellings_of_one_name_are_one_group() {
    let world = world().await;
    assert_eq!(invite(&world, request("P-1", "ACMÉ Größe", ANA)).await, format!("{ANA} invited"));
    for (number, name) in
        ["acme\u{301} gro\u{308}ße", "Acmé GRÖßE", "ACME\u{301} Größe"].into_iter().enumerate()
    {
        let address = format!("c{number}@acme.example");
        let answer = invite(&world, request("P-1", name, address.as_str())).await;
        assert_eq!(answer, format!("{address} invited"), "{name}");
    }
    let groups: Vec<String> = world.org().groups().into_iter().map(|it| it.name).collect();
    assert_eq!(groups, ["ACMÉ Größe"]);
}

#[tokio::test]
async fn a_group_that_was_made_by_hand_is_found_however_it_is_spelt() {
    for by_hand in ["E\u{301}clair E\u{301}lan", "Éclair É\u{6c}an", "ÉCLAIR élan"] {
        let world = world().await;
        world.org().add_group(&NewGroup::for_customers(by_hand)).expect("a group");
        let answer = invite(&world, request("P-1", "éclair élan", ANA)).await;
        assert_eq!(answer, format!("{ANA} invited"), "{by_hand}");
        assert_eq!(world.org().groups().len(), 1, "{by_hand}");
        assert_eq!(world.org().groups()[0].name, by_hand);
    }
}

#[tokio::test]
async fn of_two_groups_that_differ_in_spelling_alone_none_is_taken() {
    let world = world().await;
    for name in ["Café", "Cafe\u{301}"] {
        world.org().add_group(&NewGroup::for_customers(name)).expect("a group");
    }
    let (status, body, _) = post(&world, &request("P-1", "café", ANA)).await;
    assert_eq!((status, &body["error"]["code"]), (409, &json!("GROUP_AMBIGUOUS")), "{body}");
    assert!(body["error"]["fix"].as_str().is_some_and(|it| it.contains("id")), "{body}");
    assert_eq!((world.org().groups().len(), world.org().writes().len()), (2, 0));
}

#[tokio::test]
async fn access_is_withdrawn_from_a_group_in_any_spelling_of_its_name() {
    let world = world().await;
    world.org().add_group(&NewGroup::for_customers("Cafe\u{301}")).expect("a group");
    invite(&world, request("P-1", "Café", ANA)).await;
    world.org().accept_from("Cafe\u{301}", ANA).unwrap();
    sweep(&world).await;
    let withdrawn = json!({ "customers": [ANA], "group": { "name": "CAFÉ" } });
    let report = world.close_project(withdrawn).await.expect("a report");
    assert_eq!(counts(&report), "looked 1, ended 1, proven 1");
    assert_eq!(seat(&world, ANA), "inactive");
}

#[tokio::test]
async fn a_close_counts_whatever_its_texts_are_and_what_is_kept_of_them_is_clean() {
    for (text, kept) in [
        ("Done.\r\nX: y", "Done.  X: y"),
        ("\u{1b}[2Jdone", "[2Jdone"),
        ("\u{202e}enod", "enod"),
        ("Cafe\u{301}\u{200b}", "Café"),
    ] {
        let world = world().await;
        join(&world, "P-1", "Acme", ANA).await;
        let detail = json!({ "projectId": "P-1", "closedBy": text, "reason": text });
        world.close_project(event(&world, "Project Closed", &detail)).await.expect("it is closed");
        assert_eq!(seat(&world, ANA), "inactive", "{text:?}");
        let (org, id) = (OrgAlias::default(), ProjectId::parse("P-1").unwrap());
        let project = world.ledger.reader.project(&org, &id).await.unwrap();
        assert_eq!(
            (project.changed_by.as_deref(), project.reason.as_deref()),
            (Some(kept), Some(kept))
        );

        join(&world, "P-2", "Acme", BO).await;
        let named = json!({ "customers": [BO], "withdrawnBy": text, "reason": text });
        world.close_project(named).await.expect("it is withdrawn");
        assert_eq!(seat(&world, BO), "inactive", "{text:?}");
    }
}

#[tokio::test]
async fn a_project_of_the_version_before_whose_id_hides_something_can_still_be_closed() {
    let world = world().await;
    invite(&world, request("P-1", "Acme", ANA)).await;
    for (number, id) in ["P\u{200b}42", "P\u{202e}24", "Pe\u{301}"].into_iter().enumerate() {
        let address = format!("c{number}@acme.example");
        invite(&world, request("P-1", "Acme", address.as_str())).await;
        let mut customer = customer(&world, &address).await;
        let id = ProjectId::parse(id).expect("it was an id");
        for grant in customer.grants.values_mut() {
            grant.project = id.clone();
        }
        let (due_at, opens) = (customer.due_at(&world.policy), [id.clone()].into());
        let (audit, announcements) = (Vec::new(), Vec::new());
        let change = CustomerChange { customer, due_at, opens, audit, announcements };
        let results = world.ledger.writer.commit(vec![change]).await;
        assert!(results.iter().all(Result::is_ok), "{results:?}");

        let report = close(&world, id.as_str()).await;
        assert_eq!(counts(&report), "looked 1, ended 1, proven 1", "{id:?}");
        assert_eq!(world.org().open_invitations(&address).len(), 0, "{id:?}");
    }
    assert_eq!(world.org().open_invitations(ANA).len(), 1);
}

#[tokio::test]
async fn languages_that_join_their_letters_and_pictures_made_of_several_are_taken() {
    let world = world().await;
    let message = "می\u{200c}خواهم, क्\u{200d}ष, 👩\u{200d}🔬 ❤\u{fe0f}\u{200d}🔥, 1\u{fe0f}\u{20e3}, O'Neil & Söhne: a < b; write to kim@corp.example.";
    let asked =
        with(request("P-1", "東京 Größe", BO), &json!({ "message": message, "reason": message }));
    assert_eq!(invite(&world, asked).await, format!("{BO} invited"));
    let sent = world.org().open_invitations(BO).pop().unwrap().message;
    assert_eq!(sent.as_deref(), Some(message));
    assert_eq!(grants(&world, BO).await.len(), 1);
    assert_eq!(told(&world, "Customer Invited").len(), 1);
}

/// The fields that are named as wrong.
async fn wrong_fields(world: &World, asked: &Value) -> Vec<String> {
    let (status, body, _) = post(world, asked).await;
    if status != 400 {
        return vec![format!("{status} {body}")];
    }
    let problems = body["error"]["problems"].as_array().cloned().unwrap_or_default();
    problems.iter().map(|it| it["field"].as_str().unwrap_or_default().to_owned()).collect()
}
