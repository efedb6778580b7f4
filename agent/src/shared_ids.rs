//! Ids that two devices had at the same time, which are nobody's from then on.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// Most ids that are remembered.
pub const MAX_SHARED: usize = 64;

/// The ids that were seen twice at one look while this process runs. The device that is left, when
/// the other one is gone, does not take up what was known of both under that id.
#[derive(Debug, Default)]
pub struct SharedIds(Mutex<BTreeSet<String>>);

impl SharedIds {
    /// Which ids are nobody's, after a look at which the devices said these.
    pub fn look<'a>(&self, said: impl Iterator<Item = &'a str>) -> BTreeSet<String> {
        let mut shared = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut once = BTreeSet::new();
        let twice: Vec<&str> = said.filter(|id| !once.insert(*id)).collect();
        for id in &twice {
            if shared.len() < MAX_SHARED {
                shared.insert((*id).to_owned());
            }
        }
        let now = twice.into_iter().map(str::to_owned);
        shared.iter().cloned().chain(now).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_two_had_stays_nobodys_and_only_so_many_are_remembered() {
        let shared = SharedIds::default();
        let look = |said: &[&str]| shared.look(said.iter().copied());
        assert!(look(&["a", "b"]).is_empty());
        assert!(look(&["a", "b", "a"]).contains("a"));
        assert!(look(&["a", "b"]).contains("a"));
        assert!(!look(&["a", "b"]).contains("b"));
        for i in 0..MAX_SHARED {
            let id = i.to_string();
            look(&[&id, &id]);
        }
        assert!(look(&["late", "late"]).contains("late"));
        assert_eq!(look(&["late"]).len(), MAX_SHARED);
    }
}
