import { expect } from 'chai';
import { listed, listingIn } from '../../../src/host/http/paging.ts';
import { Refusal } from '../../../src/service/refusal.ts';
import { likePattern, pageWithin } from '../../../src/storage/accounts/listing.ts';

const FIELDS = ['name', 'syncInterval'] as const;

describe('listingIn', () => {
  it('pages only when both parameters are there', () => {
    expect(listingIn({ p: '2' }, FIELDS).page).to.equal(undefined);
    expect(listingIn({ p: '2', pageSize: '' }, FIELDS).page).to.equal(undefined);
    expect(listingIn({ p: '2', pageSize: '20' }, FIELDS).page).to.deep.equal({ number: 2, size: 20 });
  });

  it('takes nonsense for the first page of ten', () => {
    expect(listingIn({ p: 'abc', pageSize: '-3' }, FIELDS).page).to.deep.equal({ number: 1, size: 10 });
    expect(listingIn({ p: '0', pageSize: '1e3' }, FIELDS).page).to.deep.equal({ number: 1, size: 10 });
  });

  it('bounds a page', () => {
    expect(listingIn({ p: '9'.repeat(30), pageSize: '9'.repeat(30) }, FIELDS).page).to.deep.equal({
      number: 1_000_000_000,
      size: 1000,
    });
  });

  it('sorts upwards only when it is told to, as Casdoor does', () => {
    expect(listingIn({ sortField: 'name', sortOrder: 'ascend' }, FIELDS).sort?.descending).to.equal(false);
    expect(listingIn({ sortField: 'name' }, FIELDS).sort?.descending).to.equal(true);
  });

  it('knows a field in either spelling', () => {
    expect(listingIn({ field: 'sync_interval', value: '6' }, FIELDS).filter?.field).to.equal('syncInterval');
  });

  it('ignores a filter without a value', () => {
    expect(listingIn({ field: 'password', value: '' }, FIELDS).filter).to.equal(undefined);
  });

  it('ignores an order that means nothing here: people click on every column of Casdoor’s page', () => {
    for (const sortField of ['password', 'name;drop', 'constructor'])
      expect(listingIn({ sortField }, FIELDS).sort).to.equal(undefined);
  });

  for (const query of [
    { field: 'password', value: 'a' },
    { field: 'constructor', value: 'x' },
  ]) {
    it(`refuses ${JSON.stringify(query)}`, () => {
      expect(() => listingIn(query, FIELDS)).to.throw(Refusal);
    });
  }
});

describe('listed', () => {
  const rows = [
    { name: 'b', syncInterval: 100 },
    { name: 'a', syncInterval: 60 },
    { name: 'C', syncInterval: 3600 },
  ];
  const names = (query: Record<string, string>): string[] =>
    listed(rows, listingIn(query, FIELDS), (row, field) => row[field]).rows.map(({ name }) => name);

  it('shows the last page for one beyond the end', () => {
    expect(names({ p: '9', pageSize: '2' })).to.deep.equal(['C']);
    expect(pageWithin({ number: 5, size: 10 }, 0)).to.equal(1);
  });

  it('sorts numbers as numbers', () => {
    expect(names({ sortField: 'syncInterval', sortOrder: 'ascend' })).to.deep.equal(['a', 'b', 'C']);
  });

  it('finds a part of a value, without case', () => {
    expect(names({ field: 'name', value: 'c' })).to.deep.equal(['C']);
  });
});

describe('likePattern', () => {
  it('takes wildcards for the characters that they are', () => {
    expect(likePattern('100%_!')).to.equal('%100!%!_!!%');
  });
});
