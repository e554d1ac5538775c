import { expect } from 'chai';
import { WriteConflictError } from '../../../src/identity/errors.ts';
import { toldOfError } from '../../../src/service/self-service/member-words.ts';
import { CancelledError, ConfigError, ProtocolError, UnavailableError } from '../../../src/syncer/errors.ts';
import { text } from '../../../src/syncer/text.ts';

describe('what a member is told', () => {
  const reason = text('Error 60111 [hint 7]', '错误 60111');

  it('of what may be over in a moment: to try again', () => {
    for (const error of [new UnavailableError(reason), new CancelledError(reason), new WriteConflictError('email')]) {
      const { text: told, cause } = toldOfError(error);
      expect(told.en, error.message).to.include('try again').and.include('tell your administrator');
      expect(told.zh).to.include('再试').and.include('管理员');
      expect(cause?.reason).to.include(error.message);
    }
  });

  it('of what somebody has to change: whom to tell, and nothing of it', () => {
    const remedy = text('Copy the Corp ID', '请复制企业 ID');
    for (const error of [new ConfigError(reason, { remedy }), new ProtocolError(reason, { remedy })]) {
      const { text: told, cause } = toldOfError(error);
      expect(told.en).to.include('Tell your administrator').and.not.include('try again');
      expect(told.zh).to.include('请告知管理员');
      expect(JSON.stringify(told)).to.not.match(/60111|Corp/);
      expect(cause).to.deep.equal({ code: error.code, reason: reason.en, remedy: remedy.en });
    }
  });

  it('of what nobody foresaw: whom to tell; the log has it from elsewhere', () => {
    const { text: told, cause } = toldOfError(new TypeError('x is undefined'));
    expect([told.en.includes('Tell your administrator'), cause]).to.deep.equal([true, undefined]);
  });
});
