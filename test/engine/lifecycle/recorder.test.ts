import { expect } from 'chai';
import { MemoryRunStore } from '../../../src/testing/memory-run-store.ts';
import { MemoryLeaseStore } from '../../../src/testing/memory-lease-store.ts';
import { Recorder } from '../../../src/engine/lifecycle/recorder.ts';
import { Tally } from '../../../src/engine/plan/tally.ts';
import { gravest } from '../../../src/engine/warnings.ts';
import type { Change } from '../../../src/identity/change.ts';
import { text } from '../../../src/syncer/text.ts';
import { aRun } from '../../support/builders.ts';

const recorder = (mostListed?: number): Recorder =>
  new Recorder(aRun({ warnings: [] }), new MemoryRunStore(new MemoryLeaseStore()), () => undefined, mostListed);

const change = (kind: Change['kind']): Change => ({
  kind,
  userid: 'u',
  user: '',
  fields: [],
  reason: text('x', 'x'),
  state: 'failed',
});

describe('what a run records', () => {
  it('counts equal warnings, with five samples at most', () => {
    const kept = recorder();
    for (let at = 0; at < 1_000; at += 1) kept.warn('value-cut', text('cut', '截断'), `u${at}`);
    expect(kept.run.warnings).to.deep.equal([
      { code: 'value-cut', message: text('cut', '截断'), count: 1_000, samples: ['u0', 'u1', 'u2', 'u3', 'u4'] },
    ]);
  });

  it('keeps a hundred kinds of warnings, and counts the others in one', () => {
    const kept = recorder();
    for (let at = 0; at < 5_000; at += 1) kept.warn('unread', text(`problem ${at}`, `问题 ${at}`), `d${at}`);
    kept.warn('held', text('Too many.', '过多。'));
    expect(kept.run.warnings).to.have.lengthOf(102);
    const more = kept.run.warnings.find(({ code }) => code === 'more-warnings');
    expect(more?.count).to.equal(4_900);
    expect(more?.samples).to.have.lengthOf(5);
    expect(gravest(kept.run.warnings)?.code, 'why it waits is never among the others').to.equal('held');
  });

  it('cuts sentences and samples, parts of which come from outside', () => {
    const kept = recorder();
    kept.warn('unread', text('x'.repeat(1e6), '长'.repeat(1e6)), 's'.repeat(1e6));
    const [warning] = kept.run.warnings;
    expect(warning?.message.en).to.have.lengthOf(2_000);
    expect(warning?.message.zh).to.have.lengthOf(2_000);
    expect(warning?.samples[0]).to.have.lengthOf(100);
  });

  it('lists so many conflicts and skips of a run, counts the others, and bounds nothing else', () => {
    const kept = recorder(3);
    const page = (): { readonly tally: Tally; readonly listed: readonly Change[] } => {
      const tally = new Tally();
      return { tally, listed: kept.listable([change('skip'), change('create'), change('conflict')], tally) };
    };
    page();
    const first = page();
    expect(first.listed, 'a page that was planned twice counts once').to.have.lengthOf(3);
    kept.add(first.tally);
    const second = page();
    expect(second.listed.map(({ kind }) => kind)).to.deep.equal(['skip', 'create']);
    kept.add(second.tally);
    const third = page();
    expect(third.listed.map(({ kind }) => kind)).to.deep.equal(['create']);
    kept.add(third.tally);
    expect(kept.run.warnings.map(({ code, count }) => [code, count])).to.deep.equal([['not-listed', 3]]);
  });

  it('knows the gravest of its warnings, whatever came first', () => {
    const warning = (code: string) => ({ code, message: text(code, code), count: 1, samples: [] });
    const codes = ['value-cut', 'fields-withheld', 'unread', 'a-connector-of-its-own', 'held'];
    const sorted: string[] = [];
    for (let left = codes; left.length > 0; left = left.filter((code) => code !== sorted.at(-1))) {
      sorted.push(gravest(left.map(warning))?.code ?? '');
    }
    expect(sorted).to.deep.equal(['held', 'unread', 'a-connector-of-its-own', 'value-cut', 'fields-withheld']);
    expect(gravest([])).to.equal(undefined);
  });
});
