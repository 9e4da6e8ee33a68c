//! What is refused, and what the one who asked is told.

use serde_json::{Value, json};

use crate::cast::KIM;
use crate::samples;
use crate::stop::Stop;
use crate::story::expiry::GROUP;
use crate::story::teller::{Teller, text};

/// A request that is refused.
struct Refused {
    who: &'static str,
    request: Value,
    /// Where the refusal is in the answer.
    pointer: &'static str,
    code: &'static str,
}

pub(crate) async fn tell(teller: &mut Teller<'_>) -> Result<(), Stop> {
    teller.chapter("2026-12-07T10:00:00Z", "What is refused, and why")?;
    let org = teller.world.org();
    let before = (org.writes().len(), org.mails().len(), org.users().len(), org.groups().len());
    for Refused { who, request, pointer, code } in requests()? {
        teller.say(who);
        let answer = teller.invite(request).await?;
        let refusal = answer.pointer(pointer).cloned().unwrap_or_default();
        let mut rows =
            vec![[text(&refusal, "/code").to_owned(), text(&refusal, "/message").to_owned()]];
        let problems =
            refusal.get("problems").and_then(Value::as_array).cloned().unwrap_or_default();
        rows.extend(problems.iter().map(|problem| {
            [format!("  {}", text(problem, "/field")), text(problem, "/message").to_owned()]
        }));
        rows.push(["  fix".to_owned(), text(&refusal, "/fix").to_owned()]);
        teller.page.table(&rows);
        teller.checks.same(&format!("the refusal {code}"), text(&refusal, "/code"), code);
        if code == "INVALID_REQUEST" {
            let fields: Vec<&str> = problems.iter().map(|it| text(it, "/field")).collect();
            let expected = ["customers[1].email", "sponsor", "expiresAt"];
            teller.checks.same("the wrong fields", fields, expected);
        }
    }
    let after = (org.writes().len(), org.mails().len(), org.users().len(), org.groups().len());
    teller.checks.same("writes, mails, users and groups after the refusals", after, before);
    for email in ["gus@initrode.example", "hal@initrode.example", KIM] {
        let version = teller.customer(email).await?.version;
        teller.checks.same(&format!("the ledger knows nothing of {email}"), version, 0);
    }
    teller.say("Nothing was written in Salesforce for any of them, and no mail went out.");
    teller.cost();
    Ok(())
}

fn requests() -> Result<[Refused; 5], Stop> {
    let asked = |customers: Value, rest: Value| {
        let mut request = json!({
            "project": { "id": "P-45" }, "group": { "name": "Initrode" },
            "customers": customers, "sponsor": KIM,
        });
        if let (Value::Object(request), Value::Object(rest)) = (&mut request, rest) {
            request.extend(rest);
        }
        request
    };
    let colleague = json!({
        "project": { "id": "P-43" }, "group": { "name": GROUP }, "days": 5, "sponsor": "max@corp.example",
    });
    let himself = json!({ "sponsor": "gus@initrode.example" });
    let gus = json!([{ "email": "gus@initrode.example" }, { "email": "hal at initrode" }]);
    let wrong = json!({ "sponsor": "kim", "expiresAt": "2026-12-24T18:00:00" });
    Ok([
        Refused {
            who: "Somebody sends Kim's first request once more, as it was:",
            request: samples::parse(samples::INVITE_DIRECT)?,
            pointer: "/error",
            code: "PROJECT_CLOSED",
        },
        Refused {
            who: "Max asks for Kim to be invited to the audit as a customer:",
            request: asked(json!(KIM), colleague),
            pointer: "/customers/0/error",
            code: "NOT_A_CUSTOMER",
        },
        Refused {
            who: "Gus would like to answer for himself:",
            request: asked(json!("gus@initrode.example"), himself),
            pointer: "/error",
            code: "SPONSOR_NOT_ALLOWED",
        },
        Refused {
            who: "A script sends three wrong fields, and gets all three back at once:",
            request: asked(gus, wrong),
            pointer: "/error",
            code: "INVALID_REQUEST",
        },
        Refused {
            who: "Somebody would like 400 days for Hal:",
            request: asked(json!("hal@initrode.example"), json!({ "days": 400 })),
            pointer: "/error",
            code: "EXPIRY_BEYOND_POLICY",
        },
    ])
}
