//! Every order of steps that can make a difference.

use std::collections::BTreeSet;

use crate::interleaving::{Chooser, Step, races};

/// How many orders were tried.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Explored {
    /// To their end.
    pub orders: usize,
    /// And found, on the way, to make no difference to one that had been tried.
    pub repetitions: usize,
    /// Whether there are no others.
    pub is_all: bool,
}

/// What tells a step from the others that could be made where it can.
pub(super) type Name = (usize, String);

/// Where a choice was made.
#[derive(Debug)]
pub(super) struct Node {
    /// What could be chosen.
    pub(super) steps: Vec<Step>,
    /// What need not be chosen here: what would follow has been tried.
    pub(super) asleep: BTreeSet<Name>,
    /// What is to be chosen here, sooner or later.
    pub(super) wanted: BTreeSet<Name>,
    pub(super) chosen: usize,
}

/// A depth-first walk through the choices; each run of the story repeats the choices up to the last one that is new.
///
/// Two steps that do not conflict do the same in either order, so that one of the orders is left out. What was tried sleeps until
/// something happens with which it conflicts, and another choice is made only where a run has shown two steps that conflict and
/// could have come the other way round (sleep sets and source sets: Abdulla, Aronis, Jonsson, Sagonas, *Optimal Dynamic Partial
/// Order Reduction*).
#[derive(Debug, Default)]
pub struct Walk {
    path: Vec<Node>,
    depth: usize,
}

impl Chooser for Walk {
    fn choose(&mut self, steps: &[Step]) -> Option<usize> {
        if self.depth == self.path.len() {
            let asleep = self.path.last().map_or_else(BTreeSet::new, Node::still_asleep);
            let chosen = steps.iter().position(|step| !asleep.contains(&name_of(step)))?;
            let wanted = BTreeSet::from([name_of(&steps[chosen])]);
            self.path.push(Node { steps: steps.to_vec(), asleep, wanted, chosen });
        }
        let chosen = self.path[self.depth].step();
        let place = steps.iter().position(|step| step.name() == chosen.name());
        assert!(
            place.is_some(),
            "the same choices lead to the same place: {steps:?}, not {chosen:?}"
        );
        self.depth += 1;
        place
    }
}

impl Node {
    /// What was chosen.
    pub(super) fn step(&self) -> &Step {
        &self.steps[self.chosen]
    }

    /// What is left asleep by the step that is chosen: that with which it does not conflict.
    fn still_asleep(&self) -> BTreeSet<Name> {
        let chosen = self.step();
        let is_left =
            |step: &&Step| self.asleep.contains(&name_of(step)) && !step.conflicts_with(chosen);
        self.steps.iter().filter(is_left).map(name_of).collect()
    }
}

pub(super) fn name_of(step: &Step) -> Name {
    (step.worker, step.call.clone())
}

impl Walk {
    /// Goes back to the last choice that is to be made otherwise, and makes it so. False at the end.
    fn turn(&mut self) -> bool {
        self.depth = 0;
        races::turn_round(&mut self.path);
        while let Some(mut node) = self.path.pop() {
            node.asleep.insert(name_of(node.step()));
            let is_next = |step: &Step| {
                let name = name_of(step);
                node.wanted.contains(&name) && !node.asleep.contains(&name)
            };
            if let Some(chosen) = node.steps.iter().position(is_next) {
                node.chosen = chosen;
                self.path.push(node);
                return true;
            }
        }
        false
    }

    /// The order that was tried last, in words.
    #[must_use]
    pub fn told(&self) -> Vec<String> {
        self.path.iter().map(|node| node.step().to_string()).collect()
    }
}

/// Runs a story in every order of its steps that can make a difference, or in so many of them. `story` says whether the run went to its end, and
/// fails if that is not as it should be.
pub async fn explore(most: usize, mut story: impl AsyncFnMut(&mut Walk) -> bool) -> Explored {
    let mut walk = Walk::default();
    let mut explored = Explored::default();
    while explored.orders < most {
        if story(&mut walk).await {
            explored.orders += 1;
        } else {
            explored.repetitions += 1;
        }
        explored.is_all = !walk.turn();
        if explored.is_all {
            break;
        }
    }
    explored
}
