//! [`Slots`]: how many requests may run at once.

use crate::problem::{Problem, Refusal, SOON};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// What runs now, altogether and by tenant.
#[derive(Debug)]
pub(crate) struct Slots {
    all: usize,
    each: usize,
    taken: Mutex<Taken>,
}

#[derive(Debug, Default)]
struct Taken {
    all: usize,
    tenants: HashMap<String, usize>,
}

/// A place among what runs, given back when the last clone goes.
#[derive(Clone, Debug)]
pub(crate) struct Slot {
    _one: Arc<One>,
}

#[derive(Debug)]
struct One {
    slots: Arc<Slots>,
    tenant: String,
}

impl Slots {
    /// So many altogether, and so many for each tenant.
    pub(crate) fn new(all: usize, each: usize) -> Self {
        Self {
            all,
            each,
            taken: Mutex::default(),
        }
    }

    /// Takes one, or refuses: 503 when the server is full, 429 when the tenant is.
    pub(crate) fn take(self: &Arc<Self>, tenant: &str) -> Result<Slot, Problem> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.all >= self.all {
            return Err(Problem::overloaded("too many requests are in flight"));
        }
        let own = taken.tenants.entry(tenant.to_owned()).or_default();
        if *own >= self.each {
            let detail = "too many requests of this tenant are in flight";
            return Err(Problem::new(Refusal::TooManyRequests, detail).after(SOON));
        }
        *own += 1;
        taken.all += 1;
        drop(taken);
        Ok(Slot {
            _one: Arc::new(One {
                slots: Arc::clone(self),
                tenant: tenant.to_owned(),
            }),
        })
    }

    fn give_back(&self, tenant: &str) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.all = taken.all.saturating_sub(1);
        if let Some(own) = taken.tenants.get_mut(tenant) {
            *own = own.saturating_sub(1);
            if *own == 0 {
                taken.tenants.remove(tenant);
            }
        }
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.slots.give_back(&self.tenant);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_tenant_is_told_429_and_a_full_server_503() {
        let slots = Arc::new(Slots::new(3, 2));
        let refused = |tenant| slots.take(tenant).unwrap_err().status().as_u16();
        let first = slots.take("a").unwrap();
        let clone = first.clone();
        let _second = slots.take("a").unwrap();
        assert_eq!(refused("a"), 429);
        let _third = slots.take("b").unwrap();
        assert_eq!(refused("b"), 503);
        drop(first);
        assert_eq!(refused("b"), 503);
        drop(clone);
        slots.take("b").unwrap();
        assert!(!slots.taken.lock().unwrap().tenants.contains_key("c"));
    }
}
