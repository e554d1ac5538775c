import { expect } from 'chai';
import { ConfigError } from '../../../src/syncer/errors.ts';
import { resolveBaseUrl } from '../../../src/wecom/api/base-url.ts';

const DEFAULT = 'https://qyapi.weixin.qq.com';
const ALLOWED = [
  'qyapi.weixin.qq.com',
  'wecom.corp.example:8443',
  'Gateway.Example',
  'http://127.0.0.1:8080',
  'HTTP://[::1]:9000',
  'http://intranet.example',
];
const resolve = (entered: string, allowed: readonly string[] = ALLOWED): string =>
  resolveBaseUrl(entered, { baseUrl: DEFAULT, allowedHosts: allowed });

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
    ['https://127.0.0.1:8080', 'https://127.0.0.1:8080/cgi-bin'],
    ['http://intranet.example:80/', 'http://intranet.example/cgi-bin'],
    ['intranet.example', 'https://intranet.example/cgi-bin'],
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
    'http://intranet.example:443',
    'http://intranet.example:8080',
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

  for (const entered of ['http://qyapi.weixin.qq.com', 'HTTP://gateway.example/', 'http://wecom.corp.example:8443']) {
    it(`does not send a secret to ${entered}, whose host is allowed over https, and says what to change`, () => {
      const host = new URL(entered).host;
      expect(() => resolve(entered)).to.throw(ConfigError, `can add http://${host} to WECOM_ALLOWED_HOSTS`);
      expect(resolve(entered, [...ALLOWED, `http://${host}`])).to.match(/^http:/);
    });
  }

  it('takes http:// for the host of the server’s own WECOM_API_URL, and for no other port of it', () => {
    const hosts = ['gateway.example:8080', 'gateway.example:8081'];
    const own = (entered: string): string =>
      resolveBaseUrl(entered, { baseUrl: 'http://gateway.example:8080', allowedHosts: hosts });
    expect(own('')).to.equal('http://gateway.example:8080/cgi-bin');
    expect(own('http://gateway.example:8080')).to.equal('http://gateway.example:8080/cgi-bin');
    expect(() => own('http://gateway.example:8081')).to.throw(ConfigError, /http:\/\//);
    expect(() => resolve('http://gateway.example:8080', hosts)).to.throw(ConfigError, /http:\/\//);
  });

  it('leads to WeCom itself, and nowhere else, where nobody said anything', () => {
    expect(resolveBaseUrl('', {})).to.equal('https://qyapi.weixin.qq.com/cgi-bin');
    expect(resolveBaseUrl('https://qyapi.weixin.qq.com', {})).to.equal('https://qyapi.weixin.qq.com/cgi-bin');
    for (const other of ['https://gateway.example', 'http://qyapi.weixin.qq.com']) {
      expect(() => resolveBaseUrl(other, {}), other).to.throw(ConfigError);
    }
  });

  it('allows the host of its own base URL, unless the operator names others', () => {
    const baseUrl = 'https://gateway.example';
    expect(resolveBaseUrl('gateway.example', { baseUrl })).to.equal('https://gateway.example/cgi-bin');
    expect(() => resolveBaseUrl(DEFAULT, { baseUrl })).to.throw(ConfigError, /WECOM_ALLOWED_HOSTS/);
    expect(() => resolveBaseUrl('gateway.example', { baseUrl, allowedHosts: [] })).to.throw(ConfigError);
  });

  it('does not ask whether the default of the server is allowed', () => {
    expect(resolve('', [])).to.equal('https://qyapi.weixin.qq.com/cgi-bin');
    expect(() => resolve(DEFAULT, [])).to.throw(ConfigError, /WECOM_ALLOWED_HOSTS/);
  });

  it('does not look through what is longer than any address', () => {
    const host = 'qyapi.example';
    const flood = `https://${host}/${'/'.repeat(3_000)}x`;
    const long = (): string => resolveBaseUrl(flood, { baseUrl: `https://${host}`, allowedHosts: [host] });
    expect(long).to.throw(ConfigError, 'longer than any address');
  });
});
