//! What the catalogues are asked.

/// What a user has made has a number from 16384 up (FirstNormalObjectId), whatever else is in a catalogue; what an extension has
/// made is its own matter (3079 is `pg_extension`). `MOST` stands for how much is read of a definition. A primary key's index is
/// told of by its constraint, as is a column that is not null, unless nobody has looked whether that holds.
pub(super) const CATALOGUES: &str = "\
select 'version', current_setting('server_version_num');
select 'member', objid from pg_depend where refclassid = 3079 and deptype = 'e';
select 'namespace', oid, nspname from pg_namespace;
select 'relation', oid, relnamespace, relname, relkind, relpersistence, relrowsecurity, relforcerowsecurity,
       reloptions, relispartition, relreplident, relhassubclass, relhasrules
  from pg_class where oid >= 16384 and relkind in ('r', 'p', 'f', 'v', 'm', 'S', 'c');
select 'type', oid, typnamespace, typname, typtype from pg_type where oid >= 16384 and typtype in ('d', 'e', 'r');
select 'default', adrelid, adnum, left(pg_get_expr(adbin, adrelid), MOST) from pg_attrdef where adrelid >= 16384;
select 'column', attrelid, attnum, attname, format_type(atttypid, atttypmod), attnotnull, attidentity, attgenerated,
       attcollation
  from pg_attribute where attrelid >= 16384 and attnum > 0 and not attisdropped;
select 'constraint', conrelid, contypid, conindid, contype, conname, left(pg_get_constraintdef(oid), MOST)
  from pg_constraint where oid >= 16384 and (contype <> 'n' or not convalidated);
select 'index', indrelid, indexrelid, left(pg_get_indexdef(indexrelid), MOST), indisvalid, indisreplident
  from pg_index where indrelid >= 16384 and not indisprimary;
select 'has', 'trigger', tgrelid from pg_trigger where not tgisinternal limit 1;
select 'has', 'policy', polrelid from pg_policy limit 1;
select 'has', 'routine', oid from pg_proc where oid >= 16384 limit 1;";

/// What most databases have none of, asked for where there is some: its words for them are what the server looks up longest.
pub(super) const RARE: [(&str, &str); 12] = [
    (
        "part",
        "select 'part', oid, left(pg_get_expr(relpartbound, oid), MOST),
                case when relkind = 'p' then left(pg_get_partkeydef(oid), MOST) end
           from pg_class where oid >= 16384 and (relispartition or relkind = 'p');",
    ),
    (
        "domain",
        "select 'domain', oid, format_type(typbasetype, typtypmod), typnotnull, left(typdefault, MOST), typcollation
           from pg_type where oid >= 16384 and typtype = 'd';",
    ),
    (
        "inherits",
        "select 'inherits', inhrelid, inhparent, inhseqno from pg_inherits;",
    ),
    ("range", "select 'range', rngtypid, format_type(rngsubtype, null) from pg_range where rngtypid >= 16384;"),
    ("enum", "select 'label', enumtypid, enumlabel from pg_enum order by enumtypid, enumsortorder;"),
    (
        "sequence",
        "select 'owner', objid, refobjid, refobjsubid, deptype
           from pg_depend where classid = 1259 and objid >= 16384 and refobjsubid > 0;
         select 'sequence', seqrelid, format_type(seqtypid, null), seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle
           from pg_sequence;",
    ),
    (
        "view",
        "select 'view', whose, left(made, MOST), case when length(made) > MOST then md5(made) end
           from (select ev_class as whose, pg_get_viewdef(ev_class) as made from pg_rewrite
                  where oid >= 16384 and rulename = '_RETURN' offset 0) views;",
    ),
    (
        "rule",
        "select 'rule', ev_class, left(pg_get_ruledef(oid), MOST), ev_enabled
           from pg_rewrite where oid >= 16384 and rulename <> '_RETURN';",
    ),
    (
        "trigger",
        "select 'trigger', tgrelid, left(pg_get_triggerdef(oid), MOST), tgenabled from pg_trigger where not tgisinternal;",
    ),
    (
        "policy",
        "select 'policy', polrelid, polname, polcmd, polpermissive, polroles, left(pg_get_expr(polqual, polrelid), MOST),
                left(pg_get_expr(polwithcheck, polrelid), MOST)
           from pg_policy;",
    ),
    (
        "routine",
        "select 'routine', whose, left(made, MOST), case when length(made) > MOST then md5(made) end
           from (select pronamespace as whose, case when prokind = 'a' then
                        'aggregate ' || proname || '(' || pg_get_function_identity_arguments(oid) || ')'
                        else pg_get_functiondef(oid) end as made
                   from pg_proc
                  where oid >= 16384 and oid not in (select objid from pg_depend where refclassid = 3079 and deptype = 'e')
                 offset 0) routines;",
    ),
    // Last: what comes before has told of columns and domains that want one.
    (
        "collation",
        "select 'collation', oid, collnamespace, collname from pg_collation
          where oid in (select attcollation from pg_attribute where attrelid >= 16384 and attcollation > 100)
             or oid in (select typcollation from pg_type where oid >= 16384 and typcollation > 100);",
    ),
];

/// How each message begins, which is one transaction: names are read as everywhere else, whatever a role or a database says of
/// the search path.
pub(super) const BEGIN: &str = "set local search_path = public; set local statement_timeout = LONGEST; \
    set local bytea_output = hex; set local intervalstyle = postgres; set local quote_all_identifiers = off; set local lc_monetary = 'C';";
