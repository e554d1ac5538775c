import type { MemberReport } from '../../engine/steps/sync-member.ts';
import { failed, ok, type Envelope } from '../http/envelope.ts';
import { sentence, type Language } from '../http/language.ts';
import type { Call } from '../request/call.ts';
import { present } from '../../syncer/present.ts';
import type { ChangeNames } from './change-names.ts';
import { changeJson, runJson, type MemberReportJson } from './run-json.ts';

/** @param displayName what the person is called, where somebody knows it */
export const memberReportJson = (
  { run, steps, change }: MemberReport,
  language: Language,
  displayName?: string,
): MemberReportJson => ({
  run: runJson(run, language),
  steps: steps.map(({ name, ok: done, detail }) => ({ name, ok: done, detail: detail[language] })),
  ...present({ change: change && changeJson(change, language, displayName) }),
});

/** What became of one member, as it is answered. */
export async function memberAnswer(changeNames: ChangeNames, report: MemberReport, call: Call): Promise<Envelope> {
  const [name] = report.change ? await changeNames.of([report.change]) : [];
  const json = memberReportJson(report, call.language, name);
  const { run } = report;
  return run.state === 'failed' && run.error
    ? failed(sentence(call.language, run.error.message, run.error.remedy), json)
    : ok(json);
}
