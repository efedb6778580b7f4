//! The part of a list that one answer holds.

/// Rows of an answer when the question names no limit: every node of a hub with the default bound.
pub const DEFAULT_LIMIT: usize = 200;
/// Most rows of one answer; a larger limit is taken as this one.
pub const MAX_LIMIT: usize = 1000;

/// Which rows are asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paging {
    /// Go on after the row of this id.
    pub after: Option<String>,
    /// So many rows at most, from 1 to [`MAX_LIMIT`].
    pub limit: usize,
}

impl Default for Paging {
    fn default() -> Paging {
        Paging {
            after: None,
            limit: DEFAULT_LIMIT,
        }
    }
}

impl Paging {
    /// Everything in one answer, as far as one answer goes.
    pub fn all() -> Paging {
        Paging {
            after: None,
            limit: MAX_LIMIT,
        }
    }

    /// Takes the rows of this answer and, if more are left, the id to go on after.
    pub fn cut<T>(
        &self,
        rows: impl Iterator<Item = T>,
        id: impl Fn(&T) -> String,
    ) -> (Vec<T>, Option<String>) {
        let limit = self.limit.clamp(1, MAX_LIMIT);
        let mut rows: Vec<T> = rows.take(limit + 1).collect();
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows.last().filter(|_| more).map(id);
        (rows, next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_row_is_named_only_when_more_rows_follow() {
        let paging = Paging {
            after: None,
            limit: 2,
        };
        let cut = |rows: &[u8]| paging.cut(rows.iter().copied(), u8::to_string);
        assert_eq!(cut(&[1, 2, 3]), (vec![1, 2], Some("2".into())));
        assert_eq!(cut(&[1, 2]), (vec![1, 2], None));
        assert_eq!(cut(&[]), (vec![], None));
    }

    #[test]
    fn a_limit_out_of_bounds_is_the_nearest_bound() {
        let many = Paging {
            after: None,
            limit: usize::MAX,
        };
        assert_eq!(many.cut(0..5000, i32::to_string).0.len(), MAX_LIMIT);
        let none = Paging {
            after: None,
            limit: 0,
        };
        assert_eq!(none.cut(0..5000, i32::to_string).0, [0]);
    }
}
