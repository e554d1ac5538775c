import { expect } from 'chai';
import { linesOf } from '../../../src/web/configuration/change-lines.ts';
import { placeIn } from '../../../src/web/configuration/yaml-place.ts';

const row = (casdoorName: string, name: string, expression = '') => ({ casdoorName, name, expression, type: 'string' });

describe('A difference of settings', () => {
  it('shows of a mapping the rows that are others, and of a setting its parts', () => {
    const fields = [
      { field: 'graceDays', before: 0, after: 3 },
      {
        field: 'tableColumns',
        before: [row('Email', 'email'), row('Tag', 'alias')],
        after: [row('Email', 'email'), row('Title', '', 'a + b')],
      },
      {
        field: 'scope',
        before: { departments: [1, 2], includeChildren: true },
        after: { departments: [3], includeChildren: true },
      },
      { field: 'linkBy', before: ['email'], after: [] },
    ];
    const lines = linesOf({ fields });
    expect(lines.map(({ key }) => key)).to.deep.equal([
      'graceDays',
      'tableColumns · Tag',
      'tableColumns · Title',
      'scope.departments',
      'linkBy',
    ]);
    expect(lines[0]).to.deep.equal({ key: 'graceDays', before: '0', after: '3' });
    expect(lines[1]!.before).to.include('alias');
    expect(lines[1]!.after).to.equal(undefined);
    expect(lines[2]!.after).to.include('a + b');
    expect(lines[3]).to.deep.equal({ key: 'scope.departments', before: '1, 2', after: '3' });
    expect(lines[4]).to.deep.equal({ key: 'linkBy', before: 'email', after: undefined });
  });

  it('shows the whole of what has no parts that differ, such as a secret or another order', () => {
    const [one, other] = [row('Email', 'email'), row('Tag', 'alias')];
    expect(linesOf({ fields: [{ field: 'password', before: '***', after: '***' }] })).to.deep.equal([
      { key: 'password', before: '***', after: '***' },
    ]);
    const turned = linesOf({ fields: [{ field: 'tableColumns', before: [one, other], after: [other, one] }] });
    expect(turned.map(({ key }) => key)).to.deep.equal(['tableColumns']);
    expect(turned[0]!.before).to.not.equal(turned[0]!.after);
  });

  it('says nothing of what was empty and stays so', () => {
    expect(linesOf({ fields: [{ field: 'host', before: '', after: null }] })).to.deep.equal([]);
  });
});

describe('The place that a refusal of a text names', () => {
  const yaml = 'syncers:\n  - name: a/b\r\n    leavers: away\n';

  it('is found in both languages', () => {
    for (const refusal of ['Line 3, column 14: Field "leavers"', '第 3 行第 14 列：字段']) {
      expect(placeIn(refusal, yaml)).to.deep.equal({
        line: 3,
        column: 14,
        offset: yaml.indexOf('away'),
        before: '    leavers: ',
        at: 'a',
        after: 'way',
      });
    }
  });

  it('is a blank where the line ends too early, and none where there is no such line', () => {
    expect(placeIn('Line 2, column 80: x', yaml)).to.include({ at: ' ', after: '', before: '  - name: a/b' });
    for (const refusal of ['Line 9, column 1: x', 'No line 1, column 1', '']) {
      expect(placeIn(refusal, yaml)).to.equal(undefined);
    }
  });
});
