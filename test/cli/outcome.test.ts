import { expect } from 'chai';
import { restore, stub } from 'sinon';
// Loaded when something fails, which would be in the middle of a test.
import '../../src/cli/failure.ts';
import { conclude } from '../../src/cli/outcome.ts';
import { text } from '../../src/syncer/text.ts';

describe('the end of a command', () => {
  const exitCode = process.exitCode;
  afterEach(() => {
    restore();
    process.exitCode = exitCode;
  });

  const said = async (error: unknown): Promise<string> => {
    const write = stub(process.stderr, 'write').returns(true);
    try {
      await conclude(async () => {
        throw error;
      });
    } finally {
      write.restore();
    }
    return write.args.map(([line]) => String(line)).join('');
  };

  it('says what went wrong inside, since nobody keeps a log of it, and no word of what a driver says', async () => {
    const lines = await said(Object.assign(new TypeError('SELECT password = sEcReT'), { code: 'ERR_ODD' }));
    expect(lines).to.include('TypeError, ERR_ODD').and.include('outcome.test').and.not.include('sEcReT');
    expect(lines).not.to.include('its log');
    expect(process.exitCode).to.equal(1);
  });

  it('says our own sentences as they are', async () => {
    // As `conclude` loads what a failure needs: only then is the class the same.
    const { ConfigError } = await import('../../src/syncer/errors.ts');
    expect(await said(new ConfigError(text('Fill it in.', '请填写。')))).to.equal('wecom-syncer: Fill it in.\n');
  });
});
