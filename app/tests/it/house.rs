//! How the house is laid out: arrows between files point one way, a page knows no other page, and no file is long.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A file of the console is read in one sitting.
const LONGEST: usize = 400;
const MEDIAN: usize = 150;

/// A crate's files by the module that each is, and what each names of the others.
struct House {
    files: BTreeMap<Module, String>,
    arrows: BTreeMap<Module, BTreeSet<Module>>,
}

/// `["rooms", "runs", "one"]`; the crate itself is empty.
type Module = Vec<String>;

impl House {
    fn of(folder: &str) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().join(folder);
        let mut files = BTreeMap::new();
        read(&root, &root, &mut files);
        let names: BTreeSet<Module> = files.keys().cloned().collect();
        let arrows = files.iter().map(|(module, text)| (module.clone(), named(module, text, &names))).collect();
        Self { files, arrows }
    }

    /// All that can be reached from a file. A room and what stands behind its door are one: arrows between them are none.
    fn reach(&self, from: &Module) -> BTreeSet<Module> {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = next.pop() {
            let of = self.arrows[&module].iter().filter(|to| !to.starts_with(&module) && !module.starts_with(to));
            next.extend(of.filter(|to| seen.insert((*to).clone())).cloned());
        }
        seen
    }

    /// Files that lead back to themselves, together with those they do so through.
    fn circles(&self) -> BTreeSet<Vec<String>> {
        let reach: BTreeMap<&Module, BTreeSet<Module>> = self.files.keys().map(|m| (m, self.reach(m))).collect();
        let in_one = |a: &Module, b: &Module| reach[a].contains(b) && reach[b].contains(a);
        let circle = |module: &Module| reach.keys().filter(|m| in_one(m, module)).map(|m| m.join("::")).collect();
        self.files.keys().filter(|m| in_one(m, m)).map(circle).collect()
    }
}

fn read(root: &Path, folder: &Path, files: &mut BTreeMap<Module, String>) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path: PathBuf = entry.path();
        if path.is_dir() {
            read(root, &path, files);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            let name = path.strip_prefix(root).unwrap().with_extension("");
            let module: Module = name.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            let module = if module == ["lib"] { Module::new() } else { module };
            files.insert(module, code(&fs::read_to_string(&path).unwrap()));
        }
    }
}

/// Without its comments and its tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
    text.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect()
}

/// Every file that a `use`, or a path written out, names.
fn named(module: &Module, text: &str, names: &BTreeSet<Module>) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("use ") {
        let before = text[..at].chars().next_back();
        if before.is_none_or(|c| c.is_whitespace()) {
            let tree = text[at + 4..].split(';').next().unwrap_or_default();
            let tree: String = tree.split_whitespace().collect::<Vec<_>>().join(" ");
            leaves(&tree, &Module::new(), &mut |path| found.extend(file(module, path, names)));
        }
    }
    for start in ["crate::", "super::"] {
        for (at, _) in text.match_indices(start) {
            let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
            let path: String = text[at..].chars().take_while(|c| is_path(*c)).collect();
            let path: Module = path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
            found.extend(file(module, &path, names));
        }
    }
    found.remove(module);
    found
}

/// `a::{b, c::{d, e as f}}` is `a::b`, `a::c::d` and `a::c::e`.
fn leaves(tree: &str, before: &Module, found: &mut impl FnMut(&Module)) {
    let joined = |path: &str| {
        let parts = path.split("::").map(|part| part.split(" as ").next().unwrap_or_default().trim().to_owned());
        before.iter().cloned().chain(parts.filter(|part| !part.is_empty())).collect::<Module>()
    };
    let Some((head, rest)) = tree.split_once('{') else { return found(&joined(tree)) };
    let (head, rest) = (joined(head), rest.rsplit_once('}').map_or(rest, |(rest, _)| rest));
    let mut depth = 0;
    let at = |c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    };
    rest.split(at).filter(|part| !part.trim().is_empty()).for_each(|part| leaves(part.trim(), &head, found));
}

/// The file that holds what a path names.
fn file(module: &Module, path: &Module, names: &BTreeSet<Module>) -> Option<Module> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let whole: Module = match path.first().map(String::as_str) {
        Some("crate") => path[1..].to_vec(),
        Some("super") => [&module[..module.len().checked_sub(ups)?], &path[ups..]].concat(),
        Some("self") => [&module[..], &path[1..]].concat(),
        _ => [&module[..], path].concat(),
    };
    // What a file names of itself begins with a module behind it, or it is another crate's.
    let is_own = matches!(path.first().map(String::as_str), Some("crate" | "super" | "self"));
    let found = (0..=whole.len()).rev().map(|n| whole[..n].to_vec()).find(|part| names.contains(part))?;
    (is_own || found.len() > module.len()).then_some(found)
}

