//! Tenants that are made, not made, adopted and deleted.

use std::path::Path;

use super::Tale;

const BROKEN: &str = "20990101000000_broken.up.sql";

pub fn failures(tale: &mut Tale) {
    tale.home.migration(BROKEN, "create table broken (\n");
    let failed = tale.run("tenant create delta", 3);
    for said in [
        "✗ migrate",
        "delta is not provisioned; done so far: reserve, role, database, rights",
        "neo tenant retry delta",
    ] {
        assert!(failed.err.contains(said), "{said}: {}", failed.err);
    }
    tale.run("tenant create delta", 6).says("neo tenant cleanup delta");
    assert_eq!(tale.run("tenant retry delta --json", 3).json()["status"], "failed");
    tale.run("tenant create echo --progress none", 3);
    tale.run("tenant cleanup echo", 2).says("--yes");
    let cleaned = tale.run("tenant cleanup echo --yes", 0);
    let undone: Vec<_> = cleaned.err.lines().filter(|line| line.starts_with('↶')).collect();
    assert!(undone.len() > 1 && undone[undone.len() - 1] == "↶ reserve undone", "{undone:?}");
    tale.run("tenant create echo --detach --json --server nosuch", 5);
    std::fs::remove_file(tale.home.migrations().join(BROKEN)).unwrap();
    tale.run("tenant retry delta", 0).says("delta is active");
    tale.run("tenant retry delta", 6).says("is provisioned already");
    tale.run("tenant cleanup delta --yes", 6).says("hint: neo tenant delete delta");
}

pub fn many(tale: &mut Tale) {
    let line = "tenant create --from-file list.csv";
    tale.write("list.csv", "slug,server,tags\nfox,,eu\nBad,,\nlost,nosuch,\nacme,files,\nfox,,\n");
    let refused = tale.run(line, 2);
    for said in ["3: Bad", "4: lost", "5: acme: it exists already, on server \"local\"", "6: \"fox\" is named twice"] {
        assert!(refused.err.contains(said), "{said}: {}", refused.err);
    }
    tale.run("tenant show fox", 5);
    tale.write("list.csv", "slug,server,tags\nfox,,eu\nacme,,\n");
    tale.run(line, 0).says("1 made, 1 were there already, 0 failed");
    tale.run(&format!("{line} --json"), 0).says("there");
    // An archived one is neither there nor to be made.
    tale.run("tenant archive fox", 0);
    tale.run(line, 2).says("it exists, and is archived");
}

pub fn adoption(tale: &mut Tale) {
    let file = tale.json("tenant show beta")["database"].as_str().unwrap().to_owned();
    for name in ["old.db", "older.db", "oldest.db"] {
        std::fs::copy(&file, tale.place(name)).unwrap();
    }
    let [old, older, oldest] = ["old.db", "older.db", "oldest.db"].map(|name| tale.place(name));
    let survey = tale.json(&format!("tenant adopt old --database {old} --dry-run"));
    assert_eq!(survey[0]["outcome"], "ready", "{survey}");
    tale.run(&format!("tenant adopt old --database {old}"), 0).says("old is adopted");
    tale.run(&format!("tenant adopt old --database {old}"), 6);
    tale.run(&format!("tenant adopt other --database {old}.not --dry-run"), 6).says("does not exist");
    tale.run(&format!("tenant adopt other --server fils --database {old}"), 5).says("nearest: files");
    tale.run("tenant password-hash old bcrypt --json", 0).json();
    assert_eq!(tale.json("tenant show old")["password_hash"], "bcrypt");
    let line = "tenant adopt --from-file adopt.csv";
    tale.write("adopt.csv", &format!("slug,database\nold,{old}\nolder,{older}\nnone,{older}.not\noldest,{oldest}\n"));
    tale.run(&format!("{line} --dry-run"), 6).says("1 of them refused; nothing was touched");
    tale.run(line, 2).says("--keep-going");
    let told = tale.run(&format!("{line} --keep-going --json"), 3).json();
    let outcomes: Vec<_> = told.as_array().unwrap().iter().map(|made| made["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["there", "active", "failed", "active"], "{told}");
}

pub fn endings(tale: &mut Tale) {
    tale.run("tenant delete delta", 2).says("--yes");
    let gone = tale.run("tenant delete delta --yes --json", 0).json();
    let backup = gone["backup"].as_str().unwrap();
    assert!(Path::new(backup).starts_with(tale.home.dir.path()) || Path::new(backup).is_relative(), "{backup}");
    assert_eq!(gone["status"], "deleted");
    tale.run("tenant show delta", 5);
    // Its id, and the numbers of the audit, are others each time.
    let by_id = tale.program().json(&format!("tenant show {}", gone["id"].as_str().unwrap()));
    assert_eq!(by_id["status"], "deleted");
    tale.run("tenant delete fox --yes --no-backup", 0).says("fox is deleted");
    tale.run("tenant delete fox --yes", 5);
    let ends = tale.program().run("audit list --action tenant.delete --limit 3").expect(0).out;
    assert_eq!(ends.lines().count(), 4, "{ends}");
    let rows = tale.program().json("audit list --action tenant.delete --subject delta");
    assert_eq!((&rows[0]["outcome"], &rows[0]["body"]["backup"]), (&"succeeded".into(), &gone["backup"]), "{rows}");
}

pub fn backups(tale: &mut Tale) {
    tale.run("tenant backup delta --progress none", 5);
    // The times in their names are others each time.
    let made = tale.program().run("tenant backup beta").expect(0).says("1 backed up");
    assert_eq!(made.out.lines().count(), 1, "{}", made.out);
    let file = made.out.trim().to_owned();
    let listed = tale.program().json("backup list beta");
    assert_eq!(listed[0]["file"], file.as_str());
    let name = Path::new(&file).file_name().unwrap().to_str().unwrap().to_owned();
    let program = tale.program();
    program.run(&format!("tenant restore {name}")).expect(2).says("--yes");
    program.run(&format!("tenant restore {name} --as then")).expect(0).says("then is active");
    program.run(&format!("tenant restore {name} --yes")).expect(0).says("beta is ");
    program.run("tenant restore nosuch.db --as then").expect(5);
    // So are the names of databases.
    program.run("tenant move then --server nosuch").expect(5);
    program.run("tenant move then --server local").expect(0).says("then is active").says("what it had before is kept");
    program.run("tenant move then --server files").expect(6).says("neo tenant drop-replaced then");
    let shown = program.json("tenant show then");
    assert_eq!((&shown["server"], &shown["replaced"]["server"]), (&"local".into(), &"files".into()), "{shown}");
    program.run("tenant drop-replaced then").expect(2).says("--yes");
    program
        .run("tenant drop-replaced then --forget --yes")
        .expect(0)
        .says("What then had before its move is no longer known")
        .says("may still lie on files");
    program.run("tenant drop-replaced then --yes").expect(6);
}
