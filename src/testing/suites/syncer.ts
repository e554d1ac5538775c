import assert from 'node:assert/strict';
import { IncompleteReadError, MappingError, SyncError } from '../../syncer/errors.ts';
import { externalId, keyOf, type ExternalId } from '../../syncer/external-id.ts';
import { propertyKey, refusesKey } from '../../syncer/property.ts';
import { PROFILE_FIELDS } from '../../syncer/profile.ts';
import { isGroupSyncer, isMemberLookup, isProgressReporter, isReadReporter, type Syncer } from '../../syncer/syncer.ts';
import { assertInstance, assertMembers, assertSame } from './assertions.ts';
import { patientIt, type Runner } from './runner.ts';

/** What the directory behind a syncer holds, as the directory itself would say. */
export interface DirectoryTruth {
  /** Ids of everybody whom the syncer has to show. */
  readonly members: readonly string[];
  /** Ids of the departments that it has to show; left out where it shows none. */
  readonly groups?: readonly string[];
}

export interface SyncerSubject<TMember> {
  /** Opened anew for each call, as for each run. */
  readonly open: () => Syncer<TMember> | Promise<Syncer<TMember>>;
  /** The same directory with credentials that it refuses. */
  readonly openRefused: () => Syncer<TMember> | Promise<Syncer<TMember>>;
  readonly truth: DirectoryTruth;
  readonly close: () => Promise<void>;
}

const SIGNAL = (): AbortSignal => new AbortController().signal;

const keys = (ids: readonly string[]): string[] => ids.map((id) => keyOf(externalId(id)));

const thrownBy = async (work: () => Promise<unknown>): Promise<unknown> => {
  try {
    await work();
  } catch (error) {
    return error;
  }
  return undefined;
};

const readMembers = async <TMember>(syncer: Syncer<TMember>, signal = SIGNAL()): Promise<TMember[]> => {
  const members: TMember[] = [];
  for await (const page of syncer.fetchUsers(signal)) members.push(...page);
  return members;
};

/**
 * What the engine relies on in every connector, whatever the directory.
 *
 * @param make called before each test: starts a directory with at least three members, which the test closes
 */
