//! Small values that change often and of which only the newest counts: a bucket of JetStream's
//! key-value store.

use async_nats::jetstream::{
    kv::{self, Operation},
    stream::StorageType,
};
use bytes::Bytes;
use futures::{Stream, StreamExt};

use crate::{Bus, BusError};

impl Bus {
    /// Opens a bucket, making it if need be.
    ///
    /// # Errors
    /// [`BusError::Disconnected`], or [`BusError::Stream`] when the server refuses.
    pub async fn bucket(&self, name: &str, replicas: usize) -> Result<Bucket, BusError> {
        if !self.is_connected() {
            return Err(BusError::Disconnected);
        }
        let config = kv::Config {
            bucket: name.to_owned(),
            history: 1,
            storage: StorageType::File,
            num_replicas: replicas,
            ..kv::Config::default()
        };
        let refused = |reason: String| BusError::Stream { name: name.to_owned(), reason };
        let store = match self.jetstream.create_key_value(config).await {
            Ok(store) => store,
            // It is there already, perhaps with other copies: it is used as it is.
            Err(_) => {
                let found = self.jetstream.get_key_value(name).await;
                found.map_err(|error| refused(error.to_string()))?
            }
        };
        Ok(Bucket { name: name.to_owned(), store })
    }
}

/// A bucket of values.
#[derive(Debug, Clone)]
pub struct Bucket {
    name: String,
    store: kv::Store,
}

impl Bucket {
    fn refused(&self, error: impl std::fmt::Display) -> BusError {
        BusError::Stream { name: self.name.clone(), reason: error.to_string() }
    }

    /// Writes a value.
    ///
    /// # Errors
    /// [`BusError::Stream`] when it was not taken.
    pub async fn put(&self, key: &str, value: Vec<u8>) -> Result<(), BusError> {
        self.store.put(key, value.into()).await.map(|_| ()).map_err(|error| self.refused(error))
    }

    /// Every value there is, and each that is written from then on.
    ///
    /// # Errors
    /// [`BusError::Stream`] when it cannot be watched.
    pub async fn watch(
        &self,
    ) -> Result<impl Stream<Item = (String, Bytes)> + Send + use<>, BusError> {
        let watch = self.store.watch_with_history(">").await;
        let watch = watch.map_err(|error| self.refused(error))?;
        let until_error = watch.scan((), |(), entry| std::future::ready(entry.ok()));
        Ok(until_error.filter_map(|entry| {
            let is_value = entry.operation == Operation::Put;
            std::future::ready(is_value.then_some((entry.key, entry.value)))
        }))
    }
}
