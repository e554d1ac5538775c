import { expect } from 'chai';
import { networkOf } from '../../../src/host/auth/address.ts';
import { AuditRow } from '../../../src/storage/entities/index.ts';
import { ADMIN_PASSWORD, TestHost } from '../test-host.ts';

describe('the address of a caller', () => {
  /** What the audit log says of a sign-in with this header, which comes from 127.0.0.1. */
  const addressWith = async (test: TestHost, forwarded: string): Promise<string> => {
    const { database } = test.host;
    await database.transaction(({ manager }) => manager.clear(AuditRow));
    const headers = { 'x-forwarded-for': forwarded };
    const body = { organization: 'built-in', username: 'admin', password: ADMIN_PASSWORD };
    expect((await test.anonymous().post('/api/login', body, headers)).status).to.equal('ok');
    const rows = await database.read(({ manager }) => manager.findBy(AuditRow, { action: 'sign-in' }));
    return rows[0]?.clientIp ?? '';
  };

  const cases: readonly (readonly [
    string,
    Readonly<Record<string, string>>,
    readonly (readonly [string, string])[],
  ])[] = [
    [
      'is the connection’s own where no proxy is told of',
      {},
      [
        ['203.0.113.9', '127.0.0.1'],
        ['10.0.0.1, 10.0.0.2', '127.0.0.1'],
      ],
    ],
    [
      'is the one that the single proxy saw, whatever its client wrote before it',
      { PUBLIC_URL: 'https://sso.example' },
      [
        ['203.0.113.9', '203.0.113.9'],
        ['198.51.100.7, 203.0.113.9', '203.0.113.9'],
        ['198.51.100.7, 10.1.2.3', '10.1.2.3'],
        ['198.51.100.7, 127.0.0.1', '127.0.0.1'],
        ['198.51.100.7, fd00::1', 'fd00::1'],
        ['203.0.113.9:5678', '203.0.113.9'],
        ['[2001:db8::1]:5678', '2001:db8::1'],
        ['<script>', '127.0.0.1'],
      ],
    ],
    [
      'lies as many hops from the right as there are proxies',
      { TRUSTED_HOPS: '2' },
      [
        ['198.51.100.7, 203.0.113.9, 10.0.0.1', '203.0.113.9'],
        ['203.0.113.9, 10.0.0.1', '203.0.113.9'],
      ],
    ],
    [
      'is the connection’s own where TRUSTED_HOPS says that nobody stands in front',
      { PUBLIC_URL: 'https://sso.example', TRUSTED_HOPS: '0' },
      [['203.0.113.9', '127.0.0.1']],
    ],
  ];
  for (const [says, settings, expected] of cases) {
    it(says, async () => {
      const test = await TestHost.start({ members: 1, departments: 1, settings });
      try {
        for (const [forwarded, address] of expected) {
          expect(await addressWith(test, forwarded), forwarded).to.equal(address);
        }
      } finally {
        await test.close();
      }
    });
  }

  it('counts as one caller with all addresses of its IPv6 network', () => {
    expect(networkOf('2001:db8:1:2:3:4:5:6')).to.equal('2001:db8:1:2::/64');
    expect(networkOf('2001:db8:1:2::9')).to.equal('2001:db8:1:2::/64');
    expect(networkOf('2001:db8:1:3::9')).to.equal('2001:db8:1:3::/64');
    expect(networkOf('::1')).to.equal('0:0:0:0::/64');
    expect(networkOf('fe80::1%eth0')).to.equal('fe80:0:0:0::/64');
    expect(networkOf('::ffff:192.0.2.1')).to.equal('192.0.2.1');
    expect(networkOf('192.0.2.1')).to.equal('192.0.2.1');
  });
});
