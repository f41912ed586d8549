//! The door: connections are taken here, HTTP/1.1 and HTTP/2 without TLS (h2c) on one port. What was
//! prepared for everybody is handed out right here; everything else goes on to the router. A
//! connection on which somebody only listens from now on is taken from hyper, which would keep
//! buffers for requests that never come: they are most of what a listener costs.

use std::{
    convert::Infallible,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{ConnectInfo, Request},
    http::{Method, Response, Version, header},
};
use bytes::Bytes;
use futures::future::{self, BoxFuture, Either, Ready};
use http_body_util::{Either as EitherBody, Full};
use hyper::{
    body::Incoming,
    server::conn::{http1, http2},
    service::Service,
};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tower::Service as _;

use crate::{
    Edge,
    http::queue::queued_event,
    live::{Handover, Told},
};

/// How long a connection may say nothing, or take to say what it wants. Longer than Varnish and
/// nginx keep theirs, so that none of them sends a request into a connection that is being closed.
const SILENCE: Duration = Duration::from_secs(75);
/// Requests on one HTTP/2 connection at a time.
const MAX_STREAMS: u32 = 256;
/// HTTP/2 connections are asked this often whether they are there.
const KEEP_ALIVE: Duration = Duration::from_secs(30);
/// The pause after no connection could be taken: files have run out, and some must be closed first.
const PAUSE: Duration = Duration::from_millis(50);
/// How a connection begins that speaks HTTP/2; no request of HTTP/1.1 begins so.
const HTTP2_BEGINS: &[u8] = b"PRI ";
/// The pause before looking again at a connection that began with less than that.
const LOOK_AGAIN: Duration = Duration::from_millis(10);

type Answer = Response<EitherBody<Full<Bytes>, Body>>;

/// A visitor who only listens from now on.
struct Listener {
    /// The head of the answer.
    head: Vec<u8>,
    told: Told,
}

/// Where the visitor of a connection is left to be found by whoever attends to it.
#[derive(Clone, Default)]
struct Left(Arc<Mutex<Option<Listener>>>);

impl Left {
    fn put(&self, listener: Listener) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(listener);
    }

    fn take(&self) -> Option<Listener> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// What answers the requests of one connection.
struct Door {
    edge: Arc<Edge>,
    router: Router,
    visitor: SocketAddr,
    /// For connections that can be taken from hyper.
    left: Option<Left>,
}

impl Service<hyper::Request<Incoming>> for Door {
    type Response = Answer;
    type Error = Infallible;
    type Future =
        Either<Ready<Result<Answer, Infallible>>, BoxFuture<'static, Result<Answer, Infallible>>>;

    fn call(&self, request: hyper::Request<Incoming>) -> Self::Future {
        if queued_event(&self.edge, request.uri().path()).is_none()
            && let Some(copy) = self.edge.copies.at_hand(&request)
        {
            return Either::Left(future::ready(Ok(copy.map(EitherBody::Left))));
        }
        let is_whole = *request.method() == Method::GET && request.version() == Version::HTTP_11;
        let left = self.left.clone().filter(|_| is_whole);
        let mut request: Request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.visitor));
        let mut router = self.router.clone();
        Either::Right(Box::pin(async move {
            // A router is always ready.
            let Ok(answer) = router.call(request).await;
            if let Some(left) = left
                && let Some(told) = answer.extensions().get().and_then(Handover::take)
            {
                left.put(Listener { head: head_of(&answer), told });
                // The connection is gone before it could be answered.
                future::pending::<()>().await;
            }
            Ok(answer.map(EitherBody::Right))
        }))
    }
}

/// The head of an answer as HTTP/1.1 has it; its body ends with the connection.
fn head_of(answer: &Response<Body>) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {}\r\nconnection: close\r\n", answer.status()).into_bytes();
    let of_connection = [header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION];
    for (name, value) in answer.headers() {
        if !of_connection.contains(name) {
            head.extend_from_slice(name.as_str().as_bytes());
            head.extend_from_slice(b": ");
            head.extend_from_slice(value.as_bytes());
            head.extend_from_slice(b"\r\n");
        }
    }
    head.extend_from_slice(b"\r\n");
    head
}

