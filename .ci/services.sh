# Database servers of the tests' own, to be sourced: start_services makes PostgreSQL, MariaDB and Redis in a temporary
# folder, on free ports of the loopback, for accounts that may do nothing else, and exports where they are;
# stop_services ends them and takes the folder away. Servers that the machine has are neither asked nor touched.

services_folder=
services_pids=()

# run_as ACCOUNT COMMAND...: the servers refuse to work for root; whoever is somebody else runs them himself.
run_as() {
  local account=$1
  shift
  if [ "$(id -u)" = 0 ]; then
    exec setpriv --reuid="$account" --regid="$(id -gn "$account")" --clear-groups env HOME="$services_folder" "$@"
  fi
  exec "$@"
}

# serve SIGNAL ACCOUNT FOLDER COMMAND...: in the background, until stop_services sends the signal.
serve() {
  local signal=$1 account=$2 folder=$3
  shift 3
  (cd "$folder" && run_as "$account" "$@") </dev/null >"$services_folder/$(basename "$folder").log" 2>&1 &
  services_pids+=("$signal:$!")
}

# folder_for NAME ACCOUNT: one that this account alone reads.
folder_for() {
  local folder=$services_folder/$1
  mkdir -m 700 "$folder"
  if [ "$(id -u)" = 0 ]; then chown "$2:$(id -gn "$2")" "$folder"; fi
  echo "$folder"
}

free_port() {
  node -e 'const s = require("node:net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })'
}

# wait_for NAME COMMAND...: until the service answers, a minute at most.
wait_for() {
  local name=$1
  shift
  for _ in $(seq 120); do
    if "$@" >/dev/null 2>&1; then
      echo "$name answers"
      return 0
    fi
    sleep 0.5
  done
  echo "$name does not answer: $*" >&2
  tail -n 20 "$services_folder"/*.log >&2 || true
  return 1
}

start_postgres() {
  local folder port bin
  folder=$(folder_for postgres postgres)
  port=$(free_port)
  # Distributions keep the server out of the PATH.
  bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1)
  (cd "$folder" && PATH=$bin:$PATH && run_as postgres initdb --pgdata="$folder/data" --username=postgres --auth=trust --encoding=UTF8 --locale=C --no-sync) >"$services_folder/initdb.log" 2>&1
  PATH=$bin:$PATH serve INT postgres "$folder" postgres -D "$folder/data" -k "$folder" -p "$port" -h 127.0.0.1 -c fsync=off -c full_page_writes=off
  export TEST_POSTGRES_URL=postgres://postgres@127.0.0.1:$port/postgres
}

start_mariadb() {
  local folder port
  folder=$(folder_for mariadb mysql)
  port=$(free_port)
  (cd "$folder" && run_as mysql mariadb-install-db --no-defaults --datadir="$folder/data" --skip-test-db --skip-name-resolve --auth-root-authentication-method=normal) >"$services_folder/install-db.log" 2>&1
  PATH=$PATH:/usr/sbin:/usr/libexec serve TERM mysql "$folder" mariadbd --no-defaults --datadir="$folder/data" --socket="$folder/socket" --port="$port" --bind-address=127.0.0.1 --innodb-flush-log-at-trx-commit=2
  export TEST_MYSQL_URL=mysql://root@127.0.0.1:$port/mysql
  mariadb_port=$port
}

start_redis() {
  local folder port
  folder=$(folder_for redis nobody)
  port=$(free_port)
  serve TERM nobody "$folder" redis-server --port "$port" --bind 127.0.0.1 --dir "$folder" --save '' --appendonly no
  export TEST_REDIS_URL=redis://127.0.0.1:$port
}

start_services() {
  services_folder=$(mktemp -d)
  # The accounts of the servers must get through to their own folders.
  chmod 711 "$services_folder"
  start_postgres
  start_mariadb
  start_redis
  wait_for PostgreSQL psql "$TEST_POSTGRES_URL" -c 'select 1'
  wait_for MariaDB mariadb --no-defaults -h 127.0.0.1 -P "$mariadb_port" -u root -e 'select 1'
  wait_for Redis redis-cli -u "$TEST_REDIS_URL" ping
}

stop_services() {
  local service
  for service in "${services_pids[@]}"; do kill -s "${service%%:*}" "${service##*:}" 2>/dev/null || true; done
  for service in "${services_pids[@]}"; do wait "${service##*:}" 2>/dev/null || true; done
  services_pids=()
  if [ -n "$services_folder" ]; then rm -rf "$services_folder"; fi
  services_folder=
}
