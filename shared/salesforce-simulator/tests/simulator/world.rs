//! An org, a client that is signed in, and a clock that the test moves.

use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::{SignedDuration, Timestamp};
use reqwest::{Method, RequestBuilder};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RsaKeyPair};
use salesforce_simulator::{NewGroup, NewUser, Options, OrgHandle, Simulator};
use serde_json::{Value, json};

/// An org and its client.
pub(crate) struct World {
    pub(crate) simulator: Simulator,
    pub(crate) org: OrgHandle,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
    now: Arc<Mutex<Timestamp>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    /// Null when the body is not JSON.
    pub(crate) body: Value,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Options)) -> Self {
        let now = Arc::new(Mutex::new("2026-11-23T09:00:00.75Z".parse().expect("an instant")));
        let clock = Arc::clone(&now);
        let mut options = Options::new(Arc::new(move || *clock.lock().expect("no panic")));
        change(&mut options);
        let simulator = Simulator::start(options).await.expect("a free port");
        // Refused when another test was first, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let org = simulator.org();
        let http = reqwest::Client::new();
        let mut world = Self { simulator, org, http, token: String::new(), now };
        world.sign_in().await;
        world.org.clear_log();
        world
    }

    /// Lets time pass.
    pub(crate) fn pass(&self, duration: SignedDuration) {
        *self.now.lock().expect("no panic") += duration;
    }

    /// Waits until something is so in the org.
    pub(crate) async fn until(&self, is_so: impl Fn(&OrgHandle) -> bool) {
        while !is_so(&self.org) {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        *self.now.lock().expect("no panic")
    }

    pub(crate) async fn sign_in(&mut self) {
        let reply = self.token_for(&self.assertion(|_| {})).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        reply.body["access_token"].as_str().expect("a token").clone_into(&mut self.token);
    }

    /// An assertion as the ready-made secret makes it, with changed claims.
    pub(crate) fn assertion(&self, change: impl FnOnce(&mut Value)) -> String {
        let secret: Value = serde_json::from_str(&self.simulator.secret_json()).expect("JSON");
        let mut claims = json!({
            "iss": secret["clientId"],
            "sub": secret["username"],
            "aud": secret["loginUrl"],
            "exp": self.now().as_second() + 180,
        });
        change(&mut claims);
        signed(&json!({ "alg": "RS256" }), &claims, secret["privateKey"].as_str().expect("a key"))
    }

    pub(crate) async fn token_for(&self, assertion: &str) -> Reply {
        let grant_type = "urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer";
        self.token_form(format!("grant_type={grant_type}&assertion={assertion}")).await
    }

    pub(crate) async fn token_form(&self, form: String) -> Reply {
        let url = format!("{}/services/oauth2/token", self.simulator.url());
        let request = self.http.post(url).body(form);
        send(request.header("content-type", "application/x-www-form-urlencoded")).await
    }

    /// A request with the session's token; the path is that behind the version.
    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/services/data/v66.0{path}", self.simulator.url());
        self.http.request(method, url).bearer_auth(&self.token)
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::POST, path).json(&body)).await
    }

    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        send(self.request(Method::PATCH, path).json(&body)).await
    }

    pub(crate) async fn delete(&self, path: &str) -> Reply {
        send(self.request(Method::DELETE, path)).await
    }

    pub(crate) async fn soql(&self, soql: &str) -> Reply {
        self.get(&format!("/query?q={}", encoded(soql))).await
    }

    /// The records of a query that succeeds.
    pub(crate) async fn records(&self, soql: &str) -> Vec<Value> {
        let reply = self.soql(soql).await;
        assert_eq!(reply.status, 200, "{soql}: {}", reply.text);
        reply.body["records"].as_array().expect("records").clone()
    }

    /// A group that allows customers.
    pub(crate) fn group(&self, name: &str) -> String {
        self.org.add_group(&NewGroup::for_customers(name)).expect("a free name")
    }

    /// A customer of the org.
    pub(crate) fn customer(&self, email: &str) -> String {
        self.org.add_user(NewUser::customer(email)).expect("a free name")
    }

    /// Creates an invitation over the API.
    pub(crate) async fn invite(&self, group: &str, email: &str) -> Reply {
        let body = json!({ "SharedEntityId": group, "InvitedUserEmail": email });
        self.post("/sobjects/CollaborationInvitation", body).await
    }

    /// Creates a membership over the API.
    pub(crate) async fn join(&self, group: &str, user: &str) -> Reply {
        let body = json!({ "CollaborationGroupId": group, "MemberId": user });
        self.post("/sobjects/CollaborationGroupMember", body).await
    }
}

impl Reply {
    /// The code of a request that failed as a whole, with its status.
    pub(crate) fn refusal(&self) -> (u16, &str) {
        (self.status, self.body[0]["errorCode"].as_str().unwrap_or_default())
    }

    /// The id of a record that was created.
    pub(crate) fn id(&self) -> String {
        assert_eq!(self.status, 201, "{}", self.text);
        assert_eq!(self.body["success"], true);
        self.body["id"].as_str().expect("an id").to_owned()
    }

    pub(crate) fn usage(&self) -> Option<&str> {
        self.headers.get("sforce-limit-info").map(|value| value.to_str().expect("text"))
    }
}

pub(crate) async fn send(request: RequestBuilder) -> Reply {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let text = response.text().await.expect("text");
    let body = serde_json::from_str(&text).unwrap_or(Value::Null);
    Reply { status, headers, text, body }
}

/// Percent-encodes everything but letters and digits.
pub(crate) fn encoded(text: &str) -> String {
    percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A signed assertion.
pub(crate) fn signed(header: &Value, claims: &Value, key: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let text = format!("{}.{}", part(header), part(claims));
    let body: String = key.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).expect("base64");
    let pair = RsaKeyPair::from_pkcs8(&der).expect("a key");
    let mut signature = vec![0; pair.public().modulus_len()];
    let random = SystemRandom::new();
    pair.sign(&RSA_PKCS1_SHA256, &random, text.as_bytes(), &mut signature).expect("a signature");
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}
