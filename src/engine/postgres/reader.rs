//! A login for one backup, where policies bind a table's owner too. It may what the tenant's own login may, past the policies, and
//! nothing anywhere else: whatever is evaluated in such a session is evaluated with the tenant's rights. No administrator enters
//! the database, and the tenant's own login is bound as before.

use secrecy::SecretString;
use tokio::runtime::Handle;

use super::admin::{Admin, name, text};
use crate::engine::{Category, Failure, Target, passwords};

/// How every such role's name begins; the rest is made anew each time.
const PREFIX: &str = "neo_backup_";
/// Long enough to sign in once.
const VALID_FOR: &str = "10 minutes";

/// What such a role is commented with.
fn mark(tenant_id: &str) -> String {
    format!("neo:backup:{tenant_id}")
}

/// The login, until the backup is made or given up. One that a killed process has left goes with the tenant's next, or with the
/// tenant.
pub(in crate::engine) struct Reader {
    admin: Target,
    pub login: Target,
    is_gone: bool,
}

impl Reader {
    pub async fn made(admin: &Target, tenant: &Target, tenant_id: &str) -> Result<Self, Failure> {
        let mut session = Admin::open(admin).await?;
        let made = session.make_reader(admin, tenant, tenant_id).await;
        session.close().await;
        Ok(Self { admin: admin.clone(), login: made?, is_gone: false })
    }

    pub async fn gone(mut self) {
        self.is_gone = true;
        drop_reader(&self.admin, &self.login.username).await;
    }
}

/// Whoever gives a backup up does not wait for that.
impl Drop for Reader {
    fn drop(&mut self) {
        if let (false, Ok(runtime)) = (self.is_gone, Handle::try_current()) {
            let (admin, role) = (self.admin.clone(), self.login.username.clone());
            runtime.spawn(async move { drop_reader(&admin, &role).await });
        }
    }
}

async fn drop_reader(admin: &Target, role: &str) {
    let dropped = async {
        let mut session = Admin::open(admin).await?;
        let dropped = session.drop_reader(role).await;
        session.close().await;
        dropped
    };
    if let Err(failure) = dropped.await {
        tracing::warn!(role, failure = failure.message, "a login that was made for a backup could not be dropped");
    }
}

impl Admin {
    async fn make_reader(&mut self, admin: &Target, tenant: &Target, tenant_id: &str) -> Result<Target, Failure> {
        self.drop_left_readers(tenant_id).await;
        let (role, password) = (format!("{PREFIX}{}", crate::id::new()), hex::encode(rand::random::<[u8; 32]>()));
        let (quoted, verifier) = (name(&role), passwords::scram(&password, &rand::random()));
        let until = format!("select (pg_catalog.clock_timestamp() + '{VALID_FOR}'::pg_catalog.interval)::text");
        let until: String = self.one(&until).await?.unwrap_or_default();
        let inherit = if self.version() >= 160_000 { " with inherit true" } else { "" };
        let sql = format!(
            "create role {quoted} login bypassrls connection limit 2 password {} valid until {} \
             nosuperuser nocreatedb nocreaterole noreplication; comment on role {quoted} is {}; grant {} to {quoted}{inherit}",
            text(&verifier),
            text(&until),
            text(&mark(tenant_id)),
            name(&tenant.username),
        );
        match self.run(&sql).await {
            Ok(()) => Ok(Target {
                username: role,
                password: Some(SecretString::from(password)),
                second: None,
                ..tenant.clone()
            }),
            Err(failure) if failure.category == Category::Permission => {
                Err(self.may_not(failure, &admin.username, &tenant.username))
            }
            Err(failure) => Err(failure.redacted(&verifier)),
        }
    }

    /// With what somebody who may do more can run.
    fn may_not(&self, failure: Failure, login: &str, role: &str) -> Failure {
        let (login, role) = (name(login), name(role));
        // Which of the two it is stands in the detail.
        let is_bypass =
            format!("{} {}", failure.message, failure.detail.as_deref().unwrap_or_default()).contains("BYPASSRLS");
        let hint = match (self.version() >= 160_000, is_bypass) {
            (true, true) => format!("have a superuser of the server run: alter role {login} bypassrls"),
            (true, false) => format!("have somebody who may run: grant {role} to {login} with admin option"),
            (false, _) => {
                "before PostgreSQL 16 only a superuser may make one: give Neo such a login for this server".to_owned()
            }
        };
        let why = format!("the server's login {login} may not make a login that reads past it: {}", failure.message);
        failure.reworded(&why).hint(hint)
    }

    /// What the tenant has given it, by its name, keeps it: then nobody signs in with it any more.
    async fn drop_reader(&mut self, role: &str) -> Result<(), Failure> {
        // It has none any more, but where it was left: of those it may be that this login may not end them.
        let _ = self.end_sessions(role).await;
        match self.run(&format!("drop role if exists {}", name(role))).await {
            Err(failure) if failure.code.as_deref() == Some("2BP01") => {
                self.run(&format!("alter role {} nologin password null", name(role))).await
            }
            outcome => outcome,
        }
    }

    /// Those that a process has left which was killed: nobody signs in with one any more, and nobody is.
    async fn drop_left_readers(&mut self, tenant_id: &str) {
        let left = format!(
            "select r.rolname::text from pg_catalog.pg_roles r where r.rolname like '{}%' \
             and pg_catalog.shobj_description(r.oid, 'pg_authid') = {} and r.rolvaliduntil < pg_catalog.clock_timestamp() \
             and not exists (select from pg_catalog.pg_stat_activity a where a.usesysid = r.oid)",
            PREFIX.replace('_', r"\_"),
            text(&mark(tenant_id))
        );
        self.drop_readers(&left).await;
    }

    /// All of a tenant that is no more.
    pub(super) async fn drop_all_readers(&mut self, tenant_id: &str) {
        let all = format!(
            "select r.rolname::text from pg_catalog.pg_roles r where r.rolname like '{}%' \
             and pg_catalog.shobj_description(r.oid, 'pg_authid') = {}",
            PREFIX.replace('_', r"\_"),
            text(&mark(tenant_id))
        );
        self.drop_readers(&all).await;
    }

    async fn drop_readers(&mut self, which: &str) {
        let dropped = async {
            for role in self.texts(which).await? {
                self.drop_reader(&role).await?;
            }
            Ok::<_, Failure>(())
        };
        if let Err(failure) = dropped.await {
            tracing::warn!(failure = failure.message, "a login that was left by a backup could not be dropped");
        }
    }
}
