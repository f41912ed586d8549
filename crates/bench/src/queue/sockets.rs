//! How many browsers one server tells, and how long it takes to tell all of them.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use onsale_testkit::Stack;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::watch,
};

use crate::{BenchError, client::Client, process::memory_of};

const SOCKETS: usize = 10_000;
const SOCKETS_QUICK: usize = 500;
/// Connections that are being opened at the same time.
const TOGETHER: usize = 64;
const PATIENCE: Duration = Duration::from_secs(60);

/// Returns the JSON of the figures.
pub async fn measure(stack: &Stack, quick: bool) -> Result<String, BenchError> {
    let count = if quick { SOCKETS_QUICK } else { SOCKETS };
    let address = stack.url(0).trim_start_matches("http://").parse::<SocketAddr>();
    let address = address.map_err(|error| BenchError::new("the server's address", error))?;
    let before = memory_of(&stack.servers[0])?;
    let mut sockets = Vec::with_capacity(count);
    while sockets.len() < count {
        let batch = (0..TOGETHER.min(count - sockets.len())).map(|_| open(address));
        for socket in futures::future::join_all(batch).await {
            sockets.push(socket.map_err(|error| BenchError::new("a socket", error))?);
        }
    }
    let each = (memory_of(&stack.servers[0])? - before) / count as f64;
    println!("{count} sockets are open; the server has {each:.0} bytes for each");

    // Everybody hears the next change; the moment of the change is that of its commit.
    let (heard, mut told) = watch::channel(0_usize);
    let heard = std::sync::Arc::new(heard);
    for mut socket in sockets {
        let heard = std::sync::Arc::clone(&heard);
        tokio::spawn(async move {
            // A message may come in pieces.
            let (mut buffer, mut said) = (vec![0; 2_048], Vec::new());
            while !contains(&said, b"\"expiredBelow\":1,") {
                match socket.read(&mut buffer).await {
                    Ok(0) | Err(_) => return,
                    Ok(read) => said.extend_from_slice(&buffer[..read]),
                }
            }
            heard.send_modify(|count| *count += 1);
            while socket.read(&mut buffer).await.is_ok_and(|read| read > 0) {}
        });
    }
    stack.database.run("UPDATE waiting_rooms SET expired_below = 1 WHERE event_id = 1").await;
    let began = Instant::now();
    let mut first = None;
    while *told.borrow_and_update() < count {
        let changed = tokio::time::timeout(PATIENCE, told.changed()).await;
        if !matches!(changed, Ok(Ok(()))) {
            let why = format!("{} of {count} heard", *told.borrow());
            return Err(BenchError::new("sockets", why));
        }
        first.get_or_insert_with(|| began.elapsed());
    }
    let (first, last) = (first.unwrap_or_default(), began.elapsed());
    let spread_ms = last.saturating_sub(first).as_secs_f64() * 1000.0;
    println!(
        "all {count} were told {:.0} ms after the commit, {spread_ms:.0} ms after the first",
        last.as_secs_f64() * 1000.0
    );
    Ok(format!(
        "{{\"part\":\"sockets\",\"open\":{count},\"bytesEach\":{each:.0},\"allToldMs\":{:.0},\"firstToLastMs\":{spread_ms:.0}}}",
        last.as_secs_f64() * 1000.0
    ))
}

/// Joins as a new guest, and opens the guest's socket.
async fn open(address: SocketAddr) -> std::io::Result<TcpStream> {
    let mut client = Client::connect(address).await?;
    let cookies = client.join_for_cookies("/api/events/1/queue").await?;
    drop(client);
    let mut stream = TcpStream::connect(address).await?;
    let request = format!(
        "GET /api/events/1/queue/ws HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\n\
         Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
         Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nCookie: {cookies}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut head = vec![0; 4_096];
    let read = stream.read(&mut head).await?;
    match head[..read].starts_with(b"HTTP/1.1 101") {
        true => Ok(stream),
        false => {
            let told = String::from_utf8_lossy(&head[..read.min(300)]).into_owned();
            Err(std::io::Error::other(told))
        }
    }
}

fn contains(text: &[u8], wanted: &[u8]) -> bool {
    text.windows(wanted.len()).any(|window| window == wanted)
}
