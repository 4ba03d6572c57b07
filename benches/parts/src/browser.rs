//! A visitor with one connection, and cookies kept as a browser keeps them.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use cookie::Cookie;
use cookie::time::OffsetDateTime;

/// One person's browser. It sends every cookie to every server, also over plain HTTP: a real server
/// has a proxy with TLS in front.
#[expect(
    missing_debug_implementations,
    reason = "the cookies are those of a login"
)]
#[derive(Default)]
pub struct Browser {
    stream: Option<BufReader<TcpStream>>,
    cookies: BTreeMap<String, String>,
    up: usize,
    down: usize,
}

/// What a server answered.
#[derive(Debug)]
pub struct Answer {
    /// The status, such as 200.
    pub status: u16,
    /// The text.
    pub body: String,
}

impl Browser {
    /// Makes a browser with the cookies of a `Cookie` header.
    #[must_use]
    pub fn with_cookies(header: &str) -> Self {
        let pairs = header.split("; ").filter_map(|pair| pair.split_once('='));
        Self {
            cookies: pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            ..Self::default()
        }
    }

    /// Connects again: a server closes a connection that is idle for some seconds, and a proxy
    /// gives a new connection to the next replica.
    ///
    /// # Errors
    /// The connection's error.
    pub fn connect(&mut self, address: SocketAddr) -> io::Result<()> {
        let stream = TcpStream::connect_timeout(&address, PATIENCE)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(PATIENCE))?;
        stream.set_write_timeout(Some(PATIENCE))?;
        self.stream = Some(BufReader::new(stream));
        Ok(())
    }

    /// Sends a request without a body, and returns the complete response.
    ///
    /// # Errors
    /// The error that kept the response from being read completely. Its cookies are not kept then.
    pub fn ask(&mut self, method: &str, path: &str) -> io::Result<Answer> {
        let cookies = self.cookie_header();
        let cookies = match &*cookies {
            "" => String::new(),
            pairs => format!("Cookie: {pairs}\r\n"),
        };
        let length = if method == "GET" {
            ""
        } else {
            "Content-Length: 0\r\n"
        };
        let request = format!(
            "{method} {path} HTTP/1.1\r\nHost: shop.example\r\n{cookies}{length}Sec-Fetch-Mode: navigate\r\n\r\n"
        );
        let stream = self.stream.as_mut().ok_or(io::ErrorKind::NotConnected)?;
        stream.get_mut().write_all(request.as_bytes())?;
        (self.up, self.down) = (request.len(), 0);

        let status = line(stream, &mut self.down)?;
        let code = status.strip_prefix("HTTP/1.1 ").and_then(|it| it.get(..3));
        let status = code
            .and_then(|code| code.parse().ok())
            .ok_or_else(|| io::Error::other(format!("{path} was answered {status:?}")))?;
        let (mut set, mut length) = (Vec::new(), 0);
        loop {
            let line = line(stream, &mut self.down)?;
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("set-cookie: ") {
                set.push(Cookie::parse(value.to_owned()).map_err(io::Error::other)?);
            } else if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse().map_err(io::Error::other)?;
            }
        }
        let mut body = vec![0; length];
        stream.read_exact(&mut body)?;
        self.down += length;
        let body = String::from_utf8(body).map_err(io::Error::other)?;
        set.iter().for_each(|cookie| self.keep(cookie));
        Ok(Answer { status, body })
    }

    /// Returns the `Cookie` header of the next request.
    #[must_use]
    pub fn cookie_header(&self) -> String {
        let pairs = self.cookies.iter();
        let pairs: Vec<_> = pairs
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        pairs.join("; ")
    }

    /// Returns the bytes of the last exchange, up and down.
    #[must_use]
    pub const fn took(&self) -> (usize, usize) {
        (self.up, self.down)
    }

    /// Forgets all cookies.
    pub fn forget(&mut self) {
        self.cookies.clear();
    }

    fn keep(&mut self, cookie: &Cookie<'_>) {
        let is_over = cookie.max_age().is_some_and(|age| !age.is_positive())
            // Every server here that expires a cookie in another way also sends `Max-Age`.
            || cookie.expires_datetime() == Some(OffsetDateTime::UNIX_EPOCH);
        if is_over {
            self.cookies.remove(cookie.name());
        } else {
            self.cookies
                .insert(cookie.name().to_owned(), cookie.value().to_owned());
        }
    }
}

impl Answer {
    /// Returns the text of a 200.
    ///
    /// # Errors
    /// Any other status.
    pub fn confirmed(self) -> io::Result<String> {
        match self.status {
            200 => Ok(self.body),
            status => Err(io::Error::other(format!("the server answered {status}"))),
        }
    }
}

/// Reads a line of the head, without its end, and adds its length to `read`.
fn line(stream: &mut BufReader<TcpStream>, read: &mut usize) -> io::Result<String> {
    let mut line = String::new();
    match stream.read_line(&mut line)? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        length => {
            *read += length;
            Ok(line.trim_end().to_owned())
        }
    }
}

const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_replaced_and_removed_in_each_way_that_servers_do_it() {
        for removal in [
            "s=; Max-Age=0; Path=/",
            "s=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
        ] {
            let mut browser = Browser::default();
            let mut keep = |line: &str| {
                browser.keep(&Cookie::parse(line.to_owned()).expect("a cookie"));
                browser.cookie_header()
            };
            assert_eq!(keep("s=1; Path=/; Max-Age=86400; Secure"), "s=1");
            assert_eq!(keep("t=2"), "s=1; t=2");
            assert_eq!(keep("s=3; Path=/"), "s=3; t=2");
            assert_eq!(keep(removal), "t=2", "{removal}");
        }
    }
}
