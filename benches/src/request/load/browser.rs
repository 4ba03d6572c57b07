//! Who asks over a socket? A visitor with one connection and the newest cookies.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::request::LOGIN;

pub(crate) struct Browser {
    stream: BufReader<TcpStream>,
    /// The `Cookie` header. Each application writes its session as a whole.
    cookies: Option<String>,
    /// How many bytes the last exchange took, up and down.
    pub(crate) took: (usize, usize),
}

impl Browser {
    pub(crate) fn log_in(port: u16) -> io::Result<Self> {
        let mut browser = Self {
            stream: connect(port)?,
            cookies: None,
            took: (0, 0),
        };
        browser.ask(LOGIN)?;
        Ok(browser)
    }

    /// Connects anew, because a server closes a connection that is idle for some seconds.
    pub(super) fn return_to(&mut self, port: u16) -> io::Result<()> {
        self.stream = connect(port)?;
        Ok(())
    }

    /// Throws the session away, so that the next one is another visitor's.
    pub(super) fn forget(&mut self) {
        self.cookies = None;
    }

    /// Returns the `Cookie` header that goes with the next request.
    pub(crate) fn cookies(&self) -> &str {
        self.cookies.as_deref().unwrap_or_default()
    }

    /// Sends one request and returns the body of its answer.
    pub(crate) fn ask(&mut self, path: &str) -> io::Result<String> {
        let cookies = self.cookies.iter();
        let cookies: String = cookies.map(|it| format!("Cookie: {it}\r\n")).collect();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: shop.example\r\n{cookies}Sec-Fetch-Mode: navigate\r\n\r\n"
        );
        self.took = (request.len(), 0);
        self.stream.get_mut().write_all(request.as_bytes())?;

        let status = self.line()?;
        if !status.starts_with("HTTP/1.1 200 ") {
            return Err(io::Error::other(format!("{path} was answered {status:?}")));
        }
        let mut length = 0;
        let mut pairs = Vec::new();
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("set-cookie: ") {
                pairs.extend(value.split(';').next().map(str::to_owned));
            } else if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().map_err(io::Error::other)?;
            }
        }
        if !pairs.is_empty() {
            self.cookies = Some(pairs.join("; "));
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        self.took.1 += length;
        String::from_utf8(body).map_err(io::Error::other)
    }

    /// Reads a line of the head, without its end.
    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            length => {
                self.took.1 += length;
                Ok(line.trim_end().to_owned())
            }
        }
    }
}

fn connect(port: u16) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok(BufReader::new(stream))
}
