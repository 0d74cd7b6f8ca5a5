//! The identity provider that admins may sign in by, as the settings name it. What it is asked is in [`crate::oidc`].

use neo_model::Role;
use secrecy::SecretString;
use url::Url;

use super::network::is_this_machine;
use crate::error::{Error, Result, printable};

/// As they are typed.
#[derive(clap::Args, Debug, Clone)]
#[group(skip)]
pub struct Settings {
    /// The identity provider that admins may sign in by (OpenID Connect): exactly what it calls itself, like https://id.example.com.
    #[arg(long, env = "OIDC_ISSUER", value_name = "URL", global = true, hide = true)]
    pub oidc_issuer: Option<String>,

    /// What the provider knows Neo as; its secret is OIDC_CLIENT_SECRET, from the environment alone.
    #[arg(long, env = "OIDC_CLIENT_ID", value_name = "ID", global = true, hide = true)]
    pub oidc_client_id: Option<String>,

    /// The claim that says what somebody is at the provider: its name, or the way to it (realm_access.roles).
    #[arg(long, env = "OIDC_ROLE_CLAIM", value_name = "NAME", default_value = "groups", global = true, hide = true)]
    pub oidc_role_claim: String,

    /// Which values of that claim are which role, comma separated: superadmin=neo-super,admin=neo-admin,support=neo-support.
    #[arg(long, env = "OIDC_ROLES", value_name = "LIST", global = true, hide = true)]
    pub oidc_roles: Option<String>,

    /// What the provider is asked for besides openid: scopes, separated by spaces.
    #[arg(
        long,
        env = "OIDC_SCOPES",
        value_name = "SCOPES",
        default_value = "email profile",
        global = true,
        hide = true
    )]
    pub oidc_scopes: String,

    /// What the button on the sign-in page calls the provider; unless set, by its host.
    #[arg(long, env = "OIDC_NAME", value_name = "NAME", global = true, hide = true)]
    pub oidc_name: Option<String>,

    /// Whether the provider's sign-in is a second factor as well: no, always, or where its token says so (amr=mfa,acr=VALUE).
    #[arg(long, env = "OIDC_2FA", value_name = "WHEN", default_value = "no", global = true, hide = true)]
    pub oidc_2fa: String,

    /// Who signs in with a password or a passkey of Neo's: on is everybody, off is superadmins with a second factor alone.
    #[arg(long, env = "PASSWORD_SIGN_IN", default_value = "on", value_parser = ["on", "off"], global = true, hide = true)]
    pub password_sign_in: String,
}

/// The provider, settled. It holds a secret, and has no Debug.
pub struct Oidc {
    /// To the letter as the provider writes it.
    pub issuer: String,
    pub client_id: String,
    pub client_secret: SecretString,
    /// What people call it.
    pub name: String,
    pub role_claim: String,
    /// What a value of the claim makes of somebody.
    pub roles: Vec<(Role, String)>,
    /// Beside `openid`.
    pub scopes: Vec<String>,
    pub second_factor: TheirFactor,
}

/// Whether who signs in there has proven a second factor with that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TheirFactor {
    /// Ours is asked for as well.
    No,
    Always,
    /// Where the token has one of these.
    Where(Vec<Sign>),
}

/// What a token says of how somebody has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sign {
    /// One of its `amr`.
    Amr(String),
    /// Its `acr`.
    Acr(String),
}

const LIKE: &str = "like https://id.example.com, exactly as the provider writes it";

