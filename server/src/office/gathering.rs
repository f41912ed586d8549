//! Writing together: whatever has gathered is written with one statement or transaction, and each
//! gets the answer to its own.

use std::{future::Future, sync::Arc};

use onsale_app::api::Problem;
use onsale_store::StoreError;
use tokio::sync::{mpsc, oneshot};

use super::{
    batches::{Place, in_batches},
    problems::{internal, store_problem, unavailable},
};

/// Things that may wait to be written. More are told at once to come back.
const MAX_WAITING: usize = 4_096;
/// Batches that are written at the same time: while one is committed, the next is sent.
const AT_ONCE: usize = 2;

type Waiting<T, R> = (T, oneshot::Sender<Result<R, Problem>>);

/// Where things of one kind are brought to be written.
pub struct Gathering<T, R> {
    sender: mpsc::Sender<Waiting<T, R>>,
}

impl<T: Clone + Send + Sync + 'static, R: Send + 'static> Gathering<T, R> {
    /// Begins to take things. `write` gets what has gathered, `max_together` at most, and must give
    /// an answer to each, in order; all or nothing of it may be written. Ends with the runtime.
    pub fn new<W, F>(max_together: usize, write: W) -> Self
    where
        W: Fn(Vec<T>) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Vec<R>, StoreError>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(MAX_WAITING);
        let write = Arc::new(write);
        let work = move |batch, place: Place| {
            let write = Arc::clone(&write);
            async move {
                settle(batch, &*write).await;
                drop(place);
            }
        };
        let most = max_together.max(1);
        tokio::spawn(in_batches(receiver, most, AT_ONCE, std::future::ready, work));
        Self { sender }
    }

    /// The answer to one thing, once it is written.
    pub async fn add(&self, thing: T) -> Result<R, Problem> {
        let (reply_to, reply) = oneshot::channel();
        if self.sender.try_send((thing, reply_to)).is_err() {
            metrics::counter!("onsale_crowded_total").increment(1);
            return Err(unavailable());
        }
        reply.await.map_err(|_| internal())?
    }
}

async fn settle<T, R, W, F>(batch: Vec<Waiting<T, R>>, write: &W)
where
    T: Clone,
    W: Fn(Vec<T>) -> F,
    F: Future<Output = Result<Vec<R>, StoreError>>,
{
    let (things, replies): (Vec<T>, Vec<_>) = batch.into_iter().unzip();
    match write(things.clone()).await {
        // Whoever hung up needs no answer, here and below.
        Ok(answers) => replies.into_iter().zip(answers).for_each(|(reply, answer)| {
            let _ = reply.send(Ok(answer));
        }),
        Err(error) if error.is_transient() && !error.is_conflict() || things.len() == 1 => {
            let problem = store_problem(&error);
            replies.into_iter().for_each(|reply| {
                let _ = reply.send(Err(problem.clone()));
            });
        }
        // One of them may be what the database refuses: the others must not suffer for it.
        Err(_) => {
            for (thing, reply) in things.into_iter().zip(replies) {
                let answer = write(vec![thing]).await;
                let answer = answer.map_err(|error| store_problem(&error));
                let _ = reply.send(
                    answer.and_then(|answers| answers.into_iter().next().ok_or_else(internal)),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn what_comes_while_the_first_are_written_is_written_together() {
        let (gate, sizes) = (Arc::new(Notify::new()), Arc::new(Mutex::new(Vec::new())));
        let (opens, seen) = (Arc::clone(&gate), Arc::clone(&sizes));
        let gathering = Arc::new(Gathering::new(256, move |things: Vec<u32>| {
            seen.lock().expect("sizes").push(things.len());
            let gate = Arc::clone(&opens);
            async move {
                gate.notified().await;
                Ok(things.into_iter().map(|thing| thing * 2).collect())
            }
        }));
        let add = |thing| {
            let gathering = Arc::clone(&gathering);
            tokio::spawn(async move { gathering.add(thing).await })
        };
        let mut answers: Vec<_> = (0..2).map(add).collect();
        while sizes.lock().expect("sizes").is_empty() {
            tokio::task::yield_now().await;
        }
        answers.extend((2..52).map(add));
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        while answers.iter().any(|answer| !answer.is_finished()) {
            gate.notify_one();
            tokio::task::yield_now().await;
        }
        for (thing, answer) in (0..).zip(answers) {
            assert_eq!(answer.await.expect("not cancelled"), Ok(thing * 2));
        }
        let sizes = sizes.lock().expect("sizes").clone();
        assert_eq!(sizes.iter().sum::<usize>(), 52);
        assert!(sizes.len() <= 4, "{sizes:?}");
    }

    #[tokio::test]
    async fn one_that_is_refused_does_not_spoil_the_others() {
        let gathering = Arc::new(Gathering::new(256, |things: Vec<u32>| async move {
            match things.contains(&3) {
                true => Err(StoreError::Corrupt { what: "three", reason: "odd".into() }),
                false => Ok(things),
            }
        }));
        let adding = (0..6).map(|thing| {
            let gathering = Arc::clone(&gathering);
            async move { gathering.add(thing).await.ok() }
        });
        let answers = futures::future::join_all(adding).await;
        assert_eq!(answers, [Some(0), Some(1), Some(2), None, Some(4), Some(5)]);
    }
}
