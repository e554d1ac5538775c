import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Starts, tells where they are and who serves, and stops; then whether anything answers there still. */
const SCRIPT = `
set -euo pipefail
. .ci/services.sh
trap stop_services EXIT
start_services
folder=$services_folder
echo "urls $TEST_POSTGRES_URL $TEST_MYSQL_URL $TEST_REDIS_URL"
for service in "\${services_pids[@]}"; do echo "owner $(stat -c %u /proc/\${service##*:})"; done
ports=$(echo "$TEST_POSTGRES_URL $TEST_MYSQL_URL $TEST_REDIS_URL" | grep -oE '[0-9]{4,5}(/|$| )' | tr -dc '0-9\\n')
stop_services
[ -e "$folder" ] && echo "folder is left"
for port in $ports; do (echo >"/dev/tcp/127.0.0.1/$port") 2>/dev/null && echo "port $port answers still"; done
echo "stopped $(echo $ports | wc -w)"
`;

const isInstalled = async (program: string): Promise<boolean> =>
  run('sh', ['-c', `command -v ${program} || ls /usr/lib/postgresql/*/bin/${program}`]).then(
    () => true,
    () => false,
  );

describe('the servers of the CI', () => {
  it('come up for their run alone, for nobody’s account, and are gone after it', async function () {
    this.timeout(120_000);
    for (const program of ['setpriv', 'initdb', 'mariadb-install-db', 'redis-server', 'psql', 'mariadb']) {
      if (await isInstalled(program)) continue;
      expect(process.env['REQUIRE_SERVICES'], `${program} is not installed`).to.not.equal('1');
      console.log(`${program} is not installed: the test of the CI's servers is skipped.`);
      this.skip();
    }
    const { stdout } = await run('bash', ['-c', SCRIPT], { cwd: ROOT });
    const lines = stdout.trim().split('\n');
    expect(lines.filter((line) => line.endsWith(' answers'))).to.have.members([
      'PostgreSQL answers',
      'MariaDB answers',
      'Redis answers',
    ]);
    const [urls = ''] = lines.filter((line) => line.startsWith('urls '));
    expect(urls)
      .to.match(/^urls postgres:\/\/\S+ mysql:\/\/\S+ redis:\/\/\S+$/)
      .and.not.match(/:(5432|3306|6379)\b/);
    expect(lines.filter((line) => line.startsWith('owner ')).filter((line) => line !== 'owner 0')).to.have.length(3);
    expect(lines.slice(lines.findLastIndex((line) => line.startsWith('owner ')) + 1)).to.deep.equal(['stopped 3']);
  });

  it('leave the servers of the machine alone', async () => {
    for (const file of ['.ci/run', '.ci/services.sh']) {
      const script = await readFile(`${ROOT}/${file}`, 'utf8');
      expect(script, file).to.not.match(
        /pg_hba|pg_ctlcluster|alter user|systemctl|start-stop-daemon|\bservice \w+ (re)?(start|stop|load)/i,
      );
    }
  });
});
