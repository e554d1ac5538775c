import { expect } from 'chai';
import { createLogger } from '../../src/host/log.ts';
import { wecomSyncer } from '../../src/wecom/definition.ts';

/** One line, as it would stand in the log. */
async function logged(
  fields: Readonly<Record<string, unknown>>,
  bindings: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const lines: string[] = [];
  const log = await createLogger('info', [wecomSyncer], { write: (line) => void lines.push(line) });
  log.child(bindings).info(fields, 'something happened');
  return lines.join('');
}

describe('The log', () => {
  for (const key of [
    ...wecomSyncer.fields.filter(({ secret }) => secret).map(({ name }) => name),
    'sshPassword',
    'clientSecret',
    'corpsecret',
    'access_token',
    'authorization',
    'cookie',
    'webhook',
    'secretKey',
    'adminPassword',
    'databaseUrl',
    'redisUrl',
    'wecomProxyUrl',
  ]) {
    it(`masks ${key}, at the top, in an object, and bound to a child`, async () => {
      expect(await logged({ [key]: 'hush-hush' }))
        .to.include('***')
        .and.not.include('hush-hush');
      expect(await logged({ config: { [key]: 'hush-hush' } })).to.not.include('hush-hush');
      expect(await logged({ request: { headers: { [key]: 'hush-hush' } } })).to.not.include('hush-hush');
      expect(await logged({}, { [key]: 'hush-hush' })).to.not.include('hush-hush');
    });
  }

  it('tells the rest, and of an error only its kind and place', async () => {
    const line = JSON.parse(
      await logged({ syncer: 'acme/wecom', err: new RangeError('hush-hush'), counts: { members: 3 } }),
    );
    expect(line).to.include({ syncer: 'acme/wecom', msg: 'something happened' });
    expect(line.counts).to.deep.equal({ members: 3 });
    expect(line.err.type).to.equal('RangeError');
    expect(JSON.stringify(line)).to.not.include('hush-hush');
  });
});