export function describeSyncer<TMember>(
  runner: Runner,
  make: () => SyncerSubject<TMember> | Promise<SyncerSubject<TMember>>,
): void {
  runner.describe('as a syncer', () => {
    const it = patientIt(runner);
    let directory: SyncerSubject<TMember>;
    let close: (() => Promise<void>) | undefined;
    runner.beforeEach(async () => {
      directory = await make();
      close = () => directory.close();
      assert.ok(directory.truth.members.length >= 3, 'three members to test with');
    });
    runner.afterEach(async () => {
      const closing = close?.();
      close = undefined;
      await closing;
    });

    it('has a type', async () => {
      assert.match((await directory.open()).type, /^\S+$/);
    });

    it('shows every member once', async () => {
      const syncer = await directory.open();
      const ids = (await readMembers(syncer)).map((member) => syncer.mapUser(member).externalId);
      assertMembers(keys(ids), keys(directory.truth.members));
    });

    it('shows the same members when the same syncer reads again', async () => {
      const syncer = await directory.open();
      const read = async (): Promise<string[]> =>
        keys((await readMembers(syncer)).map((member) => syncer.mapUser(member).externalId));
      assertMembers(await read(), await read());
    });

    it('shows no empty page', async () => {
      for await (const page of (await directory.open()).fetchUsers(SIGNAL())) assert.notEqual(page.length, 0);
    });

    it('maps a member to the same profile each time, and does not change it', async () => {
      const syncer = await directory.open();
      for (const member of await readMembers(syncer)) {
        const before = structuredClone(member);
        const profile = syncer.mapUser(member);
        assertSame(syncer.mapUser(member), profile);
        assertSame(member, before);
      }
    });

    it('says in a profile only what an account can hold', async () => {
      const syncer = await directory.open();
      for (const member of await readMembers(syncer)) {
        const { externalId: id, values, access, groups = [], notes = [] } = syncer.mapUser(member);
        assert.match(id, /\S/);
        for (const [field, value] of Object.entries(values)) {
          const key = propertyKey(field);
          assert.ok(
            key === undefined ? (PROFILE_FIELDS as readonly string[]).includes(field) : !refusesKey(key),
            field,
          );
          assert.ok(typeof value === 'string', field);
          assert.doesNotMatch(value, /\0|\p{Surrogate}/u);
        }
        assert.ok(['allowed', 'forbidden', 'unknown'].includes(access.state), access.state);
        if (access.state !== 'allowed') assert.match(access.reason.zh, /\S/);
        assert.equal(new Set(groups).size, groups.length, 'each group once');
        for (const note of notes) assert.match(note.code, /^[a-z]+(-[a-z]+)*$/);
      }
    });

    it('ends with an error of ours when it is cancelled, before and between pages', async () => {
      const early = await thrownBy(async () => readMembers(await directory.open(), AbortSignal.abort()));
      assertInstance(early, SyncError);
      assert.equal(early.code, 'cancelled');
      const run = new AbortController();
      const late = await thrownBy(async () => {
        for await (const page of (await directory.open()).fetchUsers(run.signal)) if (page.length > 0) run.abort();
      });
      assertInstance(late, SyncError);
      assert.equal(late.code, 'cancelled');
    });

    it('lets a reader stop early', async () => {
      for await (const page of (await directory.open()).fetchUsers(SIGNAL())) {
        assert.notEqual(page.length, 0);
        break;
      }
    });

    it('reports a good connection', async () => {
      const report = await (await directory.open()).testConnection(SIGNAL());
      assert.equal(report.ok, true);
      assert.notEqual(report.checks.length, 0);
      for (const check of report.checks) {
        assert.match(check.detail.en, /\S/);
        assert.match(check.detail.zh, /\S/);
      }
    });

    it('reports refused credentials with what to change, instead of throwing', async () => {
      const report = await (await directory.openRefused()).testConnection(SIGNAL());
      assert.equal(report.ok, false);
      const failed = report.checks.find((check) => !check.ok);
      assert.match(failed?.remedy?.en ?? '', /\S/);
      assert.match(failed?.remedy?.zh ?? '', /\S/);
    });

    it('does not throw from a connection test that is cancelled', async () => {
      assert.equal((await (await directory.open()).testConnection(AbortSignal.abort())).ok, false);
    });

    it('shows nobody with refused credentials, and says who acts', async () => {
      const members: TMember[] = [];
      const error = await thrownBy(async () => {
        for await (const page of (await directory.openRefused()).fetchUsers(SIGNAL())) members.push(...page);
      });
      assertSame(members, []);
      assertInstance(error, SyncError);
      assert.equal(error.recovery, 'fix');
      assert.ok(!(error instanceof IncompleteReadError));
      assert.ok(!(error instanceof MappingError));
    });

    it('shows groups once, parents before children, when it shows groups', async () => {
      const syncer: object = await directory.open();
      assert.equal(isGroupSyncer(syncer), directory.truth.groups !== undefined);
      if (!isGroupSyncer(syncer)) return;
      const shown = new Set<string>();
      for await (const page of syncer.fetchGroups(SIGNAL())) {
        for (const department of page) {
          const { externalId: id, parent, displayName = 'unknown' } = syncer.mapGroup(department);
          assert.match(displayName, /\S/);
          assert.equal(shown.has(id), false, `${id} once`);
          if (parent) assert.equal(shown.has(parent), true, `parent of ${id}`);
          shown.add(id);
        }
      }
      assertMembers([...shown], [...(directory.truth.groups ?? [])]);
    });

    it('puts members only into groups that it shows', async () => {
      const syncer = await directory.open();
      const groups = new Set(directory.truth.groups ?? []);
      for (const member of await readMembers(syncer)) {
        for (const group of syncer.mapUser(member).groups ?? []) assert.equal(groups.has(group), true, group);
      }
    });

    it('finds one member as a full read shows him, and nobody for an unknown id', async () => {
      const syncer = await directory.open();
      if (!isMemberLookup(syncer)) return;
      const [first] = await readMembers(syncer);
      if (first === undefined) throw new Error('no member');
      const whole = syncer.mapUser(first);
      const found = (await syncer.fetchUser(whole.externalId, SIGNAL())) as TMember | undefined;
      if (found === undefined) throw new Error('not found');
      assertSame(syncer.mapUser(found), whole);
      assert.equal((await syncer.checkScope(found, SIGNAL())).inScope, true);
      assert.equal(await syncer.fetchUser('nobody-has-this-id' as ExternalId, SIGNAL()), undefined);
    });

    it('has all of its progress behind it after a read, and nothing to complain about', async () => {
      const syncer = await directory.open();
      await readMembers(syncer);
      if (isProgressReporter(syncer)) {
        const { departmentsDone, departmentsTotal } = syncer.readProgress();
        assert.equal(departmentsDone, departmentsTotal);
      }
      if (isReadReporter(syncer)) assertSame(syncer.readNotes(), []);
    });
  });
}
