//! The list of all that can be awaited in a library's public interface, read off its sources.
//!
//! An item counts if it is public and an `async fn`; a function that returns an `impl Future`, a `Poll`
//! or (not by reference) a public type with a `Future`, `IntoFuture` or `Stream`; such an implementation itself, and
//! those of `AsyncRead` and `AsyncWrite`; or an exported macro that awaits. Its name is the path
//! by which users reach it: private modules, whose items are exported one above, are left out of it.
//! Next: `registry.rs`, which holds scenarios against this list.

use crate::blank::is_identifier;
use crate::headers::{Header, headers, without_visibility};
use std::collections::{BTreeMap, BTreeSet};

/// What makes a type something to await.
const AWAITED: [&str; 3] = ["Future", "IntoFuture", "Stream"];
/// What a type implements that is awaited by others' functions.
const POLLED: [&str; 5] = ["Future", "IntoFuture", "Stream", "AsyncRead", "AsyncWrite"];

/// A file below `src`: its path from there, and its text.
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) text: String,
}

/// The names of all public items that await.
pub(crate) fn public_async_items(files: &[File]) -> BTreeSet<String> {
    let modules: Vec<Module> = files.iter().map(Module::read).collect();
    let unseen: BTreeSet<Vec<String>> = modules.iter().flat_map(Module::private).collect();
    let tests: BTreeSet<Vec<String>> = modules.iter().flat_map(Module::tests).collect();
    let modules: Vec<&Module> = modules
        .iter()
        .filter(|module| !tests.iter().any(|test| module.path.starts_with(test)))
        .collect();
    let mut crate_wide = Names::default();
    for module in &modules {
        crate_wide.collect_types(module, &unseen);
    }
    for module in &modules {
        crate_wide.collect_awaited(module);
    }
    let mut items = BTreeSet::new();
    for module in &modules {
        for header in &module.headers {
            items.extend(crate_wide.item(module, header, &unseen));
        }
    }
    items
}

/// One file, which is a module, taken apart.
struct Module {
    /// Its path, as it is written inside of the crate.
    path: Vec<String>,
    headers: Vec<Header>,
}

impl Module {
    fn read(file: &File) -> Module {
        let path = file.path.trim_end_matches(".rs").split('/');
        let mut path: Vec<String> = path.map(str::to_owned).collect();
        if matches!(path.last().map(String::as_str), Some("mod" | "lib")) {
            path.pop();
        }
        Module {
            path,
            headers: headers(&file.text),
        }
    }

    /// The modules that are declared here and for which `wanted` is true.
    fn declared(&self, wanted: fn(&Header) -> bool) -> Vec<Vec<String>> {
        let declared = self.headers.iter().filter(|header| wanted(header));
        let name = |header: &Header| {
            let name = without_visibility(&header.text).strip_prefix("mod ")?;
            let mut path = self.path.clone();
            path.push(name.to_owned());
            Some(path)
        };
        declared.filter_map(name).collect()
    }

    fn private(&self) -> Vec<Vec<String>> {
        self.declared(|header| !header.text.starts_with("pub mod"))
    }

    fn tests(&self) -> Vec<Vec<String>> {
        self.declared(Header::is_test)
    }

    /// The name of something in here, as users write it.
    fn name(&self, item: &str, unseen: &BTreeSet<Vec<String>>) -> String {
        let seen = (1..=self.path.len())
            .filter(|&length| !unseen.contains(&self.path[..length]))
            .map(|length| self.path[length - 1].as_str());
        seen.chain([item]).collect::<Vec<_>>().join("::")
    }
}

/// Public types by their last name. Two modules may have one each.
#[derive(Default)]
struct Names {
    /// The module that a type stands in, and the name that users write.
    types: BTreeMap<String, Vec<(Vec<String>, String)>>,
    /// The names of types that can be awaited.
    awaited: BTreeSet<String>,
}

impl Names {
    fn collect_types(&mut self, module: &Module, unseen: &BTreeSet<Vec<String>>) {
        for header in module.headers.iter().filter(|header| !header.is_hidden()) {
            let kinds = ["pub struct ", "pub enum "];
            let Some(rest) = kinds.iter().find_map(|kind| header.text.strip_prefix(kind)) else {
                continue;
            };
            let name = identifier(rest);
            let known = self.types.entry(name.to_owned()).or_default();
            known.push((module.path.clone(), module.name(name, unseen)));
        }
    }

    fn collect_awaited(&mut self, module: &Module) {
        for header in &module.headers {
            if let Some((trait_name, type_name)) = implementation(&header.text)
                && AWAITED.contains(&trait_name)
                && !type_name.starts_with('&')
            {
                self.awaited
                    .extend(self.resolve(module, last_name(type_name)));
            }
        }
    }

    /// The full names of the public types that may be meant by this name in this module.
    fn candidates(&self, module: &Module, name: &str) -> Vec<&String> {
        let known = self.types.get(name).map(Vec::as_slice).unwrap_or_default();
        match known.iter().find(|(path, _)| *path == module.path) {
            Some((_, here)) => vec![here],
            None => known.iter().map(|(_, name)| name).collect(),
        }
    }

