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
}
