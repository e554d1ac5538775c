import type { IncomingHttpHeaders } from 'node:http';
import { expect } from 'chai';
import { isForeign, isFromOwnPage } from '../../../src/host/auth/origin.ts';

/** Where it comes from, whether that is foreign, and whether our own page is known to have sent it. */
const cases: readonly (readonly [string, IncomingHttpHeaders, boolean, boolean])[] = [
  ['a program that names no site', {}, false, false],
  ['our own page', { 'sec-fetch-site': 'same-origin', origin: 'http://iam.example' }, false, true],
  ['an address typed in by hand', { 'sec-fetch-site': 'none' }, false, false],
  ['another site', { 'sec-fetch-site': 'cross-site' }, true, false],
  ['a sibling domain', { 'sec-fetch-site': 'same-site', origin: 'http://blog.example' }, true, false],
  ['an older browser on our page', { origin: 'http://IAM.example' }, false, true],
  ['an older browser on another site', { origin: 'http://evil.example' }, true, false],
  ['an image on another site', { referer: 'http://evil.example/x' }, true, false],
  ['a link on our page', { referer: 'http://iam.example/syncers' }, false, true],
  ['a program that names an empty referrer', { referer: '' }, false, false],
  ['another port', { origin: 'http://iam.example:81' }, true, false],
  ['a sandboxed frame', { origin: 'null' }, true, false],
  ['the address of the proxy in front', { origin: 'https://sso.example' }, false, true],
];

describe('the origin of a request', () => {
  for (const [from, headers, foreign, own] of cases) {
    it(`is ${foreign ? 'foreign' : 'ours'} when it is ${from}`, () => {
      expect(isForeign({ host: 'iam.example', ...headers }, 'https://sso.example')).to.equal(foreign);
    });

    it(`is ${own ? '' : 'not '}known to be our own page’s when it is ${from}`, () => {
      expect(isFromOwnPage({ host: 'iam.example', ...headers }, 'https://sso.example')).to.equal(own);
    });
  }
});
