import type { Run } from '../../engine/run.ts';
import { Refusal } from '../../service/refusal.ts';
import type { RunService } from '../../service/runs/run-service.ts';
import { isAnyOwner, type SyncerService } from '../../service/syncers/syncer-service.ts';
import type { SyncerRecord } from '../../service/syncers/syncer-record.ts';
import { text } from '../../syncer/text.ts';
import { requiredIn } from '../http/query.ts';
import type { Call } from '../request/call.ts';
import { unambiguous, contradiction, distinct, namedIn } from '../request/named-object.ts';
import { syncerNamesIn, syncerOf } from '../request/named-syncer.ts';
import type { Subject } from '../request/route.ts';

/** The syncer whose runs a call is about. */
export async function namedSyncer(syncers: SyncerService, call: Call): Promise<Subject<SyncerRecord>> {
  const id = requiredIn(call.query, 'id');
  const { names, owners } = syncerNamesIn(call);
  const subject = await syncerOf(syncers, call, { owners, names, organizations: namedIn(call, 'organization') });
  if (subject.refusal) return subject;
  const { record } = subject.object;
  if (record) return { ...subject, object: record };
  return { ...subject, refusal: new Refusal(text(`The syncer: ${id} does not exist`, `同步器 ${id} 不存在`)) };
}

/** The run that `id` names. Strangers to its organization learn no more than for an id that nobody gave out. */
export async function namedRun(runs: RunService, call: Call): Promise<Subject<Run>> {
  requiredIn(call.query, 'id');
  const { word: id, refusal } = unambiguous(namedIn(call, 'id'));
  const run = id.length > 36 ? undefined : await runs.find(id);
  const unseen = new Refusal(text('There is no such run.', '没有该同步记录。'));
  const owners = namedIn(call, 'owner').filter((owner) => !isAnyOwner(owner));
  const organizations = distinct([run?.organization ?? '', ...owners, ...namedIn(call, 'organization')]);
  const touched = { organizations, target: id, unseen };
  if (refusal) return { ...touched, refusal };
  if (!run) return { ...touched, refusal: unseen };
  if (organizations.length > 1) return { ...touched, refusal: contradiction(organizations) };
  return { ...touched, object: run };
}
