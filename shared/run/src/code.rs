//! The codes under which reports and function errors name what is wrong around a run, as contracts spell them.

/// The ledger does not answer.
pub const LEDGER_UNAVAILABLE: &str = "LEDGER_UNAVAILABLE";

/// A record of the ledger has a shape that this release does not know.
pub const LEDGER_UNREADABLE: &str = "LEDGER_UNREADABLE";

/// A run did all else and reports what failed.
pub const RUN_FAILED: &str = "RunFailed";

/// The invocation was over before anything was done.
pub const OUT_OF_TIME: &str = "OUT_OF_TIME";

/// There is no such org, or its secret is not filled.
pub const ORG_UNKNOWN: &str = "ORG_UNKNOWN";

/// Salesforce refuses the sign-in.
pub const SALESFORCE_SIGN_IN_REFUSED: &str = "SALESFORCE_SIGN_IN_REFUSED";

/// Something lasts in the org, in AWS or in the secret until a person mends it.
pub const ORG_NOT_READY: &str = "ORG_NOT_READY";

/// Salesforce does not answer.
pub const SALESFORCE_UNAVAILABLE: &str = "SALESFORCE_UNAVAILABLE";

/// The secret of an org leads to another org than recorded.
pub const ORG_CHANGED: &str = "ORG_CHANGED";
