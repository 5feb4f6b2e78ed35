//! Programs that take Ctrl-C, also if these tests don't.

use std::path::Path;
use std::process::Command;

/// A command that takes Ctrl-C as a program does which is started by hand: whatever runs in a shell's
/// background inherits that it is ignored. Other systems' `env` can't take that back.
pub(crate) fn unignoring(program: impl AsRef<Path>) -> Command {
    let program = program.as_ref();
    if cfg!(not(target_os = "linux")) {
        return Command::new(program);
    }
    let mut command = Command::new("env");
    command.arg("--default-signal=INT").arg(program);
    command
}