/// The provider that these settings name, if they do.
pub(super) fn read(settings: &Settings, client_secret: Option<SecretString>) -> Result<Option<Oidc>> {
    let set = |text: &Option<String>| text.as_deref().map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned);
    let Some(issuer) = set(&settings.oidc_issuer) else {
        let others = [
            ("OIDC_CLIENT_ID", set(&settings.oidc_client_id).is_some()),
            ("OIDC_CLIENT_SECRET", client_secret.is_some()),
            ("OIDC_ROLES", set(&settings.oidc_roles).is_some()),
        ];
        if let Some((name, _)) = others.into_iter().find(|(_, is_set)| *is_set) {
            return Err(Error::config(format!("{name} is set, and OIDC_ISSUER is not")).hint(LIKE));
        }
        if settings.password_sign_in == "off" {
            return Err(Error::config("PASSWORD_SIGN_IN is off, and there is no other way in")
                .hint("set OIDC_ISSUER, or leave PASSWORD_SIGN_IN on"));
        }
        return Ok(None);
    };
    let host = host_of(&issuer)?;
    let missing = |name: &str| Error::config(format!("OIDC_ISSUER is set, and {name} is not"));
    let client_id = set(&settings.oidc_client_id)
        .ok_or_else(|| missing("OIDC_CLIENT_ID").hint("it is what the provider knows Neo as"))?;
    let client_secret = client_secret
        .ok_or_else(|| missing("OIDC_CLIENT_SECRET").hint("it is made where Neo is made known to the provider"))?;
    let roles = roles(
        &set(&settings.oidc_roles).ok_or_else(|| missing("OIDC_ROLES").cause("nobody would be let in").hint(ROLES))?,
    )?;
    let role_claim = settings.oidc_role_claim.trim().to_owned();
    if role_claim.is_empty() {
        return Err(Error::config("OIDC_ROLE_CLAIM names no claim").hint("like groups, or realm_access.roles"));
    }
    Ok(Some(Oidc {
        name: set(&settings.oidc_name).unwrap_or(host),
        issuer,
        client_id,
        client_secret,
        role_claim,
        roles,
        scopes: settings.oidc_scopes.split_whitespace().filter(|scope| *scope != "openid").map(str::to_owned).collect(),
        second_factor: second_factor(&settings.oidc_2fa)?,
    }))
}

/// Checked so far as it can be without asking it.
fn host_of(issuer: &str) -> Result<String> {
    let wrong = |why: &str| Error::config("OIDC_ISSUER is no address of a provider").cause(why).hint(LIKE);
    let url = Url::parse(issuer).map_err(|error| wrong(&error.to_string()))?;
    let host = url.host().filter(|host| !host.to_string().is_empty()).ok_or_else(|| wrong("it names no host"))?;
    match url.scheme() {
        "https" => {}
        "http" if is_this_machine(&host) => {}
        "http" => {
            return Err(wrong("everybody on the way could say who signs in: https it is, but on this very machine"));
        }
        _ => return Err(wrong("it does not begin with https://")),
    }
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("there is more in it than host, port and path"));
    }
    Ok(host.to_string())
}

const ROLES: &str = "like OIDC_ROLES=superadmin=neo-super,admin=neo-admin,support=neo-support";

fn roles(list: &str) -> Result<Vec<(Role, String)>> {
    let entries = list.split(',').map(str::trim).filter(|entry| !entry.is_empty());
    let roles = entries.map(|entry| {
        let wrong = |why: String| {
            Error::config(format!("OIDC_ROLES cannot be read: \"{}\"", printable(entry))).cause(why).hint(ROLES)
        };
        let (role, value) = entry.split_once('=').ok_or_else(|| wrong("it is not ROLE=VALUE".into()))?;
        let role: Role = role.trim().parse().map_err(|error: neo_model::Unreadable| wrong(error.message))?;
        match value.trim() {
            "" => Err(wrong("no value follows the role".into())),
            value => Ok((role, value.to_owned())),
        }
    });
    roles.collect()
}

