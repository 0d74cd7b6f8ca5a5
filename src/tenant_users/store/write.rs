//! What is changed in a tenant's `users` and `user_roles`.

use super::super::TenantUser;
use super::super::shape::Shape;
use super::{Sql, sql};
use crate::engine::Given::Text;
use crate::engine::{Change, Connection};

/// The user and the role in one transaction. Where the id is empty the database makes it: whose hash this is has it then, and nobody
/// else, since each has a salt of its own.
pub(in crate::tenant_users) async fn insert(
    connection: &mut Connection,
    shape: &Shape,
    new: &TenantUser,
    role_id: &str,
    hash: &str,
) -> Sql<()> {
    let engine = connection.engine();
    let (user_key, role_key) = (shape.key("user_roles", "user_id"), shape.key("user_roles", "role_id"));
    let user = [&new.email, &new.first_name, &new.last_name, hash].map(Text);
    const NAMED: &str = "email, first_name, last_name, password_hash, status";
    if new.id.is_empty() {
        let users = sql(engine, &format!("insert into users ({NAMED}) values ($1, $2, $3, $4, 'active')"));
        let role = role_key.given(engine, "$1");
        let held =
            format!("insert into user_roles (user_id, role_id) select id, {role} from users where password_hash = $2");
        let held = sql(engine, &held);
        return connection.change((&users, &user), &[(&held, &[Text(role_id), Text(hash)])]).await.map(drop);
    }
    let id = shape.key("users", "id").given(engine, "$1");
    let users = sql(engine, &format!("insert into users (id, {NAMED}) values ({id}, $2, $3, $4, $5, 'active')"));
    let (of, role) = (user_key.given(engine, "$1"), role_key.given(engine, "$2"));
    let held = sql(engine, &format!("insert into user_roles (user_id, role_id) values ({of}, {role})"));
    let user = [&[Text(&new.id)][..], &user].concat();
    connection.change((&users, &user), &[(&held, &[Text(&new.id), Text(role_id)])]).await.map(drop)
}

/// When a row was changed, where there is a column for it.
fn touched(shape: &Shape) -> &'static str {
    if shape.has("users", "updated_at") { ", updated_at = current_timestamp" } else { "" }
}

/// Sets what `set` says of one user, whose id is this parameter.
fn of_one(connection: &Connection, shape: &Shape, set: &str, id: &str) -> String {
    let engine = connection.engine();
    let id = shape.key("users", "id").given(engine, id);
    sql(engine, &format!("update users set {set}{} where id = {id}", touched(shape)))
}

/// Takes all roles that they have from the user whose id is `$1`.
fn without_roles(connection: &Connection, shape: &Shape) -> String {
    let engine = connection.engine();
    let of = shape.key("user_roles", "user_id").given(engine, "$1");
    sql(engine, &format!("delete from user_roles where user_id = {of}"))
}

/// How many rows there were to change: one, or none.
pub(in crate::tenant_users) async fn set_status(
    connection: &mut Connection,
    shape: &Shape,
    id: &str,
    status: &str,
) -> Sql<u64> {
    let text = of_one(connection, shape, "status = $1", "$2");
    connection.change((&text, &[Text(status), Text(id)]), &[]).await
}

/// The role takes the place of all others, in one transaction.
pub(in crate::tenant_users) async fn set_role(
    connection: &mut Connection,
    shape: &Shape,
    id: &str,
    role_id: &str,
) -> Sql<u64> {
    let engine = connection.engine();
    let (of, role) = (shape.key("user_roles", "user_id"), shape.key("user_roles", "role_id").given(engine, "$2"));
    let of = of.given(engine, "$1");
    // Not the id itself, which a database that makes it lets nobody set.
    let touched = of_one(connection, shape, "email = email", "$1");
    let taken = without_roles(connection, shape);
    let given = sql(engine, &format!("insert into user_roles (user_id, role_id) values ({of}, {role})"));
    let (user, role) = ([Text(id)], [Text(id), Text(role_id)]);
    connection.change((&touched, &user), &[(&taken, &user), (&given, &role)]).await
}

/// With the roles that they have, in one transaction: whatever else refers to them keeps them. How many rows there were to change.
pub(in crate::tenant_users) async fn delete(connection: &mut Connection, shape: &Shape, id: &str) -> Sql<u64> {
    let engine = connection.engine();
    let touched = of_one(connection, shape, "email = email", "$1");
    let taken = without_roles(connection, shape);
    let deleted =
        sql(engine, &format!("delete from users where id = {}", shape.key("users", "id").given(engine, "$1")));
    let user = [Text(id)];
    let (taken, deleted): (Change, Change) = ((&taken, &user), (&deleted, &user));
    let all = if shape.has_roles() { vec![taken, deleted] } else { vec![deleted] };
    connection.change((&touched, &user), &all).await
}

pub(in crate::tenant_users) async fn set_password(
    connection: &mut Connection,
    shape: &Shape,
    id: &str,
    hash: &str,
) -> Sql<u64> {
    let text = of_one(connection, shape, "password_hash = $1", "$2");
    connection.change((&text, &[Text(hash), Text(id)]), &[]).await
}

/// One that its owner has chosen, unless another was set or they were shut out meanwhile.
pub(in crate::tenant_users) async fn choose_password(
    connection: &mut Connection,
    shape: &Shape,
    id: &str,
    old: &str,
    new: &str,
) -> Sql<u64> {
    let set = of_one(connection, shape, "password_hash = $1", "$2");
    let text = sql(connection.engine(), &format!("{set} and password_hash = $3 and status = 'active'"));
    connection.change((&text, &[Text(new), Text(id), Text(old)]), &[]).await
}

/// The same password under other parameters, unless it was changed meanwhile.
pub(in crate::tenant_users) async fn rehash(
    connection: &mut Connection,
    shape: &Shape,
    id: &str,
    old: &str,
    new: &str,
) -> Sql<()> {
    let engine = connection.engine();
    let id_is = shape.key("users", "id").given(engine, "$2");
    let text = format!("update users set password_hash = $1 where id = {id_is} and password_hash = $3");
    connection.change((&sql(engine, &text), &[Text(new), Text(id), Text(old)]), &[]).await.map(drop)
}
