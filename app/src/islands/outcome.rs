//! What came of an act, in words: the server's pages and the islands tell it alike.

use neo_model::Probe;

use crate::text::{count, duration};

/// How a server has answered: how soon, and what it is.
pub fn answered(probe: &Probe) -> (String, String) {
    let headroom = probe.headroom.map(|n| format!(" · {} free", count(n, "connection")));
    (format!("in {}", duration(probe.latency_ms)), format!("{}{}", probe.version, headroom.unwrap_or_default()))
}

/// Whether a tenant answers.
pub fn tested(tenant: &str, ms: i64, is_there: bool) -> String {
    match is_there {
        true => format!("{tenant} answers: connected, ledger read in {}", duration(ms)),
        false => format!("{tenant} cannot be reached"),
    }
}

#[cfg(target_arch = "wasm32")]
pub use browser::{Outcome, refusal, refused};

#[cfg(target_arch = "wasm32")]
mod browser {
    use neo_model::{RunStatus, Tested};
    use serde::Deserialize;
    use web_sys::Element;

    use super::{Probe, answered, count, tested};
    use crate::islands::call::Told;
    use crate::islands::dom;
    use crate::islands::mark::Mark;
    use crate::text::sentence;

    /// What an act came to.
    pub struct Outcome {
        pub words: String,
        /// A run that goes on now.
        pub goes_on: bool,
        shown: Shown,
    }

    enum Shown {
        Words,
        /// A link to what it began.
        Link(String),
        /// A mark, and what else there is to know.
        Mark(String),
        Banner {
            is_well: bool,
            why: Option<String>,
        },
    }

    /// Of an answer, what the islands look at.
    #[derive(Deserialize)]
    struct Answer {
        run: Option<i64>,
        /// It was only asked for.
        request: Option<i64>,
        status: Option<String>,
        ended: Option<i64>,
    }

    impl Outcome {
        pub fn of(function: &str, answer: &str) -> Self {
            match function.rsplit_once("/api/v1/").map_or(function, |(_, name)| name) {
                "servers/check" => Self::read(answer, |probe: Probe| {
                    let (words, more) = answered(&probe);
                    (words, Shown::Mark(more))
                }),
                "tenants/test" => Self::read(answer, |seen: Tested| {
                    let words = tested(&seen.tenant, seen.ms, seen.ok);
                    (words, Shown::Banner { is_well: seen.ok, why: seen.reason })
                }),
                "runs/start" => Self::read(answer, |began: Answer| {
                    if let Some(request) = began.request {
                        return (format!("Asked: request {request}"), Shown::Link(format!("/requests/{request}")));
                    }
                    let run = began.run.unwrap_or_default();
                    (format!("Run {run} began"), Shown::Link(format!("/runs/{run}")))
                }),
                _ => Self::plain(answer),
            }
        }

        fn plain(answer: &str) -> Self {
            let answer = serde_json::from_str::<Answer>(answer).ok();
            let ended = answer.as_ref().and_then(|answer| answer.ended);
            let words = ended.map_or_else(|| "Done".to_owned(), |n| format!("{} ended", count(n, "session")));
            let status = answer.filter(|answer| answer.run.is_some()).and_then(|answer| answer.status);
            let goes_on = RunStatus::ALL.into_iter().any(|s| Some(s.as_str()) == status.as_deref() && !s.is_over());
            Self { words, goes_on, shown: Shown::Words }
        }

        fn read<T: for<'a> Deserialize<'a>>(answer: &str, told: impl Fn(T) -> (String, Shown)) -> Self {
            let Ok(read) = serde_json::from_str(answer) else { return Self::plain(answer) };
            let (words, shown) = told(read);
            Self { words, shown, goes_on: false }
        }

        /// The address of what it began.
        pub fn href(&self) -> Option<&str> {
            match &self.shown {
                Shown::Link(href) => Some(href),
                _ => None,
            }
        }

        /// What was looked at is not well.
        pub fn is_bad(&self) -> bool {
            matches!(self.shown, Shown::Banner { is_well: false, .. })
        }

        /// Shows it in the place of what is there.
        pub fn tell(&self, place: &Element) {
            place.set_text_content(None);
            let parts = match &self.shown {
                Shown::Words => vec![dom::element("span", "muted", &self.words)],
                Shown::Link(href) => {
                    let link = dom::element("a", "", &self.words);
                    let _ = link.set_attribute("href", href);
                    vec![link]
                }
                Shown::Mark(more) => {
                    let mark = dom::element("span", &format!("st {}", Mark::Ok.class()), "");
                    mark.set_inner_html(&format!("<span class=\"shape\">{}</span>", Mark::Ok.svg()));
                    let _ = mark.append_child(&dom::element("span", "", &self.words));
                    vec![mark, dom::element("br", "", ""), dom::element("span", "muted", more)]
                }
                Shown::Banner { is_well, why } => {
                    let banner = dom::element("div", if *is_well { "banner ok" } else { "banner bad" }, "");
                    let _ = banner.append_child(&dom::element("strong", "", &self.words));
                    if let Some(why) = why {
                        let _ = banner.append_child(&dom::element("span", "err", why));
                    }
                    vec![banner]
                }
            };
            for part in parts {
                let _ = place.append_child(&part);
            }
        }
    }

    fn what(told: &Told) -> String {
        sentence(&match &told.cause {
            Some(cause) => format!("{}: {cause}", told.message),
            None => told.message.clone(),
        })
    }

    /// The same in one line.
    pub fn refused(told: &Told) -> String {
        match &told.hint {
            Some(hint) => format!("{} ({hint})", what(told)),
            None => what(told),
        }
    }

    /// Why an act was not done: what, why, what next, and what to quote.
    pub fn refusal(told: &Told) -> Element {
        let refusal = dom::element("div", "note refusal", "");
        let _ = refusal.set_attribute("role", "alert");
        let _ = refusal.append_child(&dom::element("strong", "", &what(told)));
        if let Some(hint) = &told.hint {
            let _ = refusal.append_child(&dom::element("p", "", &sentence(hint)));
        }
        if let Some(id) = &told.id {
            let quoted = dom::element("p", "muted", "To quote: ");
            let _ = quoted.append_child(&dom::element("code", "", id));
            let _ = refusal.append_child(&quoted);
        }
        refusal
    }
}
