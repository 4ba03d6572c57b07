//! The example of the README, on actix-web. `cargo run -p sealjar-actix --example visits_actix`

use actix_web::{App, HttpServer, web};
use sealjar_actix::{FileSource, Jar, Session, SessionData, SessionError, SessionMiddleware};

#[derive(Clone, Default, serde::Serialize, serde::Deserialize)]
struct Visits {
    count: u32,
}
impl SessionData for Visits {}

async fn index(session: Session<Visits>) -> Result<String, SessionError> {
    let count = session.update(|v| {
        v.count += 1;
        v.count
    })?;
    Ok(format!("visit {count}"))
}

#[actix_web::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let jar = Jar::<Visits>::new(FileSource::find("session-ring")?.fetch()?, "hello-dev")?;
    let sessions = SessionMiddleware::new(jar);
    let app = move || {
        App::new()
            .wrap(sessions.clone())
            .route("/", web::get().to(index))
    };
    Ok(HttpServer::new(app).bind("127.0.0.1:3000")?.run().await?)
}
