//! The retry budget of one connection: what retries may cost the service when much fails.

/// The tokens of a fresh budget, and the most there can be.
pub(crate) const FULL: u32 = 500;

/// A retry takes tokens, its success gives them back, any other success gives one (AWS SDKs, standard retry mode).
#[derive(Debug)]
pub(crate) struct Budget {
    tokens: u32,
}

impl Default for Budget {
    fn default() -> Self {
        Self { tokens: FULL }
    }
}

impl Budget {
    /// Takes a retry's cost, when it is there.
    pub(crate) fn take(&mut self, cost: u32) -> bool {
        let left = self.tokens.checked_sub(cost);
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some()
    }

    /// A call succeeded, whose last retry cost this much (0: there was none).
    pub(crate) fn give_back(&mut self, cost: u32) {
        self.tokens = (self.tokens + cost.max(1)).min(FULL);
    }
}

/// What a retry costs.
pub(crate) fn cost(throttled: bool) -> u32 {
    if throttled { 5 } else { 14 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn an_empty_budget_allows_nothing() {
        let mut budget = Budget::default();
        let taken = (0..100).filter(|_| budget.take(cost(false))).count();
        assert_eq!(taken, 35);
        budget.give_back(14);
        assert!(budget.take(cost(false)) && !budget.take(cost(false)));
    }

    proptest! {
        #[test]
        fn tokens_stay_between_none_and_full(steps in proptest::collection::vec((any::<bool>(), any::<bool>()), 0..2000)) {
            let mut budget = Budget::default();
            let mut model: i64 = 500;
            for (take, throttled) in steps {
                let cost = cost(throttled);
                if take {
                    let can = model >= i64::from(cost);
                    prop_assert_eq!(budget.take(cost), can);
                    if can { model -= i64::from(cost); }
                } else {
                    budget.give_back(cost);
                    model = (model + i64::from(cost)).min(500);
                }
                prop_assert_eq!(i64::from(budget.tokens), model);
            }
        }
    }
}
