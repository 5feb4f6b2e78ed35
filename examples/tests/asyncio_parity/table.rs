//! The table of `asyncio/README.md`, made of the programs' heads so that it can't go stale.

use super::twin::{Twin, folder};
use std::fmt::Write;
use std::fs;

const BEGIN: &str = "<!-- written by `asyncio_parity -- --write-table` -->\n";

/// Says whether the table is what the heads say.
pub(crate) fn check(twins: &[Twin]) -> Result<(), String> {
    match read().split_once(BEGIN) {
        Some((_, table)) if table == self::table(twins) => Ok(()),
        _ => Err("the table of asyncio/README.md is stale: write it anew by \
                  `cargo test -p oneloop-examples --test asyncio_parity -- --write-table`"
            .to_string()),
    }
}

pub(crate) fn write(twins: &[Twin]) {
    let text = read();
    let before = text
        .split_once(BEGIN)
        .map_or(text.as_str(), |(before, _)| before);
    let text = format!("{before}{BEGIN}{}", table(twins));
    fs::write(folder().join("README.md"), text).expect("the folder can be written to");
}

fn read() -> String {
    fs::read_to_string(folder().join("README.md")).unwrap_or_default()
}

fn table(twins: &[Twin]) -> String {
    let mut table = String::from("| topic | point | as CPython? |\n| --- | --- | --- |\n");
    for twin in twins {
        let (number, topic) = (twin.number(), twin.name[4..].replace('_', " "));
        let same = twin
            .differs
            .as_deref()
            .map_or("same".to_string(), |why| format!("differs: {why}"));
        writeln!(
            table,
            "| [{number}]({name}.rs) {topic} | {point} | {same} |",
            name = twin.name,
            point = twin.point.replace('|', "\\|"),
        )
        .expect("writing to a string never fails");
    }
    table
}
