import { expect } from 'chai';
import { ConfigError } from '../../src/syncer/errors.ts';
import { resolveBaseUrl } from '../../src/wecom/base-url.ts';

const DEFAULT = 'https://qyapi.weixin.qq.com';
const ALLOWED = ['qyapi.weixin.qq.com', 'wecom.corp.example:8443', 'Gateway.Example', '127.0.0.1:8080', '[::1]:9000'];
const resolve = (entered: string, allowed: readonly string[] = ALLOWED): string =>
  resolveBaseUrl(entered, DEFAULT, allowed);

describe('resolveBaseUrl', () => {
  for (const [entered, base] of [
    ['', 'https://qyapi.weixin.qq.com/cgi-bin'],
    ['https://qyapi.weixin.qq.com', 'https://qyapi.weixin.qq.com/cgi-bin'],
    ['https://qyapi.weixin.qq.com/', 'https://qyapi.weixin.qq.com/cgi-bin'],
    ['https://qyapi.weixin.qq.com:443', 'https://qyapi.weixin.qq.com/cgi-bin'],
    ['https://qyapi.weixin.qq.com/cgi-bin/', 'https://qyapi.weixin.qq.com/cgi-bin'],
    ['qyapi.weixin.qq.com', 'https://qyapi.weixin.qq.com/cgi-bin'],
    ['https://wecom.corp.example:8443', 'https://wecom.corp.example:8443/cgi-bin'],
    ['https://gateway.example/wecom/v1/', 'https://gateway.example/wecom/v1/cgi-bin'],
    ['https://GATEWAY.example', 'https://gateway.example/cgi-bin'],
    ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/cgi-bin'],
    ['http://[::1]:9000', 'http://[::1]:9000/cgi-bin'],
  ] as const) {
    it(`sends calls for "${entered}" to ${base}`, () => {
      expect(resolve(entered)).to.equal(base);
    });
  }

  for (const entered of [
    'https://evil.example',
    'https://qyapi.weixin.qq.com.evil.example',
    'https://qyapi.weixin.qq.com:8443',
    'https://qyapi.weixin.qq.com@evil.example',
    'https://wecom.corp.example',
    'http://127.0.0.1:8081',
    'http://127.0.0.1',
    'http://localhost:8080',
    'localhost',
  ]) {
    it(`does not send a secret to ${entered}`, () => {
      expect(() => resolve(entered)).to.throw(ConfigError);
    });
  }

  for (const entered of [
    'ftp://qyapi.weixin.qq.com',
    'file:///etc/passwd',
    'https://user:password@qyapi.weixin.qq.com',
    'https://qyapi.weixin.qq.com/?x=1',
    'https://qyapi.weixin.qq.com/#x',
    'https://',
    'https://a b',
  ]) {
    it(`refuses ${entered} as a base URL, without quoting it`, () => {
      expect(() => resolve(entered)).to.throw(ConfigError, /^Base URL \(host\): (?!.*password)/);
    });
  }

  it('does not ask whether the default of the server is allowed', () => {
    expect(resolve('', [])).to.equal('https://qyapi.weixin.qq.com/cgi-bin');
    expect(() => resolve(DEFAULT, [])).to.throw(ConfigError, /WECOM_ALLOWED_HOSTS/);
  });
});
