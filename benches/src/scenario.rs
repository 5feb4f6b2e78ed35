//! What is measured: every scenario with its name, its group and its unit.
//!
//! What a scenario does stands beside its workload in `twice/workload`, and for readers in `benches/README.md`.

/// Joined tasks are started in groups of this size, then awaited one after the other.
pub const JOINED_GROUP: u64 = 1_000;

/// Detached tasks are started in groups of this size, then run.
pub const DETACHED_GROUP: u64 = 100;

/// How many tasks take part in `Scenario::Yield1000`.
pub const YIELDING_TASKS: u64 = 1_000;

/// How many tasks one round of `Scenario::WakeStorm` wakes.
pub const STORM_TASKS: u64 = 10_000;

/// How many tasks sleep at once in `Scenario::Sleepers`.
pub const SLEEPERS: u64 = 100_000;

/// How many futures one `gather` waits for.
pub const GATHERED: u64 = 1_000;

/// How many idle tasks share the memory that is counted.
pub const IDLE_TASKS: u64 = 100_000;

/// How many idle connections share the memory that is counted.
pub const IDLE_CONNECTIONS: u64 = 2_000;

/// How many connections `Scenario::Echo100` has.
pub const CONNECTIONS: usize = 100;

/// The length of a message of `Scenario::Echo1` and `Scenario::Echo100`.
pub const MESSAGE: usize = 64;

/// The length of a piece of `Scenario::Bulk`.
pub const PIECE: usize = 64 * 1024;

/// Scenarios that stand in one table and one picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Group {
    /// Starting tasks and switching between them.
    Tasks,
    /// Messages and wakes.
    Messages,
    /// Setting timers.
    Timers,
    /// How late sleeps end.
    Lateness,
    /// Waiting for several things, for a limited time, or for one's turn.
    Structure,
    /// TCP over loopback.
    Network,
    /// Bytes of what is idle.
    Memory,
    /// HTTP/1.1 servers and clients, which have programs of their own and are no `Scenario`.
    Http,
    /// System calls of an HTTP request; no `Scenario` either, as those below.
    Syscalls,
    /// What it costs that somebody could watch, and that somebody does.
    Trace,
    /// Bytes, crates and building of a small program.
    Weight,
}

impl Group {
    /// Every group, in the order of the report.
    pub const ALL: [Group; 11] = [
        Group::Tasks,
        Group::Messages,
        Group::Timers,
        Group::Lateness,
        Group::Structure,
        Group::Network,
        Group::Memory,
        Group::Http,
        Group::Syscalls,
        Group::Trace,
        Group::Weight,
    ];

    /// The name on the command line and of the picture's file.
    pub fn name(self) -> &'static str {
        match self {
            Group::Tasks => "tasks",
            Group::Messages => "messages",
            Group::Timers => "timers",
            Group::Lateness => "lateness",
            Group::Structure => "structure",
            Group::Network => "network",
            Group::Memory => "memory",
            Group::Http => "http",
            Group::Syscalls => "syscalls",
            Group::Trace => "trace",
            Group::Weight => "weight",
        }
    }
}

/// In what a scenario is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Wall time of one operation, in nanoseconds.
    Nanoseconds,
    /// Processor time of one operation, in nanoseconds.
    ProcessorNanoseconds,
    /// How late something was, in microseconds.
    MicrosecondsLate,
    /// Bytes of resident memory for one of many.
    Bytes,
}

impl Unit {
    /// How tables and JSON write it.
    pub fn name(self) -> &'static str {
        match self {
            Unit::Nanoseconds => "ns",
            Unit::ProcessorNanoseconds => "ns CPU",
            Unit::MicrosecondsLate => "us late",
            Unit::Bytes => "bytes",
        }
    }
}

