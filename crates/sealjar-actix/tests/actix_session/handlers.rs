//! The application: it knows `actix-session` and not how its sessions are kept.

use actix_session::{Session, SessionExt};
use actix_web::guard::GuardContext;
use actix_web::web::{self, Path, ServiceConfig};
use actix_web::{HttpResponse, Result};

pub(crate) fn configure(app: &mut ServiceConfig) {
    app.route("/", web::get().to(show))
        .route("/plain", web::get().to(|| async { "plain" }))
        .route("/count", web::post().to(count))
        .route("/same", web::post().to(same))
        .route("/bump", web::post().to(bump))
        .route("/forget", web::post().to(forget))
        .route("/clear", web::post().to(clear))
        .route("/fill/{length}", web::post().to(fill))
        .route("/login/{user}", web::post().to(log_in))
        .route("/logout", web::post().to(log_out))
        .route("/renew", web::post().to(renew))
        .service(
            web::scope("/members")
                .guard(actix_web::guard::fn_guard(is_member))
                .route("", web::get().to(show)),
        );
}

fn is_member(context: &GuardContext<'_>) -> bool {
    let user = context.get_session().get::<String>("user");
    user.is_ok_and(|user| user.is_some())
}

async fn show(session: Session) -> Result<String> {
    let user = session.get::<String>("user")?;
    let count = session.get::<u32>("count")?;
    Ok(format!(
        "{} {}",
        user.unwrap_or("nobody".into()),
        count.unwrap_or(0)
    ))
}

async fn count(session: Session) -> Result<String> {
    let count = session.get::<u32>("count")?.unwrap_or(0) + 1;
    session.insert("count", count)?;
    show(session).await
}

async fn same(session: Session) -> Result<String> {
    session.insert("count", session.get::<u32>("count")?)?;
    show(session).await
}

async fn bump(session: Session) -> Result<String> {
    session.update("count", |count: u32| count + 1)?;
    show(session).await
}

async fn forget(session: Session) -> Result<String> {
    Ok(session.remove("count").unwrap_or_default())
}

async fn clear(session: Session) -> HttpResponse {
    session.clear();
    HttpResponse::NoContent().finish()
}

async fn fill(session: Session, length: Path<usize>) -> Result<String> {
    session.insert("filling", "x".repeat(*length))?;
    Ok("kept".into())
}

async fn log_in(session: Session, user: Path<String>) -> Result<String> {
    session.insert("user", user.into_inner())?;
    session.renew();
    show(session).await
}

async fn log_out(session: Session) -> HttpResponse {
    session.purge();
    // A change after a purge is not kept, as with actix-session.
    let late = session.insert("count", 99);
    assert!(late.is_ok());
    HttpResponse::NoContent().finish()
}

async fn renew(session: Session) -> HttpResponse {
    session.renew();
    HttpResponse::NoContent().finish()
}
