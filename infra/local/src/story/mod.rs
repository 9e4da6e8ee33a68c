//! The story: one world from the first look to the last proof, with every claim checked.

mod beginning;
mod census;
mod checks;
mod closing;
mod ending;
mod expiry;
mod next;
mod outlook;
mod page;
mod refusals;
mod teller;
mod withdrawing;

use std::io::Write;

use access::Policy;
use lanyard_local::{Setup, World};

use crate::cast;
use crate::paper::Paper;
use crate::stop::Stop;
use crate::story::page::Page;
use crate::story::teller::Teller;

/// When an admin let people in by hand, long before anybody thought of Lanyard.
const LONG_AGO: &str = "2025-03-03T10:00:00Z";

/// What the company wants done about access for which nobody answers.
const POLICY: &str = r#"{ "ungoverned": {
    "adopt": { "days": 7, "sponsor": "kim@corp.example" },
    "exceptGroups": ["Partner lounge"]
} }"#;

/// Plays the story. Says whether every claim of it holds.
///
/// # Errors
/// [`Stop`] where it cannot go on.
pub(crate) async fn play(out: &mut (dyn Write + Send), paper: Paper) -> Result<bool, Stop> {
    let setup = Setup {
        org: Box::new(|options| {
            options.seats = cast::SEATS;
            // What the doctor finds.
            options.settings.my_domain_login_only = true;
        }),
        policy: Policy::from_json(POLICY)?,
        ..Setup::at(LONG_AGO.parse()?)
    };
    let world = World::start(setup).await?;
    cast::seed(&world.org())?;
    cast::seed_forgotten(&world.org())?;
    let mut teller = Teller::new(world, Page::new(out, paper));
    teller.page.title("Lanyard, the whole job on one machine");
    teller.say(
        "The functions are the real ones, and they speak real HTTP: to a simulated Salesforce org, to \
         an embedded DynamoDB, and to a door that stands for EventBridge and Secrets Manager. People, \
         projects and the clock are invented. Whatever is told as a fact is checked against the org \
         and the ledger.",
    );
    beginning::look(&mut teller).await?;
    census::tell(&mut teller).await?;
    beginning::tell(&mut teller).await?;
    closing::tell(&mut teller).await?;
    expiry::tell(&mut teller).await?;
    refusals::tell(&mut teller).await?;
    outlook::tell(&mut teller).await?;
    withdrawing::tell(&mut teller).await?;
    let is_right = ending::tell(&mut teller).await?;
    if is_right {
        next::tell(&mut teller.page);
    }
    teller.page.finish()?;
    Ok(is_right)
}
