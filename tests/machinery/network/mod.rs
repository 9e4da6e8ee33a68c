//! The network between one container of the functions and everything else.
//!
//! A [`Network`] is a door on the loopback address through which all calls of a container pass, whatever the service, as real
//! HTTP. What becomes of each call is for a [`Conduct`] to say: it goes on or not, now or later, and its answer comes back,
//! or another, or none. The products know nothing of it: they find it where the AWS endpoints and the secret say.

mod answer;
mod call;
mod conduct;
mod door;
mod footprint;

pub use answer::Answer;
pub use call::{Call, Service};
pub use conduct::{Conduct, Onward, Outcome};
pub use footprint::Footprint;

use std::net::Ipv4Addr;
use std::sync::Arc;

use lanyard_local::{Addresses, Container, Traits};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::network::door::Door;
use crate::world::World;

/// An open door. It closes when this is dropped.
#[derive(Debug)]
pub struct Network {
    url: String,
    server: JoinHandle<()>,
}

impl Network {
    /// Opens a door to the services of a world.
    pub async fn open(world: &World, conduct: Arc<dyn Conduct>) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let door = Arc::new(Door::new(&url, world, conduct));
        let server = tokio::spawn(door::serve(listener, door));
        Self { url, server }
    }

    /// Starts a container, cold, that reaches nothing but through this network.
    #[must_use]
    pub fn container(&self, world: &World) -> Container {
        self.container_with(world, &Traits::default())
    }

    /// The same for one that differs from others in these traits.
    #[must_use]
    pub fn container_with(&self, world: &World, traits: &Traits) -> Container {
        let addresses = Addresses { dynamodb: self.url.clone(), aws: self.url.clone() };
        world.container_with(&addresses, traits).expect("a container starts")
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        self.server.abort();
    }
}
