//! Resolvers that tests make up.

use opwire::{Resolver, ResolverFuture};
use std::io;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

type Answers = dyn Fn(usize, &str) -> io::Result<Vec<IpAddr>> + Send + Sync;

/// Answers by a function of the name and how often it was asked before, and keeps what it was asked. Clones share both.
#[derive(Clone)]
pub(crate) struct Names {
    answers: Arc<Answers>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Names {
    pub(crate) fn new(
        answers: impl Fn(usize, &str) -> io::Result<Vec<IpAddr>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            answers: Arc::new(answers),
            asked: Arc::default(),
        }
    }

    /// Every name has this address.
    pub(crate) fn all_at(address: &'static str) -> Self {
        Self::new(move |_, _| Ok(vec![address.parse().unwrap()]))
    }

    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

impl Resolver for Names {
    fn resolve<'a>(&'a self, name: &'a str) -> ResolverFuture<'a> {
        let mut asked = self.asked.lock().unwrap();
        let answer = (self.answers)(asked.len(), name);
        asked.push(name.to_owned());
        Box::pin(std::future::ready(answer))
    }
}
