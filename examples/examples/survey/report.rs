//! What came out of a survey: a table to read, and JSON to count with.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};

use serde_json::{Value, json};

use crate::reason::{Judge, Reason};
use crate::survey::{Failure, Outcome};
use crate::tree::{Member, Tree};

pub(crate) struct Report<'a> {
    pub(crate) tree: &'a Tree,
    /// Of every function of the tree.
    pub(crate) outcomes: &'a [Outcome],
}

/// The functions that fail for one reason.
#[derive(Debug, PartialEq, Eq)]
struct Group {
    reason: Reason,
    count: usize,
    /// How many of them have no other reason as well.
    alone: usize,
    example: String,
}

impl<'a> Report<'a> {
    fn all(&self) -> impl Iterator<Item = (&'a Member, &'a Outcome)> {
        self.tree.functions.iter().zip(self.outcomes)
    }

    /// How many functions there are of a kind, and how many of them await.
    fn count(&self, is_one: impl Fn(&Outcome) -> bool) -> (usize, usize) {
        let found: Vec<&Member> = self.all().filter(|(_, outcome)| is_one(outcome)).map(|(member, _)| member).collect();
        (found.len(), found.iter().filter(|member| member.function.awaits).count())
    }

    fn groups(&self) -> Vec<Group> {
        grouped(self.all().filter_map(|(member, outcome)| match outcome {
            Outcome::Fails(failure) => Some((
                group_reason(member, failure),
                failure.others.is_empty(),
                format!("{}:{}", member.file.display(), failure.line),
            )),
            _ => None,
        }))
    }

    pub(crate) fn json(&self) -> Value {
        let functions: Vec<Value> = self
            .all()
            .map(|(member, outcome)| {
                let failure = match outcome {
                    Outcome::Fails(failure) => json!({
                        "judge": judge(failure.reason.judge),
                        "reason": group_reason(member, failure).text,
                        "rendered": failure.rendered,
                        "line": failure.line,
                        "elsewhere": failure.elsewhere,
                        "others": failure.others.iter().map(|reason| reason.text.as_str()).collect::<Vec<_>>(),
                    }),
                    _ => Value::Null,
                };
                json!({
                    "package": self.tree.packages[member.package].name,
                    "file": member.file,
                    "line": member.function.line,
                    "name": member.function.name,
                    "awaits": member.function.awaits,
                    "under": member.function.under,
                    "built": !matches!(outcome, Outcome::NotBuilt),
                    "failure": failure,
                })
            })
            .collect();
        json!({ "functions": functions })
    }
}

fn judge(judge: Judge) -> &'static str {
    match judge {
        Judge::Refused => "refused",
        Judge::Error => "error",
        Judge::Panic => "panic",
    }
}

fn group_reason(member: &Member, failure: &Failure) -> Reason {
    let mut reason = failure.reason.under(&member.function.under);
    if failure.elsewhere {
        reason.text = format!("elsewhere: {}", reason.text);
    }
    reason
}

/// Reasons, whether each is the only one of its function, and where, by reason; the most frequent first.
fn grouped(failures: impl Iterator<Item = (Reason, bool, String)>) -> Vec<Group> {
    let mut groups: BTreeMap<Reason, Group> = BTreeMap::new();
    for (reason, alone, place) in failures {
        let group =
            groups.entry(reason.clone()).or_insert_with(|| Group { reason, count: 0, alone: 0, example: place });
        group.count += 1;
        group.alone += usize::from(alone);
    }
    let mut groups: Vec<Group> = groups.into_values().collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.count));
    groups
}

impl Display for Report<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let built = self.count(|outcome| !matches!(outcome, Outcome::NotBuilt));
        let accepted = self.count(|outcome| match outcome {
            Outcome::NotBuilt => false,
            Outcome::Compiles => true,
            Outcome::Fails(failure) => failure.reason.judge == Judge::Error,
        });
        writeln!(f, "{:25} {:>12} {:>20}", "", "all", "with an await")?;
        let mut line = |heading: &str, (all, awaiting): (usize, usize)| {
            let (of_all, of_awaiting) = (percent(all, built.0), percent(awaiting, built.1));
            writeln!(f, "{heading:25} {all:6} {of_all:>6} {awaiting:13} {of_awaiting:>6}")
        };
        line("async functions built", built)?;
        line("  accepted by the macro", accepted)?;
        line("  compile", self.count(|outcome| matches!(outcome, Outcome::Compiles)))?;
        let (all, awaiting) = self.count(|outcome| matches!(outcome, Outcome::NotBuilt));
        writeln!(f, "{:25} {all:6} {awaiting:20}", "async functions not built")?;
        let groups = self.groups();
        if !groups.is_empty() {
            writeln!(f, "\nWhy the others do not compile\n\n count  share  alone  who      why, and an example")?;
        }
        for Group { reason, count, alone, example } in groups {
            let share = percent(count, built.0);
            let judge = judge(reason.judge);
            writeln!(f, "{count:6} {share:>6} {alone:6}  {judge:7}  {}\n{:33}{example}", reason.text, "")?;
        }
        Ok(())
    }
}

fn percent(part: usize, whole: usize) -> String {
    match whole {
        0 => "-".to_owned(),
        whole => format!("{:.1}%", 100.0 * part as f64 / whole as f64),
    }
}

#[cfg(test)]
mod tests {
    use super::{Group, grouped};
    use crate::reason::{Judge, Reason};

    #[test]
    fn the_most_frequent_reason_comes_first_with_its_first_place() {
        let reason = |text: &str| Reason { judge: Judge::Refused, text: text.to_owned() };
        let failures = [("a", true, "x:1"), ("b", true, "x:2"), ("b", false, "x:3")];
        let groups = grouped(failures.into_iter().map(|(text, alone, place)| (reason(text), alone, place.to_owned())));
        assert_eq!(
            groups,
            [
                Group { reason: reason("b"), count: 2, alone: 1, example: "x:2".to_owned() },
                Group { reason: reason("a"), count: 1, alone: 1, example: "x:1".to_owned() },
            ]
        );
    }
}
