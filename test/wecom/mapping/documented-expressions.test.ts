import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { compileMapping } from '../../../src/wecom/mapping/attribute-mapping.ts';
import { DepartmentPaths } from '../../../src/wecom/mapping/department-paths.ts';
import { mapMember } from '../../../src/wecom/mapping/map-member.ts';
import { compileSettings, memberSubject } from '../../../src/wecom/mapping/member-expression.ts';
import type { Member } from '../../../src/wecom/reading/member.ts';

const text = readFileSync(new URL('../../../docs/mapping.md', import.meta.url), 'utf8');
const section = text.slice(text.indexOf('### Twenty that people need'), text.indexOf('## Who is who'));
const member = JSON.parse(/```json\n(.*?)```/s.exec(section)?.[1] ?? '') as Member;
const PATHS = new DepartmentPaths({
  departments: [
    { id: 1, name: 'Acme', parentId: 0, leaders: [] },
    { id: 2, name: 'R&D', parentId: 1, leaders: [] },
    { id: 7, name: 'Backend', parentId: 2, leaders: [] },
  ],
  unread: [],
});

describe('docs/mapping.md', () => {
  const rows = [...section.matchAll(/^\| (.+?) +\| `(.+)` +\| (?:`(.+)`)? *\|$/gm)];

  it('has twenty expressions', () => {
    expect(rows).to.have.length(20);
  });

  for (const [, what = '', expression = '', value] of rows) {
    it(`gives what it says: ${what}`, () => {
      const mapping = compileMapping([{ expression, casdoorName: 'Bio' }]);
      const { values, notes } = mapMember(member, { mapping, notActivated: 'forbid' }, PATHS);
      expect(notes).to.equal(undefined);
      expect(values.bio).to.equal(value);
    });
  }

  it('has a condition and a name for accounts that do what they say', () => {
    const [, condition, accountName] =
      /As a `condition`: `(.+?)`\. As an `accountName`:\s+`(.+?)`\./.exec(section) ?? [];
    const settings = compileSettings({ condition, accountName });
    const subject = memberSubject(member, PATHS);
    expect(settings.condition?.evaluate(subject)).to.deep.equal({ value: true });
    expect(settings.accountName?.evaluate(subject)).to.deep.equal({ value: 'sam.zhang' });
  });
});
