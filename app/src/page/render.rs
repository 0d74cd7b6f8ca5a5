//! A page: a Leptos view in the frame, rendered to the end through `leptos_axum` (which writes the islands' marks, their
//! scripts and the nonce), then answered with its status.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use futures::future::BoxFuture;
use futures::{Stream, StreamExt};
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use neo::actor::{Actor, Permission};

use crate::door::headers::Nonce;
use crate::door::visit::Visit;
use crate::ui::frame::{Crumb, Frame, Nav, Person, Shell};

/// What a page says about itself; the frame shows it.
#[derive(Clone)]
pub struct Page {
    status: StatusCode,
    title: String,
    nav: Option<Nav>,
    crumbs: Vec<Crumb>,
    scripts: bool,
    passkeys: bool,
    refresh: Option<u32>,
    onward: Option<String>,
    troubles: usize,
}

impl Page {
    /// A page of the console, under this entry of the navigation.
    pub fn new(nav: Nav, title: impl Into<String>) -> Self {
        Self { nav: Some(nav), scripts: true, ..Self::bare(title) }
    }

    /// A page without navigation and without the islands' scripts: sign-in, set-up, errors.
    pub fn bare(title: impl Into<String>) -> Self {
        Self {
            status: StatusCode::OK,
            title: title.into(),
            nav: None,
            crumbs: Vec::new(),
            scripts: false,
            passkeys: false,
            refresh: None,
            onward: None,
            troubles: 0,
        }
    }

    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// 422 when the form was refused, 200 otherwise.
    pub fn form(self, form: &super::forms::Form) -> Self {
        if form.is_refused() { self.status(StatusCode::UNPROCESSABLE_ENTITY) } else { self }
    }

    /// One step of the breadcrumb before this page.
    pub fn under(mut self, text: impl Into<String>, href: impl Into<String>) -> Self {
        self.crumbs.push(Crumb { text: text.into(), href: Some(href.into()) });
        self
    }

    /// Without scripts, look again every so many seconds (a page with something live on it).
    pub fn refresh(mut self, seconds: u32) -> Self {
        self.refresh = Some(seconds);
        self
    }

    /// Its title says that so much of it wants somebody, also where the page is not in front.
    pub fn troubles(mut self, troubles: usize) -> Self {
        self.troubles = troubles;
        self
    }

    /// Leads on at once: to an address of ours, or of a site that the settings name.
    pub fn onward(mut self, url: String) -> Self {
        self.onward = Some(url);
        self
    }

    /// With the script that asks for a passkey, beside the islands' or alone.
    pub fn passkeys(mut self) -> Self {
        self.passkeys = true;
        self
    }

    fn without_scripts(mut self) -> Self {
        self.scripts = false;
        self
    }
}

/// Renders a page of the console: `view` is called once, inside the reactive owner that islands need. What follows is compiled
/// once, and not once for each page.
pub fn page<V>(visit: &Visit, page: Page, view: impl FnOnce() -> V + Send + 'static) -> BoxFuture<'_, Response>
where
    V: IntoView + 'static,
{
    Box::pin(rendered(visit, page, Box::new(move || view().into_any())))
}

async fn rendered(visit: &Visit, page: Page, view: Box<dyn FnOnce() -> AnyView + Send>) -> Response {
    let scripts = page.scripts && super::assets::has_scripts();
    let page = if scripts { page } else { page.without_scripts() };
    let (status, passkeys) = (page.status, page.passkeys && super::assets::has_passkeys());
    let page = Page { passkeys, ..page };
    let shell = shell(visit, page);
    let nonce = Arc::new(Mutex::new(None));
    let seen = nonce.clone();
    let app = move || {
        if let Ok(mut seen) = seen.lock() {
            *seen = use_nonce().map(|nonce| nonce.to_string());
        }
        let content = view();
        view! { <Frame shell>{content}</Frame> }.into_any()
    };
    let request = Request::builder().uri("/").body(Body::empty()).unwrap_or_default();
    let whole = if scripts { with_chunks } else { without_chunks };
    let mut response = leptos_axum::handle_response_inner(|| {}, app, request, whole).await;
    *response.status_mut() = status;
    let nonce = nonce.lock().ok().and_then(|mut nonce| nonce.take());
    if let Some(nonce) = nonce.filter(|_| scripts || passkeys) {
        response.extensions_mut().insert(Nonce { nonce, wasm: scripts });
    }
    response
}

/// After an act: the browser asks for this page anew.
pub fn see_other(path: &str) -> Response {
    Redirect::to(crate::door::origin::local_path(path)).into_response()
}

type Chunks = Pin<Box<dyn Stream<Item = String> + Send>>;
type Rendered = Pin<Box<dyn Future<Output = Chunks> + Send>>;

fn with_chunks(view: AnyView, chunks: Box<dyn FnOnce() -> Chunks + Send>, _: bool) -> Rendered {
    Box::pin(async move {
        let html = whole(view).await;
        Box::pin(futures::stream::once(async move { html }).chain(chunks())) as Chunks
    })
}

/// The chunks are scripts that fill in what streams late. Without islands there is nothing to fill in.
fn without_chunks(view: AnyView, _: Box<dyn FnOnce() -> Chunks + Send>, _: bool) -> Rendered {
    Box::pin(async move {
        let html = whole(view).await;
        Box::pin(futures::stream::once(async move { html })) as Chunks
    })
}

async fn whole(view: AnyView) -> String {
    let html = view.to_html_stream_in_order().collect::<String>().await;
    crate::door::direction::html(super::marks::without(&html))
}

/// What the sidebar would lead to and the door would refuse.
fn closed(actor: &Actor) -> Vec<Nav> {
    [
        (Nav::Admins, Permission::SeeAdmins),
        (Nav::Audit, Permission::ReadAudit),
        (Nav::Doctor, Permission::Examine),
        (Nav::Keys, Permission::SeeKeys),
    ]
    .into_iter()
    .filter(|(_, permission)| !actor.may(*permission))
    .map(|(nav, _)| nav)
    .collect()
}

fn shell(visit: &Visit, page: Page) -> Shell {
    Shell {
        title: page.title,
        troubles: page.troubles,
        nav: page.nav,
        closed: visit.actor().map(|actor| closed(&actor)).unwrap_or_default(),
        mac: visit.user_agent.as_deref().is_some_and(|agent| agent.contains("Mac")),
        crumbs: page.crumbs,
        environment: visit.environment.clone(),
        production: visit.production,
        host: visit.host.clone(),
        person: visit.session.as_ref().map(|session| Person {
            name: session.name.clone(),
            email: session.email.clone(),
            role: session.role.map(|role| role.as_str().to_owned()).or_else(|| session.tenant_role.clone()),
        }),
        theme: visit.theme,
        density: visit.density,
        zone: visit.zone,
        scripts: page.scripts,
        passkeys: page.passkeys,
        refresh: page.refresh,
        onward: page.onward,
        assets: super::assets::base().to_owned(),
    }
}
