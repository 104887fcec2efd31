#!/usr/bin/env bash
# The Action's own environment: a virtual environment below $RUNNER_TEMP with hashed requirements, and nothing else of
# the runner touched: no PATH, no step file but this step's output, no cache in the home folder.
# The index, proxies and certificates are those that pip and uv are told of by the runner's environment.
set -euo pipefail

fail() { # WHAT CURE
  echo "::error::$1 $2"
  exit 1
}

[[ ${RUNNER_OS:-} != Windows ]] || fail "cosplay-action does not run on Windows." "Use a Linux or macOS runner."
[[ -n ${RUNNER_TEMP:-} ]] || fail "RUNNER_TEMP is not set." "This script belongs into a step of a job."
action=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The embedded model's server is large: only where a model on this machine is meant, or none was named.
model=${COSPLAY_INPUT_MODEL:-${COSPLAY_MODEL:-}}
wanted=action.txt
case "${COSPLAY_INPUT_MODE:-all} $model" in
  gate* | plan* | publish*) ;;
  *" local"*) wanted=local.txt ;;
  *" ") [[ -n ${COSPLAY_INPUT_BASE_URL:-} || ${COSPLAY_HAS_KEY:-} == true ]] || wanted=local.txt ;;
esac

home=$RUNNER_TEMP/cosplay-action
venv=$home/venv
python=$venv/bin/python
stamp=$(cat "$action/requirements/"{uv.txt,"$wanted",install.sh} | cksum | tr -d ' ')
if [[ ! -e $home/installed-$stamp ]]; then
  mkdir -p "$home"
  cd "$home" # not in the checkout: what lies there must be no module, no configuration and no version of ours

  # What a job says to uv of its own project is not meant for ours; where the packages come from is.
  while read -r name; do
    case $name in
      *INDEX* | *CACHE* | *CERT* | *TLS* | *HTTP* | *KEYRING* | *INSECURE* | *MIRROR* | *OFFLINE*) ;;
      *) unset "$name" ;;
    esac
  done < <(compgen -v UV_)
  unset VIRTUAL_ENV CONDA_PREFIX PIP_REQUIRE_VIRTUALENV PIP_USER PIP_TARGET PIP_PREFIX
  export UV_PYTHON_INSTALL_DIR=$home/python UV_CACHE_DIR=${UV_CACHE_DIR:-$home/cache} UV_NO_PROGRESS=1

  pip=(python3 -I -m pip)
  if ! python3 -I -c 'import pip' >/dev/null 2>&1; then
    python3 -I -m venv "$home/pip" >/dev/null 2>&1 ||
      fail "python3 of this runner has neither pip nor venv." "Put actions/setup-python before this step."
    pip=("$home/pip/bin/python" -I -m pip)
  fi
  if [[ ! -x $home/uv/bin/uv ]]; then
    "${pip[@]}" install --quiet --quiet --disable-pip-version-check --no-cache-dir --no-deps --only-binary=:all: \
      --require-hashes --target "$home/uv" -r "$action/requirements/uv.txt" ||
      fail "uv could not be installed." "The reason stands above; the runner must reach a package index."
  fi
  uv=$home/uv/bin/uv
  [[ -x $python ]] || "$uv" venv --quiet --python '>=3.11' "$venv" ||
    fail "No Python 3.11 or newer was found or could be fetched." "Put actions/setup-python before this step."
  "$uv" pip install --quiet --python "$python" --require-hashes --no-deps --only-binary=:all: \
    -r "$action/requirements/$wanted" ||
    fail "The Action's requirements could not be installed." "The reason stands above."

  # The package itself is used where it lies. A .pth file, unlike PYTHONPATH, is seen by no other interpreter.
  "$python" -I -c 'import pathlib, sys, sysconfig
pathlib.Path(sysconfig.get_path("purelib"), "cosplay_action.pth").write_text(sys.argv[1] + "\n", encoding="utf-8")' \
    "$action"
  touch "$home/installed-$stamp"
fi
echo "python=$python" >>"$GITHUB_OUTPUT"
