//! Checks a query against the schema and gives its literals the types of their fields.

use std::cmp::Ordering;

use super::{Condition, Literal, Operator, PatternPart, Query, malformed};
use crate::id::RecordId;
use crate::options::Rules;
use crate::refusal::Refusal;
use crate::schema::{Field, Kind, Object};
use crate::store::Value;

/// A field reached over relationships.
#[derive(Clone, Debug)]
pub(crate) struct Path {
    /// Relationship name, reference field and the object it leads to, outermost first.
    pub(crate) hops: Vec<(&'static str, &'static Field, Object)>,
    pub(crate) field: &'static Field,
}

/// A value in the form in which values are compared: text without regard to the case of ASCII letters. How others are compared is
/// stated nowhere, so they are told apart by their bytes.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Comparable {
    Null,
    Boolean(bool),
    Number(f64),
    Text(String),
    Id(RecordId),
    Instant(jiff::Timestamp),
}

impl Comparable {
    pub(super) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Boolean(flag) => Self::Boolean(*flag),
            #[expect(clippy::cast_precision_loss, reason = "counts of records are small")]
            Value::Integer(number) => Self::Number(*number as f64),
            Value::Text(text) => Self::Text(text.to_ascii_lowercase()),
            Value::Id(id) => Self::Id(*id),
            Value::Instant(instant) => Self::Instant(*instant),
        }
    }

    /// The order of two values of one type, with null before everything.
    pub(super) fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => a.total_cmp(b),
            (Self::Text(a), Self::Text(b)) => a.cmp(b),
            (Self::Id(a), Self::Id(b)) => a.cmp(b),
            (Self::Instant(a), Self::Instant(b)) => a.cmp(b),
            (Self::Null, Self::Null) => Ordering::Equal,
            (Self::Null, _) => Ordering::Less,
            (_, Self::Null) => Ordering::Greater,
            (
                Self::Boolean(_) | Self::Number(_) | Self::Text(_) | Self::Id(_) | Self::Instant(_),
                _,
            ) => Ordering::Equal,
        }
    }
}

/// A condition whose fields exist and whose literals have their types.
#[derive(Debug)]
pub(super) enum Test {
    All(Vec<Test>),
    Any(Vec<Test>),
    Not(Box<Test>),
    Compare {
        path: Path,
        operator: Operator,
        value: Comparable,
    },
    Like {
        path: Path,
        pattern: Vec<PatternPart>,
    },
    /// The values are sorted, for queries with hundreds of them.
    In {
        path: Path,
        negated: bool,
        values: Vec<Comparable>,
    },
}

/// A query that can be run.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) from: Object,
    pub(super) select: Vec<Path>,
    pub(super) test: Option<Test>,
    /// Whether rows that show the same are shown as one.
    pub(super) is_grouped: bool,
    /// Path, descending, nulls last.
    pub(super) order: Vec<(Path, bool, bool)>,
}

/// Checks a query for a reader whose org has these rules.
pub(super) fn prepare(query: &Query, rules: Option<&Rules>) -> Result<Prepared, Refusal> {
    let from = Object::named(&query.from).ok_or_else(|| unknown_object(&query.from))?;
    let mut seen = Vec::new();
    for written in &query.select {
        let folded = written.to_lowercase();
        if seen.contains(&folded) {
            let message = format!("duplicate field selected: {written}");
            return Err(Refusal::new("INVALID_FIELD", message));
        }
        seen.push(folded);
    }
    for written in &query.group {
        allowed(from, written, 'g')?;
        if rules.is_some_and(|rules| rules.refuse_grouping) {
            return Err(refused(written, "grouped"));
        }
    }
    let select = query.select.iter().map(|written| path(from, written));
    let order = query.order.iter().map(|it| {
        let path = allowed(from, &it.path, 's')?;
        Ok((path, it.descending, it.nulls_last))
    });
    Ok(Prepared {
        from,
        select: select.collect::<Result<_, _>>()?,
        test: query.condition.as_ref().map(|it| test(from, rules, it)).transpose()?,
        is_grouped: !query.group.is_empty(),
        order: order.collect::<Result<_, _>>()?,
    })
}

/// Finds the field behind a path as written.
pub(crate) fn path(from: Object, written: &str) -> Result<Path, Refusal> {
    let mut hops = Vec::new();
    let mut object = from;
    let mut rest = written;
    while let Some((relationship, behind)) = rest.split_once('.') {
        let Some((field, to)) = object.relationship(relationship) else {
            let message = format!(
                "Didn't understand relationship '{relationship}' in field path. If you are \
                 attempting to use a custom relationship, be sure to append the '__r' after the \
                 custom relationship name."
            );
            return Err(Refusal::new("INVALID_FIELD", message));
        };
        hops.push((canonical(field), field, to));
        object = to;
        rest = behind;
    }
    let field = object.field(rest).ok_or_else(|| unknown_field(object, rest))?;
    Ok(Path { hops, field })
}

