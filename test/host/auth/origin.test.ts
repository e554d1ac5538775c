import type { IncomingHttpHeaders } from 'node:http';
import { expect } from 'chai';
import { isForeign } from '../../../src/host/auth/origin.ts';

const cases: readonly (readonly [string, IncomingHttpHeaders, boolean])[] = [
  ['a program that names no site', {}, false],
  ['our own page', { 'sec-fetch-site': 'same-origin', origin: 'http://iam.example' }, false],
  ['an address typed in by hand', { 'sec-fetch-site': 'none' }, false],
  ['another site', { 'sec-fetch-site': 'cross-site' }, true],
  ['a sibling domain', { 'sec-fetch-site': 'same-site', origin: 'http://blog.example' }, true],
  ['an older browser on our page', { origin: 'http://IAM.example' }, false],
  ['an older browser on another site', { origin: 'http://evil.example' }, true],
  ['an image on another site', { referer: 'http://evil.example/x' }, true],
  ['a link on our page', { referer: 'http://iam.example/syncers' }, false],
  ['another port', { origin: 'http://iam.example:81' }, true],
  ['a sandboxed frame', { origin: 'null' }, true],
  ['the address of the proxy in front', { origin: 'https://sso.example' }, false],
];

describe('the origin of a request', () => {
  for (const [from, headers, foreign] of cases) {
    it(`is ${foreign ? 'foreign' : 'ours'} when it is ${from}`, () => {
      expect(isForeign({ host: 'iam.example', ...headers }, 'https://sso.example')).to.equal(foreign);
    });
  }
});
