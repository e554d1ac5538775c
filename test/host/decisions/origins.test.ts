import { expect } from 'chai';
import { originsOf } from '../../../src/host/decisions/origins.ts';
import type { PastEvent } from '../../../src/storage/history/account-history.ts';

describe('where a value comes from', () => {
  const said = { en: '', zh: '' };
  const run = (trigger: string, field: string): PastEvent => ({
    source: 'run',
    atMs: 1,
    runId: 'run-1',
    kind: 'update',
    by: 'acme/mei',
    trigger,
    changes: [{ field, before: '', after: 'x' }],
    reason: said,
  });
  const edit = (field: string): PastEvent => ({
    source: 'person',
    atMs: 1,
    action: 'update-user',
    by: 'acme/chief',
    changes: [{ field, before: '', after: 'x' }],
    comment: '',
  });

  it('is who wrote it last: the member himself, the directory, or a person', () => {
    const newestFirst = [
      run('self', 'phone'),
      run('manual', 'email'),
      run('self', 'email'),
      edit('gender'),
      run('self', 'gender'),
      edit('phone'),
    ];
    expect(originsOf(undefined, newestFirst)).to.include({ phone: 'self', email: 'directory', gender: 'person' });
  });
});
