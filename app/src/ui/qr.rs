//! A text as a picture that a telephone scans: drawn on the server, so it needs no script, no image and no other address.

use leptos::prelude::*;
use qrcode::{Color, EcLevel, QrCode};

/// Blank squares around it, as the standard wants them.
const QUIET: usize = 4;
const SIDE: u32 = 232;

/// Black on white whatever the theme: cameras expect that. What does not fit into one is not drawn.
#[component]
pub fn Qr(text: String, #[prop(into)] label: String) -> impl IntoView {
    let code = QrCode::with_error_correction_level(text.as_bytes(), EcLevel::M).ok()?;
    let width = code.width();
    let whole = width + 2 * QUIET;
    let dark = |(n, color): (usize, Color)| {
        (color == Color::Dark).then(|| format!("M{} {}h1v1h-1z", n % width + QUIET, n / width + QUIET))
    };
    let squares: String = code.to_colors().into_iter().enumerate().filter_map(dark).collect();
    Some(view! {
        <svg
            class="qr"
            role="img"
            aria-label=label
            width=SIDE
            height=SIDE
            viewBox=format!("0 0 {whole} {whole}")
            shape-rendering="crispEdges"
        >
            <rect width=whole height=whole fill="#fff" />
            <path d=squares fill="#000" />
        </svg>
    })
}
