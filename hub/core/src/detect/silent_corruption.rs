//! Files read otherwise than they were written, and nothing but reading them back would have shown
//! it.
//!
//! The counts of a whole scrub open and close; what a node tells of each file is the evidence. Only
//! the manifest by which a fault was found knows that it is past: one that was begun anew takes for
//! granted whatever it reads first. Another manifest answers for it once that one names each file
//! itself, as it does when a folder was added to those that are scrubbed.

mod words;

use crate::incident::{Finding, Severity, Verdict};
use crate::node::{KnownFinding, KnownPart, MAX_FINDINGS, Scrubbed};
use crate::witness::FoundIn;
use picket_wire::{FindingKind, FindingState};

pub(crate) use words::summary;

/// What is known of the files of one place after a live report.
#[derive(Debug)]
pub(crate) struct Files<'k> {
    pub(crate) part: &'k KnownPart,
    pub(crate) scrubbed: &'k Scrubbed,
    /// All findings of it, ended ones too.
    pub(crate) findings: Vec<&'k KnownFinding>,
    /// By which manifest the faults of the open incident were found.
    pub(crate) found_in: Option<FoundIn>,
    /// The era of the present manifest.
    pub(crate) era: Option<u64>,
    /// Whether an incident is open.
    pub(crate) is_open: bool,
}

impl Files<'_> {
    /// Whether another manifest than the one by which the faults were found tells of each file that
    /// was named. Where none was named, none does. What is still open must fit what it counts: else
    /// somebody else told of it.
    pub(crate) fn answers_for(&self, named: &[[u8; 32]]) -> bool {
        let is_same = self.found_in.is_some_and(|it| it.era == self.era);
        if !self.is_open || is_same || self.era.is_none() || self.scrubbed.counts().is_none() {
            return false;
        }
        let told: Vec<_> = self.of_files().collect();
        let open = told.iter().filter(|finding| finding.is_open()).count();
        let tells_of = |hash: &[u8; 32]| told.iter().any(|finding| finding.path_hash == *hash);
        !named.is_empty()
            && named.iter().all(tells_of)
            && u64::try_from(open).is_ok_and(|open| open <= self.scrubbed.wrong())
    }

    /// Adds the files that read wrong now to those that were named, by the hash of their path. One
    /// that is past goes, and one that is not told again only where all that are counted were told:
    /// a node that starts anew tells them one after another.
    pub(crate) fn name(&self, named: &mut Vec<[u8; 32]>) {
        let (open, past): (Vec<_>, Vec<_>) = self.of_files().partition(|file| file.is_open());
        let counted = usize::try_from(self.scrubbed.wrong()).unwrap_or(usize::MAX);
        let is_whole = open.len() >= counted.min(MAX_FINDINGS);
        let is_past = |hash: &[u8; 32]| past.iter().any(|file| file.path_hash == *hash);
        named.retain(|hash| !is_whole && !is_past(hash));
        named.extend(open.iter().map(|file| file.path_hash));
        named.sort_unstable();
        named.dedup();
        named.truncate(MAX_FINDINGS);
    }

    /// What was found of files, without what was cured by reading once more.
    fn of_files(&self) -> impl Iterator<Item = &KnownFinding> {
        let of_files = |finding: &&KnownFinding| finding.kind != FindingKind::Transient;
        self.findings.iter().copied().filter(of_files)
    }

    pub(crate) fn judge(&self) -> Verdict {
        let open = wrong_now(self.findings.iter().copied());
        if self.scrubbed.wrong() > 0 {
            // The node has told more before it, or the hub, started anew, and tells it again.
            if open.is_empty() && self.is_open {
                return Verdict::Blind("the node has not told yet which files");
            }
            return Verdict::Faulty(self.finding(&open));
        }
        if self.scrubbed.counts().is_none() {
            return Verdict::Blind("no whole scrub has compared the files");
        }
        match self.found_in {
            None if self.is_open => Verdict::Blind("nobody knows by which manifest it was found"),
            None => Verdict::Healthy,
            Some(found_in) if self.era.is_none() || self.era != found_in.era => Verdict::Blind(
                "the manifest was begun anew and does not name the files; nobody can show that they are good",
            ),
            Some(_) if self.all_ended() => Verdict::Ended,
            Some(_) => Verdict::Healthy,
        }
    }

    /// Whether every file that was told is gone or written anew: then nothing was seen to be good
    /// again.
    fn all_ended(&self) -> bool {
        let is_past = |finding: &&KnownFinding| {
            matches!(
                finding.state,
                FindingState::Rewritten | FindingState::Deleted
            )
        };
        let mut files = self.of_files().peekable();
        files.peek().is_some() && files.all(|finding| is_past(&finding))
    }

    fn finding(&self, open: &[&KnownFinding]) -> Finding {
        let worst = open.iter().map(|finding| severity(finding)).max();
        Finding {
            // Which kind it is decides, and that is not known before it is told.
            severity: worst.unwrap_or(Severity::Ticket).max(Severity::Ticket),
            summary: summary(self.part, self.scrubbed.wrong(), open),
            advice: words::advice(self.part, open),
            evidence: words::evidence(self.scrubbed, open),
        }
    }
}

/// The findings, those that matter most first: open ones before those that are over.
pub(crate) fn worst_first<'k>(
    findings: impl Iterator<Item = &'k KnownFinding>,
) -> Vec<&'k KnownFinding> {
    let mut all: Vec<_> = findings.collect();
    all.sort_by_key(|finding| {
        (
            !finding.is_open(),
            core::cmp::Reverse(severity(finding)),
            finding.kind,
            finding.found_unix_s,
            &finding.path,
            finding.path_hash,
        )
    });
    all
}

/// Those that read wrong now, the worst first. What was cured by reading once more does not.
pub(crate) fn wrong_now<'k>(
    findings: impl Iterator<Item = &'k KnownFinding>,
) -> Vec<&'k KnownFinding> {
    worst_first(
        findings.filter(|finding| finding.is_open() && finding.kind != FindingKind::Transient),
    )
}

/// How much one file wants of the owner. A bus that errs, or somebody who wrote where nobody could
/// see it, is no reason to wake.
fn severity(finding: &KnownFinding) -> Severity {
    match finding.kind {
        FindingKind::Stable if !finding.times_are_weak => Severity::Page,
        FindingKind::Stable
        | FindingKind::Flapping
        | FindingKind::Unreadable
        | FindingKind::Checksum
        | FindingKind::Unknown(_) => Severity::Ticket,
        FindingKind::Transient => Severity::Note,
    }
}
