import { expect } from 'chai';
import { IncompleteReadError, MappingError, SyncError } from '../../src/syncer/errors.ts';
import { externalId, keyOf, type ExternalId } from '../../src/syncer/external-id.ts';
import { PROFILE_FIELDS } from '../../src/syncer/profile.ts';
import {
  isGroupSyncer,
  isMemberLookup,
  isProgressReporter,
  isReadReporter,
  type Syncer,
} from '../../src/syncer/syncer.ts';

/** What the directory behind a syncer holds, as the directory itself would say. */
interface DirectoryTruth {
  /** Ids of everybody whom the syncer has to show. */
  readonly members: readonly string[];
  /** Ids of the departments that it has to show; left out where it shows none. */
  readonly groups?: readonly string[];
}

export interface OpenSyncer<TMember> {
  /** Opened anew for each call, as for each run. */
  readonly open: () => Syncer<TMember>;
  /** The same directory with credentials that it refuses. */
  readonly openRefused: () => Syncer<TMember>;
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
 * What the engine relies on, whatever the directory: run it with your own connector.
 *
 * @param setUp starts a directory with at least three members
 */
export const describeSyncer = <TMember>(name: string, setUp: () => Promise<OpenSyncer<TMember>>): void => {
  describe(`${name} as a syncer`, () => {
    let directory: OpenSyncer<TMember>;
    before(async () => {
      directory = await setUp();
      expect(directory.truth.members.length, 'members to test with').to.be.at.least(3);
    });
    after(() => directory.close());

    it('has a type', () => {
      expect(directory.open().type).to.match(/^\S+$/);
    });

    it('shows every member once', async () => {
      const syncer = directory.open();
      const ids = (await readMembers(syncer)).map((member) => syncer.mapUser(member).externalId);
      expect(keys(ids)).to.have.members(keys(directory.truth.members));
    });

    it('shows the same members when the same syncer reads again', async () => {
      const syncer = directory.open();
      const read = async (): Promise<string[]> =>
        keys((await readMembers(syncer)).map((member) => syncer.mapUser(member).externalId));
      expect(await read()).to.have.members(await read());
    });

    it('shows no empty page', async () => {
      for await (const page of directory.open().fetchUsers(SIGNAL())) expect(page).not.to.be.empty;
    });

    it('maps a member to the same profile each time, and does not change it', async () => {
      const syncer = directory.open();
      for (const member of await readMembers(syncer)) {
        const before = structuredClone(member);
        const profile = syncer.mapUser(member);
        expect(syncer.mapUser(member)).to.deep.equal(profile);
        expect(member).to.deep.equal(before);
      }
    });

    it('says in a profile only what an account can hold', async () => {
      const syncer = directory.open();
      for (const member of await readMembers(syncer)) {
        const { externalId: id, values, access, groups = [], notes = [] } = syncer.mapUser(member);
        expect(id).to.match(/\S/);
        for (const [field, value] of Object.entries(values)) {
          expect(PROFILE_FIELDS).to.include(field);
          expect(value).to.be.a('string');
          expect(value).not.to.match(/\0|\p{Surrogate}/u);
        }
        expect(['allowed', 'forbidden', 'unknown']).to.include(access.state);
        if (access.state !== 'allowed') expect(access.reason.zh).to.match(/\S/);
        expect(new Set(groups).size, 'each group once').to.equal(groups.length);
        for (const note of notes) expect(note.code).to.match(/^[a-z]+(-[a-z]+)*$/);
      }
    });

    it('ends with an error of ours when it is cancelled, before and between pages', async () => {
      const early = await thrownBy(() => readMembers(directory.open(), AbortSignal.abort()));
      expect(early).to.be.instanceOf(SyncError).with.property('code', 'cancelled');
      const run = new AbortController();
      const late = await thrownBy(async () => {
        for await (const page of directory.open().fetchUsers(run.signal)) if (page.length > 0) run.abort();
      });
      expect(late).to.be.instanceOf(SyncError).with.property('code', 'cancelled');
    });

    it('lets a reader stop early', async () => {
      for await (const page of directory.open().fetchUsers(SIGNAL())) {
        expect(page).not.to.be.empty;
        break;
      }
    });

    it('reports a good connection', async () => {
      const report = await directory.open().testConnection(SIGNAL());
      expect(report.ok).to.equal(true);
      expect(report.checks).not.to.be.empty;
      for (const check of report.checks) {
        expect(check.detail.en).to.match(/\S/);
        expect(check.detail.zh).to.match(/\S/);
      }
    });

    it('reports refused credentials with what to change, instead of throwing', async () => {
      const report = await directory.openRefused().testConnection(SIGNAL());
      expect(report.ok).to.equal(false);
      const failed = report.checks.find((check) => !check.ok);
      expect(failed?.remedy?.en).to.match(/\S/);
      expect(failed?.remedy?.zh).to.match(/\S/);
    });

    it('does not throw from a connection test that is cancelled', async () => {
      expect((await directory.open().testConnection(AbortSignal.abort())).ok).to.equal(false);
    });

    it('shows nobody with refused credentials, and says who acts', async () => {
      const members: TMember[] = [];
      const error = await thrownBy(async () => {
        for await (const page of directory.openRefused().fetchUsers(SIGNAL())) members.push(...page);
      });
      expect(members).to.deep.equal([]);
      expect(error).to.be.instanceOf(SyncError).with.property('recovery', 'fix');
      expect(error).not.to.be.instanceOf(IncompleteReadError);
      expect(error).not.to.be.instanceOf(MappingError);
    });

    it('shows groups once, parents before children, when it shows groups', async () => {
      const syncer: object = directory.open();
      expect(isGroupSyncer(syncer)).to.equal(directory.truth.groups !== undefined);
      if (!isGroupSyncer(syncer)) return;
      const shown = new Set<string>();
      for await (const page of syncer.fetchGroups(SIGNAL())) {
        for (const department of page) {
          const { externalId: id, parent, displayName = 'unknown' } = syncer.mapGroup(department);
          expect(displayName).to.match(/\S/);
          expect(shown.has(id), `${id} once`).to.equal(false);
          if (parent) expect(shown.has(parent), `parent of ${id}`).to.equal(true);
          shown.add(id);
        }
      }
      expect([...shown]).to.have.members([...(directory.truth.groups ?? [])]);
    });

    it('puts members only into groups that it shows', async () => {
      const syncer = directory.open();
      const groups = new Set(directory.truth.groups ?? []);
      for (const member of await readMembers(syncer)) {
        for (const group of syncer.mapUser(member).groups ?? []) expect(groups.has(group), group).to.equal(true);
      }
    });

    it('finds one member as a full read shows him, and nobody for an unknown id', async () => {
      const syncer = directory.open();
      if (!isMemberLookup(syncer)) return;
      const [first] = await readMembers(syncer);
      if (first === undefined) throw new Error('no member');
      const whole = syncer.mapUser(first);
      const found = (await syncer.fetchUser(whole.externalId, SIGNAL())) as TMember | undefined;
      if (found === undefined) throw new Error('not found');
      expect(syncer.mapUser(found)).to.deep.equal(whole);
      expect(await syncer.checkScope(found, SIGNAL())).to.have.property('inScope', true);
      expect(await syncer.fetchUser('nobody-has-this-id' as ExternalId, SIGNAL())).to.equal(undefined);
    });

    it('has all of its progress behind it after a read, and nothing to complain about', async () => {
      const syncer = directory.open();
      await readMembers(syncer);
      if (isProgressReporter(syncer)) {
        const { departmentsDone, departmentsTotal } = syncer.readProgress();
        expect(departmentsDone).to.equal(departmentsTotal);
      }
      if (isReadReporter(syncer)) expect(syncer.readNotes()).to.deep.equal([]);
    });
  });
};
