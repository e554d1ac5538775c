import { expect } from 'chai';
import * as fc from 'fast-check';
import { ConfigError } from '../../src/syncer/errors.ts';
import { readConfig } from '../../src/wecom/config.ts';

const GOOD = { user: 'ww1234567890abcdef', password: 'S3cr3t_of-43-characters' };
const read = (more: Readonly<Record<string, unknown>> = {}) => readConfig({ ...GOOD, ...more }).config;
const refusal = (more: Readonly<Record<string, unknown>>): ConfigError => {
  try {
    read(more);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the settings were accepted');
};

describe('readConfig', () => {
  it('needs a Corp ID and a Secret, and has defaults for the rest', () => {
    expect(read()).to.deep.include({
      ...GOOD,
      host: '',
      agentId: '',
      contactsSecret: '',
      notActivated: 'forbid',
    });
    expect(read().scope).to.deep.include({ departments: [], includeChildren: true, excludeUsers: [] });
    for (const key of ['user', 'password']) {
      for (const nothing of [undefined, null, '', '   ', {}, []]) {
        const error = refusal({ [key]: nothing });
        expect(error.message).to.include(`(${key})`);
        expect(error.text.zh).to.include(`(${key})`);
      }
    }
  });

  it('takes blanks away that were pasted along', () => {
    expect(read({ user: ` ${GOOD.user}\n`, password: ` ${GOOD.password} ` })).to.deep.include(GOOD);
  });

  it('does not take what a database form leaves behind for credentials', () => {
    const leftovers = { port: 3306, databaseType: 'mysql', database: 'dbName', table: 'table_name', sslMode: '' };
    expect(read(leftovers)).to.deep.include(GOOD);
    expect(refusal({ ...leftovers, user: 'root', password: '123456' }).message).to.include('Corp ID (user)');
    expect(refusal({ user: 'root' }).message).to.include('"root" is what the form of a database syncer begins with');
    expect(refusal({ password: '123456' }).message).to.include(
      'Corp Secret (password): this is what the form began with',
    );
  });

  it('never takes a mask for a secret', () => {
    expect(refusal({ password: '***' }).message).to.include('Corp Secret');
    expect(refusal({ contactsSecret: '***' }).message).to.include('Contacts Secret');
  });

  it('notices an Agent ID in the place of the Corp ID', () => {
    expect(refusal({ user: '1000002' }).message).to.include('Agent ID');
  });

  it('takes an Agent ID as number or text, and nothing else', () => {
    expect(read({ agentId: 1000002 }).agentId).to.equal('1000002');
    expect(read({ agentId: ' 1000002 ' }).agentId).to.equal('1000002');
    for (const odd of ['abc', '1000002; drop', {}, -3])
      expect(refusal({ agentId: odd }).message).to.include('(agentId)');
  });

  it('knows two meanings of a member who has not activated WeCom', () => {
    expect(read({ notActivated: 'allow' }).notActivated).to.equal('allow');
    for (const nothing of [undefined, null, ''])
      expect(read({ notActivated: nothing }).notActivated).to.equal('forbid');
    expect(refusal({ notActivated: 'delete' }).message).to.include('(notActivated)');
  });

  it('reads a scope tolerantly and refuses what is none', () => {
    expect(read({ scope: { departments: ['3', 7, null], excludeUsers: [' a ', ''] } }).scope).to.deep.include({
      departments: [3, 7],
      includeChildren: true,
      excludeUsers: ['a'],
    });
    expect(read({ scope: { includeChildren: false } }).scope.includeChildren).to.equal(false);
    expect(read({ scope: null }).scope.departments).to.deep.equal([]);
    for (const [scope, field] of [
      [{ departments: ['x'] }, 'scope.departments'],
      [{ departments: [0] }, 'scope.departments'],
      [{ departments: [1.5] }, 'scope.departments'],
      [{ departments: '3' }, 'scope.departments'],
      [{ includeChildren: 'yes' }, 'scope.includeChildren'],
      [{ excludeUsers: [{}] }, 'scope.excludeUsers'],
      [{ excludeUsers: 'a' }, 'scope.excludeUsers'],
      ['all', '(scope)'],
      [[3], '(scope)'],
    ] as const) {
      expect(refusal({ scope }).message, JSON.stringify(scope)).to.include(field);
    }
  });

  it('never quotes a value, which may be a secret in the wrong field', () => {
    const secret = 'this is a secret with blanks';
    for (const key of ['user', 'password', 'contactsSecret', 'agentId', 'notActivated']) {
      const error = refusal({ [key]: secret });
      expect(JSON.stringify(error) + String(error.stack)).not.to.include(secret);
    }
  });

  it('survives settings that are nested thousands of levels deep', () => {
    const deep = JSON.parse(`${'['.repeat(5_000)}1${']'.repeat(5_000)}`) as unknown;
    for (const more of [{ user: deep }, { scope: deep }, { scope: { departments: deep } }, { tableColumns: deep }]) {
      expect(refusal(more)).to.be.instanceOf(ConfigError);
    }
  });

  it('accepts or refuses any settings, with a sentence in both languages', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.constantFrom(
            'user',
            'password',
            'host',
            'agentId',
            'scope',
            'tableColumns',
            'notActivated',
            'contactsSecret',
          ),
          fc.jsonValue(),
        ),
        (entered) => {
          try {
            readConfig(entered);
          } catch (error) {
            expect(error).to.be.instanceOf(ConfigError);
            expect((error as ConfigError).text.zh).to.match(/\p{Script=Han}/u);
            expect((error as ConfigError).message).not.to.equal('The settings are not valid.');
          }
        },
      ),
    );
  });
});
