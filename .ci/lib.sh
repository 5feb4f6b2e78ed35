# The words that the parts of .ci/run are written in. A part runs under `set -euo pipefail` at the
# top of the tree; what it prints goes to a log, and `say` to the reader.

# A line for the reader, not only for the log.
say() {
    echo "$*"
    echo "   $*" >&3
}

# So many cases have passed.
cases() {
    echo "$1" >>"$CI_CASES"
}

# Something that this machine cannot do: it is said aloud and counts as nothing.
not_run() {
    echo "NOT RUN: $*" >>"$CI_NOT_RUN"
    say "NOT RUN: $*"
}

# Ends the part with a reason.
fail() {
    say "FAILED: $*"
    exit 1
}

# Runs a command that runs Rust tests, and counts them; no test at all, or one that is ignored, is
# a failure.
count_tests() {
    local log="$CI_DIR/tests.$$" numbers
    echo "+ $*"
    "$@" 2>&1 | tee "$log"
    numbers=$(awk '/^test result: ok\./ { passed += $4; ignored += $8; programs += 1 }
                   END { print passed + 0, ignored + 0, programs + 0 }' "$log")
    rm "$log"
    local passed ignored programs
    read -r passed ignored programs <<<"$numbers"
    [ "$ignored" = 0 ] || fail "$ignored tests are ignored: $*"
    [ "$passed" -gt 0 ] || fail "no test ran: $*"
    cases "$passed"
    say "$passed tests in $programs programs: $*"
}

# Whether the nightly toolchain has a component.
nightly_has() {
    rustup component list --toolchain nightly --installed 2>/dev/null | grep -q "^$1"
}

# The three libraries, in the order in which they depend on each other.
LIBRARIES=(oneloop oneloop-net oneloop-http)

# `-p NAME` for each library.
each_library=()
for library in "${LIBRARIES[@]}"; do
    each_library+=(-p "$library")
done