/// How connections are attended to.
struct Attendant {
    edge: Arc<Edge>,
    router: Router,
    http1: http1::Builder,
    http2: http2::Builder<TokioExecutor>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

/// Takes connections until `stop`, then lets requests in hand end.
pub async fn serve(
    edge: &Arc<Edge>,
    router: Router,
    listener: TcpListener,
    stop: &CancellationToken,
) {
    let mut http1 = http1::Builder::new();
    http1.timer(TokioTimer::new()).header_read_timeout(SILENCE);
    let mut http2 = http2::Builder::new(TokioExecutor::new());
    http2.timer(TokioTimer::new()).max_concurrent_streams(MAX_STREAMS);
    http2.keep_alive_interval(KEEP_ALIVE).enable_connect_protocol();
    let (edge, tasks, stop) = (Arc::clone(edge), TaskTracker::new(), stop.clone());
    let attendant = Arc::new(Attendant { edge, router, http1, http2, tasks, stop });
    loop {
        let (stream, visitor) = tokio::select! {
            () = attendant.stop.cancelled() => break,
            taken = listener.accept() => match taken {
                Ok(taken) => taken,
                Err(error) => {
                    after_refusal(&error).await;
                    continue;
                }
            },
        };
        let attending = Arc::clone(&attendant).attend(stream, visitor);
        attendant.tasks.spawn(attending);
    }
    drop(listener);
    attendant.tasks.close();
    attendant.tasks.wait().await;
}

impl Attendant {
    async fn attend(self: Arc<Self>, stream: TcpStream, visitor: SocketAddr) {
        // Without it an answer in two parts waits for the visitor's acknowledgement of the first.
        if stream.set_nodelay(true).is_err() {
            return;
        }
        let begun = tokio::select! {
            () = self.stop.cancelled() => return,
            begun = tokio::time::timeout(SILENCE, speaks_http2(&stream)) => begun,
        };
        let (edge, router) = (Arc::clone(&self.edge), self.router.clone());
        match begun {
            Ok(Ok(false)) => {
                let left = Left::default();
                let door = Door { edge, router, visitor, left: Some(left.clone()) };
                self.attend_http1(stream, door, &left).await;
            }
            Ok(Ok(true)) => {
                let door = Door { edge, router, visitor, left: None };
                self.attend_http2(stream, door).await;
            }
            // Nobody is there, or nothing was said.
            Ok(Err(_)) | Err(_) => {}
        }
    }

    async fn attend_http1(&self, stream: TcpStream, door: Door, left: &Left) {
        let connection = self.http1.serve_connection(TokioIo::new(stream), door);
        let mut connection = connection.with_upgrades();
        let mut stopped = std::pin::pin!(self.stop.cancelled());
        let mut is_stopping = false;
        let listener = future::poll_fn(|context| {
            if !is_stopping && stopped.as_mut().poll(context).is_ready() {
                is_stopping = true;
                Pin::new(&mut connection).graceful_shutdown();
            }
            if let Poll::Ready(ended) = Pin::new(&mut connection).poll(context) {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended badly");
                }
                return Poll::Ready(None);
            }
            left.take().map_or(Poll::Pending, |listener| Poll::Ready(Some(listener)))
        })
        .await;
        // Everything that was asked for before was answered before: browsers ask for one thing at a
        // time on a connection.
        if let Some(Listener { head, told }) = listener
            && let Some(parts) = connection.into_parts()
        {
            self.tasks.spawn(told.tell(parts.io.into_inner(), head));
        }
    }

    async fn attend_http2(&self, stream: TcpStream, door: Door) {
        let mut connection =
            std::pin::pin!(self.http2.serve_connection(TokioIo::new(stream), door));
        let ended = tokio::select! {
            ended = connection.as_mut() => ended,
            () = self.stop.cancelled() => {
                connection.as_mut().graceful_shutdown();
                connection.await
            }
        };
        if let Err(error) = ended {
            tracing::debug!(%error, "a connection ended badly");
        }
    }
}

/// Looks at how a connection begins, and leaves it as it is.
async fn speaks_http2(stream: &TcpStream) -> io::Result<bool> {
    let mut begins = [0; HTTP2_BEGINS.len()];
    loop {
        let count = stream.peek(&mut begins).await?;
        if count == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if begins[..count] != HTTP2_BEGINS[..count] {
            return Ok(false);
        }
        if count == HTTP2_BEGINS.len() {
            return Ok(true);
        }
        tokio::time::sleep(LOOK_AGAIN).await;
    }
}

/// A visitor who hung up at once is nobody's fault; without files to spare, some must be closed.
async fn after_refusal(error: &io::Error) {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    if !matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted) {
        tracing::error!(%error, "no connection can be taken");
        tokio::time::sleep(PAUSE).await;
    }
}
