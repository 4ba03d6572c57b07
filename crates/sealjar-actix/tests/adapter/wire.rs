//! Does it work over a socket, with several workers, and with cookie headers that no test client
//! would send?

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use actix_web::{App, HttpServer, web};
use sealjar_actix::{Session, SessionError, SessionMiddleware};

use crate::support::{NAME, Visits, jar};

async fn visit(session: Session<Visits>) -> Result<String, SessionError> {
    let count = session.update(|it| {
        it.count += 1;
        it.count
    })?;
    Ok(format!("visit {count}"))
}

/// Sends a request of raw bytes and returns what comes back.
fn ask(address: SocketAddr, headers: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    let head = [
        b"GET / HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n",
        headers,
        b"\r\n",
    ];
    stream.write_all(&head.concat()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[actix_web::test]
async fn two_workers_serve_one_visitor_and_raw_neighbours_do_no_harm() {
    let jar = jar::<Visits>(NAME);
    let sessions = SessionMiddleware::new(jar.clone());
    let server = HttpServer::new(move || {
        App::new()
            .wrap(sessions.clone())
            .route("/", web::get().to(visit))
    })
    .workers(2)
    .bind("127.0.0.1:0")
    .unwrap();
    let address = server.addrs()[0];
    let running = server.run();
    let handle = running.handle();
    actix_web::rt::spawn(running);

    let asked = actix_web::rt::task::spawn_blocking(move || {
        let cookie = jar
            .cookie_for(&Visits {
                count: 6,
                note: String::new(),
            })
            .unwrap();
        for _ in 0..8 {
            // A byte that is not text in another cookie, and the session in a second header.
            let headers = [b"Cookie: x=\xFF\r\nCookie: ", cookie.as_bytes(), b"\r\n"].concat();
            let answer = ask(address, &headers);
            assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
            assert!(answer.ends_with("visit 7"), "{answer}");
            assert_eq!(answer.matches("set-cookie: ").count(), 1, "{answer}");
        }
        // Names that a lenient parser would read as the session's.
        for evil in [
            "%5f%5fHost-Http-session",
            "\u{2003}__Host-Http-session",
            "__host-session",
        ] {
            let headers = format!("Cookie: {}\r\n", cookie.replacen(NAME, evil, 1));
            assert!(
                ask(address, headers.as_bytes()).ends_with("visit 1"),
                "{evil}"
            );
        }
    });
    asked.await.unwrap();
    handle.stop(true).await;
}
