import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { TestHost } from './test-host.ts';

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
      const text = await readFile(new URL(`../../${file}`, import.meta.url), 'utf8');
      const watched = new Set(text.match(/\b(?:wecom_syncer|process)_[a-z_]+\b/g));
      expect(watched.size).to.be.greaterThan(3);
      const told = new Set((await host.host.parts.metrics.text()).match(/(?<=^# TYPE )\S+/gm));
      for (const name of watched) expect(told).to.include(name.replace(/_bucket$/, ''));
    });
  }
});
