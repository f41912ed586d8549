//! Streams and consumers, made as the files in `nats/` declare them.

use async_nats::jetstream::{
    self, ErrorCode,
    consumer::{self, PullConsumer},
    stream,
};
use onsale_messages::topology::{CONSUMERS, STREAMS};
use serde::Deserialize;

/// A stream or consumer that is not as declared.
#[derive(Debug, thiserror::Error)]
pub enum TopologyError {
    /// A file in `nats/` cannot be read; a fault of this program.
    #[error("a declaration in nats/ cannot be read: {0}")]
    Declaration(#[from] serde_json::Error),
    /// The server refuses a stream.
    #[error("stream {name}: {reason}")]
    Stream {
        /// The stream.
        name: String,
        /// The server's words.
        reason: String,
    },
    /// The server refuses a consumer.
    #[error("consumer {name}: {reason}")]
    Consumer {
        /// The consumer.
        name: String,
        /// The server's words.
        reason: String,
    },
}

#[derive(Deserialize)]
struct Declared {
    stream_name: String,
    #[serde(flatten)]
    config: serde_json::Value,
}

pub async fn declare(context: &jetstream::Context, replicas: usize) -> Result<(), TopologyError> {
    for declaration in STREAMS {
        let mut config: stream::Config = serde_json::from_str(declaration)?;
        config.num_replicas = replicas;
        declare_stream(context, config).await?;
    }
    for declaration in CONSUMERS {
        let declared: Declared = serde_json::from_str(declaration)?;
        let config: consumer::Config = serde_json::from_value(declared.config)?;
        declare_consumer(context, &declared.stream_name, config).await?;
    }
    Ok(())
}

/// Creating is strict: the server accepts the same declaration again and refuses another one under
/// the same name. A newer declaration then has to go through an update, which shows in the log.
async fn declare_stream(
    context: &jetstream::Context,
    config: stream::Config,
) -> Result<(), TopologyError> {
    let refused = |reason: String| TopologyError::Stream { name: config.name.clone(), reason };
    let Err(error) = context.create_stream(&config).await else { return Ok(()) };
    let differs = matches!(
        error.kind(),
        jetstream::context::CreateStreamErrorKind::JetStream(ref error)
            if error.error_code() == ErrorCode::STREAM_NAME_EXIST
    );
    if !differs {
        return Err(refused(error.to_string()));
    }
    tracing::warn!(stream = config.name, "the stream differs from its declaration: updating it");
    context.update_stream(&config).await.map_err(|error| refused(error.to_string()))?;
    Ok(())
}

async fn declare_consumer(
    context: &jetstream::Context,
    stream: &str,
    config: consumer::Config,
) -> Result<(), TopologyError> {
    let name = config.name.clone().unwrap_or_default();
    let refused = |reason: String| TopologyError::Consumer { name: name.clone(), reason };
    let created = context.create_consumer_strict_on_stream(config.clone(), stream).await;
    let Err(error) = created else { return Ok(()) };
    if error.kind() != stream::ConsumerCreateStrictErrorKind::AlreadyExists {
        return Err(refused(error.to_string()));
    }
    tracing::warn!(consumer = name, "the consumer differs from its declaration: updating it");
    let updated = context.update_consumer_on_stream(config, stream).await;
    updated.map(|_| ()).map_err(|error| refused(error.to_string()))
}

pub async fn messages(
    context: &jetstream::Context,
    stream: &str,
    consumer: &str,
) -> Result<consumer::pull::Stream, TopologyError> {
    let refused = |reason: String| TopologyError::Consumer { name: consumer.to_owned(), reason };
    let found: PullConsumer = context
        .get_consumer_from_stream(consumer, stream)
        .await
        .map_err(|error| refused(error.to_string()))?;
    found
        .stream()
        .max_messages_per_batch(512)
        .heartbeat(std::time::Duration::from_secs(2))
        .expires(std::time::Duration::from_secs(10))
        .messages()
        .await
        .map_err(|error| refused(error.to_string()))
}
