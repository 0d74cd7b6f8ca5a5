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
        let faces = files.iter().map(|(module, text)| (module.clone(), handed_on(text))).collect();
        let doors = Doors { files: &files, faces };
        let arrows = files.iter().map(|(module, text)| (module.clone(), doors.named(module, text))).collect();
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

    /// Every module that others lie in, the crate among them.
    fn folders(&self) -> BTreeSet<Module> {
        self.files.keys().flat_map(|m| (0..m.len()).map(|n| m[..n].to_vec())).collect()
    }

    /// What lies in a folder, each with all that is behind it as one.
    fn within(&self, parent: &Module, counts: impl Fn(&Module) -> bool) -> Self {
        let place = |module: &Module| {
            let is_in = module.len() > parent.len() && module.starts_with(parent) && counts(module);
            is_in.then(|| module[..=parent.len()].to_vec())
        };
        let mut arrows: BTreeMap<Module, BTreeSet<Module>> = BTreeMap::new();
        for (from, to) in &self.arrows {
            let Some(from) = place(from) else { continue };
            let to: Vec<_> = to.iter().filter_map(&place).filter(|to| *to != from).collect();
            for to in &to {
                arrows.entry(to.clone()).or_default();
            }
            arrows.entry(from).or_default().extend(to);
        }
        Self { files: arrows.keys().map(|place| (place.clone(), String::new())).collect(), arrows }
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

/// What a file hands on with `pub use`: the name, and the path by which the file itself knows it. `*` is all that is there.
type Face = Vec<(String, Module)>;

fn handed_on(text: &str) -> Face {
    let mut face = Face::new();
    for tree in uses(text).filter(|(before, _)| before.starts_with("pub")).map(|(_, tree)| tree) {
        leaves(&tree, &Module::new(), &mut |path, name| face.push((name.to_owned(), path.clone())));
    }
    face
}

/// Every `use`, with what its line begins with.
fn uses(text: &str) -> impl Iterator<Item = (&str, String)> {
    text.match_indices("use ").filter_map(move |(at, _)| {
        let line = text[..at].rfind('\n').map_or(0, |end| end + 1);
        let before = &text[line..at];
        let is_one = before.chars().next_back().is_none_or(|c| c.is_whitespace());
        let tree = text[at + 4..].split(';').next().unwrap_or_default();
        is_one.then(|| (before.trim(), tree.split_whitespace().collect::<Vec<_>>().join(" ")))
    })
}

/// The way to a thing: whoever asks a room for what stands behind its door has gone through the door.
struct Doors<'a> {
    files: &'a BTreeMap<Module, String>,
    faces: BTreeMap<Module, Face>,
}

impl Doors<'_> {
    /// Every file that holds what a `use`, or a path written out, names.
    fn named(&self, module: &Module, text: &str) -> BTreeSet<Module> {
        let mut found = BTreeSet::new();
        for (_, tree) in uses(text) {
            leaves(&tree, &Module::new(), &mut |path, _| found.extend(self.file(module, path)));
        }
        for start in ["crate::", "super::"] {
            for (at, _) in text.match_indices(start) {
                let is_path = |c: char| c.is_alphanumeric() || c == '_' || c == ':';
                let path: String = text[at..].chars().take_while(|c| is_path(*c)).collect();
                let path: Module = path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect();
                found.extend(self.file(module, &path));
            }
        }
        found.remove(module);
        found
    }

    fn file(&self, module: &Module, path: &Module) -> Option<Module> {
        let found = self.behind(&self.absolute(module, path)?, 0);
        (found != *module).then_some(found)
    }

    /// From the crate on; `None` where it is another crate's, or a name of the file's own.
    fn absolute(&self, module: &Module, path: &Module) -> Option<Module> {
        let ups = path.iter().take_while(|part| *part == "super").count();
        let first = path.first()?;
        Some(match first.as_str() {
            "crate" => path[1..].to_vec(),
            "super" => [&module[..module.len().checked_sub(ups)?], &path[ups..]].concat(),
            "self" => [&module[..], &path[1..]].concat(),
            _ => {
                let own = [&module[..], path].concat();
                let is_behind = self.files.contains_key(&own[..=module.len()]);
                let is_handed_on = self.faces[module].iter().any(|(name, to)| name == first && to[0] != *first);
                (is_behind || is_handed_on).then_some(own)?
            }
        })
    }

    /// The file that holds what a path leads to, through as many doors as there are.
    fn behind(&self, path: &Module, through: usize) -> Module {
        let at = (0..=path.len()).rev().map(|n| &path[..n]).find(|part| self.files.contains_key(*part));
        let at = at.unwrap_or_default().to_vec();
        let Some(name) = path.get(at.len()).filter(|name| *name != "*" && through < MOST_DOORS) else { return at };
        if is_defined(&self.files[&at], name) {
            return at;
        }
        let rest = &path[at.len() + 1..];
        let on = |to: &Module, name: &[String]| {
            let whole = [&self.absolute(&at, to)?[..], name, rest].concat();
            Some(self.behind(&whole, through + 1))
        };
        let face = &self.faces[&at];
        if let Some(found) = face.iter().filter(|(handed, _)| handed == name).find_map(|(_, to)| on(to, &[])) {
            return found;
        }
        let globs = face.iter().filter(|(handed, _)| handed == "*");
        let holds = |found: &Module| is_defined(&self.files[found], name);
        let mut all = globs.filter_map(|(_, to)| on(&to[..to.len() - 1].to_vec(), std::slice::from_ref(name)));
        all.find(holds).unwrap_or(at)
    }
}

