import { copyFile, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { createHost } from '../../src/host/create-host.ts';
import { parseSettings } from '../../src/host/settings.ts';
import { Sandbox } from '../../src/sandbox/sandbox.ts';
import { Command, emptyFolder, type Ended } from '../support/command.ts';

const SECRET_KEY = 'mwbN0tkqiVnVmcXoiGTP1cLVgLWv8uUqC2KJ9Q+Hy3E=';

describe('the wecom-syncer command', function () {
  this.timeout(60_000);
  let sandbox: Sandbox;
  let folder: Awaited<ReturnType<typeof emptyFolder>>;
  let environment: Record<string, string>;

  const run = (...args: string[]): Promise<Ended> => new Command('cli/main.js', args, environment, folder.path).ended;

  /** What the audit log of a database has of this shell, oldest first. */
  const written = async (file: string): Promise<readonly string[]> => {
    const { default: Sqlite } = await import('better-sqlite3');
    const database = new Sqlite(`${folder.path}/${file}`, { readonly: true });
    try {
      return database
        .prepare<[], { readonly told: string }>(
          `SELECT action || ' ' || target AS told FROM audit_log WHERE actor = 'app/command' ORDER BY created_ms`,
        )
        .all()
        .map(({ told }) => told);
    } finally {
      database.close();
    }
  };

  before(async () => {
    sandbox = await Sandbox.start({ members: 30, departments: 4 });
    folder = await emptyFolder();
    environment = {
      DATABASE_URL: `sqlite:${folder.path}/iam.db`,
      SECRET_KEY,
      WECOM_API_URL: sandbox.url,
      ADMIN_PASSWORD: 'correct horse battery',
    };
    const host = await createHost(parseSettings({ ...environment, LOG_LEVEL: 'silent' }));
    await host.organizations.add({ name: 'acme' });
    await host.syncers.add({
      organization: 'acme',
      name: 'wecom',
      type: 'WeCom',
      user: sandbox.corpId,
      password: sandbox.appSecret,
    });
    await host.close();
  });
  after(async () => {
    await sandbox.close();
    await folder.remove();
  });
  afterEach(() => sandbox.faults.clear());

  it('tells how it is used, on every level', async () => {
    const help = await run('--help');
    expect(help.code).to.equal(0);
    for (const command of [
      'serve',
      'migrate',
      'test',
      'preview',
      'sync',
      'decide',
      'protect',
      'undo',
      'history',
      'report',
      'sandbox',
    ]) {
      expect(help.stdout).to.include(command);
    }
    const sync = await run('sync', '--help');
    expect(sync.code).to.equal(0);
    expect(sync.stdout).to.include('--member').and.include('3 held');
  });

  for (const args of [
    ['bogus'],
    ['sync'],
    ['sync', 'acme/wecom', '--bogus'],
    ['sync', 'acme'],
    ['sync', 'acme/none'],
    ['decide', 'acme/none'],
    ['decide', 'acme/wecom', 'ignore'],
    ['decide', 'no-such-question', 'marry'],
    ['protect', 'acme'],
    ['protect', 'acme/nobody', '--reason', 'x'],
    ['protect', 'acme/nobody'],
    ['protect', 'acme/nobody', '--remove'],
    ['history', 'acme/nobody'],
    ['report', 'acme'],
    ['report', 'acme', '--from', 'soon', '--to', '2027-01-01'],
    ['report', 'acme', '--from', '', '--to', ''],
    ['report', 'acme', '--from', '2027-01-01', '--to', ' '],
    ['undo'],
    ['undo', 'no-such-run'],
    ['undo', 'no-such-run', '--bogus'],
    ['sandbox', '--port', 'x'],
    ['adopt', '--undo'],
    ['adopt', '--forbidden-by', 'nobody'],
  ]) {
    it(`ends with 4 for "${args.join(' ')}"`, async () => {
      const ended = await run(...args);
      expect(ended.code).to.equal(4);
      expect(ended.stdout).to.equal('');
      expect(ended.stderr).to.not.be.empty;
    });
  }

  it('ends with 4 and one line that names a wrong setting, never its value', async () => {
    environment['WECOM_CONCURRENCY'] = 'a-lot';
    const ended = await run('migrate');
    delete environment['WECOM_CONCURRENCY'];
    expect(ended.code).to.equal(4);
    expect(ended.stderr.trim().split('\n')).to.have.length(1);
    expect(ended.stderr).to.include('WECOM_CONCURRENCY').and.not.include('a-lot');
  });

  it('previews, syncs and says so in one JSON object', async () => {
    const preview = await run('preview', 'acme/wecom', '--json');
    expect(preview.code).to.equal(0);
    const planned = JSON.parse(preview.stdout) as { run: { counts: { created: number } }; changes: unknown[] };
    expect(planned.run.counts.created).to.equal(30);
    expect(planned.changes).to.have.length(30 + 4);
    const sync = await run('sync', 'acme/wecom', '--json');
    expect(sync.code).to.equal(0);
    expect(JSON.parse(sync.stdout)).to.deep.include({ state: 'succeeded', syncer: 'acme/wecom' });
    expect(sync.stderr).to.equal('');
    expect((await written('iam.db')).slice(-2)).to.deep.equal(Array(2).fill('run-syncer acme/wecom'));
  });

  it('shows plain lines in a pipe, and a table at the end', async () => {
    const ended = await run('sync', 'acme/wecom');
    expect(ended.code).to.equal(0);
    expect(ended.stderr).to.match(/30 members/);
    expect(ended.stdout).to.match(/unchanged\s+30/);
  });

  it('takes back what a run did, of one member or of all', async () => {
    await run('sync', 'acme/wecom', '--json');
    const [one, other] = sandbox.company.rename(2).map(({ userid }) => userid);
    const { id } = JSON.parse((await run('sync', 'acme/wecom', '--json')).stdout) as { readonly id: string };
    const changesIn = ({ stdout }: Ended): readonly { readonly userid: string; readonly state: string }[] =>
      (JSON.parse(stdout) as { readonly changes: readonly { readonly userid: string; readonly state: string }[] })
        .changes;
    const preview = await run('undo', id, '--dry-run', '--json');
    expect(preview.code, preview.stderr).to.equal(0);
    expect(changesIn(preview).map(({ state }) => state)).to.deep.equal(['planned', 'planned']);
    const first = await run('undo', id, '--member', one!, '--json');
    expect(JSON.parse(first.stdout).run).to.include({ trigger: 'undo', state: 'succeeded', dryRun: false });
    expect(changesIn(first).map(({ userid }) => userid)).to.deep.equal([one]);
    const rest = await run('undo', id);
    expect(rest.code).to.equal(0);
    expect(rest.stdout).to.include(other).and.to.not.include(`${one} `);
    const refused = await run('undo', id, '--member', 'nobody');
    expect(refused.code).to.equal(4);
    expect(refused.stdout).to.equal('');
  });

  it('tells what happened to an account, and counts who came', async () => {
    await run('sync', 'acme/wecom');
    const [userid] = sandbox.company.visibleMembers().map((member) => member.userid);
    const told = await run('history', `acme/${userid!}`, '--json');
    const { user, entries, origins } = JSON.parse(told.stdout);
    expect(told.code, told.stderr).to.equal(0);
    expect(user).to.equal(`acme/${userid!}`);
    expect(entries.at(-1)).to.include({ what: 'run', by: 'app/command', reason: 'New member.' });
    expect(origins).to.include({ displayName: 'directory' });
    expect((await run('history', `acme/${userid!}`)).stdout).to.include('run  app/command');
    const day = new Date().toISOString().slice(0, 10);
    const counted = await run('report', 'acme', '--from', day, '--to', day, '--json');
    const { report } = JSON.parse(counted.stdout);
    expect(report.joiners).to.be.greaterThan(5);
    const table = await run('report', 'acme', '--from', day, '--to', day, '--csv');
    expect(table.stdout.split('\r\n').filter((line) => line.includes(',joiners,'))).to.have.length(report.joiners);
  });

  it('tells runs to leave an account alone, until that is taken back', async () => {
    const { userid } = [...sandbox.company.members].at(-1)!;
    const user = `acme/${userid}`;
    const made = await run('protect', user, '--reason', 'on leave', '--until', '2099-12-31', '--json');
    expect(made.code, made.stderr).to.equal(0);
    expect(JSON.parse(made.stdout).protection).to.include({ kind: 'user', value: user, until: '2099-12-31' });
    expect((await run('protect', user, '--reason', 'for ever', '--until', '')).code).to.equal(4);
    const again = await run('protect', user, '--reason', 'longer');
    expect(again.stdout).to.equal(`✔ No run locks out ${user}, or takes from it.\n`);
    const removed = await run('protect', user, '--remove', '--json');
    expect(JSON.parse(removed.stdout).removed).to.have.length(1);
    expect((await run('protect', user, '--remove')).code).to.equal(4);
    const { entries } = JSON.parse((await run('history', user, '--json')).stdout) as { entries: { what: string }[] };
    const told = entries.filter(({ what }) => what === 'protection');
    expect(told).to.have.length(3);
    expect(told[1]).to.include({ by: 'app/command', reason: 'longer' });
  });

  it('lists what only a person can decide, and decides it', async () => {
    expect((await run('sync', 'acme/wecom')).code).to.equal(0);
    const { userid } = [...sandbox.company.members].find(({ status, mobile }) => status === 1 && mobile)!;
    sandbox.company.leave([userid]);
    const heir = { name: '接任', mobile: '13712345678', email: 'heir@example.com', biz_mail: '' };
    sandbox.company.hire({ userid, ...heir });
    expect((await run('sync', 'acme/wecom')).code).to.equal(2);
    const listed = await run('decide', 'acme/wecom', '--json');
    const { questions } = JSON.parse(listed.stdout) as { questions: { id: string; userid: string; kind: string }[] };
    expect(questions.map((question) => [question.userid, question.kind])).to.deep.equal([[userid, 'handed-on']]);
    const { id } = questions[0]!;
    expect((await run('decide', 'acme/wecom')).stdout)
      .to.include(id)
      .and.include(`acme/${userid}`);
    const decided = await run('decide', id, 'create', 'successor', '--comment', 'another person', '--json');
    expect(decided.code, decided.stderr).to.equal(0);
    expect(JSON.parse(decided.stdout).question).to.include({
      state: 'created',
      user: 'acme/successor',
      comment: 'another person',
    });
    expect((await run('decide', 'acme/wecom')).stdout).to.equal('Nothing of acme/wecom waits for a decision.\n');
  });

  it('syncs one member, step by step', async () => {
    const [member] = [...sandbox.company.members];
    const ended = await run('sync', 'acme/wecom', '--member', member!.userid);
    expect(ended.code).to.equal(0);
    for (const step of ['fetched', 'inScope', 'mapped', 'matched', 'written'])
      expect(ended.stdout).to.include(`✔ ${step}`);
    expect((await written('iam.db')).at(-1)).to.equal('sync-member acme/wecom');
  });

  it('ends with 2 when a part could not be read', async () => {
    sandbox.faults.add({ path: 'user/list', match: { department_id: '1' }, respond: { errcode: 60011 } });
    const ended = await run('sync', 'acme/wecom');
    expect(ended.code).to.equal(2);
    expect(ended.stdout).to.include('department 1');
  });

  it('ends with 2 when the very first run is shown nobody, and the syncer is not well', async () => {
    const nobody = { ...environment, DATABASE_URL: `sqlite:${folder.path}/empty.db`, LOG_LEVEL: 'silent' };
    const open = () => createHost(parseSettings(nobody));
    const first = await open();
    await first.organizations.add({ name: 'acme' });
    await first.syncers.add({
      organization: 'acme',
      name: 'wecom',
      type: 'WeCom',
      user: sandbox.corpId,
      password: sandbox.appSecret,
    });
    await first.close();
    sandbox.use('empty-scope');
    for (const args of [[], ['--json']]) {
      const ended = await new Command('cli/main.js', ['sync', 'acme/wecom', ...args], nobody, folder.path).ended;
      expect(ended.code, ended.stdout).to.equal(2);
      expect(ended.stdout).to.include('nobody-seen').and.include('visible range');
    }
    sandbox.use('whole-corp');
    const again = await open();
    const record = (await again.syncers.find('acme', 'wecom', 'acme'))!;
    await again.close();
    expect(record).to.include({ health: 'failing' });
    expect(record.errorText).to.include('visible range').and.include('可见范围');
  });

  it('says what failed inside and where, whether or not a log is written', async () => {
    const broken = { ...environment, DATABASE_URL: `sqlite:${folder.path}/broken.db`, LOG_LEVEL: 'silent' };
    await copyFile(`${folder.path}/iam.db`, `${folder.path}/broken.db`);
    const { default: Sqlite } = await import('better-sqlite3');
    const database = new Sqlite(`${folder.path}/broken.db`);
    database.exec(`CREATE TRIGGER odd BEFORE INSERT ON sync_change BEGIN SELECT RAISE(ABORT, 'of 13800000000'); END`);
    database.exec(`UPDATE user SET display_name = 'x' WHERE owner = 'acme'`);
    database.close();
    const [member] = [...sandbox.company.members].filter(({ status, enable }) => status === 1 && enable !== 0);
    for (const args of [[], ['--json'], ['--member', member!.userid]]) {
      const ended = await new Command('cli/main.js', ['sync', 'acme/wecom', ...args], broken, folder.path).ended;
      expect(ended.code, ended.stdout).to.equal(1);
      expect(ended.stdout)
        .to.include('SQLITE_CONSTRAINT_TRIGGER')
        .and.match(/At: .*\.js:\d+/);
      expect(ended.stdout + ended.stderr)
        .to.not.include('13800000000')
        .and.not.include(' log');
    }
  });

  it('ends with 3 when the lock-outs wait for a person', async () => {
    sandbox.use('empty-scope');
    const ended = await run('sync', 'acme/wecom');
    sandbox.use('whole-corp');
    expect(ended.code).to.equal(3);
    expect(ended.stdout).to.include('held');
  });

  it('ends with 1 and the remedy when WeCom refuses the address', async () => {
    sandbox.faults.set({ untrustedIp: '203.0.113.9' });
    const sync = await run('sync', 'acme/wecom');
    expect(sync.code).to.equal(1);
    expect(sync.stdout).to.include('→');
    const test = await run('test', 'acme/wecom');
    expect(test.code).to.equal(1);
    expect(test.stdout).to.include('203.0.113.9');
  });

  it('tests the connection', async () => {
    const ended = await run('test', 'acme/wecom');
    expect(ended.code, ended.stdout).to.equal(0);
    for (const check of ['token', 'departments', 'members', 'fields']) expect(ended.stdout).to.include(`✔ ${check}`);
    expect((await written('iam.db')).at(-1)).to.equal('test-syncer acme/wecom');
  });

  it('adopts a syncer of the IAM, says what to switch off there, and takes it back', async () => {
    const beside = { ...environment, DATABASE_URL: `sqlite:${folder.path}/casdoor.db` };
    const { default: Sqlite } = await import('better-sqlite3');
    const database = new Sqlite(`${folder.path}/casdoor.db`);
    database.exec(await readFile(new URL('../fixtures/casdoor-ddl/sqlite.sql', import.meta.url), 'utf8'));
    database.exec(`INSERT INTO organization (owner, name) VALUES ('admin', 'acme')`);
    const adopt = (...args: string[]) => new Command('cli/main.js', ['adopt', ...args], beside, folder.path).ended;
    const migrated = await new Command('cli/main.js', ['migrate'], beside, folder.path).ended;
    const dataSource = `file:${folder.path}/casdoor.db?_pragma=busy_timeout(5000)&_txlock=immediate`;
    expect([migrated.code, migrated.stderr.includes(dataSource)]).to.deep.equal([0, true]);
    const nothing = await adopt();
    expect([nothing.code, nothing.stdout]).to.deep.equal([4, '']);
    expect(nothing.stderr).to.include('nothing to adopt');
    database.exec(`INSERT INTO syncer (owner, name, organization, type, user, password, sync_interval, is_enabled)
      VALUES ('admin', 'wecom', 'acme', 'WeCom', '${sandbox.corpId}', '${sandbox.appSecret}', 3600, 1)`);
    database.close();
    const done = await adopt('acme/wecom');
    expect(done.code, done.stderr).to.equal(0);
    expect(done.stdout).to.include('Switch off admin/wecom').and.include('wecom-syncer preview acme/wecom');
    const again = await adopt('--dry-run', '--json', '--forbidden-by', 'syncer');
    const { dryRun, adopted } = JSON.parse(again.stdout) as { dryRun: boolean; adopted: readonly object[] };
    expect([again.code, dryRun]).to.deep.equal([0, true]);
    expect(adopted[0]).to.include({ syncer: 'acme/wecom', state: 'present', linked: 0, switchOff: 'admin/wecom' });
    const undone = await adopt('--undo', 'acme/wecom', '--json');
    expect(JSON.parse(undone.stdout)).to.deep.equal({
      dryRun: false,
      forgotten: { syncer: 'acme/wecom', accounts: 0 },
    });
    const nobody = await adopt('--undo', 'acme/wecom');
    expect([nobody.code, nobody.stdout]).to.deep.equal([4, '']);
    expect(done.stdout + again.stdout).to.not.include(sandbox.appSecret);
    expect(await written('casdoor.db')).to.deep.equal(['adopt-syncer acme/wecom', 'delete-syncer acme/wecom']);
  });

  it('serves until it is told to stop, and prints where', async () => {
    environment['PORT'] = '0';
    const serve = new Command('cli/main.js', ['serve'], environment, folder.path);
    delete environment['PORT'];
    const [, url] = await serve.prints(/listening on (http:\/\/\S+)/);
    expect((await fetch(`${url}/healthz`)).status).to.equal(200);
    serve.child.kill('SIGTERM');
    expect((await serve.ended).code).to.equal(0);
  });

  it('runs the sandbox by itself', async () => {
    const running = new Command(
      'cli/main.js',
      ['sandbox', '--port', '0', '--members', '5', '--departments', '2'],
      environment,
      folder.path,
    );
    const [, url] = await running.prints(/sandbox on (http:\/\/\S+)/);
    expect((await fetch(`${url}/control/state`)).status).to.equal(200);
    running.child.kill('SIGTERM');
    expect((await running.ended).code).to.equal(0);
  });

  it('never prints a secret', async () => {
    const outputs = await Promise.all([
      run('sync', 'acme/wecom', '--json'),
      run('test', 'acme/wecom'),
      run('preview', 'acme/wecom'),
    ]);
    for (const { stdout, stderr } of outputs) {
      for (const secret of [sandbox.appSecret, SECRET_KEY, 'correct horse battery']) {
        expect(stdout + stderr).to.not.include(secret);
      }
    }
  });
});
