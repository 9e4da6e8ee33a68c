//! Carrying transactions out: what is cancelled is sorted, tried again or given up, change by change.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::error::BuildError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{
    CancellationReason, ConditionCheck, Put, ReturnValuesOnConditionCheckFailure, TransactWriteItem,
};
use futures_util::{StreamExt, stream};
use ring::rand::{SecureRandom, SystemRandom};

use crate::error::RequestFailure;
use crate::item::{self, EMAIL, IS_CLOSED, PARTITION, SORT, VERSION};
use crate::retry::Patience;
use crate::transaction::{self, Action, Cancellation, Guard, Reason, Unit};
use crate::{CommitError, ItemKind, Reader};

/// DynamoDB compares a value with no more others at once.
const OPERANDS: usize = 100;

/// How many transactions of one commit are under way at a time.
const CONCURRENCY: usize = 4;

/// The outcome of each unit that has one.
type Outcomes = BTreeMap<usize, Result<(), CommitError>>;

/// Writes the units, each as a whole or not at all, and says what became of each.
pub(crate) async fn run(reader: &Reader, units: &[Option<Unit>]) -> Outcomes {
    let lanes = transaction::lanes(units, transaction::pack(units));
    let lanes = lanes.into_iter().map(|lane| run_lane(reader, units, lane));
    let outcomes = stream::iter(lanes).buffer_unordered(CONCURRENCY).collect::<Vec<_>>().await;
    outcomes.into_iter().flatten().collect()
}

/// A random name for a write.
///
/// It must not be guessable from the content: two writers with the same content are still two, and only one may win.
pub(crate) fn random_name() -> Result<String, RequestFailure> {
    let mut bytes = [0_u8; 16];
    let filled = SystemRandom::new().fill(&mut bytes);
    filled.map_err(|_| RequestFailure::before_sending("the system gave no random numbers"))?;
    Ok(format!("{:032x}", u128::from_be_bytes(bytes)))
}

async fn run_lane(reader: &Reader, units: &[Option<Unit>], lane: Vec<Vec<usize>>) -> Outcomes {
    let mut outcomes = Outcomes::new();
    for mut transaction in lane {
        let failed = outcomes.iter().filter(|(_, outcome)| outcome.is_err());
        let failed: Vec<&Unit> =
            failed.filter_map(|(unit, _)| units.get(*unit)?.as_ref()).collect();
        let is_after_failure = |unit: &usize| {
            let unit = units.get(*unit).and_then(Option::as_ref);
            unit.is_some_and(|unit| failed.iter().any(|failed| unit.follows(failed)))
        };
        // The version that a part expects may be somebody else's by now, whose write it would undo.
        let crossed: Vec<usize> = transaction.extract_if(.., |it| is_after_failure(it)).collect();
        outcomes.extend(crossed.into_iter().map(|unit| (unit, Err(CommitError::Conflict))));
        run_transaction(reader, units, transaction, &mut outcomes).await;
    }
    outcomes
}

/// Every turn settles a unit, splits a transaction or uses up patience, so there is an end to it.
async fn run_transaction(
    reader: &Reader,
    units: &[Option<Unit>],
    members: Vec<usize>,
    outcomes: &mut Outcomes,
) {
    let mut waiting = vec![members];
    while let Some(mut members) = waiting.pop() {
        let mut patience = Patience::default();
        while !members.is_empty() {
            let asked = members.len();
            match attempt(reader, units, &members).await {
                Ok(()) => outcomes.extend(members.drain(..).map(|unit| (unit, Ok(())))),
                Err(Failure::Cancelled(Cancellation { done, failed, hindered })) => {
                    members.retain(|unit| !done.contains(unit) && !failed.contains_key(unit));
                    outcomes.extend(done.into_iter().map(|unit| (unit, Ok(()))));
                    outcomes.extend(failed.into_iter().map(|(unit, error)| (unit, Err(error))));
                    tracing::debug!(left = members.len(), hindered = hindered.len(), "cancelled");
                    if hindered.is_empty() || patience.wait(asked, members.len()).await {
                        continue;
                    }
                    // Those that nothing hinders get a turn without the others.
                    patience = Patience::default();
                    members.retain(|unit| !hindered.contains(unit));
                    let given_up = hindered.into_iter();
                    outcomes.extend(given_up.map(|unit| (unit, Err(CommitError::Contended))));
                }
                // DynamoDB does not say whose fault it is.
                Err(Failure::Refused(_)) if asked > 1 => {
                    waiting.extend(members.drain(..).rev().map(|unit| vec![unit]));
                }
                Err(Failure::Refused(source)) => outcomes.extend(
                    members
                        .drain(..)
                        .map(|unit| (unit, Err(CommitError::Refused(Some(source.clone()))))),
                ),
                Err(Failure::Unavailable(source)) => {
                    outcomes.extend(look(reader, units, &members, &source).await);
                    members.clear();
                }
            }
        }
    }
}

/// Why a transaction was not, or not known to be, committed.
enum Failure {
    /// By conditions or by others.
    Cancelled(Cancellation),
    /// By its form.
    Refused(RequestFailure),
    /// By anything else.
    Unavailable(RequestFailure),
}

