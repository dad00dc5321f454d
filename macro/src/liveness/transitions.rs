//! Which state a poll can leave the function in, from each state.

use std::collections::BTreeSet;

use super::flow::Flow;
use crate::ids::SuspensionId;

/// Where a poll can end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Target {
    Suspension(SuspensionId),
    Finished,
}

/// From the start, and from each suspension: where the next poll can end, beside where it began.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transitions {
    pub(crate) from_start: BTreeSet<Target>,
    pub(crate) from_suspension: Vec<BTreeSet<Target>>,
}

/// Where control may have come from last: the start (`None`) or a suspension.
type Origins = BTreeSet<Option<SuspensionId>>;

pub(super) fn transitions(flow: &Flow, suspensions: usize) -> Transitions {
    let mut walk = Walk {
        found: Transitions { from_start: BTreeSet::new(), from_suspension: vec![BTreeSet::new(); suspensions] },
        targets: Vec::new(),
    };
    let end = walk.after(flow, std::iter::once(None).collect());
    walk.reach(&end, Target::Finished);
    walk.found
}

struct Walk {
    found: Transitions,
    /// Label, whether it is a loop, and what reaches its end and its head.
    targets: Vec<(Option<String>, bool, Origins, Origins)>,
}

impl Walk {
    fn reach(&mut self, origins: &Origins, target: Target) {
        for origin in origins {
            match origin {
                None => self.found.from_start.insert(target),
                Some(suspension) => self.found.from_suspension[suspension.0].insert(target),
            };
        }
    }

    fn after(&mut self, flow: &Flow, origins: Origins) -> Origins {
        match flow {
            Flow::Suspend(suspension) => {
                self.reach(&origins, Target::Suspension(*suspension));
                if origins.is_empty() {
                    origins
                } else {
                    std::iter::once(Some(*suspension)).collect()
                }
            }
            Flow::Scope(seq) | Flow::Seq(seq) => seq.iter().fold(origins, |origins, flow| self.after(flow, origins)),
            Flow::Branch(ways) => ways.iter().flat_map(|way| self.after(way, origins.clone())).collect(),
            Flow::Doubt(ways) => {
                ways.iter().for_each(|way| drop(self.after(way, origins.clone())));
                origins
            }
            Flow::Entry(flow) => self.after(flow, origins),
            Flow::Loop { label, body } => {
                let mut head = origins;
                loop {
                    self.targets.push((label.clone(), true, Origins::new(), Origins::new()));
                    let end = self.after(body, head.clone());
                    let (_, _, at_break, at_continue) = self.targets.pop().unwrap_or_default();
                    let next: Origins = head.iter().chain(&end).chain(&at_continue).copied().collect();
                    if next == head {
                        return at_break;
                    }
                    head = next;
                }
            }
            Flow::Labelled { label, body } => {
                self.targets.push((Some(label.clone()), false, Origins::new(), Origins::new()));
                let end = self.after(body, origins);
                let (_, _, at_break, _) = self.targets.pop().unwrap_or_default();
                end.into_iter().chain(at_break).collect()
            }
            Flow::Break(label) => {
                if let Some(target) = self.target(label) {
                    target.2.extend(origins);
                }
                Origins::new()
            }
            Flow::Continue(label) => {
                if let Some(target) = self.target(label) {
                    target.3.extend(origins);
                }
                Origins::new()
            }
            Flow::Exit => {
                self.reach(&origins, Target::Finished);
                Origins::new()
            }
            _ => origins,
        }
    }

    fn target(&mut self, label: &Option<String>) -> Option<&mut (Option<String>, bool, Origins, Origins)> {
        self.targets.iter_mut().rev().find(|target| match label {
            Some(_) => target.0 == *label,
            None => target.1,
        })
    }
}
