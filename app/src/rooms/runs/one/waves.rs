//! The waves of a run, where there are several: who has been, who is, who waits.

use leptos::prelude::*;
use neo::runs::{Status as Run, WaveStatus};

use super::model::One;
use crate::ui::text::{number, sentence};
use crate::ui::{Mark, Status};

pub fn view(one: &One) -> AnyView {
    if one.waves.len() < 2 {
        return ().into_any();
    }
    let waves = one.waves.iter().map(|wave| line(one, wave)).collect_view();
    view! { <ol class="waves" aria-label="Waves">{waves}</ol> }.into_any()
}

fn line(one: &One, wave: &WaveStatus) -> AnyView {
    let (tenants, said) = (&wave.tenants, sentence(wave.status.word()));
    let is_next = one.run.gate.is_some_and(|gate| gate + 1 == wave.wave);
    let said = match (is_next, one.run.status) {
        (true, Run::Halted) => "Not begun".to_owned(),
        (true, _) => "Waits for a person".to_owned(),
        (false, _) => said,
    };
    let counted = |n: i64, word: &str| (n > 0).then(|| format!(", {} {word}", number(n)));
    let (failed, skipped) = (counted(tenants.failed, "failed"), counted(tenants.skipped, "skipped"));
    view! {
        <li>
            <strong>{sentence(&wave.name)}</strong>
            " "
            <Status mark=Mark::from(wave.status) word=said />
            <span class="muted">
                {format!("{} of {}", number(tenants.total - tenants.open() - tenants.skipped), number(tenants.total))}
                {failed}
                {skipped}
            </span>
        </li>
    }
    .into_any()
}