/// A file that is shown as a page: `page`, or the `list`, `new` or `one` of a room where that is one file.
fn is_page(module: &Module, names: &BTreeSet<Module>) -> bool {
    let last = module.last().map(String::as_str);
    let is_alone = !names.iter().any(|other| other.len() > module.len() && other.starts_with(module));
    module.first().is_some_and(|first| first == "rooms")
        && (last == Some("page") || is_alone && matches!(last, Some("list" | "new" | "one")))
}

#[test]
fn no_file_of_the_console_leads_back_to_itself() {
    let circles = House::of("app/src").circles();
    assert!(circles.is_empty(), "these lead back to themselves: {circles:#?}");
}

/// Where an engine is asked and where it answers are one thing in several files.
#[test]
fn no_file_of_the_platform_leads_back_to_itself() {
    let circles = House::of("src").circles();
    let others: Vec<_> =
        circles.iter().filter(|circle| !circle.iter().all(|file| file.starts_with("engine"))).collect();
    assert!(others.is_empty(), "these lead back to themselves: {others:#?}");
}

/// Folders likewise, each with all that is in it. Addresses are known to all: they name nothing but addresses.
#[test]
fn no_folder_of_the_console_leads_back_to_itself() {
    let house = House::of("app/src");
    let is_links = |module: &Module| module.len() == 3 && module[2] == "links";
    let parents: BTreeSet<Module> = house.files.keys().flat_map(|m| (0..m.len()).map(|n| m[..n].to_vec())).collect();
    for parent in parents {
        let within = |module: &Module| {
            (module.len() > parent.len() && module.starts_with(&parent)).then(|| module[..=parent.len()].to_vec())
        };
        let mut arrows: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (from, to) in house.arrows.iter().filter(|(from, _)| !is_links(from)) {
            let Some(from) = within(from) else { continue };
            let to =
                to.iter().filter(|to| !is_links(to)).filter_map(within).filter(|to| *to != from).collect::<Vec<_>>();
            for to in &to {
                arrows.entry(to.clone()).or_default();
            }
            arrows.entry(from).or_default().extend(to);
        }
        let files = arrows.keys().map(|folder| (folder.clone(), String::new())).collect();
        let circles = House { files, arrows }.circles();
        assert!(circles.is_empty(), "in {parent:?} these lead back to themselves: {circles:#?}");
    }
}

#[test]
fn no_page_knows_another_page() {
    let house = House::of("app/src");
    let names: BTreeSet<Module> = house.files.keys().cloned().collect();
    let pages: Vec<&Module> = names.iter().filter(|module| is_page(module, &names)).collect();
    assert!(pages.len() > 15, "only these are found to be pages: {pages:?}");
    for page in pages {
        let others: Vec<_> = house.arrows[page].iter().filter(|to| is_page(to, &names)).collect();
        assert!(others.is_empty(), "{page:?} knows {others:?}");
    }
}

/// What a page knows and how it is loaded is asked for by whoever has an actor: neither HTTP nor views are in it.
#[test]
fn no_model_knows_how_it_is_shown() {
    for (module, text) in House::of("app/src").files.iter().filter(|(m, _)| m.last().is_some_and(|m| m == "model")) {
        for word in ["axum::", "leptos::", "crate::ui", "crate::page", "AnyView"] {
            assert!(!text.contains(word), "{module:?} names {word}");
        }
    }
}

/// A room says what there is at an address as a row of the table, with whom it is for: a router of its own would say neither.
#[test]
fn no_room_has_an_address_beside_the_table() {
    for (module, text) in House::of("app/src").files.iter().filter(|(m, _)| m.first().is_some_and(|m| m == "rooms")) {
        for word in ["Router", ".route(", "axum::routing"] {
            assert!(!text.contains(word), "{module:?} names {word}");
        }
    }
}

#[test]
fn no_file_is_long() {
    for folder in ["src", "../src", "../model/src"] {
        let mut lengths = Vec::new();
        measure(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder), &mut lengths);
        lengths.sort();
        let (longest, file) = lengths.last().unwrap();
        assert!(*longest <= LONGEST, "{} has {longest} lines", file.display());
        let median = lengths[lengths.len() / 2].0;
        assert!(median <= MEDIAN, "{folder}: half of the files have more than {median} lines");
    }
}

fn measure(folder: &Path, lengths: &mut Vec<(usize, PathBuf)>) {
    for path in fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            measure(&path, lengths);
        } else {
            lengths.push((fs::read_to_string(&path).unwrap().lines().count(), path));
        }
    }
}
