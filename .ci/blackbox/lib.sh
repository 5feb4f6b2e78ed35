# What the black-box checks share: a server in a process of its own on 127.0.0.1, ended by its id,
# and `check`, which prints what it compared. Sourced by the parts, after .ci/lib.sh.

scratch=$(mktemp -d)
server_pid=
trap 'clean_up' EXIT

clean_up() {
    [ -z "$server_pid" ] || kill -KILL "$server_pid" 2>/dev/null || true
    rm -rf "$scratch"
}

# Builds the given examples as a user would run them and sets $bin to their folder.
build_examples() {
    local flags=() name
    for name; do flags+=(--example "$name"); done
    cargo build --release -p oneloop-examples "${flags[@]}"
    bin=${CARGO_TARGET_DIR:-target}/release/examples
}

# start_testapp FLAG...: runs it on a free port; sets $server_pid, $port and $url.
start_testapp() {
    mkdir -p "$scratch/static"
    : >"$scratch/testapp.out"
    "$bin/testapp" --port 0 --static "$scratch/static" "$@" >"$scratch/testapp.out" 2>&1 &
    server_pid=$!
    local tries
    for tries in $(seq 100); do
        port=$(sed -n 's/^listening on 127\.0\.0\.1:\([0-9]*\)$/\1/p' "$scratch/testapp.out")
        [ -z "$port" ] || break
        sleep 0.05
    done
    [ -n "$port" ] || fail "testapp does not listen: $(cat "$scratch/testapp.out")"
    url=http://127.0.0.1:$port
}

# Asks the server to end, and checks that it does so within 5 s, with status 0.
stop_testapp() {
    local status=0 waited=0
    kill -TERM "$server_pid"
    while kill -0 "$server_pid" 2>/dev/null && [ $waited -lt 100 ]; do
        sleep 0.05
        waited=$((waited + 1))
    done
    [ $waited -lt 100 ] || fail "the server is still there 5 s after SIGTERM"
    wait "$server_pid" || status=$?
    server_pid=
    check "exit status after SIGTERM" 0 "$status"
}

# check WHAT EXPECTED ACTUAL
check() {
    if [ "$2" != "$3" ]; then
        fail "$1: expected '$2', got '$3'"
    fi
    echo "ok: $1: $3"
    cases 1
}

# check_less WHAT ACTUAL LIMIT: whole numbers.
check_less() {
    [ "$2" -lt "$3" ] || fail "$1: $2 is not below $3"
    echo "ok: $1: $2 < $3"
    cases 1
}

# check_same WHAT FILE FILE: byte by byte.
check_same() {
    cmp "$2" "$3" || fail "$1: the bytes differ"
    echo "ok: $1: $(stat -c %s "$2") bytes are the same"
    cases 1
}

# How many descriptors the server has open, and its resident size in KiB.
descriptors() { ls "/proc/$server_pid/fd" | wc -l; }
resident() { awk '/^VmRSS/ {print $2}' "/proc/$server_pid/status"; }

# A number out of testapp's /stats.
stat_of() {
    curl -s "$url/stats" | python3 -c "import json, sys; print(json.load(sys.stdin)['$1'])"
}