/// More doors than this one behind another there are none; two that hand on to each other would have no end.
const MOST_DOORS: usize = 12;

/// Whether a file is where a thing of this name is written down.
fn is_defined(text: &str, name: &str) -> bool {
    ["fn", "struct", "enum", "const", "static", "type", "trait"].iter().any(|kind| {
        let is_whole = |rest: &str| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_');
        let word = format!("{kind} {name}");
        text.match_indices(&word).any(|(at, _)| is_whole(&text[at + word.len()..]))
    })
}

/// `a::{b, c::{d, e as f}}` is `a::b`, `a::c::d` and `a::c::e`, which goes by `f`.
fn leaves(tree: &str, before: &Module, found: &mut impl FnMut(&Module, &str)) {
    let joined = |path: &str| {
        let parts = path.split("::").map(|part| part.split(" as ").next().unwrap_or_default().trim().to_owned());
        before.iter().cloned().chain(parts.filter(|part| !part.is_empty())).collect::<Module>()
    };
    let Some((head, rest)) = tree.split_once('{') else {
        let mut path = joined(tree);
        // `a::{self}` is `a`.
        path.pop_if(|last| last == "self" && !before.is_empty());
        let name = tree.rsplit(" as ").next().filter(|_| tree.contains(" as ")).map(str::trim);
        let name = name.or(path.last().map(String::as_str)).unwrap_or_default().to_owned();
        return found(&path, &name);
    };
    let (head, rest) = (joined(head), rest.rsplit_once('}').map_or(rest, |(rest, _)| rest));
    let mut depth = 0;
    let at = |c: char| {
        depth += i32::from(c == '{') - i32::from(c == '}');
        c == ',' && depth == 0
    };
    rest.split(at).filter(|part| !part.trim().is_empty()).for_each(|part| leaves(part.trim(), &head, found));
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

#[test]
fn no_file_of_the_platform_leads_back_to_itself() {
    let circles = House::of("src").circles();
    assert!(circles.is_empty(), "these lead back to themselves: {circles:#?}");
}

/// Folders likewise, each with all that is in it, but for the rooms themselves: they ask one another, as services do.
#[test]
fn no_folder_of_the_platform_leads_back_to_itself() {
    let house = House::of("src");
    for parent in house.folders().into_iter().filter(|parent| !parent.is_empty()) {
        let circles = house.within(&parent, |_| true).circles();
        assert!(circles.is_empty(), "in {parent:?} these lead back to themselves: {circles:#?}");
    }
}

/// Addresses are known to all: they name nothing but addresses.
#[test]
fn no_folder_of_the_console_leads_back_to_itself() {
    let house = House::of("app/src");
    let is_links = |module: &Module| module.len() == 3 && module[2] == "links";
    for parent in house.folders() {
        let circles = house.within(&parent, |module| !is_links(module)).circles();
        assert!(circles.is_empty(), "in {parent:?} these lead back to themselves: {circles:#?}");
    }
}

/// What is handed on at a door, and what a file calls by another name, is found where it is written down.
#[test]
fn the_way_to_a_thing_is_known() {
    let file = |path: &str, text: &str| (path.split("::").map(str::to_owned).collect::<Module>(), text.to_owned());
    let files = BTreeMap::from([
        (Module::new(), String::new()),
        file("engine", "mod a;\nmod b;\npub use a::{One as First, deep::*};\npub use b::two;"),
        file("engine::a", "mod deep;\npub struct One;"),
        file("engine::a::deep", "pub const THREE: u8 = 3;\npub const THREES: u8 = 9;"),
        file("engine::b", "use super::First;\nuse crate::engine::{self, THREE};\npub fn two() {}"),
        file("room", "fn ask() { crate::engine::two() }\nuse serde::Serialize;\nuse std::fmt;"),
    ]);
    let faces = files.iter().map(|(module, text)| (module.clone(), handed_on(text))).collect();
    let doors = Doors { files: &files, faces };
    let named = |module: &str| {
        let module: Module = module.split("::").map(str::to_owned).collect();
        doors.named(&module, &files[&module]).iter().map(|to| to.join("::")).collect::<Vec<_>>()
    };
    assert_eq!(named("engine::b"), ["engine", "engine::a", "engine::a::deep"]);
    assert_eq!(named("room"), ["engine::b"]);
    assert_eq!(named("engine"), ["engine::a", "engine::a::deep", "engine::b"]);
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
