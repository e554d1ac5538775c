import { randomUUID } from 'node:crypto';
import { expect } from 'chai';
import type { Answer } from '../../../src/engine/ports/question-store.ts';
import type { AskedQuestion } from '../../../src/engine/question.ts';
import type { LeaseGrant } from '../../../src/identity/identity-store.ts';
import { TypeormQuestionStore } from '../../../src/storage/decisions/typeorm-question-store.ts';
import { TypeormLeaseStore } from '../../../src/storage/runs/typeorm-lease-store.ts';
import { LeaseError } from '../../../src/syncer/errors.ts';
import { text } from '../../../src/syncer/text.ts';
import { aKey } from '../../support/builders.ts';
import { eachSharedDatabase } from '../../support/databases.ts';
import { rejection } from '../../support/promises.ts';

describe('the questions that are stored', () =>
  eachSharedDatabase((suite) => {
    let store: TypeormQuestionStore;
    let of: { syncerId: string; organization: string };
    let lease: LeaseGrant;

    beforeEach(async () => {
      store = new TypeormQuestionStore(suite.database);
      of = { syncerId: randomUUID(), organization: `org-${randomUUID().slice(0, 8)}` };
      const request = { syncerId: of.syncerId, runId: randomUUID(), owner: 'test', ttlMs: 60_000 };
      const taken = await new TypeormLeaseStore(suite.database).acquire(request);
      if (!('grant' in taken)) throw new Error('The lease is free.');
      lease = taken.grant;
    });

    const asked = (userid: string, differences: Partial<AskedQuestion> = {}): AskedQuestion => ({
      subject: 'user',
      key: aKey(userid),
      userid,
      kind: 'name-taken',
      member: { name: '张三 🐣', email: '', phone: '', groups: [] },
      candidates: [
        { user: 'acme/zhang', displayName: '', email: '', phone: '', groups: ['acme/a'], reason: text('why', '原因') },
      ],
      proposedName: `${userid}-2`,
      fingerprint: 'as it is',
      ...differences,
    });
    const said = (state: Answer['state'], waits: Answer['waits'] = ''): Answer => ({
      state,
      answer: 'zhang',
      keepSignIn: true,
      by: 'acme/eve',
      at: '2026-01-01T00:00:00.000Z',
      comment: '同一个人',
      waits,
    });
    const only = async () => (await store.list(of, undefined, 1, 10)).rows[0]!;

    it('are one for each member, and say what was asked last', async () => {
      await store.ask(lease, of, 'run-1', [
        asked('Zhang'),
        asked('zhang'),
        asked('5'),
        asked('5', { subject: 'group' }),
      ]);
      await store.ask(lease, of, 'run-2', [asked('zhang', { kind: 'several-candidates' })]);
      const { rows, total } = await store.list(of, 'open', 1, 10);
      expect([rows.length, total]).to.deep.equal([3, 3]);
      const question = rows.find(({ key }) => key === 'zhang');
      expect(question).to.deep.include({ kind: 'several-candidates', decidedBy: '', decidedAt: null, comment: '' });
      expect(question!.member.name).to.equal('张三 🐣');
      expect((await store.list({ ...of, organization: 'other' }, undefined, 1, 10)).total).to.equal(0);
    });

    it('have candidates without groups where they were asked before groups were kept', async () => {
      const [before] = asked('zhang').candidates;
      await store.ask(lease, of, 'run-1', [asked('zhang')]);
      expect((await only()).candidates).to.deep.equal([before]);
      await store.ask(lease, of, 'run-2', [
        asked('zhang', { candidates: [{ ...before!, groups: undefined as never }] }),
      ]);
      expect((await only()).candidates).to.deep.equal([{ ...before, groups: [] }]);
    });

    it('take one of two answers, and keep one that waits whatever is asked meanwhile', async () => {
      await store.ask(lease, of, 'run-1', [asked('zhang')]);
      const { id } = await only();
      expect(await store.answer(id, said('linked', 'apply'))).to.equal(true);
      expect(await store.answer(id, said('ignored'))).to.equal(false);
      await store.ask(lease, of, 'run-2', [asked('zhang', { fingerprint: 'other' })]);
      expect(await only()).to.deep.include({ state: 'linked', waits: 'apply', comment: '同一个人', keepSignIn: true });
      expect((await store.answered(of)).map((one) => one.id)).to.deep.equal([id]);
      await store.done(lease, of, [await only()], 'apply');
      expect(await store.answered(of)).to.deep.equal([]);
      await store.ask(lease, of, 'run-3', [asked('zhang')]);
      expect(await only(), 'it is asked anew').to.deep.include({ state: 'open', decidedBy: '', answer: '' });
    });

    it('stay ignored until they change, and go when nobody asks them again', async () => {
      await store.ask(lease, of, 'run-1', [asked('zhang'), asked('li', { kind: 'renamed' })]);
      const { rows } = await store.list(of, undefined, 1, 10);
      for (const { id } of rows) await store.answer(id, said('ignored'));
      await store.ask(lease, of, 'run-2', [asked('zhang')]);
      expect((await store.list(of, 'ignored', 1, 10)).total).to.equal(2);
      await store.forgetUnasked(lease, of, 'run-2', 'user');
      expect((await store.list(of, undefined, 1, 10)).total, 'one was asked, and one is asked once').to.equal(2);
      await store.ask(lease, of, 'run-3', [asked('zhang', { fingerprint: 'other' })]);
      expect((await store.list(of, 'open', 1, 10)).total).to.equal(1);
      await store.forgetUnasked(lease, of, 'run-4', 'user');
      expect((await only()).key).to.equal('li');
      expect((await store.askedOnce(of)).map(({ key }) => key)).to.deep.equal(['li']);
      expect(await store.askedOnce(of, aKey('zhang'))).to.deep.equal([]);
    });

    it('about a value take the place of no other that is open', async () => {
      const taken = asked('zhang', { kind: 'value-taken', proposedName: '' });
      await store.ask(lease, of, 'run-1', [asked('zhang', { kind: 'renamed' })]);
      await store.ask(lease, of, 'run-2', [taken]);
      expect(await only()).to.deep.include({ kind: 'renamed', state: 'open', proposedName: 'zhang-2' });
      await store.answer((await only()).id, said('linked', 'apply'));
      await store.ask(lease, of, 'run-3', [taken]);
      expect(await only()).to.deep.include({ kind: 'renamed', state: 'linked', waits: 'apply' });
      await store.done(lease, of, [await only()], 'apply');
      await store.ask(lease, of, 'run-4', [taken]);
      expect(await only()).to.deep.include({ kind: 'value-taken', state: 'open' });
      expect((await store.askedOnce(of, aKey('zhang'))).map(({ kind }) => kind)).to.deep.equal(['value-taken']);
      await store.ask(lease, of, 'run-5', [asked('zhang', { kind: 'handed-on' })]);
      expect(await only(), 'whose account it is comes first').to.deep.include({ kind: 'handed-on', state: 'open' });
    });

    it('open again for what is to be undone, and for what cannot be done', async () => {
      await store.ask(lease, of, 'run-1', [asked('zhang')]);
      const { id } = await only();
      await store.answer(id, said('linked', 'apply'));
      expect(await store.reopen({ id, state: 'linked' }, 'undo')).to.equal(true);
      expect(await store.reopen({ id, state: 'linked' }, 'undo')).to.equal(false);
      expect(await only()).to.deep.include({ state: 'open', waits: 'undo', answer: 'zhang', decidedBy: '' });
      expect(await store.answer(id, said('ignored')), 'it is to be undone first').to.equal(false);
      await store.done(lease, of, [await only()], 'apply');
      expect((await only()).waits, 'a run that began before').to.equal('undo');
      await store.done(lease, of, [await only()], 'undo');
      await store.answer(id, said('created', 'apply'));
      await store.refuse(lease, of, [await only()]);
      expect(await only()).to.deep.include({ state: 'open', waits: '', answer: '' });
    });

    it('are written by nobody who lost the lease', async () => {
      const lost = { ...lease, token: randomUUID() };
      expect(await rejection(store.ask(lost, of, 'run-1', [asked('zhang')]))).to.be.instanceOf(LeaseError);
      expect((await store.list(of, undefined, 1, 10)).total).to.equal(0);
    });
  }));
