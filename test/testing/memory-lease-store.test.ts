import { MemoryLeaseStore } from '../../src/testing/memory-lease-store.ts';
import { describeLeaseStore } from '../conformance/lease-store.ts';

describe('MemoryLeaseStore', () => {
  describeLeaseStore(() => new MemoryLeaseStore());
});
