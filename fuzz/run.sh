#!/usr/bin/env bash
# Builds the fuzz targets once, runs them two at a time, and prints one table of the results. Exits
# with 1 if a target found something. The recipes `fuzz-smoke` and `fuzz-long` call it:
#
#   fuzz/run.sh smoke|long SECONDS [TARGET...]
#
# MAX_LEN in the environment is the longest input in bytes. The fuzzer tries short inputs several
# times as fast.
set -euo pipefail
cd "$(dirname "$0")/.."
export RUSTC_BOOTSTRAP=1
kind=$1 seconds=$2
shift 2
targets=("$@")
((${#targets[@]})) || mapfile -t targets < <(cargo fuzz list)

# Each kind builds into a folder of its own. In one folder, each would build everything anew.
build=fuzz/target/$kind
case $kind in
smoke) options=(--sanitizer address) ;;
# Our crates forbid unsafe code, so there is little for a sanitizer to see. Without it, and without
# the checks of debug builds, the fuzzer tries several times as much.
long) options=(--sanitizer none --release) ;;
*) echo "fuzz/run.sh: \"$kind\" is no kind of run: give smoke or long" >&2 && exit 2 ;;
esac
cargo fuzz build "${options[@]}" --target-dir "$build"
binaries=$build/$(rustc -vV | sed -n 's/^host: //p')/release
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

run() {
    local target=$1 dict=()
    [[ -f fuzz/dictionaries/$target.dict ]] && dict=("-dict=fuzz/dictionaries/$target.dict")
    mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
    "$binaries/$target" "fuzz/corpus/$target" "fuzz/seeds/$target" "${dict[@]}" \
        -max_total_time="$seconds" -max_len="${MAX_LEN:-16384}" -timeout=60 -print_final_stats=1 \
        -artifact_prefix="fuzz/artifacts/$target/" >"$logs/$target" 2>&1 || touch "$logs/$target.found"
}

# The last number after a word in a log.
last() {
    grep -oE "$1 *[0-9]+" "$2" | tail -1 | grep -oE '[0-9]+$' || echo '?'
}

for target in "${targets[@]}"; do
    while (($(jobs -rp | wc -l) >= 2)); do wait -n; done
    run "$target" &
done
wait

printf '\n%-16s %12s %8s %8s %8s  %s\n' target executions edges corpus finds 'how far'
finds=0
for target in "${targets[@]}"; do
    log=$logs/$target found=none
    [[ -e $log.found ]] && found=FOUND finds=1
    printf '%-16s %12s %8s %8s %8s  %s\n' "$target" "$(last number_of_executed_units: "$log")" \
        "$(last cov: "$log")" "$(last corp: "$log")" "$found" \
        "$(grep '^reach: ' "$log" | tail -1 | sed 's/^reach: //')"
done
for found in "$logs"/*.found; do
    [[ -e $found ]] || continue
    printf '\n== %s\n' "$(basename "$found" .found)"
    grep -A12 -E 'panicked at|ERROR:|Test unit' "${found%.found}" | head -60
done
exit "$finds"
