import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { addTenant, TestHost } from '../test-host.ts';

/** What these files ask Prometheus for. */
const WATCHERS = ['docs/alerts.yaml', 'docs/grafana-dashboard.json'];

describe('the metrics', () => {
  let host: TestHost;
  before(async () => {
    host = await TestHost.start();
  });
  after(() => host.close());

  for (const file of WATCHERS) {
    it(`have every name that ${file} watches`, async () => {
      const text = await readFile(new URL(`../../../${file}`, import.meta.url), 'utf8');
      const watched = new Set(text.match(/\b(?:wecom_syncer|process)_[a-z_]+\b/g));
      expect(watched.size).to.be.greaterThan(3);
      const told = new Set((await host.host.metrics.text()).match(/(?<=^# TYPE )\S+/gm));
      for (const name of watched) expect(told).to.include(name.replace(/_bucket$/, ''));
    });
  }

  describe('labels', () => {
    const told = async (): Promise<string> => {
      const response = await fetch(`${host.host.url}/metrics`);
      return response.text();
    };
    const acme = async (): Promise<void> => {
      const admin = host.credential();
      await addTenant(admin, host.sandbox, 'acme', false);
      const run = await admin.get('/api/run-syncer?id=acme/wecom');
      expect(run.status).to.equal('ok');
    };

    it('name no tenant, and tell one syncer from the other all the same', async () => {
      await acme();
      const text = await told();
      expect(text).not.to.include('acme');
      expect(text).to.match(/^wecom_syncer_last_success_timestamp_seconds\{syncer="[0-9a-f]{12}"\} /m);
      expect(text, 'every call that the connector makes has its name').not.to.match(/endpoint="other"/);
    });

    it('of error codes are those that are known, whatever answers', async () => {
      for (const errcode of [60011, 424_242, 424_243]) {
        host.sandbox.faults.add({ path: 'department/list', times: 1, respond: { errcode, errmsg: 'x' } });
        await host.credential().get('/api/run-syncer?id=acme/wecom');
      }
      const text = await told();
      expect(text).to.include('code="60011"').and.include('code="other"').and.not.include('4242');
      const { metrics } = host.host;
      metrics.called({ endpoint: 'made/up', code: 0, durationMs: 1, attempt: 2 });
      expect(await told())
        .to.include('endpoint="other"')
        .and.not.include('made/up');
    });

    it('name syncers where METRICS_TENANTS says so, until they are gone', async () => {
      const open = await TestHost.start({ settings: { METRICS_TENANTS: 'true' } });
      try {
        const admin = open.credential();
        await addTenant(admin, open.sandbox, 'acme', false);
        await admin.get('/api/run-syncer?id=acme/wecom');
        const named = 'wecom_syncer_last_success_timestamp_seconds{syncer="acme/wecom"}';
        expect(await open.host.metrics.text()).to.include(named);
        open.host.metrics.forget('acme/wecom');
        expect(await open.host.metrics.text()).not.to.include('acme');
      } finally {
        await open.close();
      }
    });
  });
});
