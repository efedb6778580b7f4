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
use crate::detect::{Subject, package_of};
use crate::hub::Hub;
use crate::incident::{Detector, Finding, Severity, Verdict};
use crate::ledger::About;
use crate::node::is_package;
use crate::time::Now;
use packages::name_hash;
use picket_wire::section::Repeated;
use picket_wire::{NodeId, Package};
use std::collections::BTreeMap;

/// Fewest installations of which most can be right.
pub(crate) const FEWEST_VOTERS: usize = 3;
/// What the evidence says before what the accused one reads as. It is compared with what is told
/// later: another content ends the incident.
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
        // What is no name of a package is left out: it would become part of a command.
        for package in packages.filter(|package| is_package(package.name)) {
            let node = self.nodes.get_mut(&id);
            if !node.is_some_and(|node| node.packages.take(&package, now.moment)) {
                count(&mut self.counters.beyond_bounds);
                continue;
            }
            self.end_of_other_builds(id, &package, now);
            self.compare(&package, now);
        }
    }

    /// Judges a package on all nodes that have the same build of it.
    fn compare(&mut self, package: &Package<'_>, now: Now) {
        let (vote, having) = self.vote(package);
        // Nearly always all read the same, and nobody was named.
        let is_alike = having
            .iter()
            .all(|(_, content)| *content == package.content);
        if is_alike && !having.iter().any(|(id, _)| self.is_named(*id, package)) {
            return;
        }
        for (id, content) in having {
            let verdict = match vote {
                Vote::TooFew if !self.was_named_for_another(id, package, content) => continue,
                // Too few are left to say what this content is worth; but what was said was said of
                // another one, which was repaired, or changed again. And whoever was named while
                // fewer had spoken is not named by most any more.
                Vote::TooFew | Vote::Open => Verdict::Ended,
                Vote::Most { content: most, .. } if most == content => Verdict::Healthy,
                Vote::Most { votes, voters, .. } => {
                    Verdict::Faulty(finding(package, content, (votes, voters)))
                }
            };
            self.say_of(id, (package.name, package.key), verdict, now);
        }
    }

    /// What most installations read of a build, and what each node reads that has it.
    fn vote(&self, package: &Package<'_>) -> (Vote, Vec<(NodeId, u64)>) {
        let hash = name_hash(package.name);
        let mut having = Vec::new();
        // Of each installation what it reads; none where its clones do not agree.
        let mut voters: BTreeMap<u64, Option<u64>> = BTreeMap::new();
        for node in self.nodes.values().filter(|node| node.joined) {
            let Some(content) = node.packages.content_of(hash, package.key) else {
                continue;
            };
            having.push((node.id, content));
            if let Some(machine) = node.known.machine {
                let said = voters.entry(machine).or_insert(Some(content));
                *said = said.filter(|said| *said == content);
            }
        }
        (Vote::of(voters), having)
    }

    /// Whether an incident of this build is open.
    fn is_named(&self, id: NodeId, package: &Package<'_>) -> bool {
        let open = self.ledger.open_subjects(id, Detector::SilentCorruption);
        let mut named = open.filter_map(package_of);
        named.any(|named| named == (package.name, package.key))
    }

    /// Whether an incident of this build is open that names another content.
    fn was_named_for_another(&self, id: NodeId, package: &Package<'_>, content: u64) -> bool {
        // Most have no such incident, and then no name of a subject is made.
        if !self.is_named(id, package) {
            return false;
        }
        let subject = Subject::Package(package.name, package.key);
        let open = self
            .ledger
            .open_incident(id, Detector::SilentCorruption, subject);
        open.is_some_and(|incident| !incident.evidence.contains(&reads(content)))
    }

    /// What was said of another build of the package is past: it was installed anew.
    fn end_of_other_builds(&mut self, id: NodeId, package: &Package<'_>, now: Now) {
        let open = self.ledger.open_subjects(id, Detector::SilentCorruption);
        let builds = open.filter_map(package_of);
        let others = builds.filter(|(name, key)| *name == package.name && *key != package.key);
        let others: Vec<u64> = others.map(|(_, key)| key).collect();
        for key in others {
            self.say_of(id, (package.name, key), Verdict::Ended, now);
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
        let gone: Vec<(String, u64)> = open
            .filter_map(package_of)
            .filter(|(name, _)| !node.packages.has(name_hash(name)))
            .map(|(name, key)| (name.to_owned(), key))
            .collect();
        for (name, key) in gone {
            self.say_of(id, (&name, key), Verdict::Ended, now);
        }
    }

    fn say_of(&mut self, node: NodeId, (name, key): (&str, u64), verdict: Verdict, now: Now) {
        let about = About {
            node,
            detector: Detector::SilentCorruption,
            run: self.runs.present().bits,
            now,
        };
        let subject = Subject::Package(name, key);
        self.ledger
            .apply(&about, subject, verdict, &mut self.effects);
    }
}

impl Vote {
    /// What each installation reads; none of one whose clones do not agree.
    fn of(voters: BTreeMap<u64, Option<u64>>) -> Vote {
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
                "{votes} of {voters} installations of the same build agree on another content; \
                 clones count as one"
            ),
            reads(content),
        ],
    }
}
