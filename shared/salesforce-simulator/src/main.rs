//! A simulated Salesforce org on the loopback address, until it is interrupted.

use std::sync::Arc;

use lexopt::prelude::{Long, Short, Value, ValueExt as _};
use salesforce_simulator::{Options, Simulator};

/// What the command line may say.
const USAGE: &str = "usage: salesforce-simulator [--port N] [--seats N] [--organization-id ID]";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let simulator = Simulator::start(options()?).await?;
    announce(&simulator);
    std::future::pending::<()>().await;
    Ok(())
}

fn options() -> Result<Options, lexopt::Error> {
    let mut options = Options::new(Arc::new(now));
    options.port = 8080;
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next()? {
        match argument {
            Long("port") => options.port = arguments.value()?.parse()?,
            Long("seats") => options.seats = arguments.value()?.parse()?,
            Long("organization-id") => options.organization_id = Some(arguments.value()?.parse()?),
            other @ (Short(_) | Long(_) | Value(_)) => {
                return Err(format!("{}; {USAGE}", other.unexpected()).into());
            }
        }
    }
    Ok(options)
}

#[expect(clippy::disallowed_methods, reason = "an org that people try out has the present time")]
fn now() -> jiff::Timestamp {
    jiff::Timestamp::now()
}

#[expect(clippy::print_stdout, reason = "the address is what this program is started for")]
fn announce(simulator: &Simulator) {
    let url = simulator.url();
    println!("Salesforce org at {url}");
    println!("Secret: {}", simulator.secret_json());
    println!("\nThe admin's side, for example:");
    for line in [
        "curl URL/simulator",
        "curl URL/simulator/groups --json '{\"name\":\"Acme\",\"canHaveGuests\":true}'",
        "curl URL/simulator/invitations --json '{\"group\":\"Acme\",\"email\":\"ana@acme.example\"}'",
        "curl URL/simulator/accept --json '{\"group\":\"Acme\",\"email\":\"ana@acme.example\"}'",
        "curl URL/simulator/faults --json '{\"fault\":{\"kind\":\"dropAfter\"},\"times\":1}'",
        "curl URL/simulator/calls",
    ] {
        println!("  {}", line.replace("URL", url));
    }
}
