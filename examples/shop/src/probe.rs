//! Asks the replica that listens here whether it is healthy.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

/// Asks `/healthz`, and gives the reason when the answer is not 200.
pub(crate) async fn ask(listen: SocketAddr) -> Result<(), String> {
    let mut address = listen;
    // A replica that listens on all addresses is asked on loopback.
    match listen.ip() {
        IpAddr::V4(Ipv4Addr::UNSPECIFIED) => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(Ipv6Addr::UNSPECIFIED) => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    let no_answer = |reason: &str| {
        format!(
            "no answer from http://{address}/healthz: {reason}\n\
             hint: ask where the replica listens, with its --listen or LISTEN, and see its log"
        )
    };
    let answer = match timeout(PATIENCE, exchange(address)).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(error)) => return Err(no_answer(&error.to_string())),
        Err(_) => return Err(no_answer(&format!("nothing came within {PATIENCE:?}"))),
    };
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let mut words = head.split(' ');
    let version = words.next().unwrap_or_default();
    match words.next() {
        Some("200") if version.starts_with("HTTP/") => Ok(()),
        Some(_) if version.starts_with("HTTP/") => Err(format!("{head}\n\n{body}")),
        _ => Err(no_answer("what came is not HTTP")),
    }
}

async fn exchange(address: SocketAddr) -> io::Result<String> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(REQUEST).await?;
    let mut answer = Vec::new();
    stream.take(64 * 1024).read_to_end(&mut answer).await?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// HTTP/1.0, where the response ends with the connection: a client needs to know nothing else.
const REQUEST: &[u8] = b"GET /healthz HTTP/1.0\r\n\r\n";
/// Less than the time-out of any orchestrator's health check.
const PATIENCE: Duration = Duration::from_secs(2);

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::{REQUEST, ask};

    #[tokio::test]
    async fn only_200_is_healthy() {
        let ok = answering("HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
        assert_eq!(ask(ok).await, Ok(()));
        let everywhere = SocketAddr::from(([0, 0, 0, 0], ok.port()));
        assert_eq!(ask(everywhere).await, Ok(()));

        let unready = answering("HTTP/1.1 503 Service Unavailable\r\n\r\nno key\nhint: wait\n");
        let reason = ask(unready.await).await.unwrap_err();
        assert!(reason.ends_with("\n\nno key\nhint: wait\n"), "{reason}");
        for other in [
            "HTTP/1.1 204 No Content\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n",
        ] {
            let reason = ask(answering(other).await).await.unwrap_err();
            assert!(reason.starts_with("HTTP/1.1 20"), "{reason}");
        }
    }

    #[tokio::test]
    async fn whatever_does_not_answer_in_http_is_told_with_a_hint() {
        for said in ["220 mail ESMTP\r\n", ""] {
            let told = ask(answering(said).await).await.unwrap_err();
            assert!(told.contains("what came is not HTTP\nhint: "), "{told}");
        }

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let silent = listener.local_addr().unwrap();
        let told = ask(silent).await.unwrap_err();
        assert!(told.contains("nothing came within 2s"), "{told}");
        drop(listener);
        let told = ask(silent).await.unwrap_err();
        assert!(told.contains("refused"), "{told}");
    }

    /// Listens, and gives every client this answer to its request.
    async fn answering(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                // Closing without reading the request would reset the connection.
                let mut request = [0; REQUEST.len()];
                _ = stream.read_exact(&mut request).await;
                _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        address
    }
}
