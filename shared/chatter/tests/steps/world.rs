//! A simulated org with a group, and Chatter in it.

use std::sync::Arc;
use std::time::Duration;

use access::{Customer, Email, GrantId, GroupId, InvitationId, OrgAlias, Role, Step, UserId};
use chatter::{Chatter, Done, NotDone, Task};
use jiff::Timestamp;
use salesforce::{Client, Credentials, Options};
use salesforce_simulator::{Fault, FaultKind, Matching, NewGroup, NewUser, OrgHandle, Simulator};

pub(crate) const GROUP: &str = "Acme";

pub(crate) struct World {
    simulator: Simulator,
    pub(crate) client: Client,
    group: GroupId,
}

impl World {
    pub(crate) async fn start() -> Self {
        let clock = Arc::new(|| Timestamp::from_second(1_800_000_000).expect("a time"));
        let options = salesforce_simulator::Options::new(clock.clone());
        let simulator = Simulator::start(options).await.expect("an org");
        let group = simulator.org().add_group(&NewGroup::for_customers(GROUP)).expect("a group");
        let credentials = Credentials::from_secret(&simulator.secret_json()).expect("credentials");
        let mut options = Options::new(clock);
        options.first_wait = Duration::from_millis(1);
        let client = Client::new(http(), credentials, options);
        Self { simulator, client, group: GroupId::parse(&group).expect("an id") }
    }

    pub(crate) fn org(&self) -> OrgHandle {
        self.simulator.org()
    }

    /// A customer with a seat.
    pub(crate) fn user(&self, email: &str) -> UserId {
        let id = self.org().add_user(NewUser::customer(email)).expect("a user");
        UserId::parse(&id).expect("an id")
    }

    /// A customer whose seat was taken away, frozen or not.
    pub(crate) fn former(&self, email: &str, is_frozen: bool) -> UserId {
        let id = self.org().add_user(NewUser::customer(email).inactive()).expect("a user");
        self.org().set_frozen(email, is_frozen).expect("a login");
        UserId::parse(&id).expect("an id")
    }

    /// A customer with a place in the group.
    pub(crate) fn member(&self, email: &str, role: &str) -> UserId {
        let user = self.user(email);
        self.org().add_member(GROUP, email, role).expect("a place");
        user
    }

    pub(crate) fn invited(&self, email: &str) -> InvitationId {
        let id = self.org().add_invitation(GROUP, email).expect("an invitation");
        InvitationId::parse(&id).expect("an id")
    }

    /// The next write of the object goes wrong so.
    pub(crate) fn fails_once(&self, object: &str, fault: FaultKind) {
        self.org().add_fault(Fault::once(fault).matching(Matching::writes_of(object)));
    }

    /// Carries out steps of one customer.
    pub(crate) async fn carry_out(
        &self,
        email: &str,
        steps: &[Step],
    ) -> Vec<Result<Done, NotDone>> {
        self.carry_out_with(self.client.clone(), email, steps).await
    }

    /// As [`World::carry_out`], through this client.
    pub(crate) async fn carry_out_with(
        &self,
        client: Client,
        email: &str,
        steps: &[Step],
    ) -> Vec<Result<Done, NotDone>> {
        let email = Email::parse(email).expect("an address");
        let customer = Customer::new(OrgAlias::parse("main").expect("an alias"), email.clone());
        let seen = Chatter::new(self.client.clone()).reader.customers(&[&customer]).await;
        let task = |step: &Step| Task {
            grant: GrantId::from_random(1),
            step: step.clone(),
            group: self.group.clone(),
            email: email.clone(),
            role: Role::Member,
            message: None,
        };
        let tasks: Vec<Task> = steps.iter().map(task).collect();
        let writer = Chatter::new(client).writer;
        writer.carry_out(&tasks, &seen.expect("a reading").places).await
    }
}

fn http() -> reqwest::Client {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the versions of ring")
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    reqwest::Client::builder().no_proxy().tls_backend_preconfigured(tls).build().expect("a client")
}
