//! One row of the console's pages: an address, how it is asked for, whom it is for, and who answers. Rooms hand out rows and no
//! routers, so there is no page that the table does not know, and none that is for nobody in particular.

use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::handler::Handler;
use axum::http::Method;
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{self, MethodRouter};
use neo::Platform;
use neo::actor::{Permission, RECENT_SIGN_IN};
use neo::error::{Error, Kind};
use neo::requests::{self, Guard};

use crate::door::AppState;
use crate::door::visit::Visit;
use crate::error::Answer;

/// So long somebody may take over a form: whose sign-in would be too old by then proves it before they see one.
const FILLED_IN: Duration = Duration::from_secs(5 * 60);

/// What somebody must be to be answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// The way in, and how one's own browser shows pages.
    Anybody,
    /// A central admin who may this.
    May(Permission),
    /// A user of the tenant whose address it is.
    TenantUser,
}

impl From<Permission> for Whom {
    fn from(permission: Permission) -> Self {
        Whom::May(permission)
    }
}

impl Whom {
    /// Asked before anything of the request is read, so that whoever may not is told nothing else. The service asks again.
    fn admit(self, platform: &Platform, asks: &[Guard], visit: &Visit) -> Result<(), Error> {
        match self {
            Whom::Anybody => Ok(()),
            Whom::May(permission) => {
                let actor = visit.actor()?;
                requests::admit(platform, &actor, permission, asks)?;
                // Asked before the form is filled in, and not after.
                let is_old = actor.signed_in_ago.is_some_and(|ago| ago + FILLED_IN > RECENT_SIGN_IN);
                match visit.method == Method::GET && permission.wants_recent_sign_in() && is_old {
                    true => Err(Error::new(Kind::Reauthenticate, "this act needs a recent sign-in")),
                    false => Ok(()),
                }
            }
            Whom::TenantUser if visit.session.is_some() => Ok(()),
            Whom::TenantUser => {
                Err(Error::new(Kind::Unauthenticated, "nobody is signed in").hint("sign in and try again"))
            }
        }
    }
}

pub struct Route {
    pub method: Method,
    pub path: String,
    pub whom: Whom,
    /// Where one of these wants somebody else's yes, whoever may not may ask.
    pub asks: &'static [Guard],
    answers: MethodRouter<AppState>,
}

impl Route {
    /// What is looked at.
    pub fn get<T: 'static>(path: impl Into<String>, whom: impl Into<Whom>, handler: impl Handler<T, AppState>) -> Self {
        Self::of(Method::GET, path.into(), whom.into(), routing::get(handler))
    }

    /// What is done.
    pub fn post<T: 'static>(
        path: impl Into<String>,
        whom: impl Into<Whom>,
        handler: impl Handler<T, AppState>,
    ) -> Self {
        Self::of(Method::POST, path.into(), whom.into(), routing::post(handler))
    }

    fn of(method: Method, path: String, whom: Whom, answers: MethodRouter<AppState>) -> Self {
        Self { method, path, whom, asks: &[], answers }
    }

    /// Where one of these wants somebody else's yes, whoever may not do it may ask for it here.
    pub fn asking(self, asks: &'static [Guard]) -> Self {
        Self { asks, ..self }
    }

    fn guarded(self, platform: &Platform) -> MethodRouter<AppState> {
        let (whom, asks, platform) = (self.whom, self.asks, platform.clone());
        let admit = move |visit: Visit, request: Request, next: Next| {
            let platform = platform.clone();
            async move {
                whom.admit(&platform, asks, &visit)?;
                let answer: Response = next.run(request).await;
                Answer::Ok(answer)
            }
        };
        self.answers.route_layer(middleware::from_fn(admit))
    }
}

/// All of a table.
pub fn router(table: Vec<Route>, platform: &Platform) -> Router<AppState> {
    table.into_iter().fold(Router::new(), |router, row| router.route(&row.path.clone(), row.guarded(platform)))
}
