//! Nodes that have the same package should read it the same: most of them against one name it.
//!
//! Only what was built from the same is compared: the key of a package is a hash of its name,
//! version, architecture and list of sums. Clones of one installation have one vote, and none at all
//! if they do not agree; an installation that does not say which it is has none either. Below
//! [`FEWEST_VOTERS`] there is no verdict. What is found is a note: most differences are an owner who
//! changed a file.

mod packages;

pub(crate) use packages::Packages;

use crate::counters::count;
use crate::detect::Subject;
use crate::hub::Hub;
use crate::incident::{Detector, Finding, Severity, Verdict};
use crate::node::{Node, is_package};
use crate::time::Now;
use packages::name_hash;
use picket_wire::section::Repeated;
use picket_wire::{NodeId, Package};
use std::collections::BTreeMap;

/// Fewest installations of which most can be right.
pub(crate) const FEWEST_VOTERS: usize = 3;
/// What the evidence says before the key of the package.
const BUILD: &str = "compared with the same build only: ";

/// What the evidence says before what the accused one reads as.
const READS: &str = "it reads here as: ";

/// What the installations that have one build of a package say of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Vote {
    /// They are too few.
    TooFew,
    /// No content has most of them.
    Open,
    /// What most of them read.
    Most {
        content: u64,
        votes: usize,
        voters: usize,
    },
}

impl Hub {
    /// Takes what a live report of a node says of its packages, and compares it with the others.
    pub(crate) fn hear_packages(
        &mut self,
        id: NodeId,
        packages: Repeated<'_, Package<'_>>,
        now: Now,
    ) {
        if !self.nodes.get(&id).is_some_and(|node| node.joined) {
            return;
        }
        self.end_those_gone(id, now);
        for package in packages {
            let node = self.nodes.get_mut(&id).filter(|_| is_package(package.name));
            if !node.is_some_and(|node| node.packages.take(&package, now.moment)) {
                count(&mut self.counters.beyond_bounds);
                continue;
            }
            self.end_of_another_build(id, &package, now);
            self.compare(&package, now);
        }
    }

    /// Judges a package on all nodes that have the same build of it.
    fn compare(&mut self, package: &Package<'_>, now: Now) {
        let hash = name_hash(package.name);
        let content_of = |node: &Node| node.packages.content_of(hash, package.key);
        let vote = self.vote(content_of);
        let having: Vec<(NodeId, u64)> = self
            .nodes
            .values()
            .filter(|node| node.joined)
            .filter_map(|node| Some((node.id, content_of(node)?)))
            .collect();
        for (id, content) in having {
            if vote == Vote::TooFew {
                self.end_of_another_content(id, package.name, content, now);
                continue;
            }
            let verdict = match vote {
                Vote::Most { content: most, .. } if most == content => Verdict::Healthy,
                Vote::Most { votes, voters, .. } => {
                    Verdict::Faulty(finding(package, content, (votes, voters)))
                }
                // Whoever was named while fewer had spoken is not named by most any more.
                Vote::Open | Vote::TooFew => Verdict::Ended,
            };
            self.say_of(id, package.name, verdict, now);
        }
    }

    /// What most installations read.
    fn vote(&self, content_of: impl Fn(&Node) -> Option<u64>) -> Vote {
        // Of each installation what it reads; none where its clones do not agree.
        let mut voters: BTreeMap<u64, Option<u64>> = BTreeMap::new();
        for node in self.nodes.values().filter(|node| node.joined) {
            let machine = node.known.machine;
            let Some(content) = content_of(node).filter(|_| machine != 0) else {
                continue;
            };
            let said = voters.entry(machine).or_insert(Some(content));
            *said = said.filter(|said| *said == content);
        }
        let all = voters.len();
        if all < FEWEST_VOTERS {
            return Vote::TooFew;
        }
        let mut votes: BTreeMap<u64, usize> = BTreeMap::new();
        for content in voters.into_values().flatten() {
            *votes.entry(content).or_default() += 1;
        }
        let most = votes.into_iter().find(|(_, votes)| votes * 2 > all);
        most.map_or(Vote::Open, |(content, votes)| Vote::Most {
            content,
            votes,
            voters: all,
        })
    }

    /// What was said of another build of the package is past: it was installed anew.
    fn end_of_another_build(&mut self, id: NodeId, package: &Package<'_>, now: Now) {
        let subject = Subject::Package(package.name);
        let open = self
            .ledger
            .open_incident(id, Detector::SilentCorruption, subject);
        let build = build(package.key);
        let is_of_another = |evidence: &[String]| !evidence.contains(&build);
        if open.is_some_and(|incident| is_of_another(&incident.evidence)) {
            self.say_of(id, package.name, Verdict::Ended, now);
        }
    }

    /// What was said of another content of the package is past, though too few are left to say what
    /// this one is worth: it was repaired, or changed again.
    fn end_of_another_content(&mut self, id: NodeId, name: &str, content: u64, now: Now) {
        let subject = Subject::Package(name);
        let open = self
            .ledger
            .open_incident(id, Detector::SilentCorruption, subject);
        let reads = reads(content);
        if open.is_some_and(|incident| !incident.evidence.contains(&reads)) {
            self.say_of(id, name, Verdict::Ended, now);
        }
    }

    /// What was said of packages that the node tells no more is past: they are not installed.
    fn end_those_gone(&mut self, id: NodeId, now: Now) {
        let Some(node) = self.nodes.get_mut(&id) else {
            return;
        };
        if !node.packages.begin(now.moment) {
            return;
        }
        let open = self.ledger.open_subjects(id, Detector::SilentCorruption);
        let named = open.filter_map(|subject| subject.strip_prefix(Subject::PACKAGE));
        let gone: Vec<String> = named
            .filter(|name| !node.packages.has(name_hash(name)))
            .map(str::to_owned)
            .collect();
        for name in gone {
            self.say_of(id, &name, Verdict::Ended, now);
        }
    }

    fn say_of(&mut self, id: NodeId, name: &str, verdict: Verdict, now: Now) {
        if let Ok((_, mut scribe)) = self.admit(id, now) {
            let subject = Subject::Package(name);
            scribe.verdict(id, Detector::SilentCorruption, subject, verdict);
        }
    }
}

fn build(key: u64) -> String {
    format!("{BUILD}{key:016x}")
}

fn reads(content: u64) -> String {
    format!("{READS}{content:016x}")
}

fn finding(package: &Package<'_>, content: u64, (votes, voters): (usize, usize)) -> Finding {
    let name = package.name;
    Finding {
        severity: Severity::Note,
        summary: format!("the package {name} reads otherwise here than on most machines"),
        advice: format!(
            "If nobody changed its files by hand, reinstall it: apt install --reinstall {name}"
        ),
        evidence: vec![
            format!(
                "{votes} of {voters} installations agree on another content; clones count as one"
            ),
            build(package.key),
            reads(content),
        ],
    }
}
