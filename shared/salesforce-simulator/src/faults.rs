//! The fault schedule: what goes wrong, with which request, how often.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::calls::Shape;

/// What goes wrong.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", tag = "kind")]
pub enum FaultKind {
    /// Nothing is done and no answer comes until the client gives up.
    TimeoutBeforeCommit,
    /// The work is done, but no answer comes until the client gives up.
    TimeoutAfterCommit,
    /// Nothing is done and the connection is closed without an answer.
    DropBefore,
    /// The work is done and the connection is closed without an answer.
    DropAfter,
    /// 502 with an HTML body.
    BadGateway {
        /// Whether the work is done nevertheless.
        committed: bool,
    },
    /// 503 with an HTML body.
    Unavailable {
        /// Whether the work is done nevertheless.
        committed: bool,
        /// Seconds for `Retry-After`, which no Salesforce source mentions.
        retry_after: Option<u64>,
    },
    /// 420: the edge has no routing information. Nothing is done.
    NoRouting,
    /// `REQUEST_LIMIT_EXCEEDED` for too many concurrent requests. Nothing is done.
    ConcurrentLimit,
    /// `REQUEST_LIMIT_EXCEEDED` for the daily allocation. Nothing is done.
    DailyLimit,
    /// Writes are refused with `INSERT_UPDATE_DELETE_NOT_ALLOWED_DURING_MAINTENANCE`.
    Maintenance,
    /// An HTML page of regret instead of any answer, with any status, 200 and 503 among them. At
    /// sign-in: `Matching::path("/services/oauth2/token")`. Nothing is done.
    MaintenancePage {
        /// HTTP status.
        status: u16,
    },
    /// Whatever is asked is refused with a status and a code, as where the API is off or its version retired. Nothing is done.
    Refused {
        /// HTTP status.
        status: u16,
        /// Salesforce's code.
        code: String,
    },
    /// All sessions end just before the request is looked at.
    ExpireSession,
    /// The work is done and answered; then all sessions end. After the first page of a query, the
    /// next one is asked for without a session, and a new one does not know the locator.
    ExpireSessionAfter,
    /// The work is done; the answer is a body that ends in the middle.
    GarbageBody,
    /// The answer is late.
    Slow {
        /// How late.
        milliseconds: u64,
    },
    /// Records of a write are refused with `UNABLE_TO_LOCK_ROW`.
    LockError {
        /// Records with one of these values in `Id` or in any text or reference field.
        #[serde(default)]
        values: Vec<String>,
        /// Share of the other records, drawn from the seed.
        #[serde(default)]
        fraction: f64,
        /// Seed of the draw.
        #[serde(default)]
        seed: u64,
    },
    /// Of a collection only the first records are carried out; the others get `UNKNOWN_EXCEPTION`.
    PartialResult {
        /// How many are carried out.
        keep: usize,
    },
    /// Reads answer as of before the last write to the objects.
    StaleRead {
        /// Names of the objects; all of them when empty.
        #[serde(default)]
        objects: Vec<String>,
    },
}

