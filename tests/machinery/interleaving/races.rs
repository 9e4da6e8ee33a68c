//! What in a run could have come the other way round.

use std::collections::BTreeSet;

use crate::interleaving::explore::{Name, Node, name_of};

/// Finds each two steps of a run that conflict and that nothing between them keeps in their order, and wants, where the first was
/// chosen, something that leads to the other order.
pub(super) fn turn_round(path: &mut [Node]) {
    let before = before(path);
    for later in 0..path.len() {
        for earlier in &before[later] {
            if !is_race(path, &before, *earlier, later) {
                continue;
            }
            // What happens up to the later step whether or not the earlier one has happened.
            let without: Vec<usize> = (earlier + 1..later)
                .filter(|step| !before[*step].contains(earlier))
                .chain([later])
                .collect();
            let first = without.iter().filter(|step| {
                !without.iter().any(|other| *other != **step && before[**step].contains(other))
            });
            let first: Vec<Name> = first.map(|step| name_of(path[*step].step())).collect();
            let node = &mut path[*earlier];
            let is_there = |name: &&Name| node.steps.iter().any(|step| name_of(step) == **name);
            let mut first = first.iter().filter(is_there).peekable();
            // What a timer wakes, such as a wait for somebody's lease, may not be there yet: then anything may lead to it.
            if first.peek().is_none() {
                let all: Vec<Name> = node.steps.iter().map(name_of).collect();
                node.wanted.extend(all);
                continue;
            }
            let is_seen = |name: &&Name| node.wanted.contains(*name) || node.asleep.contains(*name);
            if !first.clone().any(|name| is_seen(&name)) {
                let name = first.next().expect("there is one").clone();
                node.wanted.insert(name);
            }
        }
    }
}

/// For each step those that have to come before it.
fn before(path: &[Node]) -> Vec<BTreeSet<usize>> {
    let mut before: Vec<BTreeSet<usize>> = Vec::new();
    for later in 0..path.len() {
        let mut all = BTreeSet::new();
        for earlier in (0..later).rev() {
            if !all.contains(&earlier) && is_bound(path, earlier, later) {
                all.extend(before[earlier].iter().copied());
                all.insert(earlier);
            }
        }
        before.push(all);
    }
    before
}

/// Whether a step has to wait for an earlier one: they conflict, or it is what the same worker does next.
fn is_bound(path: &[Node], earlier: usize, later: usize) -> bool {
    let (one, other) = (path[earlier].step(), path[later].step());
    one.conflicts_with(other) || (one.worker == other.worker && !is_waiting(path, earlier, later))
}

fn is_race(path: &[Node], before: &[BTreeSet<usize>], earlier: usize, later: usize) -> bool {
    let (one, other) = (path[earlier].step(), path[later].step());
    let could_be = one.worker != other.worker || is_waiting(path, earlier, later);
    let is_between = |step: &usize| before[*step].contains(&earlier);
    one.conflicts_with(other) && could_be && !before[later].iter().any(is_between)
}

/// Whether a step could have been chosen where an earlier one was.
fn is_waiting(path: &[Node], earlier: usize, later: usize) -> bool {
    let name = path[later].step().name();
    path[earlier].steps.iter().any(|step| step.name() == name)
        && path[earlier..later].iter().all(|node| node.step().name() != name)
}
