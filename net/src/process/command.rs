//! [`Command`]: what is to be started, and how. This ends the module.

use super::communicate::Collected;
use super::running::Running;
use super::{Child, PipeReader, PipeWriter};
use crate::failure::explained;
use oneloop::Loop;
use std::ffi::OsStr;
use std::fmt;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};

/// How much [`Child::communicate`] collects of each pipe, in bytes, unless told otherwise.
const OUTPUT_LIMIT: usize = 16 * 1024 * 1024;

/// A program to be started, with its arguments, surroundings and pipes.
///
/// It is [`std::process::Command`] with ends that are awaited; what is not here can be set there and
/// [taken over](Command::from). Without a word about them, the process shares our standard input, output and error
/// output ([`output`](Command::output) is another matter).
///
/// ```
/// use oneloop_net::process::Command;
/// oneloop::run(async {
///     let output = Command::new("printenv")
///         .arg("FRUIT")
///         .env("FRUIT", "pears")
///         .current_dir("/")
///         .output()
///         .await?;
///     assert_eq!(output.stdout, b"pears\n");
///     Ok::<(), std::io::Error>(())
/// })?;
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Command {
    inner: std::process::Command,
    /// Which of the three were chosen: `output` chooses for the others.
    chosen: [bool; 3],
    output_limit: usize,
    kill_on_drop: bool,
    exit_by_signal: bool,
}

