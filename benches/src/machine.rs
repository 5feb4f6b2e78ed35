//! The machine that a wall time belongs to: its processor, and the allocator in the process.
//!
//! Ratios of wall times carry over neither between processors nor between allocators, so every table of them opens
//! with this line.

use std::env;
use std::fs;

/// One line that names processor, processors and allocator.
pub fn describe() -> String {
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    format!(
        "{} ({processors} processors), allocator: {}",
        processor().unwrap_or_else(|| "unknown processor".to_string()),
        allocator()
    )
}

fn processor() -> Option<String> {
    model_name(&fs::read_to_string("/proc/cpuinfo").ok()?)
}

/// Reads the processor's name from the text of `/proc/cpuinfo`.
fn model_name(cpuinfo: &str) -> Option<String> {
    cpuinfo.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        (key.trim() == "model name").then(|| value.trim().to_string())
    })
}

/// The system allocator, or what `LD_PRELOAD` put in its place: no program here sets another one.
fn allocator() -> String {
    match env::var("LD_PRELOAD") {
        Ok(library) if !library.is_empty() => library,
        _ if cfg!(target_env = "gnu") => "system (glibc)".to_string(),
        _ => "system".to_string(),
    }
}

/// Keeps this thread on the processor it runs on, so that rounds of both sides meet the same caches; told by the answer.
pub fn pin_to_one_processor() -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getcpu, sched_setaffinity};
        let mut set = CpuSet::new();
        set.set(sched_getcpu());
        sched_setaffinity(None, &set).is_ok()
    }
    #[cfg(not(target_os = "linux"))]
    {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::model_name;

    #[test]
    fn the_model_name_is_read_from_its_line() {
        let cpuinfo = "processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n";
        assert_eq!(model_name(cpuinfo).as_deref(), Some("AMD EPYC"));
        assert_eq!(model_name("processor : 0\n"), None);
    }
}