impl FaultKind {
    /// Short name, as in the call log.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::TimeoutBeforeCommit => "timeoutBeforeCommit",
            Self::TimeoutAfterCommit => "timeoutAfterCommit",
            Self::DropBefore => "dropBefore",
            Self::DropAfter => "dropAfter",
            Self::BadGateway { .. } => "badGateway",
            Self::Unavailable { .. } => "unavailable",
            Self::NoRouting => "noRouting",
            Self::ConcurrentLimit => "concurrentLimit",
            Self::DailyLimit => "dailyLimit",
            Self::Maintenance => "maintenance",
            Self::MaintenancePage { .. } => "maintenancePage",
            Self::Refused { .. } => "refused",
            Self::ExpireSession => "expireSession",
            Self::ExpireSessionAfter => "expireSessionAfter",
            Self::GarbageBody => "garbageBody",
            Self::Slow { .. } => "slow",
            Self::LockError { .. } => "lockError",
            Self::PartialResult { .. } => "partialResult",
            Self::StaleRead { .. } => "staleRead",
        }
    }

    /// Whether the fault makes sense for the request at all.
    fn suits(&self, shape: &Shape) -> bool {
        match self {
            Self::LockError { .. } | Self::Maintenance => shape.write,
            Self::PartialResult { .. } => shape.records > 0,
            Self::StaleRead { .. } => !shape.write && !shape.objects.is_empty(),
            Self::Refused { .. }
            | Self::ExpireSession
            | Self::ExpireSessionAfter
            | Self::ConcurrentLimit
            | Self::DailyLimit => !shape.sign_in,
            Self::TimeoutBeforeCommit
            | Self::TimeoutAfterCommit
            | Self::DropBefore
            | Self::DropAfter
            | Self::BadGateway { .. }
            | Self::Unavailable { .. }
            | Self::NoRouting
            | Self::MaintenancePage { .. }
            | Self::GarbageBody
            | Self::Slow { .. } => true,
        }
    }

    /// What comes instead of any work, if the fault is of that kind.
    pub(crate) fn is_before_work(&self) -> bool {
        match self {
            Self::TimeoutBeforeCommit
            | Self::DropBefore
            | Self::BadGateway { committed: false }
            | Self::Unavailable { committed: false, .. }
            | Self::NoRouting
            | Self::ConcurrentLimit
            | Self::DailyLimit
            | Self::Maintenance
            | Self::Refused { .. }
            | Self::MaintenancePage { .. } => true,
            Self::TimeoutAfterCommit
            | Self::DropAfter
            | Self::BadGateway { committed: true }
            | Self::Unavailable { committed: true, .. }
            | Self::ExpireSession
            | Self::ExpireSessionAfter
            | Self::GarbageBody
            | Self::Slow { .. }
            | Self::LockError { .. }
            | Self::PartialResult { .. }
            | Self::StaleRead { .. } => false,
        }
    }

    /// Whether something else than the true answer is sent.
    pub(crate) fn replaces_answer(&self) -> bool {
        self.is_before_work()
            || matches!(
                self,
                Self::TimeoutAfterCommit
                    | Self::DropAfter
                    | Self::BadGateway { .. }
                    | Self::Unavailable { .. }
            )
    }

    /// How long the request waits before it is looked at.
    pub(crate) fn delay(&self) -> Option<Duration> {
        if let Self::Slow { milliseconds } = self {
            Some(Duration::from_millis(*milliseconds))
        } else {
            None
        }
    }
}

/// Which requests a fault looks at. An empty one: all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Matching {
    /// HTTP method.
    pub method: Option<String>,
    /// Text that occurs in the path.
    pub path: Option<String>,
    /// Object that the request or one of its sub-requests reads or writes.
    pub object: Option<String>,
    /// Whether the request writes.
    pub write: Option<bool>,
}

impl Matching {
    /// Requests that write this object.
    #[must_use]
    pub fn writes_of(object: &str) -> Self {
        Self { object: Some(object.to_owned()), write: Some(true), ..Self::default() }
    }

    /// Requests that read this object.
    #[must_use]
    pub fn reads_of(object: &str) -> Self {
        Self { object: Some(object.to_owned()), write: Some(false), ..Self::default() }
    }

    /// Requests with this text in their path.
    #[must_use]
    pub fn path(path: &str) -> Self {
        Self { path: Some(path.to_owned()), ..Self::default() }
    }

    fn covers(&self, shape: &Shape) -> bool {
        let Self { method, path, object, write } = self;
        method.as_ref().is_none_or(|it| it.eq_ignore_ascii_case(&shape.method))
            && path.as_ref().is_none_or(|it| shape.path.contains(it.as_str()))
            && write.is_none_or(|it| it == shape.write)
            && object
                .as_ref()
                .is_none_or(|it| shape.objects.iter().any(|other| other.eq_ignore_ascii_case(it)))
    }
}

