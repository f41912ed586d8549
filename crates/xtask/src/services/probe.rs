//! Whether a service answers: a few bytes said, a few expected. Enough for HTTP, NATS, Redis and
//! PostgreSQL, without a client library for each.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// How long one question may take.
const PATIENCE: Duration = Duration::from_secs(2);

/// A question that a ready service answers in a known way.
#[derive(Debug, Clone)]
pub struct Probe {
    address: SocketAddr,
    says: Vec<u8>,
    expects: &'static [u8],
}

impl Probe {
    /// An HTTP server that answers 200 on `path`.
    pub fn http(address: SocketAddr, path: &str) -> Self {
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        Self { address, says: request.into_bytes(), expects: b"HTTP/1.1 200" }
    }

    /// A Redis that has loaded its data.
    pub fn redis(address: SocketAddr) -> Self {
        Self { address, says: b"PING\r\n".to_vec(), expects: b"+PONG" }
    }

    /// A NATS server; it speaks first.
    pub fn nats(address: SocketAddr) -> Self {
        Self { address, says: Vec::new(), expects: b"INFO " }
    }

    /// A PostgreSQL that takes logins: to a start-up packet it answers with a request for the
    /// password (`R`), while one that still recovers answers with an error (`E`).
    pub fn postgres(address: SocketAddr, user: &str) -> Self {
        const PROTOCOL_3_0: u32 = 3 << 16;
        let body = format!("user\0{user}\0database\0postgres\0\0");
        let length = u32::try_from(body.len() + 8).unwrap_or(u32::MAX);
        let mut says = length.to_be_bytes().to_vec();
        says.extend(PROTOCOL_3_0.to_be_bytes());
        says.extend(body.into_bytes());
        Self { address, says, expects: b"R" }
    }

    /// Asks once.
    pub fn answers(&self) -> bool {
        self.ask().is_ok_and(|answer| answer == self.expects)
    }

    fn ask(&self) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&self.address, PATIENCE)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        stream.write_all(&self.says)?;
        let mut answer = vec![0; self.expects.len()];
        stream.read_exact(&mut answer)?;
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A listener that reads `request` and answers `answer`, once.
    fn server(
        request: Vec<u8>,
        answer: &'static [u8],
    ) -> (SocketAddr, thread::JoinHandle<Vec<u8>>) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address");
        let heard = thread::spawn(move || {
            let (mut stream, _) = listener.accept().expect("a visitor");
            let mut heard = vec![0; request.len()];
            stream.read_exact(&mut heard).expect("the question");
            stream.write_all(answer).expect("the answer goes out");
            heard
        });
        (address, heard)
    }

    #[test]
    fn http_asks_for_the_path_and_wants_200() {
        let (address, heard) = server(vec![0; 11], b"HTTP/1.1 200 OK\r\n\r\n");
        assert!(Probe::http(address, "/readyz").answers());
        assert_eq!(heard.join().expect("no panic"), b"GET /readyz");
    }

    #[test]
    fn http_takes_503_for_not_ready() {
        let (address, _) = server(vec![0; 11], b"HTTP/1.1 503 Unavailable\r\n\r\n");
        assert!(!Probe::http(address, "/readyz").answers());
    }

    #[test]
    fn postgres_starting_up_is_not_ready() {
        let (address, heard) = server(vec![0; 8], b"E\0\0\0");
        assert!(!Probe::postgres(address, "onsale").answers());
        // The length counts itself: 8 bytes of head, and the parameters with their ends.
        let heard = heard.join().expect("no panic");
        assert_eq!(heard, [0, 0, 0, 39, 0, 3, 0, 0]);
    }

    #[test]
    fn nobody_there_is_not_ready() {
        let closed = {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            listener.local_addr().expect("an address")
        };
        assert!(!Probe::redis(closed).answers());
    }
}
