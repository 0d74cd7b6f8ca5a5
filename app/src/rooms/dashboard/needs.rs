//! The part of the page that says what needs attention.

use leptos::prelude::*;

use super::attention::{Detail, Item, Tone};
use crate::rooms::runs::on_it;
use crate::rooms::tenants::links as tenants;
use crate::ui::{Act, Time, text};

pub fn view(items: Vec<Item>) -> impl IntoView {
    if items.is_empty() {
        return view! { <p class="clear">"Nothing needs attention."</p> }.into_any();
    }
    let lines = items
        .into_iter()
        .map(|item| {
            let class = match item.tone {
                Tone::Failed => "cause",
                Tone::Odd => "cause warn",
                Tone::Due => "cause due",
            };
            view! {
                <div class=class>
                    <b>{text::number(item.count)}</b>
                    <div>
                        <strong><a href=item.href>{item.what}</a></strong>
                        {item.detail.into_iter().map(detail).collect_view()}
                    </div>
                    <div class="acts">
                        {item.act.map(|(label, href)| {
                            // The one that is a question; the others lead to where one looks.
                            let asks = href.ends_with("/rerun");
                            view! { <Act label=label href=href asks=asks denied=item.denied /> }
                        })}
                    </div>
                </div>
            }
        })
        .collect_view();
    view! {
        <section aria-labelledby="attention">
            <h2 id="attention">"Needs attention"</h2>
            <div class="causes">{lines}</div>
        </section>
    }
    .into_any()
}

fn detail(detail: Detail) -> AnyView {
    match detail {
        Detail::Error(text) => view! { <span class="err">{text}</span> }.into_any(),
        Detail::Plain(text) => view! { <p class="muted">{text}</p> }.into_any(),
        Detail::OnIt(one) => on_it::told(&one),
        Detail::Some(slugs, more) => {
            let links = slugs.into_iter().map(|slug| view! { <a href=tenants::one(&slug)>{slug.clone()}</a>" " });
            let more = (more > 0).then(|| format!("and {} more", text::number(more)));
            view! { <p class="mono">{links.collect_view()}{more}</p> }.into_any()
        }
        Detail::LeftOut { slug, quarantine } => view! {
            <p class="muted">
                <a href=tenants::one(&slug)>{slug.clone()}</a>": "{quarantine.reason}" · "
                {quarantine.owner}" · ends "<span class="until"><Time ms=quarantine.until /></span>
            </p>
        }
        .into_any(),
    }
}