/// A draw for each request.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chance {
    /// Seed: the same seed and the same requests give the same faults.
    pub seed: u64,
    /// Between 0 and 1.
    pub probability: f64,
}

/// One entry of the schedule.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// What goes wrong.
    pub fault: FaultKind,
    /// With which requests.
    #[serde(default)]
    pub matching: Matching,
    /// How many of these requests go well first.
    #[serde(default)]
    pub skip: u64,
    /// How often it happens; always when absent.
    #[serde(default)]
    pub times: Option<u64>,
    /// Whether a draw decides each time.
    #[serde(default)]
    pub chance: Option<Chance>,
}

impl Fault {
    /// The fault happens to the next request that suits.
    #[must_use]
    pub fn once(fault: FaultKind) -> Self {
        Self { times: Some(1), ..Self::always(fault) }
    }

    /// The fault happens to every request that suits.
    #[must_use]
    pub fn always(fault: FaultKind) -> Self {
        Self { fault, matching: Matching::default(), skip: 0, times: None, chance: None }
    }

    /// Restricts the fault to some requests.
    #[must_use]
    pub fn matching(mut self, matching: Matching) -> Self {
        self.matching = matching;
        self
    }

    /// The fault begins with the `n`-th such request; the first is 1.
    #[must_use]
    pub fn from_nth(mut self, n: u64) -> Self {
        self.skip = n.saturating_sub(1);
        self
    }

    /// The fault happens so often and no more.
    #[must_use]
    pub fn times(mut self, times: u64) -> Self {
        self.times = Some(times);
        self
    }

    /// A draw decides for each request.
    #[must_use]
    pub fn by_chance(mut self, seed: u64, probability: f64) -> Self {
        self.chance = Some(Chance { seed, probability });
        self
    }
}

/// An entry of the schedule and what has become of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FaultStatus {
    /// The entry.
    pub fault: Fault,
    /// Requests that it looked at.
    pub seen: u64,
    /// Requests that it hit.
    pub hit: u64,
    /// How often it may still happen; no end when absent.
    pub remaining: Option<u64>,
}

/// All entries, in the order in which they were made.
#[derive(Debug, Default)]
pub(crate) struct Schedule {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    status: FaultStatus,
    random: Option<fastrand::Rng>,
}

impl Schedule {
    pub(crate) fn add(&mut self, fault: Fault) {
        let random = fault.chance.map(|chance| fastrand::Rng::with_seed(chance.seed));
        let remaining = fault.times;
        let status = FaultStatus { fault, seen: 0, hit: 0, remaining };
        self.entries.push(Entry { status, random });
    }

    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    pub(crate) fn status(&self) -> Vec<FaultStatus> {
        self.entries.iter().map(|entry| entry.status.clone()).collect()
    }

    /// The fault that hits this request: the first entry that fires.
    pub(crate) fn draw(&mut self, shape: &Shape) -> Option<FaultKind> {
        self.entries.iter_mut().find_map(|entry| entry.draw(shape))
    }
}

impl Entry {
    fn draw(&mut self, shape: &Shape) -> Option<FaultKind> {
        let status = &mut self.status;
        let is_candidate = status.remaining != Some(0)
            && status.fault.fault.suits(shape)
            && status.fault.matching.covers(shape);
        if !is_candidate {
            return None;
        }
        status.seen += 1;
        let is_drawn = match (&mut self.random, status.fault.chance) {
            (Some(random), Some(chance)) => random.f64() < chance.probability,
            _ => true,
        };
        if status.seen <= status.fault.skip || !is_drawn {
            return None;
        }
        status.hit += 1;
        status.remaining = status.remaining.map(|remaining| remaining.saturating_sub(1));
        let mut fault = status.fault.fault.clone();
        if let FaultKind::LockError { seed, .. } = &mut fault {
            // Each time other records, as repetition would be pointless otherwise.
            *seed = seed.wrapping_add(status.hit);
        }
        Some(fault)
    }
}