    /// The full name of a public type that is called so in this module.
    fn resolve(&self, module: &Module, name: &str) -> Option<String> {
        match self.candidates(module, name)[..] {
            [] => None,
            [name] => Some(name.clone()),
            _ => panic!("two types are called `{name}`: implement it in the file of the right one"),
        }
    }

    /// The name of this item, if it is public and awaits.
    fn item(
        &self,
        module: &Module,
        header: &Header,
        unseen: &BTreeSet<Vec<String>>,
    ) -> Option<String> {
        if header.is_hidden() || header.is_test() {
            return None;
        }
        if let Some((trait_name, type_name)) = implementation(&header.text) {
            let reference = if type_name.starts_with('&') { "&" } else { "" };
            let full = POLLED.contains(&trait_name).then(|| last_name(type_name));
            let full = self.resolve(module, full?)?;
            return Some(format!("{trait_name} for {reference}{full}"));
        }
        if let Some(name) = header.text.strip_prefix("macro_rules! ") {
            let awaits = header.body.contains(".await");
            let exported = header.attributes.contains("macro_export");
            return (awaits && exported).then(|| format!("{name}!"));
        }
        let outer = header.inside.last().map(String::as_str);
        let in_trait = outer.and_then(|outer| outer.strip_prefix("pub trait "));
        let rest = match (header.text.strip_prefix("pub "), in_trait) {
            (Some(rest), _) => rest,
            (None, Some(_)) => &header.text,
            (None, None) => return None,
        };
        let (before, after) = rest.split_once("fn ")?;
        let name = identifier(after);
        let is_async = before.split(' ').any(|word| word == "async");
        if !is_async && !self.is_awaited(module, outer, returned(after)) {
            return None;
        }
        Some(match (in_trait, outer) {
            (Some(rest), _) => module.name(&format!("{}::{name}", identifier(rest)), unseen),
            (None, Some(outer)) => {
                let type_name = last_name(implemented(outer)?);
                format!("{}::{name}", self.resolve(module, type_name)?)
            }
            (None, None) => module.name(name, unseen),
        })
    }

    /// Whether what a function returns can be awaited. `outer` is the `impl` that it stands in.
    fn is_awaited(&self, module: &Module, outer: Option<&str>, returned: &str) -> bool {
        // A look at something that was awaited or can be elsewhere.
        if returned.starts_with('&') {
            return false;
        }
        let words = returned.split(|c: char| !is_identifier(c));
        let own = outer.and_then(implemented).map(last_name);
        words.into_iter().any(|word| {
            let word = if word == "Self" {
                own.unwrap_or(word)
            } else {
                word
            };
            let meant = self.candidates(module, word);
            word == "Poll"
                || (returned.starts_with("impl ") && AWAITED.contains(&word))
                || meant.iter().any(|name| self.awaited.contains(*name))
        })
    }
}

/// The trait and the type of `impl<…> Trait for Type where …`, without the trait's path.
fn implementation(header: &str) -> Option<(&str, &str)> {
    let rest = behind_generics(header.strip_prefix("impl")?);
    let rest = rest.split(" where ").next()?;
    let (trait_name, type_name) = rest.split_once(" for ")?;
    Some((last_name(trait_name), type_name))
}

/// The type that an `impl` without a trait is for.
fn implemented(header: &str) -> Option<&str> {
    let rest = behind_generics(header.strip_prefix("impl")?);
    (!rest.contains(" for ")).then_some(rest)
}

/// What a function returns, of which `text` begins with the name.
fn returned(text: &str) -> &str {
    let rest = behind_generics(&text[identifier(text).len()..]);
    let mut depth = 0;
    for (at, c) in rest.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            let rest = rest[at + 1..].trim_start();
            let rest = rest.strip_prefix("-> ").unwrap_or_default();
            return rest.split(" where ").next().unwrap_or_default();
        }
    }
    ""
}

/// What stands behind `<…>`, if the text begins with it.
fn behind_generics(text: &str) -> &str {
    if !text.starts_with('<') {
        return text.trim_start();
    }
    let (mut depth, mut before) = (0, ' ');
    for (at, c) in text.char_indices() {
        match c {
            '<' => depth += 1,
            // Not the arrow of `Fn() -> T`.
            '>' if before != '-' => depth -= 1,
            _ => {}
        }
        before = c;
        if depth == 0 {
            return text[at + 1..].trim_start();
        }
    }
    ""
}

/// The name that `text` begins with.
fn identifier(text: &str) -> &str {
    let end = text.find(|c| !is_identifier(c));
    &text[..end.unwrap_or(text.len())]
}

/// The last name of a path that `text` begins with, after a `&` and a lifetime.
fn last_name(text: &str) -> &str {
    let text = text.trim_start_matches('&');
    let text = match text.strip_prefix('\'') {
        Some(lifetime) => lifetime.split_once(' ').map_or(text, |(_, rest)| rest),
        None => text,
    };
    let end = text.find(|c| !(is_identifier(c) || c == ':'));
    let path = &text[..end.unwrap_or(text.len())];
    path.rsplit("::").next().unwrap_or(path)
}