/// The relationship name as the schema spells it.
fn canonical(field: &'static Field) -> &'static str {
    if let Kind::Reference { relationship: Some(relationship), .. } = field.kind {
        relationship
    } else {
        field.name
    }
}

fn allowed(from: Object, written: &str, property: char) -> Result<Path, Refusal> {
    let path = path(from, written)?;
    if path.field.may(property) {
        return Ok(path);
    }
    let done = match property {
        'f' => "filtered",
        'g' => "grouped",
        _ => "sorted",
    };
    Err(refused(written, done))
}

/// A path that may stand in a condition.
fn filterable(from: Object, rules: Option<&Rules>, written: &str) -> Result<Path, Refusal> {
    let path = allowed(from, written, 'f')?;
    let is_member = from == Object::CollaborationGroupMember
        && path.hops.first().is_some_and(|(relationship, ..)| *relationship == "Member");
    if is_member && rules.is_some_and(|rules| rules.refuse_member_paths) {
        return Err(refused(written, "filtered"));
    }
    Ok(path)
}

fn refused(written: &str, done: &str) -> Refusal {
    let message = format!("field '{written}' can not be {done} in a query call");
    Refusal::new("INVALID_FIELD", message)
}

fn test(from: Object, rules: Option<&Rules>, condition: &Condition) -> Result<Test, Refusal> {
    let tests = |conditions: &[Condition]| {
        conditions.iter().map(|it| test(from, rules, it)).collect::<Result<Vec<_>, _>>()
    };
    Ok(match condition {
        Condition::All(conditions) => Test::All(tests(conditions)?),
        Condition::Any(conditions) => Test::Any(tests(conditions)?),
        Condition::Not(condition) => Test::Not(Box::new(test(from, rules, condition)?)),
        Condition::Compare { path, operator, literal } => {
            let path = filterable(from, rules, path)?;
            let is_order = !matches!(operator, Operator::Equal | Operator::NotEqual);
            if is_order && matches!(path.field.kind, Kind::Boolean) {
                return Err(invalid_operator("boolean"));
            }
            let value = typed(&path, literal)?;
            Test::Compare { path, operator: *operator, value }
        }
        Condition::Like { path, pattern } => {
            let path = filterable(from, rules, path)?;
            match path.field.kind {
                Kind::Text(_) | Kind::Email(_) | Kind::Picklist(_) => {}
                Kind::Id | Kind::Reference { .. } => return Err(invalid_operator("id")),
                Kind::Boolean => return Err(invalid_operator("boolean")),
                Kind::Integer => return Err(invalid_operator("int")),
                Kind::Instant => return Err(invalid_operator("dateTime")),
            }
            Test::Like { path, pattern: pattern.clone() }
        }
        Condition::In { path, negated, literals } => {
            let path = filterable(from, rules, path)?;
            let values = literals.iter().map(|literal| typed(&path, literal));
            let mut values = values.collect::<Result<Vec<_>, _>>()?;
            values.sort_by(Comparable::order);
            Test::In { path, negated: *negated, values }
        }
    })
}

/// Gives a literal the type of the field it is compared with.
fn typed(path: &Path, literal: &Literal) -> Result<Comparable, Refusal> {
    let expected = match (path.field.kind, literal) {
        (_, Literal::Null) => return Ok(Comparable::Null),
        (Kind::Text(_) | Kind::Email(_) | Kind::Picklist(_), Literal::Text(text)) => {
            return Ok(Comparable::Text(text.to_ascii_lowercase()));
        }
        (Kind::Id | Kind::Reference { .. }, Literal::Text(text)) => {
            return RecordId::parse(text).map(Comparable::Id).ok_or_else(|| {
                let message = format!("invalid ID field: {text}");
                Refusal::new("INVALID_QUERY_FILTER_OPERATOR", message)
            });
        }
        (Kind::Boolean, Literal::Boolean(flag)) => return Ok(Comparable::Boolean(*flag)),
        (Kind::Integer, Literal::Number(number)) => return Ok(Comparable::Number(*number)),
        (Kind::Instant, Literal::Instant(instant)) => return Ok(Comparable::Instant(*instant)),
        (Kind::Text(_) | Kind::Email(_) | Kind::Picklist(_), _) => "string",
        (Kind::Id | Kind::Reference { .. }, _) => "id",
        (Kind::Boolean, _) => "boolean",
        (Kind::Integer, _) => "int",
        (Kind::Instant, _) => "dateTime",
    };
    let quotes = if matches!(expected, "string" | "id") { "" } else { " not" };
    let message = format!(
        "value of filter criterion for field '{}' must be of type {expected} and should{quotes} be \
         enclosed in quotes",
        path.field.name
    );
    Err(Refusal::new("INVALID_FIELD", message))
}

fn invalid_operator(kind: &str) -> Refusal {
    Refusal::new("INVALID_QUERY_FILTER_OPERATOR", format!("invalid operator on {kind} field"))
}

pub(crate) fn unknown_object(name: &str) -> Refusal {
    if name.contains('.') {
        return malformed(format!("unexpected token: '{name}'"));
    }
    let message = format!(
        "sObject type '{name}' is not supported. If you are attempting to use a custom object, be \
         sure to append the '__c' after the entity name. Please reference your WSDL or the \
         describe call for the appropriate names."
    );
    Refusal::new("INVALID_TYPE", message)
}

fn unknown_field(object: Object, name: &str) -> Refusal {
    let message = format!(
        "No such column '{name}' on entity '{}'. If you are attempting to use a custom field, be \
         sure to append the '__c' after the custom field name. Please reference your WSDL or the \
         describe call for the appropriate names.",
        object.name()
    );
    Refusal::new("INVALID_FIELD", message)
}
