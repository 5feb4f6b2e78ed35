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
    local log="$CI_DIR/tests.$BASHPID" numbers
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

# judged PATTERN COMMAND...: runs a program that measures and judges itself. It ends with 0 when
# every limit is kept, with 1 when one is missed, and with 77 when the machine cannot measure; each
# line of its output that matches PATTERN is a case, and is shown. Another program on the machine
# can spoil a measurement of time: with TRIES=3, one run of three must keep the limits.
judged() {
    local pattern=$1 out="$CI_DIR/judged.$$" status try
    shift
    for try in $(seq "${TRIES:-1}"); do
        status=0
        timeout 600 "$@" >"$out" 2>&1 || status=$?
        cat "$out"
        [ $status = 1 ] || break
        say "run $try missed a limit"
    done
    grep -E "$pattern" "$out" | sed 's/^/   /' >&3 || true
    case $status in
        0) cases "$(grep -cE "$pattern" "$out")" ;;
        77) not_run "$(tail -n 1 "$out")" ;;
        *) fail "$* ended with $status: $(tail -n 1 "$out")" ;;
    esac
    rm "$out"
}