/// Declares the enum, its list and its names from one table, so that none can be forgotten.
macro_rules! scenarios {
    ($($(#[$doc:meta])* $variant:ident = $name:literal in $group:ident,)*) => {
        /// One thing that is measured.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Scenario {
            $($(#[$doc])* $variant,)*
        }

        impl Scenario {
            /// Every scenario, in the order of the report.
            pub const ALL: &'static [Scenario] = &[$(Scenario::$variant,)*];

            /// The name on the command line, in tables and in JSON.
            pub fn name(self) -> &'static str {
                match self {
                    $(Scenario::$variant => $name,)*
                }
            }

            /// The table that it stands in.
            pub fn group(self) -> Group {
                match self {
                    $(Scenario::$variant => Group::$group,)*
                }
            }
        }
    };
}

scenarios! {
    /// Start tasks that end at once, a group of them, and wait for each.
    SpawnJoin = "spawn_join" in Tasks,
    /// Start one task that ends at once and wait for it before the next: holds two switches between tasks as well.
    SpawnAwait = "spawn_await" in Tasks,
    /// Start a task that ends at once, and let it go.
    SpawnDetached = "spawn_detached" in Tasks,
    /// A lone task wakes itself and goes on.
    YieldSelf = "yield_self" in Tasks,
    /// A thousand tasks wake themselves in turn.
    Yield1000 = "yield_1000" in Tasks,
    /// The runtime's own `yield_now`, one task.
    YieldNow = "yield_now" in Tasks,
    /// A message there and one back, over the slot of `family.rs`.
    PingPong = "pingpong" in Messages,
    /// A question through a neutral slot, answered by the side's own one-value channel, made anew each time.
    Oneshot = "oneshot" in Messages,
    /// A message there and one back, over two of the side's own bounded channels.
    Channel = "mpsc" in Messages,
    /// Items through the side's own queue from one task to another, as many in flight as it holds.
    Queue = "queue" in Messages,
    /// Ten thousand waiting tasks are woken at once; counted by the task.
    WakeStorm = "wake_storm" in Messages,
    /// A question to another thread, whose answer wakes the task.
    CrossThread = "cross_thread" in Messages,
    /// A function runs on the side's own pool of threads, and its result comes back.
    Executor = "executor" in Messages,
    /// Set a timer that is not the earliest, and drop it.
    TimerCancel = "timer_cancel" in Timers,
    /// Set a timer earlier than every other, and drop it.
    TimerEarliest = "timer_earliest" in Timers,
    /// A hundred thousand tasks sleep for random times; counted by the task, in processor time.
    Sleepers = "sleepers_100k" in Timers,
    /// Sleeps of 1 ms, one after the other.
    Sleep1Ms = "sleep_1ms" in Lateness,
    /// Sleeps of 10 ms, one after the other.
    Sleep10Ms = "sleep_10ms" in Lateness,
    /// Sleeps of 1 to 2 ms, one after the other.
    SleepRandom = "sleep_random" in Lateness,
    /// Wait for a thousand futures at once, each of which is pending once; counted by the `gather`.
    Gather1000 = "gather_1000" in Structure,
    /// The first of two futures, of which one is pending once and the other for ever.
    Select = "select" in Structure,
    /// A time limit around a future that is ready at once.
    TimeoutReady = "timeout_ready" in Structure,
    /// A time limit around a future that is pending once.
    TimeoutPending = "timeout_pending" in Structure,
    /// Start a task, let it wait, cancel it, and wait until it says that it was cancelled.
    CancelCatch = "cancel_catch" in Structure,
    /// Two tasks take the only permit in turns.
    Semaphore = "semaphore" in Structure,
    /// A small message there and back on one connection, both ends on one loop.
    Echo1 = "echo_1" in Network,
    /// The same on a hundred connections, from another process; processor time of the server.
    Echo100 = "echo_100" in Network,
    /// 64 KiB in one direction, both ends on one loop.
    Bulk = "bulk" in Network,
    /// Accept a connection and close it.
    AcceptClose = "accept_close" in Network,
    /// Memory of a task that waits.
    TaskBytes = "task_bytes" in Memory,
    /// Memory of a connection whose task waits for bytes.
    ConnBytes = "conn_bytes" in Memory,
}

impl Scenario {
    /// The scenario of that name.
    pub fn from_name(name: &str) -> Option<Scenario> {
        let all = Scenario::ALL.iter();
        all.copied().find(|scenario| scenario.name() == name)
    }

    /// In what it is measured.
    pub fn unit(self) -> Unit {
        match self {
            Scenario::Sleepers | Scenario::Echo100 => Unit::ProcessorNanoseconds,
            Scenario::Sleep1Ms | Scenario::Sleep10Ms | Scenario::SleepRandom => {
                Unit::MicrosecondsLate
            }
            Scenario::TaskBytes | Scenario::ConnBytes => Unit::Bytes,
            _ => Unit::Nanoseconds,
        }
    }

    /// How many operations one step makes: a round of a thousand yields counts a thousand.
    pub fn per_step(self) -> u64 {
        match self {
            Scenario::Yield1000 => YIELDING_TASKS,
            Scenario::WakeStorm => STORM_TASKS,
            Scenario::Sleepers => SLEEPERS,
            _ => 1,
        }
    }

    /// How many things there are at once, where their memory is measured.
    pub fn idle(self) -> u64 {
        match self {
            Scenario::ConnBytes => IDLE_CONNECTIONS,
            _ => IDLE_TASKS,
        }
    }

    /// Steps of the shorter of the two runs that instructions are counted by: about five thousand small operations.
    pub fn counted_steps(self) -> u64 {
        match self {
            Scenario::Gather1000 => 10,
            _ => (5_000 / self.per_step()).max(5),
        }
    }

    /// Whether instructions in user space tell the cost: the others go through the kernel, which no count sees.
    pub fn in_user_space(self) -> bool {
        let through_the_kernel = [
            Scenario::YieldNow,
            Scenario::CrossThread,
            Scenario::Executor,
            Scenario::Sleepers,
        ];
        self.unit() == Unit::Nanoseconds
            && self.group() != Group::Network
            && !through_the_kernel.contains(&self)
    }
}

#[cfg(test)]
mod tests {
    use super::{Group, Scenario};

    #[test]
    fn every_scenario_is_found_by_its_name() {
        for &scenario in Scenario::ALL {
            assert_eq!(Scenario::from_name(scenario.name()), Some(scenario));
        }
        assert_eq!(Scenario::from_name("nothing"), None);
    }

    #[test]
    fn no_group_is_empty() {
        for group in Group::ALL {
            let mut scenarios = Scenario::ALL.iter();
            let any = scenarios.any(|scenario| scenario.group() == group);
            let others = [Group::Http, Group::Syscalls, Group::Trace, Group::Weight];
            assert_eq!(any, !others.contains(&group));
        }
    }
}
