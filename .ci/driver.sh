# Runs the parts of the folder $PARTS one after the other; sourced by .ci/run and .ci/nightly.
# Each part is a process of its own that tells its cases by the words of .ci/lib.sh.

if [ "${1:-}" = --list ]; then
    ls "$PARTS" | sed 's/^[0-9]*-//'
    exit 0
fi

export CI_DIR="$PWD/target/ci"
mkdir -p "$CI_DIR"
rm -f "$CI_DIR"/*.not-run
exec 3>&1 </dev/null
unset RUSTFLAGS RUSTDOCFLAGS
export CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0

.ci/install.sh

scripts=()
if [ $# = 0 ]; then
    scripts=("$PARTS"/*)
else
    for name; do
        found=("$PARTS"/[0-9]*-"$name")
        [ -x "${found[0]}" ] || { echo "no part is called $name; see --list"; exit 2; }
        scripts+=("${found[0]}")
    done
fi

passed=0 failed=0 table=()
for script in "${scripts[@]}"; do
    name=$(basename "$script" | sed 's/^[0-9]*-//')
    export CI_CASES="$CI_DIR/$name.cases" CI_NOT_RUN="$CI_DIR/$name.not-run"
    : >"$CI_CASES"
    : >"$CI_NOT_RUN"
    log="$CI_DIR/$name.log"
    echo "== $name"
    start=$SECONDS
    status=0
    bash -euo pipefail -c '. .ci/lib.sh; . "$0"' "$script" >"$log" 2>&1 || status=$?
    seconds=$((SECONDS - start))
    cases=$(awk '{sum += $1} END {print sum + 0}' "$CI_CASES")
    if [ "$status" != 0 ]; then
        verdict=FAILED
    elif [ "$cases" -gt 0 ]; then
        verdict=passed
    elif [ -s "$CI_NOT_RUN" ]; then
        verdict='not run'
    else
        echo "   it exercised no case at all"
        verdict=FAILED
    fi
    case $verdict in
        passed) passed=$((passed + 1)) ;;
        FAILED)
            failed=$((failed + 1))
            echo "   the end of $log:"
            tail -n 60 "$log" | sed 's/^/   | /'
            ;;
    esac
    echo "   $verdict: $cases cases in $seconds s"
    table+=("$(printf '%-14s %-8s %8s %7s' "$name" "$verdict" "$cases" "$seconds")")
done

printf '\n%-14s %-8s %8s %7s\n' part verdict cases seconds
printf '%s\n' "${table[@]}"
cat "$CI_DIR"/*.not-run
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
