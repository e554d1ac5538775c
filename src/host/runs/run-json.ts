import type { StoredChange } from '../../engine/ports/run-store.ts';
import type { Run } from '../../engine/run.ts';
import type { MemberReport } from '../../engine/steps/sync-member.ts';
import { gravest } from '../../engine/warnings.ts';
import { changeObject, memberObject, runObject } from '../../service/service-object.ts';
import { present } from '../../syncer/present.ts';
import { failed, ok, type Envelope } from '../http/envelope.ts';
import { inLanguage, sentence, type Language } from '../http/language.ts';
import type { Call } from '../request/call.ts';
import type { ChangeNames } from './change-names.ts';
import type { ChangeJson, MemberReportJson, RunJson } from './run-schema.ts';

/** A run as the contract shows it, in the reader's language. */
export const runJson = (run: Run, language: Language): RunJson => inLanguage(runObject(run), language);

/** @param displayName what the person or the group is called, where somebody knows it */
export const changeJson = (change: StoredChange, language: Language, displayName?: string): ChangeJson => ({
  ...inLanguage(changeObject(change), language),
  ...present({ displayName }),
});

/** @param displayName what the person is called, where somebody knows it */
export function memberReportJson(report: MemberReport, language: Language, displayName?: string): MemberReportJson {
  const { change, ...json } = inLanguage(memberObject(report), language);
  return { ...json, ...present({ change: change && { ...change, ...present({ displayName }) } }) };
}

/** What became of one member, as it is answered. */
export async function memberAnswer(changeNames: ChangeNames, report: MemberReport, call: Call): Promise<Envelope> {
  const [name] = report.change ? await changeNames.of([report.change]) : [];
  return endedAnswer(report.run, call.language, memberReportJson(report, call.language, name));
}

/**
 * How an ended run is answered to whoever waited for it: why it came to nothing, or the gravest of what it could not do.
 *
 * @param json what the answer shows of it
 */
export function endedAnswer(run: Run, language: Language, json: unknown): Envelope {
  if (run.state === 'failed' || run.state === 'cancelled') {
    return failed(run.error ? sentence(language, run.error.message, run.error.remedy) : run.state, json);
  }
  const problem = run.state === 'succeeded' ? undefined : gravest(run.warnings);
  return ok(json, { msg: problem?.message[language] ?? '' });
}
