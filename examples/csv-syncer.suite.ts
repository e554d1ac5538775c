import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeSyncer, type Runner } from 'wecom-syncer/testing';
import { csvSyncer } from './csv-syncer.ts';

const PEOPLE = [
  'u1,Ada,ada@example.com,+8613800000001,Research,true',
  'u2,"Hopper, Grace",grace@example.com,,Research,yes',
  'u3,Edsger,,,Sales,true',
  'u4,Alan,alan@example.com,,"Night ""Owls""",no',
];

/** What the engine relies on, tried on the connector of the CSV file; with the `describe`, `it` … of whatever runs tests. */
export default (runner: Runner): void =>
  describeSyncer(runner, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'csv-syncer-'));
    const path = join(folder, 'people.csv');
    await writeFile(path, `${['id,name,email,phone,department,active', ...PEOPLE].join('\r\n')}\r\n`);
    const deps = { concurrency: 1 };
    return {
      open: () => csvSyncer.open({ path }, deps),
      openRefused: () => csvSyncer.open({ path: `${path}.missing` }, deps),
      truth: { members: ['u1', 'u2', 'u3', 'u4'], groups: ['Research', 'Sales', 'Night "Owls"'] },
      close: () => rm(folder, { recursive: true }),
    };
  });
