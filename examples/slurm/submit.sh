#!/bin/bash
# usage: submit.sh SHARDS DATA OUT [options of `volforge run`]
# Submits SHARDS tasks and, after them, the job that joins them; waits for it when WAIT=1. OUT is on a file system that all nodes see.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
shards=$1 data=$(realpath "$2") out=$(realpath -m "$3")
shift 3
mkdir -p "$out"
export VOLFORGE=${VOLFORGE:-volforge} DATA=$data OUT=$out OPTIONS="$*"

array=$(sbatch --parsable --array="1-$shards" --output="$out/shard-%a.log" "$here/walk-forward.sbatch")
joined=$(sbatch --parsable --dependency="afterok:$array" --kill-on-invalid-dep=yes ${WAIT:+--wait} \
    --output="$out/merge.log" "$here/merge.sbatch")
echo "array $array, merge $joined"
