//! Users of tenants, admins, tokens.

use serde_json::json;

use super::Tale;

const PASSWORD: &str = "seven small boats at noon";

pub fn users(tale: &mut Tale) {
    let ada = [
        ("EMAIL", "ada@acme.example"),
        ("PASSWORD", PASSWORD),
        ("FIRST_NAME", "Ada"),
        ("LAST_NAME", "Lovelace"),
        ("ROLE", "admin"),
    ];
    tale.run("tenant users list acme", 0).says("No users yet. The first one: neo create-tenant-user acme");
    tale.run_with("create-tenant-user acme", &ada, 0).says("Created ada@acme.example in acme");
    tale.run_with("tenant users create acme --json", &ada, 6);
    tale.run_with("create-tenant-user acme --role chief --email x@acme.example", &ada, 2).says("one of: ");
    tale.run("tenant users list acme", 0).says("ada@acme.example");
    assert_eq!(tale.json("tenant users list acme --search love --limit 1")[0]["roles"], json!(["admin"]));
    tale.run("tenant users list acme --search nobody", 0).says("No user of acme has \"nobody\"");
    let user = "acme ada@acme.example";
    assert_eq!(tale.json(&format!("tenant users set-role {user} member"))["roles"], json!(["member"]));
    tale.run(&format!("tenant users set-role {user} chief"), 2).says("one of: ");
    tale.run(&format!("tenant users disable {user}"), 0).says("ada@acme.example is disabled");
    assert_eq!(tale.json("tenant users list acme")[0]["disabled"], true);
    tale.run(&format!("tenant users enable {user}"), 0).says("ada@acme.example is enabled");
    let reset = format!("tenant users reset-password {user}");
    tale.run_with(&reset, &[("PASSWORD", "another seven boats at noon")], 0).says("is given a new password");
    tale.run_with(&reset, &[("PASSWORD", "short")], 2);
    tale.run(&reset, 2).says("--password-stdin or PASSWORD is missing");
    tale.run("tenant users disable acme ada@acme.exampl", 5).says("nearest: ada@acme.example");
    assert_eq!(tale.json("tenant users acme --q love")[0]["last_signed_in_at"], json!(null));
    tale.run("tenant users acme --after x", 2).says("cannot be read");
    tale.run(&format!("tenant users end-sessions {user}"), 0).says("0 sessions ended");
    assert_eq!(tale.json(&format!("tenant users end-sessions {user}")), json!({ "ended": 0 }));
    let grace = [("EMAIL", "grace@acme.example"), ("FIRST_NAME", "Grace"), ("LAST_NAME", "Hopper"), ("ROLE", "admin")];
    let made = tale.run_with("tenant users create acme --link", &grace, 0);
    let made = made.says("grace@acme.example chooses a password there, once");
    assert!(made.out.trim().contains("/password?token=") && made.out.trim().lines().count() == 1, "{}", made.out);
    let link = tale.json(&format!("tenant users link {user}"));
    assert_eq!(link["email"], "ada@acme.example");
    tale.run("tenant users delete acme grace@acme.example", 2).says("--yes");
    tale.run("tenant users delete acme grace@acme.example --yes", 0).says("grace@acme.example is deleted");
    assert_eq!(tale.json("tenant users acme").as_array().unwrap().len(), 1);
}

pub fn people(tale: &mut Tale) {
    tale.run("admin list", 0).says("No admin yet");
    let grace = [
        ("EMAIL", "grace@example.com"),
        ("PASSWORD", PASSWORD),
        ("FIRST_NAME", "Grace"),
        ("LAST_NAME", "Hopper"),
        ("ROLE", "admin"),
    ];
    tale.home.run_with("create-central-admin", &grace, "").expect(0);
    tale.run("admin list", 0).says("Grace Hopper");
    assert_eq!(tale.json("admin list").as_array().unwrap().len(), 1);
    tale.run("admin show Grace@example.com", 0).says("Grace Hopper");
    tale.run("admin show grace@example.co", 5).says("nearest: grace@example.com");
    tale.run("token revoke nosuch00", 5).says("neo token list");
    tale.run("channel list", 0).says("No channel yet");
    tale.run("channel add ops --slack https://1.1.1.1/hush-hush --on failed,halted --tag bank", 0).says("Added ops");
    tale.run("channel add ops --slack https://1.1.1.1/hush-hush --on failed", 6).says("exists already");
    tale.run("channel add o --slack https://1.1.1.1/x --on everything", 2).says("one of: failed, halted");
    tale.run("channel list", 0).says("failed,halted");
    tale.run("channel show ops", 0).says("Nothing was told there yet");
    tale.run("channel show opps", 5).says("nearest: ops");
    tale.run("channel off ops", 0).says("is told of nothing");
    tale.run("channel on ops", 0).says("again");
    tale.run("channel remove ops", 0).says("Removed ops");
    tale.run("window list", 0).says("No window yet");
    let add = "window add nights --from 22:00 --to 06:00 --zone Europe/Berlin --daily --tag bank";
    tale.run(add, 0).says("every day, 22:00 to 06:00, Europe/Berlin");
    tale.run(add, 6).says("exists already");
    tale.run("window add x --from 22:00 --to 06:00 --zone Mars/Olympus --daily", 2).says("is not a zone");
    tale.run("window off night", 5).says("nearest: nights");
    tale.run("window off nights", 0).says("keeps nobody");
    assert_eq!(tale.json("window list")[0]["enabled"], false);
    tale.run("window on nights", 0).says("again");
    tale.run("window remove nights", 0).says("Removed nights");
    tale.run("run pass-windows 999 --why urgent", 5);
    tale.run("filter list", 0).says("No filter of tenants is kept");
    tale.run("filter save Banks --query status=active&tag=bank", 0).says("Saved Banks: status=active&tag=bank");
    tale.run("filter save Banks --query status=suspended", 6).says("is kept already");
    tale.run("filter save Elsewhere --query next=https://evil.example", 2).says("is no filter of this list");
    tale.run("filter save Broken --page runs --query status=failed", 0).says("Saved Broken");
    let kept = tale.json("filter list");
    assert_eq!((kept.as_array().unwrap().len(), &kept[0]["query"]), (1, &"status=active&tag=bank".into()), "{kept}");
    tale.run("filter remove Bank", 5).says("nearest: Banks");
    tale.run("filter remove Broken", 5);
    tale.run("filter remove Broken --page runs", 0).says("Removed Broken");
    tale.run("filter remove Banks", 0).says("Removed Banks");
    tale.run("filter list --page everything", 2).says("one of: tenants, runs, audit");
}
