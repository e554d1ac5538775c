import { TypeormLeaseStore } from '../../src/storage/typeorm-lease-store.ts';
import { describeLeaseStore } from '../conformance/lease-store.ts';
import { eachSharedDatabase } from '../support/databases.ts';

describe('TypeormLeaseStore', () => {
  eachSharedDatabase((suite) => {
    describeLeaseStore(() => new TypeormLeaseStore(suite.database));
  });
});