fn second_factor(text: &str) -> Result<TheirFactor> {
    let wrong = || {
        Error::config(format!("OIDC_2FA cannot be read: \"{}\"", printable(text)))
            .hint("no, always, or what the provider's token says of it: amr=mfa,acr=VALUE")
    };
    match text.trim() {
        "" | "no" => Ok(TheirFactor::No),
        "always" => Ok(TheirFactor::Always),
        list => {
            let signs = list.split(',').map(|sign| match sign.trim().split_once('=') {
                Some((_, "")) => Err(wrong()),
                Some(("amr", value)) => Ok(Sign::Amr(value.to_owned())),
                Some(("acr", value)) => Ok(Sign::Acr(value.to_owned())),
                _ => Err(wrong()),
            });
            Ok(TheirFactor::Where(signs.collect::<Result<_>>()?))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            oidc_issuer: Some("https://id.example.com/realm".into()),
            oidc_client_id: Some("neo".into()),
            oidc_role_claim: "groups".into(),
            oidc_roles: Some("superadmin=neo-super, admin=neo-admin,support=a=b".into()),
            oidc_scopes: "openid email".into(),
            oidc_name: None,
            oidc_2fa: "no".into(),
            password_sign_in: "on".into(),
        }
    }

    fn refused(settings: &Settings, secret: Option<&str>) -> Error {
        read(settings, secret.map(SecretString::from)).err().unwrap_or_else(|| panic!("{settings:?} was taken"))
    }

    #[test]
    fn a_provider_is_named_whole_or_not_at_all() {
        let oidc = read(&settings(), Some("hush".into())).unwrap().unwrap();
        assert_eq!((oidc.issuer.as_str(), oidc.name.as_str()), ("https://id.example.com/realm", "id.example.com"));
        let roles = [(Role::Superadmin, "neo-super"), (Role::Admin, "neo-admin"), (Role::Support, "a=b")];
        assert_eq!(oidc.roles, roles.map(|(role, value)| (role, value.to_owned())));
        assert_eq!((oidc.scopes, oidc.second_factor), (vec!["email".to_owned()], TheirFactor::No));

        let none = Settings { oidc_issuer: None, oidc_client_id: None, oidc_roles: None, ..settings() };
        assert!(read(&none, None).unwrap().is_none());
        for (error, word) in [
            (refused(&none, Some("hush")), "OIDC_CLIENT_SECRET"),
            (refused(&Settings { oidc_client_id: Some("neo".into()), ..none.clone() }, None), "OIDC_CLIENT_ID"),
            (refused(&Settings { password_sign_in: "off".into(), ..none }, None), "PASSWORD_SIGN_IN"),
            (refused(&settings(), None), "OIDC_CLIENT_SECRET"),
            (refused(&Settings { oidc_client_id: Some(" ".into()), ..settings() }, Some("hush")), "OIDC_CLIENT_ID"),
            (refused(&Settings { oidc_roles: None, ..settings() }, Some("hush")), "OIDC_ROLES"),
            (refused(&Settings { oidc_roles: Some("owner=x".into()), ..settings() }, Some("hush")), "OIDC_ROLES"),
            (refused(&Settings { oidc_roles: Some("admin".into()), ..settings() }, Some("hush")), "OIDC_ROLES"),
            (refused(&Settings { oidc_role_claim: " ".into(), ..settings() }, Some("hush")), "OIDC_ROLE_CLAIM"),
            (refused(&Settings { oidc_2fa: "mfa".into(), ..settings() }, Some("hush")), "OIDC_2FA"),
        ] {
            assert!(error.message.contains(word) && error.hint.is_some(), "{word}: {error}");
            assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
        }
    }

    #[test]
    fn a_provider_is_asked_in_the_open_on_this_machine_alone() {
        let named = |issuer: &str| Settings { oidc_issuer: Some(issuer.into()), ..settings() };
        for here in ["http://127.0.0.1:9000", "http://localhost", "http://id.localhost:9000/a", "http://[::1]:1"] {
            assert!(read(&named(here), Some("hush".into())).is_ok(), "{here}");
        }
        for wrong in [
            "http://id.example.com",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "id.example.com",
            "ftp://id.example.com",
            "https://user:pass@id.example.com",
            "https://id.example.com?a=b",
            "https://id.example.com#a",
            "https://",
        ] {
            let error = refused(&named(wrong), Some("hush"));
            assert!(error.message.contains("OIDC_ISSUER") && error.cause.is_some(), "{wrong}: {error}");
        }
    }

    #[test]
    fn a_token_says_how_somebody_has_signed_in() {
        let signs = TheirFactor::Where(vec![Sign::Amr("mfa".into()), Sign::Acr("urn:x=1".into())]);
        assert_eq!(second_factor("amr=mfa, acr=urn:x=1").unwrap(), signs);
        assert_eq!(
            [second_factor("").unwrap(), second_factor("always").unwrap()],
            [TheirFactor::No, TheirFactor::Always]
        );
        for wrong in ["yes", "amr=", "amr", "amr=mfa,", "alg=none"] {
            assert!(second_factor(wrong).is_err(), "{wrong}");
        }
    }
}
