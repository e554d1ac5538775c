import { expect } from 'chai';
import { requireParentGroup } from '../../../../src/engine/plan/groups/parent-group.ts';
import { ConfigError } from '../../../../src/syncer/errors.ts';
import { rejection } from '../../../support/promises.ts';

/** Parents by name; what is spelt with a capital letter was made by the syncer. */
const problem = async (name: string, parents: Readonly<Record<string, string>>): Promise<string> => {
  const checked = requireParentGroup(name, 'acme', (one) =>
    parents[one] === undefined ? undefined : { parentId: parents[one], isOurs: /^[A-Z]/.test(one) },
  );
  const error = await rejection(checked).catch(() => undefined);
  return error instanceof ConfigError ? `${error.text.en} ${error.text.zh}` : '';
};

describe('the group that departments hang below', () => {
  it('may be at the top, below others, or below nothing, as Casdoor makes them', async () => {
    expect(await problem('staff', { staff: 'acme' })).to.equal('');
    expect(await problem('staff', { staff: 'people', people: 'acme' })).to.equal('');
    expect(await problem('staff', { staff: '' })).to.equal('');
  });

  it('is named when it is missing, made by the syncer itself, or below what it made', async () => {
    expect(await problem('staff', {})).to.match(/\(parentGroup\) "staff" does not exist .*“staff”在组织“acme”中不存在/);
    expect(await problem('Sales', { Sales: 'acme' })).to.match(/"Sales" was made by this syncer.*由此同步器创建/);
    expect(await problem('staff', { staff: 'Sales', Sales: 'acme' })).to.match(/below a group that this syncer made/);
    expect(await problem('staff', { staff: 'mid', mid: 'Sales', Sales: 'acme' })).to.match(/that this syncer made/);
  });

  it('ends, and says so, when groups hang below themselves', async () => {
    expect(await problem('one', { one: 'two', two: 'one' })).to.match(/hangs below itself/);
    expect(await problem('one', { one: 'one' })).to.match(/hangs below itself/);
  });
});
