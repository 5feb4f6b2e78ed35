//! The machine that a wall time belongs to: its processor, and the allocator in the process.
//!
//! Ratios of wall times carry over neither between processors nor between allocators, so every table of them opens
//! with this line.

use std::env;
use std::fmt;
use std::fs;
use std::io;
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// What a report says about where it was made.
#[derive(Clone, Debug)]
pub struct Description {
    /// The processor's name.
    pub processor: String,
    /// How many of them this process may use.
    pub processors: usize,
    /// The kernel's name and version.
    pub kernel: String,
    /// What the measured programs allocate with.
    pub allocator: String,
}

impl fmt::Display for Description {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{} ({} processors), {}, allocator: {}",
            self.processor, self.processors, self.kernel, self.allocator
        )
    }
}

/// This machine, with the allocator that programs have without asking for another.
pub fn describe() -> Description {
    describe_with(None)
}

/// This machine, with an allocator that the measured programs are linked with.
pub fn describe_with(linked_allocator: Option<&str>) -> Description {
    Description {
        processor: processor().unwrap_or_else(|| "unknown processor".to_string()),
        processors: std::thread::available_parallelism().map_or(1, usize::from),
        kernel: kernel(),
        allocator: linked_allocator.map_or_else(allocator, str::to_string),
    }
}

fn kernel() -> String {
    let read = |name: &str| fs::read_to_string(format!("/proc/sys/kernel/{name}"));
    match (read("ostype"), read("osrelease")) {
        (Ok(name), Ok(release)) => format!("{} {}", name.trim(), release.trim()),
        _ => env::consts::OS.to_string(),
    }
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

/// The system allocator, or what `LD_PRELOAD` put in its place.
fn allocator() -> String {
    match env::var("LD_PRELOAD") {
        Ok(library) if !library.is_empty() => library,
        _ if cfg!(target_env = "gnu") => "system (glibc)".to_string(),
        _ => "system".to_string(),
    }
}

/// Keeps this thread, and those that it starts, on the processor it runs on; told by the answer.
pub fn pin_to_one_processor() -> bool {
    #[cfg(target_os = "linux")]
    {
        pin(rustix::thread::sched_getcpu())
    }
    #[cfg(not(target_os = "linux"))]
    {
        false
    }
}

/// Keeps this thread, and those that it starts, on one processor, so that turns of all peers meet the same caches; told
/// by the answer.
pub fn pin(processor: usize) -> bool {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_setaffinity};
        let mut set = CpuSet::new();
        set.set(processor);
        sched_setaffinity(None, &set).is_ok()
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = processor;
        false
    }
}

/// The last processor that this process may use: the first has most of the interrupts.
pub fn last_processor() -> usize {
    #[cfg(target_os = "linux")]
    {
        use rustix::thread::{CpuSet, sched_getaffinity};
        let allowed = sched_getaffinity(None).ok();
        let set = |processor: &usize| allowed.is_some_and(|allowed| allowed.is_set(*processor));
        (0..CpuSet::MAX_CPU).rev().find(set).unwrap_or(0)
    }
    #[cfg(not(target_os = "linux"))]
    {
        0
    }
}

/// The processor time of this process so far, of all its threads; zero where there is no such clock.
pub fn processor_time() -> Duration {
    #[cfg(target_os = "linux")]
    {
        // Through libc: rustix asks the kernel's own library, which it can't find under valgrind.
        let now = nix::time::ClockId::CLOCK_PROCESS_CPUTIME_ID.now();
        now.map_or(Duration::ZERO, Duration::from)
    }
    #[cfg(not(target_os = "linux"))]
    {
        Duration::ZERO
    }
}

/// The processor time of another process so far, of all its threads; none where no clock tells it.
pub fn processor_time_of(process: u32) -> Option<Duration> {
    #[cfg(target_os = "linux")]
    {
        use nix::time::clock_getcpuclockid;
        use nix::unistd::Pid;
        let clock = clock_getcpuclockid(Pid::from_raw(process.try_into().ok()?)).ok()?;
        clock.now().ok().map(Duration::from)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = process;
        None
    }
}

/// Lets this process open so many descriptors, as far as the system permits.
pub fn allow_descriptors(count: u64) {
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let limit = getrlimit(Resource::Nofile);
        let current = limit.maximum.map_or(count, |maximum| maximum.min(count));
        if limit.current.is_some_and(|present| present < current) {
            let raised = Rlimit {
                current: Some(current),
                maximum: limit.maximum,
            };
            // Who is refused hears of it from the first socket that cannot be opened.
            let _ = setrlimit(Resource::Nofile, raised);
        }
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = count;
    }
}

/// Ends this process when its standard input does: a server shall not outlive who started it, however that one ended.
pub fn end_with_input() {
    thread::spawn(|| {
        // An error is an end, too.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
}

/// The date of today in UTC, as year, month and day.
pub fn today() -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let (year, month, day) = date(now.map_or(0, |time| time.as_secs() / 86_400));
    format!("{year}-{month:02}-{day:02}")
}

/// The date so many days after 1 January 1970.
fn date(mut days: u64) -> (u64, usize, u64) {
    let leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(leap(year)) {
        days -= 365 + u64::from(leap(year));
        year += 1;
    }
    let february = 28 + u64::from(leap(year));
    let lengths = [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let mut month = 0;
    while days >= lengths[month] {
        days -= lengths[month];
        month += 1;
    }
    (year, month + 1, days + 1)
}

/// The resident memory of this process, in bytes; zero where `/proc` does not tell.
pub fn resident_bytes() -> u64 {
    fs::read_to_string("/proc/self/smaps_rollup").map_or(0, |text| resident(&text))
}

/// Reads the resident size from the text of `smaps_rollup`, which counts exactly, where `statm` may lag behind.
fn resident(smaps: &str) -> u64 {
    let kibibytes = smaps.lines().find_map(|line| {
        let rest = line.strip_prefix("Rss:")?;
        rest.trim().strip_suffix(" kB")?.parse::<u64>().ok()
    });
    kibibytes.unwrap_or(0) * 1024
}

#[cfg(test)]
mod tests {
    use super::{date, model_name, resident};

    #[test]
    fn the_model_name_is_read_from_its_line() {
        let cpuinfo = "processor\t: 0\nmodel\t\t: 17\nmodel name\t: AMD EPYC\n";
        assert_eq!(model_name(cpuinfo).as_deref(), Some("AMD EPYC"));
        assert_eq!(model_name("processor : 0\n"), None);
    }

    #[test]
    fn days_are_counted_over_leap_years() {
        assert_eq!(date(0), (1970, 1, 1));
        assert_eq!(date(59), (1970, 3, 1));
        assert_eq!(date(11_016), (2000, 2, 29));
        assert_eq!(date(20_779), (2026, 11, 22));
    }

    #[test]
    fn the_resident_size_is_read_from_its_line() {
        let smaps =
            "55d0-7ffe ---p 00000000 00:00 0 [rollup]\nRss:                 912 kB\nPss: 7 kB\n";
        assert_eq!(resident(smaps), 912 * 1024);
        assert_eq!(resident(""), 0);
    }
}
