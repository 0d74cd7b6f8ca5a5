//! Names: which slugs are for tenants, and the names and passwords that are made for a tenant.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use neo_model::{Slug, shortened};
use secrecy::SecretString;
use zeroize::Zeroizing;

use crate::config::Config;
use crate::engine;
use crate::error::{Error, Result};

/// A slug that is none of the labels that lead elsewhere.
pub(crate) fn check_slug(config: &Config, slug: &str) -> Result<()> {
    slug.parse::<Slug>()?;
    if slug == "www" || config.central_subdomains.iter().any(|s| s == slug) {
        return Err(Error::invalid("slug", format!("\"{slug}\" leads to the console and cannot be a tenant's slug"))
            .hint("choose another"));
    }
    if slug == "new" {
        return Err(Error::invalid("slug", "\"new\" cannot be a tenant's slug: at /tenants/new one is made")
            .hint("choose another"));
    }
    Ok(())
}

/// A display name: any text on one line.
pub(super) fn check_name(name: &str) -> Result<String> {
    let name = name.trim();
    if name.is_empty() || name.chars().count() > 200 {
        return Err(Error::invalid("name", "a tenant's name has 1 to 200 characters"));
    }
    if name.chars().any(char::is_control) {
        return Err(Error::invalid("name", "a tenant's name is one line without control characters"));
    }
    Ok(name.to_owned())
}

/// Tags: lower-case words, sorted, each once.
pub(crate) fn check_tags(tags: &[String]) -> Result<Vec<String>> {
    let mut checked = Vec::with_capacity(tags.len());
    for tag in tags {
        let tag = tag.trim();
        let safe = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | ':' | '/');
        if tag.is_empty() || tag.len() > 63 || !tag.chars().all(safe) {
            return Err(Error::invalid("tags", format!("\"{}\" cannot be a tag", shortened(tag)))
                .hint("1 to 63 lower-case letters, digits and - _ . : /"));
        }
        checked.push(tag.to_owned());
    }
    if checked.len() > 50 {
        return Err(Error::invalid("tags", "a tenant has at most 50 tags"));
    }
    checked.sort();
    checked.dedup();
    Ok(checked)
}

/// `t_acme_corp_k3x9w2ab`: the name of a tenant's database and of its role. At most 27 characters, since MySQL's user names
/// end at 32; no case, since MariaDB folds it.
pub(super) fn generate(slug: &str) -> String {
    let part: String = slug.chars().take(16).map(|c| if c == '-' { '_' } else { c }).collect();
    let random: String = crate::id::new().chars().rev().take(8).collect();
    format!("t_{}_{random}", part.trim_end_matches('_'))
}

/// 32 random bytes, readable by every client, and what servers that check passwords want to see in one.
pub(crate) fn password() -> SecretString {
    let mut bytes = Zeroizing::new([0u8; 32]);
    rand::fill(&mut bytes[..]);
    (URL_SAFE_NO_PAD.encode(&bytes[..]) + engine::CHECKED).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_names_are_safe_short_and_never_the_same() {
        for slug in ["acme", "a", "acme-corp", "0-9", &"x".repeat(63), "abcdefghijklmno-pqr"] {
            let name = generate(slug);
            assert!(name.len() <= 32, "{name}");
            let mut chars = name.chars();
            assert!(chars.next().unwrap().is_ascii_lowercase());
            assert!(chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'), "{name}");
            assert_ne!(name, generate(slug));
        }
    }

    #[test]
    fn tags_are_sorted_and_each_is_kept_once() {
        let tags = |list: &[&str]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(check_tags(&tags(&["eu", "beta ", "eu"])).unwrap(), tags(&["beta", "eu"]));
        assert_eq!(check_tags(&tags(&["no spaces"])).unwrap_err().field, Some("tags"));
    }
}
