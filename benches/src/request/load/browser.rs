//! Who asks over a socket? A visitor with one connection and the newest cookie.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use crate::request::LOGIN;

pub(super) struct Browser {
    stream: BufReader<TcpStream>,
    cookie: Option<String>,
}

impl Browser {
    pub(super) fn log_in(port: u16) -> io::Result<Self> {
        let mut browser = Self {
            stream: connect(port)?,
            cookie: None,
        };
        browser.ask(LOGIN)?;
        Ok(browser)
    }

    /// Connects anew, because a server closes a connection that is idle for some seconds.
    pub(super) fn return_to(&mut self, port: u16) -> io::Result<()> {
        self.stream = connect(port)?;
        Ok(())
    }

    /// Sends one request and returns the body of its answer.
    pub(super) fn ask(&mut self, path: &str) -> io::Result<String> {
        let cookie = self.cookie.iter().map(|pair| format!("Cookie: {pair}\r\n"));
        let cookie: String = cookie.collect();
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: shop.example\r\n{cookie}Sec-Fetch-Mode: navigate\r\n\r\n"
        );
        self.stream.get_mut().write_all(request.as_bytes())?;

        let status = self.line()?;
        if !status.starts_with("HTTP/1.1 200 ") {
            return Err(io::Error::other(format!("{path} was answered {status:?}")));
        }
        let mut length = 0;
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("set-cookie: ") {
                self.cookie = value.split(';').next().map(str::to_owned);
            } else if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().map_err(io::Error::other)?;
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body)?;
        String::from_utf8(body).map_err(io::Error::other)
    }

    /// Reads a line of the head, without its end.
    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        match self.stream.read_line(&mut line)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}

fn connect(port: u16) -> io::Result<BufReader<TcpStream>> {
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    Ok(BufReader::new(stream))
}
