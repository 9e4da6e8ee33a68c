//! Short ways to build a world, to act on it, and to look at it.

mod acting;
mod looking;

use std::ops::{Deref, DerefMut};
use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::SignedDuration;
use lanyard_local::Setup;
use runtime::FunctionError;
use salesforce_simulator::Options;
use serde_json::Value;

pub use acting::{
    close, closed, counts, event, failed, invite, join, lose_ledger, manager, outcomes, reopened,
    request, sweep, with,
};
pub use looking::{
    customer, grants, history, invitation_mails, project, seat, table, told, told_of,
};

use crate::contract;

/// When every world begins.
pub const START: &str = "2027-01-04T09:00:00Z";

/// A world that holds what was emitted in it against the schemas when it ends.
///
/// Its futures have no type of their own. The body of an `async fn` is compiled by each crate that awaits it; what is in a box is
/// compiled where it is put there, so that no test binary compiles the product once more.
#[derive(Debug)]
pub struct World(lanyard_local::World);

impl World {
    /// The name of the ledger's table.
    pub const TABLE: &str = lanyard_local::World::TABLE;

    fn start(setup: Setup) -> BoxFuture<'static, Self> {
        Box::pin(async {
            Self(lanyard_local::World::start(setup).await.expect("everything starts"))
        })
    }

    /// Invokes `invite`.
    pub fn invite(&self, payload: Value) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(self.0.invite(payload))
    }

    /// Invokes `close-project`.
    pub fn close_project(&self, payload: Value) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(self.0.close_project(payload))
    }

    /// Invokes `sweep`.
    pub fn sweep(&self, payload: Value) -> BoxFuture<'_, Result<Value, FunctionError>> {
        Box::pin(self.0.sweep(payload))
    }
}

impl Deref for World {
    type Target = lanyard_local::World;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // A scenario that has failed has said why.
        if std::thread::panicking() {
            return;
        }
        for event in self.events() {
            assert_eq!(contract::event(&contract::delivered(&event)), Ok(()));
        }
    }
}

/// A world with the product's defaults.
pub async fn world() -> World {
    world_with(|_| {}).await
}

/// A world that is set up otherwise.
pub async fn world_with(change: impl FnOnce(&mut Setup)) -> World {
    let mut setup = Setup::at(START.parse().expect("an instant"));
    setup.first_wait = Some(Duration::from_millis(1));
    change(&mut setup);
    World::start(setup).await
}

/// A world whose org is started otherwise.
pub async fn world_with_org(change: impl Fn(&mut Options) + Send + 'static) -> World {
    world_with(|setup| setup.org = Box::new(change)).await
}

/// So many days.
#[must_use]
pub fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

/// So many minutes.
#[must_use]
pub fn minutes(minutes: i64) -> SignedDuration {
    SignedDuration::from_mins(minutes)
}

/// A JSON text.
#[must_use]
pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("a text: {value}")).to_owned()
}
