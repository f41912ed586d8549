//! A client that costs little: one connection kept alive, requests written as bytes, answers read
//! only as far as the measurement needs.

use std::{
    io::{self, Write},
    net::SocketAddr,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Larger answers are a mistake.
const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// One connection.
pub struct Client {
    address: SocketAddr,
    stream: TcpStream,
    sent: Vec<u8>,
    received: Vec<u8>,
}

/// What came back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The cookies that were set, each as `name=value`.
    pub cookies: Vec<String>,
    /// The body.
    pub body: String,
}

impl Answer {
    /// The cookie that was set first.
    pub fn cookie(&self) -> Option<&str> {
        self.cookies.first().map(String::as_str)
    }

    /// A text field of a JSON body, found without parsing it.
    pub fn text(&self, field: &str) -> Option<&str> {
        let (_, rest) = self.body.split_once(&format!("\"{field}\":\""))?;
        rest.split_once('"').map(|(text, _)| text)
    }
}

impl Client {
    /// Connects.
    pub async fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let (sent, received) = (Vec::with_capacity(1024), Vec::with_capacity(8 * 1024));
        Ok(Self { address, stream, sent, received })
    }

    /// Sends JSON and waits for the answer.
    pub async fn post(&mut self, path: &str, headers: &str, body: &str) -> io::Result<Answer> {
        self.send("POST", path, headers, body).await
    }

    /// Asks for a path.
    pub async fn get(&mut self, path: &str) -> io::Result<Answer> {
        self.send("GET", path, "", "").await
    }

    /// Sends a request with a body of JSON, if any, and waits for the answer. `headers` are whole
    /// lines.
    pub async fn send(
        &mut self,
        method: &str,
        path: &str,
        headers: &str,
        body: &str,
    ) -> io::Result<Answer> {
        self.sent.clear();
        write!(
            self.sent,
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\n{headers}\
             Content-Length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )?;
        let sent = self.stream.write_all(&self.sent).await;
        // Whoever refuses a request need not have read all of it.
        let answer = self.answer().await;
        match sent {
            Err(error) if answer.is_err() => Err(error),
            _ => answer,
        }
    }

    /// Joins a queue as somebody new, and returns the line of cookies that names them.
    pub async fn join_for_cookies(&mut self, path: &str) -> io::Result<String> {
        let answer = self.post(path, "", "{}").await?;
        match answer.status {
            201 => Ok(answer.cookies.join("; ")),
            _ => Err(broken(&answer.body)),
        }
    }

    async fn answer(&mut self) -> io::Result<Answer> {
        self.received.clear();
        loop {
            if let Some(head_end) = end_of_head(&self.received) {
                let head = text(&self.received[..head_end])?;
                let length = header(head, "content-length");
                let length: Option<usize> = length.and_then(|text| text.parse().ok());
                let end = head_end + 4 + length.ok_or_else(|| broken("no Content-Length"))?;
                let status = head.get(9..12).and_then(|text| text.parse().ok());
                let status = status.ok_or_else(|| broken("no status"))?;
                let cookies: Vec<String> = set_cookies(head).collect();
                while self.received.len() < end {
                    self.receive().await?;
                }
                let body = text(&self.received[head_end + 4..end])?.to_owned();
                return Ok(Answer { status, cookies, body });
            }
            self.receive().await?;
        }
    }

    async fn receive(&mut self) -> io::Result<()> {
        if self.received.len() > MAX_ANSWER_BYTES {
            return Err(broken("too long"));
        }
        match self.stream.read_buf(&mut self.received).await? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(()),
        }
    }
}

fn broken(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}

fn text(bytes: &[u8]) -> io::Result<&str> {
    std::str::from_utf8(bytes).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

fn end_of_head(bytes: &[u8]) -> Option<usize> {
    bytes.windows(4).position(|window| matches!(window, [b'\r', b'\n', b'\r', b'\n']))
}

fn set_cookies(head: &str) -> impl Iterator<Item = String> {
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let set = lines.filter(|(key, _)| key.eq_ignore_ascii_case("set-cookie"));
    set.filter_map(|(_, value)| value.trim().split(';').next()).map(str::to_owned)
}

fn header<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    let (_, value) = lines.find(|(key, _)| key.eq_ignore_ascii_case(name))?;
    Some(value.trim())
}
