import { expect } from 'chai';
import { ReferenceNames, referenceIn } from '../../../src/service/configuration/secret-reference.ts';
import type { SyncerRecord } from '../../../src/service/syncers/syncer-record.ts';

const record = (organization: string, name: string): SyncerRecord =>
  ({ organization, name, type: 'WeCom', secretNames: ['password', 'contactsSecret'] }) as unknown as SyncerRecord;

describe('references in place of secrets', () => {
  it('are named after the syncer and the field', () => {
    const one = record('acme', 'wecom');
    const names = new ReferenceNames([one]);
    expect(names.of(one, 'password')).to.equal('${env:WECOM_ACME_WECOM_PASSWORD}');
    expect(names.of(one, 'contactsSecret')).to.equal('${env:WECOM_ACME_WECOM_CONTACTS_SECRET}');
  });

  it('tell two syncers apart whose names come to the same word', () => {
    const [one, other] = [record('a-b', 'c'), record('a', 'b-c')];
    const names = new ReferenceNames([one, other]);
    const [first, second] = [names.of(one, 'password'), names.of(other, 'password')];
    expect(first).to.match(/^\$\{env:WECOM_A_B_C_PASSWORD_[0-9A-F]{8}\}$/);
    expect(second).to.match(/^\$\{env:WECOM_A_B_C_PASSWORD_[0-9A-F]{8}\}$/);
    expect(first).to.not.equal(second);
  });

  it('are the whole of a secret, or none', () => {
    expect(referenceIn('${env:A}')).to.deep.equal({ kind: 'env', name: 'A' });
    expect(referenceIn(' ${file:/run/a b} ')).to.deep.equal({ kind: 'file', name: '/run/a b' });
    for (const plain of ['x${env:A}', '${env:A}x', '${vault:A}', '$env:A', '***']) {
      expect(referenceIn(plain), plain).to.equal(undefined);
    }
  });
});