async fn attempt(
    reader: &Reader,
    units: &[Option<Unit>],
    members: &[usize],
) -> Result<(), Failure> {
    let actions = transaction::actions(units, members);
    let items: Result<Vec<_>, _> =
        actions.iter().map(|action| write_item(reader.table(), action)).collect();
    let items = items.map_err(|error| Failure::Refused(RequestFailure::before_sending(error)))?;
    // With a token of its own a request that the SDK repeats is carried out once.
    let token = random_name().map_err(Failure::Unavailable)?;
    let request = reader.client().transact_write_items().set_transact_items(Some(items));
    let Err(error) = request.client_request_token(token).send().await else {
        return Ok(());
    };
    if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) =
        error.as_service_error()
    {
        let reasons: Vec<_> = cancelled.cancellation_reasons().iter().map(reason).collect();
        return Err(match transaction::interpret(units, &actions, &reasons) {
            Some(cancellation) => Failure::Cancelled(cancellation),
            None => Failure::Refused(RequestFailure::of(error)),
        });
    }
    let failure = RequestFailure::of(error);
    Err(if failure.code() == Some("ValidationException") {
        Failure::Refused(failure)
    } else {
        Failure::Unavailable(failure)
    })
}

/// After a failure that leaves it open, the items tell whether the transaction was committed.
///
/// A request that is still under way may be committed later: an error then says that nothing is known, and the caller
/// decides again from what is recorded.
async fn look(
    reader: &Reader,
    units: &[Option<Unit>],
    members: &[usize],
    source: &RequestFailure,
) -> Outcomes {
    let of = |unit: &usize| units.get(*unit).and_then(Option::as_ref);
    let keys = members.iter().filter_map(of).map(|unit| unit.main().clone()).collect();
    let items = if source.may_have_arrived() {
        // Whatever the read says beyond the items, the write's own failure is the one to report.
        reader.items(keys, ItemKind::Customer).await.unwrap_or_default()
    } else {
        BTreeMap::new()
    };
    let is_committed = |unit: &Unit| {
        let item = items.get(&unit.main().partition);
        item.and_then(|item| item::text_of(item, item::WRITE)) == Some(unit.write())
    };
    let outcome = |unit: &usize| {
        let is_committed = of(unit).is_some_and(is_committed);
        if is_committed { Ok(()) } else { Err(CommitError::Unavailable(source.clone())) }
    };
    members.iter().map(|unit| (*unit, outcome(unit))).collect()
}

fn reason(reason: &CancellationReason) -> Reason<'_> {
    let write = reason.item().and_then(|item| item::text_of(item, item::WRITE));
    Reason { code: reason.code(), write }
}

fn write_item(table: &str, action: &Action<'_>) -> Result<TransactWriteItem, BuildError> {
    match action {
        Action::CheckOpen { key, .. } => {
            let check = ConditionCheck::builder()
                .table_name(table)
                .set_key(Some(item::of_key(key)))
                .condition_expression("attribute_not_exists(#key) OR #closed = :no")
                .expression_attribute_names("#key", PARTITION)
                .expression_attribute_names("#closed", IS_CLOSED)
                .expression_attribute_values(":no", item::no());
            Ok(TransactWriteItem::builder().condition_check(check.build()?).build())
        }
        Action::Put { put, .. } => {
            let builder = Put::builder().table_name(table).set_item(Some(put.item.clone()));
            let builder = match &put.guard {
                Guard::Always => builder,
                Guard::Version(0) | Guard::Append(_) => builder
                    .condition_expression("attribute_not_exists(#key)")
                    .expression_attribute_names("#key", SORT),
                Guard::Leads(emails) => {
                    let names: Vec<String> =
                        (0..emails.len()).map(|it| format!(":e{it}")).collect();
                    let known = names.chunks(OPERANDS).map(|it| it.join(", "));
                    let known = known.map(|it| format!(" OR #email IN ({it})"));
                    let known: String = known.collect();
                    let builder = builder
                        .condition_expression(format!("attribute_not_exists(#key){known}"))
                        .expression_attribute_names("#key", SORT)
                        .expression_attribute_names("#email", EMAIL);
                    let values = names.into_iter().zip(emails);
                    values.fold(builder, |builder, (name, email)| {
                        builder.expression_attribute_values(name, item::text(email.as_str()))
                    })
                }
                Guard::Version(version) => builder
                    .condition_expression("#version = :version")
                    .expression_attribute_names("#version", VERSION)
                    .expression_attribute_values(":version", item::number(*version)),
            };
            // What is in the way may be one's own write, of which the answer was lost.
            let builder = match &put.guard {
                Guard::Version(_) => builder.return_values_on_condition_check_failure(
                    ReturnValuesOnConditionCheckFailure::AllOld,
                ),
                Guard::Always | Guard::Append(_) | Guard::Leads(_) => builder,
            };
            Ok(TransactWriteItem::builder().put(builder.build()?).build())
        }
    }
}
