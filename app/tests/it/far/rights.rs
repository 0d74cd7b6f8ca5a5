//! What a token may not do on the command line, what does not exist for it, and what is not for tokens at all.

use super::{Console, token};
use crate::program::Program;

#[test]
fn a_token_is_told_what_it_may_not_and_what_does_not_exist_for_it() {
    let home = Program::new();
    let console = Console::of(&home);
    let with = |words: &str| console.afar(&token(&home, words));
    let boss = with("boss --role superadmin");
    boss.run("tenant create acme --tag eu").expect(0);
    boss.run("tenant create beta").expect(0);
    boss.run("tenant delete acme --yes").expect(4).says("made to destroy");
    boss.run("prune --older-than 90d --dry-run").expect(4).says("made to destroy");
    for line in ["token create x --role support", "token create x --role admin --json"] {
        assert!(boss.run(line).expect(4).out.is_empty());
    }

    boss.run("tenant credentials acme").expect(4).says("made to connect");
    let web = with("web --role support --connect");
    web.run("tenant credentials acme").expect(4).says("your role (support)");
    let told = with("boss2 --role superadmin --connect").run("tenant credentials acme").expect(0);
    assert!(
        told.out.starts_with("sqlite:///") && told.out.trim().ends_with(".db") && told.err.is_empty(),
        "{}",
        told.out
    );

    let support = with("support --role support");
    support.run("tenant list").expect(0).says("acme");
    for line in [
        "tenant suspend acme",
        "tenant create corp",
        "tenant rename acme Corp",
        "tenant credentials acme",
        "tenant rotate-password acme",
        "tenant move acme --server local",
        "tenant drop-replaced acme --yes",
        "tenant users list acme",
        "tenant users acme",
        "tenant users link acme x",
        "tenant users delete acme x --yes",
        "tenant users end-sessions acme x",
        "server add x --engine sqlite --path /tmp/x",
        "admin list",
        "audit list",
        "audit export",
        "channel add x --slack https://1.1.1.1/x --on failed",
        "channel test x",
        "channel off x",
        "channel remove x",
        "window add x --from 22:00 --to 06:00 --daily",
        "window off x",
        "window remove x",
        "run pass-windows 1 --why x",
        "prune --older-than 90d --yes",
    ] {
        assert_eq!(support.run(&format!("{line} --json")).expect(4).error()["code"], "denied", "{line}");
    }

    // What is on the console's machine or in its networks is for whoever is there.
    for address in ["https://127.0.0.1/x", "http://1.1.1.1/x", "https://[::ffff:10.0.0.1]/x"] {
        let error = boss.run(&format!("channel add x --webhook {address} --on failed --json")).expect(2).error();
        assert_eq!((&error["code"], &error["field"]), (&"invalid".into(), &"address".into()), "{error}");
    }
    support.run("channel list").expect(0);
    support.run("window list").expect(0);
    support.run("doctor").expect(0);

    let inside = with("inside --role superadmin --tag eu --allow-destructive");
    assert_eq!(inside.json("tenant list").as_array().unwrap().len(), 1);
    for line in ["tenant show beta", "tenant suspend beta", "tenant delete beta --yes", "tenant users list beta"] {
        let error = inside.run(&format!("{line} --json")).expect(5).error();
        assert!(error["nearest"].is_null(), "{error}");
    }
    inside.run("channel list").expect(4);
    inside.run("window list").expect(4);
    inside.run("filter list").expect(4);
    for line in ["doctor", "doctor locks"] {
        inside.run(line).expect(4).says("confined to the tag eu");
    }
    inside.run("prune --older-than 90d --yes").expect(4).says("confined to the tag eu");
    inside.run("tenant tag acme us").expect(4).says("confined to the tag eu");
    inside.run("tenant rename acme Corp").expect(0);
    inside.run("tenant create corp").expect(4).says("confined to the tag eu");
    inside.run("tenant create corp --tag eu").expect(0);
    inside.run("server remove local").expect(4);
    inside.run("audit export").expect(4).says("confined to the tag eu");
    let file = with("boss3 --role superadmin").run("audit export --format csv --action tenant --tenant acme").expect(0);
    let proof = neo::audit::prove(file.out.as_bytes(), None).unwrap();
    assert!(proof.holds() && proof.rows > 0 && proof.filter.is_some(), "{proof:?}");
    inside.run("tenant delete corp --yes").expect(0).says("corp is deleted");

    let own = inside.json("token list")[0]["id"].as_str().unwrap().to_owned();
    inside.run(&format!("token revoke {own}")).expect(0).says("is revoked");
    inside.run("tenant list").expect(4);
}

#[test]
fn what_needs_the_machine_says_so_before_it_asks_anything() {
    let home = Program::new();
    let console = Console::of(&home);
    let boss = console.afar(&token(&home, "boss --role superadmin"));
    for line in [
        "create-central-admin",
        "admin set-role grace@example.com admin",
        "admin reset-password grace@example.com",
        "admin invite joan@example.com --role support",
        "admin link grace@example.com",
        "admin reset-2fa grace@example.com",
        "admin unlink grace@example.com",
        "audit verify",
        "audit key",
        "audit prune --older-than 400d --yes",
        "key status",
        "serve",
        "work",
    ] {
        let said = boss.run(line).expect(2);
        assert!(said.out.is_empty() && said.err.contains("needs the machine"), "{line}: {}", said.err);
    }
    let refused = boss.run("server add files --engine sqlite --path files").expect(2);
    assert!(refused.err.contains("on the machine of the console"), "{}", refused.err);
}
