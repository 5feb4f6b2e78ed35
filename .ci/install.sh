#!/usr/bin/env bash
# Installs what the checks need and the machine lacks. What cannot be had is left out here; the
# part that wants it says so.
set -uo pipefail

packages=()
want() { command -v "$1" >/dev/null || [ -x "/usr/sbin/$1" ] || packages+=("$2"); }
want gcc gcc
want curl curl
want python3 python3
want valgrind valgrind
want openssl openssl
want nginx nginx-light
want wrk wrk
want strace strace
want h2load nghttp2-client
want redis-server redis-server

if [ ${#packages[@]} -gt 0 ]; then
    echo "installing ${packages[*]}"
    if command -v apt-get >/dev/null && [ "$(id -u)" = 0 ]; then
        export DEBIAN_FRONTEND=noninteractive
        apt-get update -qq
        # One by one: a machine that lacks one of them shall still have the others.
        for package in "${packages[@]}"; do
            apt-get install -y -qq --no-install-recommends "$package" >/dev/null 2>&1 ||
                echo "could not install $package"
        done
    else
        echo "cannot install packages here: no apt-get, or not root"
    fi
fi

if ! command -v rustup >/dev/null; then
    echo "there is no rustup here: only what the present toolchain can do will run"
    exit 0
fi
has() { rustup toolchain list | grep -q "^$1"; }
component() { rustup component list --toolchain "$1" --installed | grep -q "^$2"; }
has 1.88 || rustup toolchain install 1.88 --profile minimal --no-self-update || true
has nightly || rustup toolchain install nightly --profile minimal --no-self-update || true
active=$(rustup show active-toolchain | cut -d' ' -f1)
for part in rustfmt clippy; do
    component "$active" "$part" || rustup component add --toolchain "$active" "$part" || true
done
for part in miri rust-src; do
    component nightly "$part" || rustup component add --toolchain nightly "$part" || true
done
exit 0
