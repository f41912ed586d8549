//! What operators ask: to make the index anew.

use std::{sync::Arc, time::Duration};

use futures::StreamExt;
use onsale_bus::Question;
use onsale_messages::{
    encode,
    search::{REBUILD_SUBJECT, RebuildProgress},
};

use super::Cluster;
use crate::runner::RETRY_PAUSE;

/// The name by which operators know the cluster.
const NAME: &str = "quickwit";
/// How often progress is told.
const PROGRESS: Duration = Duration::from_millis(500);

/// Has the index made anew when asked to, and tells how far it is.
pub async fn answer_rebuilds(cluster: &Arc<Cluster>) {
    loop {
        match cluster.shop.bus.questions_to_all(REBUILD_SUBJECT.to_owned()).await {
            Ok(questions) => {
                let mut questions = std::pin::pin!(questions);
                while let Some(question) = questions.next().await {
                    rebuild(cluster, &question).await;
                }
            }
            Err(error) => tracing::warn!(%error, "operators are not heard"),
        }
        tokio::time::sleep(RETRY_PAUSE).await;
    }
}

async fn rebuild(cluster: &Cluster, question: &Question) {
    let before = cluster.progress().epoch;
    cluster.wants_epoch.notify_one();
    loop {
        let now = cluster.progress();
        let is_over = now.epoch > before;
        let (done, about) = match is_over {
            true => (now.events, now.events),
            false => now.building.unwrap_or_default(),
        };
        let progress = RebuildProgress { server: NAME.to_owned(), done, about, is_over };
        let Ok(body) = encode(&progress) else { return };
        if let Err(error) = question.answer(body).await {
            tracing::debug!(%error, "an operator was not answered");
        }
        if is_over {
            return;
        }
        tokio::time::sleep(PROGRESS).await;
    }
}
