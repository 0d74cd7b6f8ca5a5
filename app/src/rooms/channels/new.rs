//! A new channel, and the one page that shows what its messages are signed with.

use axum::extract::State;
use axum::response::Response;
use leptos::prelude::*;
use neo::error::{Error, Result};
use neo_model::{ChannelKind, ChannelMade, NoticeKind};

use super::calls::{self, Wanted};
use crate::door::visit::Signed;
use crate::door::{AppState, Door};
use crate::error::Answer;
use crate::page::forms::Form;
use crate::page::render::{self, Page};
use crate::page::typed::Typed;
use crate::rooms::channels::{command, links};
use crate::ui::text::sentence;
use crate::ui::{Banner, Choice, CopyForm, CopyText, Field, Nav, Tick, Tone};
use crate::{problems, words};

/// What most want to be woken for.
const USUAL: [NoticeKind; 6] = [
    NoticeKind::Failed,
    NoticeKind::Halted,
    NoticeKind::Waiting,
    NoticeKind::Server,
    NoticeKind::Provisioning,
    NoticeKind::Backup,
];

pub async fn ask(signed: Signed) -> Answer {
    let form = Form::empty().with("kind", ChannelKind::Webhook.as_str());
    Ok(shown(&signed, USUAL.iter().fold(form, |form, kind| form.with("on", kind.as_str()))).await)
}

pub async fn act(State(app): State<AppState>, signed: Signed, typed: Typed<Wanted>) -> Answer {
    let door = Door::of(&app.platform, &signed)?;
    match typed.hand_to(|wanted| calls::add(&door, wanted)).await? {
        Ok(made) if made.secret.is_some() => Ok(once(&signed, made).await),
        Ok(made) => Ok(render::see_other(&links::one(&made.row.name))),
        Err(form) => Ok(shown(&signed, form).await),
    }
}

impl TryFrom<&Form> for Wanted {
    type Error = Error;

    fn try_from(form: &Form) -> Result<Self> {
        Ok(Self {
            name: form.text("name").to_owned(),
            kind: words::parse("kind", form.text("kind"))?,
            address: form.secret("address"),
            on: form.all("on").map(|kind| words::parse("on", kind)).collect::<Result<_>>()?,
            tag: form.optional("tag").map(str::to_owned),
        })
    }
}

/// The only page that has it: it is in no address and in no other answer.
async fn once(signed: &Signed, made: ChannelMade) -> Response {
    let page = Page::new(Nav::Channels, "Channel added").under("Channels", links::LIST);
    let secret = made.secret.unwrap_or_default();
    let href = links::one(&made.row.name);
    render::page(signed, page, move || {
        view! {
            <div class="head"><div><h1>{format!("The channel {}", made.row.name)}</h1></div></div>
            <Banner tone=Tone::Warn title="Keep the secret now: it is not shown again." />
            <p><CopyText value=secret label="the secret" /></p>
            <p class="muted">"Every message is signed with it: HMAC-SHA-256 over its id, its time and its body."</p>
            <div class="acts"><a class="button" href=href>"To the channel"</a></div>
        }
    })
    .await
}

async fn shown(signed: &Signed, form: Form) -> Response {
    let page = Page::new(Nav::Channels, "Add channel").under("Channels", links::LIST).form(&form);
    render::page(signed, page, move || view(&form)).await
}

fn view(form: &Form) -> AnyView {
    let text = |name: &str| form.raw(name).to_owned();
    let wrong = |name: &str| problems::on(form, name);
    let kinds = ChannelKind::ALL.into_iter().map(|kind| (kind.as_str().to_owned(), sentence(kind.word()))).collect();
    let chosen: Vec<&str> = form.all("on").collect();
    let ticks = NoticeKind::chosen()
        .map(|kind| {
            let checked = chosen.contains(&kind.as_str());
            view! { <Tick name="on" value=kind.as_str() label=what(kind) checked=checked /> }
        })
        .collect_view();
    view! {
        <div class="head"><div><h1>"Add channel"</h1></div></div>
        <form method="post" action=links::NEW class="column">
            {form.summary()}
            <Field name="name" label="Name" value=text("name") error=wrong("name") required=true mono=true />
            <Choice name="kind" label="Kind" options=kinds value=text("kind") error=wrong("kind") />
            <Field name="address" label="Address" kind="password" error=wrong("address") hint="An https URL, or an address for mails. It is sealed, and shown in part." required=true mono=true />
            <fieldset id="f-on">
                <legend>"Told of"</legend>
                {wrong("on").map(|wrong| view! { <p class="wrong">{wrong}</p> })}
                {ticks}
            </fieldset>
            <Field name="tag" label="Only of tenants with this tag" value=text("tag") error=wrong("tag") hint="Empty: of all tenants." mono=true />
            <div class="acts">
                <button type="submit" class="primary">"Add channel"</button>
                <a class="button" href=links::LIST>"Cancel"</a>
                <CopyForm command=command::add(&form.told()) from=links::NEW />
            </div>
        </form>
    }
    .into_any()
}

fn what(kind: NoticeKind) -> &'static str {
    match kind {
        NoticeKind::Failed => "A run failed",
        NoticeKind::Halted => "A run halted",
        NoticeKind::Waiting => "A run waits for a person",
        NoticeKind::Finished => "A run finished",
        NoticeKind::Quarantine => "A tenant left for quarantine",
        NoticeKind::Server => "A server does not answer",
        NoticeKind::Provisioning => "A provisioning failed",
        NoticeKind::Backup => "A backup failed",
        NoticeKind::Expiring => "A token is about to expire",
        NoticeKind::Test => "A test",
    }
}
