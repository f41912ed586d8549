//! `/healthz`, `/readyz` and `/metrics` for processes that serve no pages.
//!
//! The answers are a few lines of text to probes inside the cluster, so a few lines of HTTP/1.1
//! do: one request a connection, 2 seconds and 8 KiB for its head, 64 connections at once.

use std::{future::Future, net::SocketAddr, sync::Arc, time::Duration};

use metrics_exporter_prometheus::PrometheusHandle;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::timeout,
};
use tokio_util::sync::CancellationToken;

const HEAD_LIMIT_BYTES: usize = 8 * 1024;
const REQUEST_TIMEOUT: Duration = Duration::from_secs(2);
const CONNECTION_LIMIT: usize = 64;

/// Answers probes on `address` until `stop` is cancelled. `ready` says whether work is taken, or
/// what is missing.
///
/// # Errors
/// When the address cannot be listened on.
pub async fn serve<F, R>(
    address: SocketAddr,
    metrics: PrometheusHandle,
    ready: F,
    stop: CancellationToken,
) -> std::io::Result<()>
where
    F: Fn() -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), String>> + Send,
{
    let listener = TcpListener::bind(address).await?;
    let (ready, slots) = (Arc::new(ready), Arc::new(Semaphore::new(CONNECTION_LIMIT)));
    loop {
        let stream = tokio::select! {
            () = stop.cancelled() => return Ok(()),
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a probe could not connect");
                    continue;
                }
            },
        };
        let Ok(slot) = Arc::clone(&slots).try_acquire_owned() else { continue };
        let (ready, metrics) = (Arc::clone(&ready), metrics.clone());
        tokio::spawn(async move {
            let _slot = slot;
            if timeout(REQUEST_TIMEOUT, answer(stream, &metrics, ready.as_ref())).await.is_err() {
                tracing::debug!("a probe was too slow");
            }
        });
    }
}

async fn answer<F, R>(mut stream: TcpStream, metrics: &PrometheusHandle, ready: &F)
where
    F: Fn() -> R,
    R: Future<Output = Result<(), String>>,
{
    let Some(path) = requested_path(&mut stream).await else { return };
    let (status, body) = match path.as_str() {
        "/healthz" => ("200 OK", "ok\n".to_owned()),
        "/readyz" => match ready().await {
            Ok(()) => ("200 OK", "ready\n".to_owned()),
            Err(missing) => ("503 Service Unavailable", format!("{missing}\n")),
        },
        "/metrics" => ("200 OK", metrics.render()),
        _ => ("404 Not Found", "not found\n".to_owned()),
    };
    let length = body.len();
    let response = format!(
        "HTTP/1.1 {status}\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    // A probe that has gone away needs no answer.
    let _ = stream.write_all(response.as_bytes()).await;
    let _ = stream.shutdown().await;
}

/// The path of a GET request, once its whole head has arrived.
async fn requested_path(stream: &mut TcpStream) -> Option<String> {
    let mut head = Vec::with_capacity(512);
    let mut chunk = [0; 512];
    while !head.windows(4).any(|end| end == b"\r\n\r\n") {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        head.extend_from_slice(&chunk[..count]);
        if head.len() > HEAD_LIMIT_BYTES {
            return None;
        }
    }
    let line = std::str::from_utf8(&head).ok()?.lines().next()?;
    let mut words = line.split(' ');
    (words.next()? == "GET").then(|| words.next().map(str::to_owned))?
}
