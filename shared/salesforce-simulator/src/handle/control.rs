//! Settings, sign-in, validation rules, faults, and the logs.

use super::{OrgHandle, user};
use crate::calls::Call;
use crate::faults::{Fault, FaultStatus};
use crate::options::{Rules, Settings};
use crate::org::{KeyError, Mail, SignInRefusal};
use crate::redirect::{Entrance, Redirect};
use crate::refusal::Refusal;

impl OrgHandle {
    /// The settings as they are.
    #[must_use]
    pub fn settings(&self) -> Settings {
        self.read(|org| org.settings.clone())
    }

    /// Changes settings.
    pub fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        let mut org = self.shared.lock();
        change(&mut org.settings);
        org.follow_settings();
    }

    /// How the org behaves where the sources leave it open.
    #[must_use]
    pub fn rules(&self) -> Rules {
        self.read(|org| org.rules.clone())
    }

    /// Changes how the org behaves where the sources leave it open.
    pub fn change_rules(&self, change: impl FnOnce(&mut Rules)) {
        let mut org = self.shared.lock();
        let followed = !org.rules.used_licences_stale;
        change(&mut org.rules);
        if followed {
            org.remember_licences();
        }
    }

    /// A validation rule makes the deactivation of a user (`None`: of any) fail with a message.
    ///
    /// # Errors
    ///
    /// `NOT_FOUND` when there is no such user.
    pub fn block_deactivation(&self, named: Option<&str>, message: &str) -> Result<(), Refusal> {
        let mut org = self.shared.lock();
        let whose = named.map(|named| user(&org, named)).transpose()?;
        org.blocks.deactivation.insert(whose, message.to_owned());
        Ok(())
    }

    /// Takes all validation rules against deactivation away.
    pub fn unblock_deactivation(&self) {
        self.shared.lock().blocks.deactivation.clear();
    }

    /// A validation rule makes every acceptance fail, or no longer does.
    pub fn block_acceptance(&self, is_blocked: bool) {
        self.shared.lock().blocks.acceptance = is_blocked;
    }

    /// Ends all sessions.
    pub fn expire_sessions(&self) {
        self.shared.lock().access.expire_sessions();
    }

    /// Answers every sign-in of the app with a refusal, or no longer does.
    pub fn refuse_sign_in(&self, refusal: Option<SignInRefusal>) {
        self.shared.lock().access.refusal = refusal;
    }

    /// Accepts the assertions of another key (RSA, PKCS#8, PEM) from now on, and no others.
    ///
    /// # Errors
    ///
    /// When the key cannot be read.
    pub fn accept_key(&self, private_key: &str) -> Result<(), KeyError> {
        self.shared.lock().access.accept_key(private_key)
    }

    /// Accepts the assertions of the key in a certificate (RSA, PEM; a public key will do) from now on, and no others. The private
    /// key may be anywhere: [`OrgHandle::secret_json`] has none then.
    ///
    /// # Errors
    ///
    /// When there is no such key in it.
    pub fn accept_certificate(&self, pem: &str) -> Result<(), KeyError> {
        self.shared.lock().access.accept_certificate(pem)
    }

    /// Changes the consumer key that is accepted.
    pub fn set_client_id(&self, client_id: &str) {
        client_id.clone_into(&mut self.shared.lock().access.client_id);
    }

    /// Sets the daily allocation of calls.
    pub fn set_api_limit(&self, limit: usize) {
        self.shared.lock().access.limit = limit;
    }

    /// Counts calls of other apps against the daily allocation, as if made now.
    pub fn add_foreign_calls(&self, count: usize) {
        let now = self.shared.now();
        self.shared.lock().access.count_foreign_calls(count, now);
    }

    /// Makes an entrance answer everything with a redirect or 404, or no longer. Requests that come
    /// to the host of [`OrgHandle::set_instance_url`] get through.
    pub fn redirect(&self, entrance: Entrance, redirect: Option<Redirect>) {
        let mut org = self.shared.lock();
        match redirect {
            Some(redirect) => org.redirects.insert(entrance, redirect),
            None => org.redirects.remove(&entrance),
        };
    }

    /// Makes sign-ins name another `instance_url` (`None`: the org's own), which is also accepted as
    /// `aud`. The org listens at 127.0.0.1, so `http://localhost:…` with its port is another host
    /// that leads to it, as after a change of My Domain.
    pub fn set_instance_url(&self, url: Option<&str>) {
        let mut org = self.shared.lock();
        url.unwrap_or(&self.shared.url).clone_into(&mut org.instance_url);
        if let Some(url) = url {
            org.access.accept_audience(url);
        }
    }

    /// Adds a fault to the schedule.
    pub fn add_fault(&self, fault: Fault) {
        self.shared.lock().faults.add(fault);
    }

    /// The schedule, and what has become of each entry.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultStatus> {
        self.read(|org| org.faults.status())
    }

    /// Makes the writes so far visible to every read, also to stale ones, and to
    /// `UserLicense.UsedLicenses`: they are long ago.
    pub fn settle(&self) {
        self.shared.lock().settle();
    }

    /// Empties the schedule.
    pub fn clear_faults(&self) {
        self.shared.lock().faults.clear();
    }

    /// All mails since the log was cleared.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.read(|org| org.mails.clone())
    }

    /// All calls since the log was cleared.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.read(|org| org.calls.clone())
    }

    /// The calls that asked for a change.
    #[must_use]
    pub fn writes(&self) -> Vec<Call> {
        self.read(|org| org.calls.iter().filter(|call| call.write).cloned().collect())
    }

    /// Clears the logs of mails and calls.
    pub fn clear_log(&self) {
        let mut org = self.shared.lock();
        org.mails.clear();
        org.calls.clear();
    }
}
