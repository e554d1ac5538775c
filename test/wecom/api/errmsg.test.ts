import { expect } from 'chai';
import { parseErrmsg, scrub } from '../../../src/wecom/api/errmsg.ts';

describe('parseErrmsg', () => {
  it('finds the hint and the address, each of which may be missing', () => {
    const said = parseErrmsg('not allow to access from your ip, hint: [165_7], from ip: 203.0.113.7, more info at …');
    expect(said).to.include({ hint: '165_7', fromIp: '203.0.113.7' });
    expect(parseErrmsg('x , from ip: 2001:db8::1').fromIp).to.equal('2001:db8::1');
    expect(parseErrmsg('invalid access_token')).to.deep.equal({ text: 'invalid access_token' });
  });

  it('shows nothing that could break a log line, and nothing long', () => {
    const said = parseErrmsg(`a\r\nb\u001b[31m${'x'.repeat(5_000)}`);
    expect(said.text)
      .to.match(/^a b \[31mx+$/)
      .and.to.have.lengthOf(200);
  });

  it('looks at the beginning alone, however much was sent', () => {
    const flood = 'hint:['.repeat(40_000);
    expect(parseErrmsg(`${flood}]`)).to.deep.equal({ text: flood.slice(0, 200) });
  });
});

describe('scrub', () => {
  it('takes secrets out, also in their URL form and in parameters that it does not know', () => {
    const text = 'GET /x?corpsecret=abc%2Fd&access_token=zzz a abc/d b';
    expect(scrub(text, ['abc/d'])).to.equal('GET /x?corpsecret=***&access_token=*** a *** b');
    expect(scrub('abc%2Fd', ['abc/d', ''])).to.equal('***');
  });

  it('takes out a secret that is broken by blanks and control characters', () => {
    const secret = 'SeCrEt-of-0123456789';
    for (const breaks of ['\n', '\r\n  ', '\u0000', '\u200b']) {
      const text = `GET /gettoken?corpsecret=SeCrEt-of-01234${breaks}56789 failed, and S${breaks}eCrEt-of-0123456789`;
      expect(scrub(text, [secret])).to.equal('GET /gettoken?corpsecret=*** failed, and ***');
    }
  });

  it('shows no beginning of a secret that was cut, however often it came before', () => {
    const secret = 'tOkEn0123456789'.repeat(33);
    for (let more = 0; more < secret.length; more += 7) {
      const text = `${' '.repeat(more)}${`${secret} `.repeat(17)}`;
      expect(scrub(text, [secret]).replaceAll('***', '').trim(), String(more)).to.equal('');
    }
  });

  it('hands on the beginning alone, and no half of a secret at its end', () => {
    expect(scrub('x'.repeat(1_000_000), [])).to.have.lengthOf(1_000);
    for (let before = 980; before < 1_000; before += 1) {
      expect(scrub(`${' '.repeat(before)}s3cr3t-s3cr3t`, ['s3cr3t-s3cr3t'])).not.to.include('s3');
    }
  });
});
