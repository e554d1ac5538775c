import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { parse } from 'yaml';
import { DEFAULT_SELF_SERVICE, readSelfService } from '../../../src/service/syncers/self-service.ts';

describe('what the guide says of self-service', () => {
  const [, section = ''] = readFileSync(new URL('../../../docs/setup.md', import.meta.url), 'utf8').split(
    '\n## Members give what WeCom withholds\n',
  );

  it('names each setting with its default', () => {
    const rows = Array.from(section.matchAll(/^\| `(\w+)` +\| `(.+?)` /gm), ([, name, value]) => [
      name,
      parse(value ?? '') as unknown,
    ]);
    expect(Object.fromEntries(rows)).to.deep.equal(DEFAULT_SELF_SERVICE);
  });

  it('shows settings that are taken as they stand', () => {
    const [, yaml = ''] = /```yaml\n([^]*?)```/.exec(section) ?? [];
    const { syncers } = parse(yaml) as { readonly syncers: readonly { readonly selfService: unknown }[] };
    expect(syncers).to.have.length(1);
    for (const { selfService } of syncers)
      expect(readSelfService('selfService', selfService)).to.deep.equal(selfService);
  });
});