impl Command {
    /// Begins the description of a process that runs `program`: asyncio's `create_subprocess_exec`.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// assert!(Command::new("true").status().await?.success());
    /// let error = Command::new("no such program").spawn().unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    /// assert!(error.to_string().contains("\"no such program\""));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn new(program: impl AsRef<OsStr>) -> Command {
        Command::from(std::process::Command::new(program))
    }

    /// The same for a line that `/bin/sh` runs: asyncio's `create_subprocess_shell`. Don't build it
    /// from what strangers send.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let output = Command::shell("echo one two | wc -w").output().await?;
    /// assert_eq!(output.stdout.trim_ascii(), b"2");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn shell(line: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("/bin/sh");
        command.arg("-c").arg(line);
        command
    }

    /// Adds an argument.
    pub fn arg(&mut self, argument: impl AsRef<OsStr>) -> &mut Command {
        self.inner.arg(argument);
        self
    }

    /// Adds several arguments.
    pub fn args<S: AsRef<OsStr>>(
        &mut self,
        arguments: impl IntoIterator<Item = S>,
    ) -> &mut Command {
        self.inner.args(arguments);
        self
    }

    /// Sets a variable of the process's environment, which is else a copy of ours.
    pub fn env(&mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> &mut Command {
        self.inner.env(name, value);
        self
    }

    /// Sets several variables.
    pub fn envs<K: AsRef<OsStr>, V: AsRef<OsStr>>(
        &mut self,
        variables: impl IntoIterator<Item = (K, V)>,
    ) -> &mut Command {
        self.inner.envs(variables);
        self
    }

    /// Leaves a variable out.
    pub fn env_remove(&mut self, name: impl AsRef<OsStr>) -> &mut Command {
        self.inner.env_remove(name);
        self
    }

    /// Leaves all variables out that were not set here.
    pub fn env_clear(&mut self) -> &mut Command {
        self.inner.env_clear();
        self
    }

    /// Lets the process begin in another directory: asyncio's `cwd`.
    pub fn current_dir(&mut self, directory: impl AsRef<Path>) -> &mut Command {
        self.inner.current_dir(directory);
        self
    }

    /// Says where the process's input comes from: `Stdio::piped()` (then it is in
    /// [`Child::stdin`]), `Stdio::inherit()`, `Stdio::null()`, a file, a std socket's
    /// [`OwnedFd`](std::os::fd::OwnedFd), or the output of another process.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # use std::process::Stdio;
    /// # oneloop::run(async {
    /// let mut echo = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
    /// let words = Stdio::try_from(echo.stdout.take().unwrap())?;
    /// let output = Command::new("wc").arg("-c").stdin(words).output().await?;
    /// assert_eq!(output.stdout.trim_ascii(), b"6");
    ///
    /// let file = std::fs::File::open("Cargo.toml")?;
    /// assert!(Command::new("cat").stdin(file).output().await?.stdout.starts_with(b"[package]"));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn stdin(&mut self, stdio: impl Into<Stdio>) -> &mut Command {
        self.inner.stdin(stdio);
        self.chosen[0] = true;
        self
    }

    /// Says where the process's output goes, as [`stdin`](Command::stdin).
    pub fn stdout(&mut self, stdio: impl Into<Stdio>) -> &mut Command {
        self.inner.stdout(stdio);
        self.chosen[1] = true;
        self
    }

    /// Says where the process's error output goes, as [`stdin`](Command::stdin).
    pub fn stderr(&mut self, stdio: impl Into<Stdio>) -> &mut Command {
        self.inner.stderr(stdio);
        self.chosen[2] = true;
        self
    }

    /// Makes pipes of all three, for [`Child::communicate`].
    pub fn pipe_all(&mut self) -> &mut Command {
        self.stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
    }

    /// Sets how many bytes of each pipe [`Child::communicate`] and [`output`](Command::output) collect
    /// before they fail: 16 MiB, if nothing is said. asyncio has no limit.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let error = Command::new("yes").output_limit(1000).output().await.unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::FileTooLarge);
    /// assert!(error.to_string().contains("more than 1000 bytes to its standard output"));
    /// # });
    /// ```
    pub fn output_limit(&mut self, bytes: usize) -> &mut Command {
        self.output_limit = bytes;
        self
    }

    /// Sets whether the process is killed when its [`Child`] is dropped. It is not, if nothing is said.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let mut child = Command::new("cat").pipe_all().kill_on_drop(true).spawn()?;
    /// let mut output = child.stdout.take().unwrap();
    /// drop(child);
    /// assert_eq!(output.read(&mut [0; 10]).await?, 0, "nobody can write there any more");
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn kill_on_drop(&mut self, kill: bool) -> &mut Command {
        self.kill_on_drop = kill;
        self
    }

    /// Lets SIGCHLD tell the process's end also where the system has something better, so that you can try
    /// what happens where it has not. Takes the feature `signal`.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let ended = Command::new("true").exit_by_signal(true).status().await;
    /// match cfg!(feature = "signal") {
    ///     true => assert!(ended?.success()),
    ///     false => assert!(ended.unwrap_err().to_string().contains("feature `signal`")),
    /// }
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn exit_by_signal(&mut self, by_signal: bool) -> &mut Command {
        self.exit_by_signal = by_signal;
        self
    }

    /// Starts the process, and returns at once: asyncio's `await create_subprocess_exec(…)`.
    ///
    /// It blocks for the time of a `fork` and `exec`.
    ///
    /// # Errors
    /// When the program can't be started, by the system's kind, with the program or the directory that is to
    /// blame (the source is the system's error); outside a loop; and when the system has no way to tell the
    /// process's end, in which case it was killed: a kernel or sandbox without descriptors of
    /// processes, and no feature `signal`.
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let child = Command::new("true").spawn()?;
    /// assert!(child.wait().await?.success());
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// assert!(Command::new("true").spawn().is_err(), "there is no loop here");
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub fn spawn(&mut self) -> io::Result<Child> {
        // Before there is a process.
        Loop::current().map_err(io::Error::other)?;
        let spawned = self.inner.spawn();
        let mut child = spawned.map_err(|error| self.not_started(error))?;
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let running = Running::watch(child, self.exit_by_signal)?;
        let mut child = Child {
            stdin: None,
            stdout: None,
            stderr: None,
            running,
            collected: Collected::new(self.output_limit),
            // Until it is complete: who gets an error here has nothing to end it by.
            kill_on_drop: true,
        };
        let (stdin, stdout, stderr) = pipes;
        child.stdin = stdin
            .map(|pipe| PipeWriter::new(pipe, "a process's input"))
            .transpose()?;
        child.stdout = stdout
            .map(|pipe| PipeReader::new(pipe, "a process's output"))
            .transpose()?;
        child.stderr = stderr
            .map(|pipe| PipeReader::new(pipe, "a process's error output"))
            .transpose()?;
        child.kill_on_drop = self.kill_on_drop;
        Ok(child)
    }

    /// Runs the process to its end, and tells how it ended: Python's `subprocess.call`.
    ///
    /// What was not chosen is shared with us. A pipe that was chosen is closed at once, since nobody
    /// could use it.
    ///
    /// Cancel safety: given up, it kills the process, which nobody else has a handle of.
    ///
    /// # Errors
    /// As [`spawn`](Command::spawn) and [`Child::wait`].
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// assert_eq!(Command::shell("exit 3").status().await?.code(), Some(3));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn status(&mut self) -> io::Result<ExitStatus> {
        let mut child = self.spawn()?;
        child.kill_on_drop = true;
        drop((child.stdin.take(), child.stdout.take(), child.stderr.take()));
        child.wait().await
    }

    /// Runs the process to its end, and gives all that it wrote: Python's
    /// `subprocess.run(…, capture_output=True)`. It has no input, unless some was chosen.
    ///
    /// Cancel safety: given up, it kills the process, as `subprocess.run` does. So it does on an error.
    ///
    /// # Errors
    /// As [`spawn`](Command::spawn) and [`Child::communicate`].
    ///
    /// ```
    /// # use oneloop_net::process::Command;
    /// # oneloop::run(async {
    /// let output = Command::shell("echo out; echo err >&2").output().await?;
    /// assert_eq!((&*output.stdout, &*output.stderr), (&b"out\n"[..], &b"err\n"[..]));
    /// # Ok::<(), std::io::Error>(())
    /// # })?;
    /// # Ok::<(), std::io::Error>(())
    /// ```
    pub async fn output(&mut self) -> io::Result<Output> {
        self.choose_for_the_rest([Stdio::null, Stdio::piped, Stdio::piped]);
        let child = self.spawn();
        // As it was, for whoever starts the same once more.
        self.choose_for_the_rest([Stdio::inherit; 3]);
        let mut child = child?;
        child.kill_on_drop = true;
        child.communicate(b"").await
    }

    /// Says what could not be started: the system says neither that nor whether it was the directory.
    fn not_started(&self, error: io::Error) -> io::Error {
        let program = self.inner.get_program();
        if let Some(directory) = self.inner.get_current_dir()
            // Asks what chdir(2) asks: a directory may be entered that can't be listed.
            && let Err(of_directory) = directory.join(".").metadata()
        {
            let text = format!(
                "{program:?} can't be started in the directory {directory:?}: {of_directory}; see \
                 `.current_dir(..)`"
            );
            return explained(text, error);
        }
        let is_path = Path::new(program).components().count() > 1;
        let cure = match error.kind() {
            io::ErrorKind::NotFound if !is_path => {
                "; it is in none of the folders of PATH: is it installed?"
            }
            io::ErrorKind::NotFound if Path::new(program).exists() => {
                "; the file is there, so what it needs is not: the program in its first line (`#!`), \
                 or the loader of its libraries"
            }
            io::ErrorKind::PermissionDenied => "; may it be executed (`chmod +x`)?",
            _ => "",
        };
        explained(
            format!("{program:?} can't be started: {error}{cure}"),
            error,
        )
    }

    /// Sets those of the three that nobody has chosen.
    fn choose_for_the_rest(&mut self, [stdin, stdout, stderr]: [fn() -> Stdio; 3]) {
        if !self.chosen[0] {
            self.inner.stdin(stdin());
        }
        if !self.chosen[1] {
            self.inner.stdout(stdout());
        }
        if !self.chosen[2] {
            self.inner.stderr(stderr());
        }
    }
}

/// Takes over what std's `Command` can do and this one has no method for. It can't be seen there which of the
/// three streams were chosen, so [`output`](Command::output) chooses all of them.
impl From<std::process::Command> for Command {
    fn from(inner: std::process::Command) -> Command {
        Command {
            inner,
            chosen: [false; 3],
            output_limit: OUTPUT_LIMIT,
            kill_on_drop: false,
            exit_by_signal: false,
        }
    }
}

impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}
