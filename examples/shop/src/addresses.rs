//! What each address answers.
//!
//! Every link, form and redirect is relative, so that the app works below any path that ends in
//! `/`.

use std::borrow::Cow;

use sealjar_session::{ReturnTo, RevokeError, UpdateError};
use serde::Deserialize;

use crate::answer::Answer;
use crate::pages::{AccountPage, Frame, LoginPage, PanelPage, ShopPage, page};
use crate::replica::Replica;
use crate::sealed::Sealed;
use crate::users::Account;
use crate::visit::Visit;
use crate::visitor::{Good, Visitor};

/// The login form.
#[derive(Deserialize)]
#[expect(missing_debug_implementations, reason = "it holds a password")]
pub struct Credentials {
    login: String,
    password: String,
    #[serde(default)]
    next: ReturnTo,
}

/// The page that a visitor wanted before the login, in the address of the login page.
#[derive(Debug, Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    next: ReturnTo,
}

/// The forms with one button for each good.
#[derive(Debug, Deserialize)]
pub struct Choice {
    good: String,
}

/// Answers `GET /`: what the shop sells, and how much of it is in the basket.
///
/// # Errors
/// Those of the visit, as for all addresses.
pub async fn shelf<V: Visit>(visit: &V, replica: &Replica) -> Result<Answer, V::Error> {
    let visitor = visit.read().await?;
    let shelf = Good::ALL.map(|good| (good, visitor.basket.quantity(&good)));
    let frame = frame(visit, replica, &visitor).await?;
    Ok(page(200, &ShopPage { frame, shelf }))
}

/// Answers `GET /login`.
///
/// # Errors
/// The visit's.
pub async fn login_form<V: Visit>(
    visit: &V,
    replica: &Replica,
    Wanted { next }: Wanted,
) -> Result<Answer, V::Error> {
    let visitor = visit.read().await?;
    let form = LoginPage {
        frame: frame(visit, replica, &visitor).await?,
        login: "ada".into(),
        next,
        refused: false,
    };
    Ok(page(200, &form))
}

/// Answers `POST /login`: with the form again if the name or the password is wrong.
///
/// # Errors
/// The visit's.
pub async fn log_in<V: Visit>(
    visit: &V,
    replica: &Replica,
    credentials: Credentials,
) -> Result<Answer, V::Error> {
    let Credentials {
        login,
        password,
        next,
    } = credentials;
    let Some(account) = Account::verify(login.clone(), password).await else {
        let visitor = visit.read().await?;
        let form = LoginPage {
            frame: frame(visit, replica, &visitor).await?,
            login,
            next,
            refused: true,
        };
        return Ok(page(422, &form));
    };
    let before = visit.read().await?.user.clone();
    if before.is_some_and(|before| before.login != account.login) {
        // The login keeps a guest's basket, but not another person's.
        visit.log_out().await?;
    }
    let welcome = format!("Welcome, {}.", account.name);
    visit.log_in(account.into()).await?;
    visit.tell(&welcome).await?;
    // The login page is next to the others.
    Ok(Answer::SeeOther(format!(".{next}").into()))
}

/// Answers `GET /account`: what the shop knows of somebody who is logged in.
///
/// # Errors
/// The visit's.
pub async fn account<V: Visit>(visit: &V, replica: &Replica) -> Result<Answer, V::Error> {
    let visitor = visit.read().await?;
    let Some(user) = visitor.user.clone() else {
        return Ok(TO_THE_LOGIN);
    };
    let page_of = AccountPage {
        frame: frame(visit, replica, &visitor).await?,
        user,
        ends_everywhere: replica.revoker().is_some(),
    };
    Ok(page(200, &page_of))
}

/// Answers `POST /logout`.
///
/// # Errors
/// The visit's.
pub async fn log_out<V: Visit>(visit: &V) -> Result<Answer, V::Error> {
    visit.log_out().await?;
    visit.tell("You are logged out.").await?;
    Ok(TO_THE_SHELF)
}

