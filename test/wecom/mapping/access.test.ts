import { expect } from 'chai';
import { readAccess } from '../../../src/wecom/mapping/access.ts';
import { aMember } from '../rig.ts';

const ABSENT = Symbol('absent');
type Told = number | string | null | typeof ABSENT;

const stateOf = (status: Told, enable: Told, notActivated: 'forbid' | 'allow' = 'forbid'): string => {
  const { status: _status, enable: _enable, ...rest } = aMember();
  const member = aMember({
    ...rest,
    status: status === ABSENT ? undefined : status,
    enable: enable === ABSENT ? undefined : enable,
  });
  return readAccess(member, notActivated).state;
};

describe('readAccess', () => {
  const table: readonly (readonly [Told, Told, string, string])[] = [
    // status, enable, forbid those not activated, allow them
    [1, 1, 'allowed', 'allowed'],
    [1, ABSENT, 'allowed', 'allowed'],
    [1, null, 'allowed', 'allowed'],
    [1, 0, 'forbidden', 'forbidden'],
    [1, 7, 'unknown', 'unknown'],
    ['1', '1', 'allowed', 'allowed'],
    ['1', '0', 'forbidden', 'forbidden'],
    [2, 1, 'forbidden', 'forbidden'],
    [2, ABSENT, 'forbidden', 'forbidden'],
    [2, 0, 'forbidden', 'forbidden'],
    [4, 1, 'forbidden', 'allowed'],
    [4, ABSENT, 'forbidden', 'allowed'],
    [4, 0, 'forbidden', 'forbidden'],
    [4, 7, 'forbidden', 'unknown'],
    [5, 1, 'forbidden', 'forbidden'],
    [5, ABSENT, 'forbidden', 'forbidden'],
    ['5', 1, 'forbidden', 'forbidden'],
    [3, 1, 'unknown', 'unknown'],
    [0, 1, 'unknown', 'unknown'],
    [99, ABSENT, 'unknown', 'unknown'],
    [99, 0, 'forbidden', 'forbidden'],
    [ABSENT, 1, 'unknown', 'unknown'],
    [ABSENT, 0, 'forbidden', 'forbidden'],
    [null, ABSENT, 'unknown', 'unknown'],
    ['active', 1, 'unknown', 'unknown'],
  ];
  for (const [status, enable, forbid, allow] of table) {
    it(`takes status ${String(status)} with enable ${String(enable)} as ${forbid}, or ${allow} where members need not be activated`, () => {
      expect(stateOf(status, enable)).to.equal(forbid);
      expect(stateOf(status, enable, 'allow')).to.equal(allow);
    });
  }

  it('never forbids anybody for an `enable` that is not there', () => {
    expect(stateOf(1, ABSENT)).to.equal('allowed');
  });

  it('says why, in both languages, without quoting at length', () => {
    const access = readAccess(aMember({ status: 'x'.repeat(500) }), 'forbid');
    if (access.state !== 'unknown') throw new Error(access.state);
    expect(access.reason.en).to.have.length.lessThan(120);
    expect(access.reason.zh).to.match(/\p{Script=Han}/u);
  });
});
