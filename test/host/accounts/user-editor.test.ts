import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import { UserEditor } from '../../../src/host/accounts/user-editor.ts';
import { userPatch } from '../../../src/host/accounts/user-patch.ts';
import { UserAccounts } from '../../../src/storage/accounts/user-accounts.ts';
import { OrganizationRow, SignOutRow } from '../../../src/storage/entities/index.ts';
import { EVERYWHERE, makeCasdoors, NOWHERE, signedIn, signInEverywhere } from '../../support/iam/casdoor-sessions.ts';
import { harnessOn, eachDatabase } from '../../support/databases.ts';
import { anAccount } from '../../support/builders.ts';

describe('an administrator beside Casdoor', () => {
  eachDatabase((suite) => {
    const signedInAccount = async (): Promise<string> => {
      const name = `user-${randomUUID().slice(0, 8)}`;
      await harnessOn(suite.database).putAccount(anAccount({ owner: 'acme', name }));
      await signInEverywhere(suite.database, 'acme', name);
      return name;
    };
    /** For whom the IAM was asked to end sessions. */
    let settled: string[];
    const editor = (): UserEditor =>
      new UserEditor(new UserAccounts(suite.database), {
        settleEdited: async (_organization, names) => void settled.push(...names),
      });
    beforeEach(() => {
      settled = [];
    });
    const endings: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
      ['forbids', { isForbidden: true }],
      ['deletes softly', { isDeleted: true }],
      ['gives another password', { password: 'another password' }],
    ];
    for (const [act, body] of endings) {
      it(`ends every sign-in of whom he ${act}`, async () => {
        const [name, other] = [await signedInAccount(), await signedInAccount()];
        await editor().update('acme', name, userPatch(body, undefined));
        expect(settled).to.deep.equal([name]);
        expect(await signedIn(suite.database, 'acme', name)).to.deep.equal(NOWHERE);
        expect(await signedIn(suite.database, 'acme', other)).to.deep.equal(EVERYWHERE);
      });
    }

    it('leaves it to the run that locked somebody out to end his sign-ins when he sends the account back', async () => {
      const name = await signedInAccount();
      const editor = new UserEditor(new UserAccounts(suite.database));
      await editor.update('acme', name, userPatch({ isForbidden: true }, undefined));
      await suite.database.transaction(({ manager }) => manager.update(SignOutRow, { name }, { runId: 'run' }));
      await editor.update('acme', name, userPatch({ title: 'Lead', isForbidden: true, isDeleted: false }, undefined));
      const note = await suite.database.read(({ manager }) => manager.findOneByOrFail(SignOutRow, { name }));
      expect(note.runId).to.equal('run');
    });

    it('ends every sign-in of whom he renames or deletes', async () => {
      const [renamed, deleted] = [await signedInAccount(), await signedInAccount()];
      await editor().update('acme', renamed, userPatch({ name: `${renamed}-new` }, undefined));
      expect(await signedIn(suite.database, 'acme', renamed)).to.deep.equal(NOWHERE);
      await editor().remove('acme', deleted);
      expect(settled).to.deep.equal([renamed, deleted]);
      expect(await signedIn(suite.database, 'acme', deleted)).to.deep.equal(NOWHERE);
    });

    it('ends every sign-in of whom he deletes where accounts are only marked', async () => {
      await suite.database.transaction(({ manager }) =>
        manager.insert(OrganizationRow, { owner: 'admin', name: 'acme', enableSoftDeletion: true }),
      );
      const name = await signedInAccount();
      await editor().remove('acme', name);
      expect(await signedIn(suite.database, 'acme', name)).to.deep.equal(NOWHERE);
    });

    it('adds an account with no NULL where Casdoor’s filters look for a provider', async () => {
      const name = `user-${randomUUID().slice(0, 8)}`;
      await new UserAccounts(suite.database).add('acme', name, () => ({ texts: {}, flags: {} }), 'acme/admin');
      const [row] = await suite.database.read((session) =>
        session.select(`SELECT github, lark, wecom FROM ${session.table('user')} WHERE name = '${name}'`),
      );
      expect(row).to.deep.equal({ github: '', lark: '', wecom: '' });
    });

    it('leaves sign-ins alone when he changes anything else, and does not wait for the IAM', async () => {
      const name = await signedInAccount();
      await editor().update('acme', name, userPatch({ name, title: 'Lead', isForbidden: false }, undefined));
      await editor().remove('acme', 'nobody');
      expect(settled).to.deep.equal([]);
      expect(await signedIn(suite.database, 'acme', name)).to.deep.equal(EVERYWHERE);
    });
  }, makeCasdoors);
});