/// Answers `POST /logout-everywhere`, and says what it knows of the other devices. Only sealed
/// sessions can be ended so.
///
/// # Errors
/// The visit's.
pub async fn log_out_everywhere(
    visit: &Sealed<'_>,
    replica: &Replica,
) -> Result<Answer, UpdateError> {
    let message = match replica.revoker() {
        Some(revoker) => match visit.log_out_everywhere(revoker).await {
            Ok(()) => "You are logged out on all devices.",
            Err(RevokeError::NotCommitted { .. }) => NOT_EVERYWHERE,
            Err(RevokeError::NotKnown { .. }) => {
                "You are logged out here. Your other devices may still be logged in: log in and try \
                 again."
            }
        },
        None => {
            visit.log_out().await?;
            NOT_EVERYWHERE
        }
    };
    visit.tell(message).await?;
    Ok(TO_THE_SHELF)
}

/// Answers `POST /add`: one more of a good in the basket.
///
/// # Errors
/// The visit's.
pub async fn add<V: Visit>(visit: &V, choice: &Choice) -> Result<Answer, V::Error> {
    let Some(good) = Good::find(&choice.good) else {
        return Ok(no_such_good());
    };
    visit.change(|visitor| visitor.basket.add(good)).await?;
    visit
        .tell(&format!("{} is in the basket.", good.name))
        .await?;
    Ok(TO_THE_SHELF)
}

/// Answers `POST /remove`: one less.
///
/// # Errors
/// The visit's.
pub async fn remove<V: Visit>(visit: &V, choice: &Choice) -> Result<Answer, V::Error> {
    let Some(good) = Good::find(&choice.good) else {
        return Ok(no_such_good());
    };
    visit.change(|visitor| visitor.basket.remove(good)).await?;
    visit
        .tell(&format!("{} is out of the basket.", good.name))
        .await?;
    Ok(TO_THE_SHELF)
}

/// Answers `POST /wish`: one more wish.
///
/// # Errors
/// The visit's.
#[cfg(feature = "wishlist")]
pub async fn wish<V: Visit>(visit: &V) -> Result<Answer, V::Error> {
    visit
        .change(|visitor| visitor.wishes = visitor.wishes.saturating_add(1))
        .await?;
    visit.tell("The shop has noted it.").await?;
    Ok(TO_THE_SHELF)
}

/// Answers `GET /panel`: only the panel, for pages that request it in the background. The request
/// counts as use: otherwise a visitor who only watches would be logged out.
///
/// # Errors
/// The visit's.
pub async fn panel<V: Visit>(visit: &V, replica: &Replica) -> Result<Answer, V::Error> {
    visit.stay();
    let visitor = visit.read().await?;
    let frame = Frame::new(replica, &visitor, Vec::new(), visit.facts().await);
    Ok(page(200, &PanelPage { frame }))
}

/// Answers an unreadable form with this HTTP status.
#[must_use]
pub fn unreadable_form(status: u16) -> Answer {
    Answer::Text {
        status,
        text: "this form cannot be read".into(),
    }
}

async fn frame<V: Visit>(
    visit: &V,
    replica: &Replica,
    visitor: &Visitor,
) -> Result<Frame, V::Error> {
    let messages = visit.take_messages().await?;
    Ok(Frame::new(replica, visitor, messages, visit.facts().await))
}

fn no_such_good() -> Answer {
    Answer::Text {
        status: 404,
        text: "the shop does not sell this".into(),
    }
}

/// How many bytes a form may have.
pub const FORM_LIMIT: usize = 16 * 1024;

const NOT_EVERYWHERE: &str =
    "You are logged out here. Your other devices are still logged in: log in and try again.";
const TO_THE_SHELF: Answer = Answer::SeeOther(Cow::Borrowed("./"));
const TO_THE_LOGIN: Answer = Answer::SeeOther(Cow::Borrowed("./login"));
