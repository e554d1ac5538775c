import { encrypt, getSignature } from '@wecom/crypto';
import { setTimeout } from 'node:timers/promises';
import { expect } from 'chai';
import { DATABASE_KINDS } from '../../support/databases.ts';
import { TestHost, type Answer, type Client } from '../test-host.ts';

const TOKEN = 'QDG6eK';
const AES_KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C';
const PATH = '/api/wecom-callback/acme/wecom';

for (const kind of DATABASE_KINDS) {
  describe(`the callback address, on ${kind}`, () => {
    let test: TestHost;
    let admin: Client;
    let wecom: Client;

    before(async function () {
      const started = await TestHost.on(kind);
      if (!started) return this.skip();
      test = started;
      await test.addOrganization('acme');
      admin = await test.signedIn();
      wecom = test.anonymous();
      const body = { ...test.syncer('acme'), isEnabled: true, callbackToken: TOKEN, callbackAesKey: AES_KEY };
      expect((await admin.post('/api/add-syncer', body)).msg).to.equal('');
      expect((await admin.get('/api/run-syncer?id=acme/wecom')).msg).to.equal('');
    });
    after(() => test?.close());

    const sign = (encrypted: string, token = TOKEN): string => {
      const timestamp = String(Math.round(Date.now() / 1_000));
      const signature = getSignature(token, timestamp, '7', encrypted);
      return `msg_signature=${signature}&timestamp=${timestamp}&nonce=7`;
    };
    const seal = (message: string): string => encrypt(AES_KEY, message, test.sandbox.corpId);
    const send = (inner: string, token = TOKEN): Promise<Answer> => {
      const encrypted = seal(`<xml><MsgType>event</MsgType><Event>change_contact</Event><ChangeType>${inner}</xml>`);
      return wecom.post(`${PATH}?${sign(encrypted, token)}`, `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`, {
        'content-type': 'text/xml',
      });
    };

    it('answers WeCom’s test with the plain text and nothing around it', async () => {
      const encrypted = seal('1616140317555161061');
      const answer = await wecom.get(`${PATH}?${sign(encrypted)}&echostr=${encodeURIComponent(encrypted)}`);
      expect(answer).to.deep.include({ httpStatus: 200, text: '1616140317555161061' });
      expect(answer.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
    });

    it('tells whoever names no syncer the same as every stranger', async () => {
      const refused = await wecom.get(`${PATH}?echostr=x`);
      expect(refused.httpStatus).to.equal(403);
      for (const name of ['none', 'wecom%00']) {
        const { httpStatus, text } = await wecom.get(`/api/wecom-callback/acme/${name}?echostr=x`);
        expect([httpStatus, text], name).to.deep.equal([refused.httpStatus, refused.text]);
      }
    });

    it('syncs a member who changed, and says success at once', async () => {
      const [person] = [...test.sandbox.company.members].filter(({ status }) => status === 1);
      test.sandbox.company.rename({ userid: person!.userid, name: '回调改名' });
      expect(await send(`update_user</ChangeType><UserID>${person!.userid}</UserID>`)).to.deep.include({
        httpStatus: 200,
        text: 'success',
      });
      const name = async (): Promise<string> =>
        (await admin.get(`/api/get-user?id=acme/${person!.userid}`)).data.displayName as string;
      while ((await name()) !== '回调改名') await setTimeout(50);
    });

    it('keeps the account of a member whose userid was changed', async () => {
      const [, person] = [...test.sandbox.company.members].filter(({ status, enable }) => status === 1 && enable !== 0);
      const { userid } = person!;
      test.sandbox.company.changeUserid(userid, 'changed-by-callback');
      await send(`update_user</ChangeType><UserID>${userid}</UserID><NewUserID>changed-by-callback</NewUserID>`);
      const binding = async (): Promise<string> =>
        (await admin.get(`/api/get-user?id=acme/${userid}`)).data.wecom as string;
      while ((await binding()) !== 'changed-by-callback') await setTimeout(50);
    });

    it('brings the next full run forward when somebody was deleted', async () => {
      const due = async (): Promise<number> =>
        Date.parse((await admin.get('/api/get-syncer?id=acme/wecom')).data.nextRunAt as string) - Date.now();
      expect(await due()).to.be.greaterThan(50 * 60_000);
      await send('delete_user</ChangeType><UserID>whoever</UserID>');
      while ((await due()) > 5 * 60_000) await setTimeout(50);
    });

    const memberRuns = async (): Promise<{ state: string }[]> =>
      (
        (await admin.get('/api/get-sync-runs?id=acme/wecom&p=1&pageSize=100')).data as {
          trigger: string;
          state: string;
        }[]
      ).filter(({ trigger, state }) => trigger === 'member' && state !== 'running' && state !== 'queued');

    it('syncs who is named a moment later, also beside a deletion that waits for the next full run', async () => {
      const [member] = test.sandbox.company.hire({ userid: 'newcomer-71' });
      await send(`create_user</ChangeType><UserID>${member!.userid}</UserID>`);
      await send('delete_user</ChangeType><UserID>whoever</UserID>');
      while ((await admin.get('/api/get-user?id=acme/newcomer-71')).data === null) await setTimeout(50);
    });

    it('says success to a recorded message, and does nothing twice', async () => {
      const encrypted = seal(
        '<xml><MsgType>event</MsgType><Event>change_contact</Event><ChangeType>update_user</ChangeType><UserID>newcomer-71</UserID></xml>',
      );
      const before = (await memberRuns()).length;
      const recorded = sign(encrypted);
      const body = `<xml><Encrypt><![CDATA[${encrypted}]]></Encrypt></xml>`;
      const deliver = async (query: string): Promise<void> => {
        const answer = await wecom.post(`${PATH}?${query}`, body, { 'content-type': 'text/xml' });
        expect(answer).to.deep.include({ httpStatus: 200, text: 'success' });
      };
      await deliver(recorded);
      while ((await memberRuns()).length === before) await setTimeout(50);
      await deliver(recorded);
      await deliver(`${recorded}&more=1`);
      // Who is told of after the replay is synced after whoever the replay would have named.
      await send('update_user</ChangeType><UserID>somebody-else</UserID>');
      while ((await memberRuns()).length < before + 2) await setTimeout(50);
      const { data } = await admin.get('/api/get-sync-runs?id=acme/wecom&p=1&pageSize=1');
      expect((data as { warnings: { samples: string[] }[] }[])[0]!.warnings[0]!.samples).to.deep.equal([
        'somebody-else',
      ]);
      expect((await memberRuns()).length).to.equal(before + 2);
    });

    it('takes access from no more members than a full run may, one event after another', async () => {
      const people = [...test.sandbox.company.members].filter(({ status, enable }) => status === 1 && enable !== 0);
      const leaving = people.slice(-12).map(({ userid }) => userid);
      test.sandbox.company.leave(leaving);
      const before = (await memberRuns()).length;
      for (const userid of leaving) await send(`update_user</ChangeType><UserID>${userid}</UserID>`);
      while ((await memberRuns()).length < before + leaving.length) await setTimeout(50);
      const accounts = (await admin.get('/api/get-users?owner=acme')).data as { name: string; isForbidden: boolean }[];
      const out = accounts.filter(({ name, isForbidden }) => leaving.includes(name) && isForbidden);
      expect(out.length).to.be.within(5, 7);
      const syncer = (await admin.get('/api/get-syncer?id=acme/wecom')).data;
      expect(syncer.health).to.equal('held');
      expect(syncer.errorText).to.include('counting what went by itself during the last day');
      const full = (await admin.get('/api/run-syncer?id=acme/wecom')).data;
      expect(full.state).to.equal('held');
    });

    it('refuses what WeCom did not sign, in plain text and without a word why', async () => {
      for (const answer of [
        await send('delete_user</ChangeType><UserID>a</UserID>', 'another'),
        await wecom.post(PATH, '<xml></xml>'),
        await wecom.get(PATH),
        await wecom.get('/api/wecom-callback/acme/nobody'),
        await wecom.get('/api/wecom-callback/admin/wecom'),
      ]) {
        expect(answer).to.deep.include({ httpStatus: 403, text: 'refused' });
        expect(answer.headers.get('content-type')).to.equal('text/plain; charset=utf-8');
      }
    });

    it('does not read a body that no event can have', async () => {
      const answer = await wecom.post(PATH, 'x'.repeat(70_000));
      expect(answer.httpStatus).to.not.equal(403);
      expect(answer.text).to.not.equal('success');
    });

    it('shows neither of its secrets, and keeps both when the mask comes back', async () => {
      const stored = (await admin.get('/api/get-syncer?id=acme/wecom')).data as Record<string, unknown>;
      expect(stored).to.deep.include({ callbackToken: '***', callbackAesKey: '***' });
      expect((await admin.post('/api/update-syncer?id=acme/wecom', stored)).status).to.equal('ok');
      const encrypted = seal('still-there');
      const answer = await wecom.get(`${PATH}?${sign(encrypted)}&echostr=${encodeURIComponent(encrypted)}`);
      expect(answer.text).to.equal('still-there');
      expect(test.log.join('\n')).to.not.include(TOKEN).and.not.include(AES_KEY);
    });
  });
}
