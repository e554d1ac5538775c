import type { Messages } from '../language/english.ts';

type Labels = Readonly<Record<string, string>>;

/**
 * What every setting of a syncer is called, of whatever type it is: as the page of a syncer calls it.
 *
 * @param typed by name, what the forms of the types call their fields
 */
export const settingLabels = ({ form, audit }: Pick<Messages, 'form' | 'audit'>, typed: Labels): Labels => ({
  ...audit.settings,
  ...typed,
  isEnabled: form.enabled,
  syncInterval: form.interval,
  schedule: form.line,
  timeZone: form.timeZone,
  quietWindows: form.quietWindows,
  freezeWindows: form.freezeWindows,
  freezeDisabled: form.freezeDisabled,
  leavers: form.leavers,
  graceDays: form.graceDays,
  deleteDays: form.deleteDays,
  removalLimit: form.limitPercent,
  linkBy: form.linkBy,
  scope: form.scope,
  syncGroups: form.syncGroups,
  parentGroup: form.parentGroup,
  rosterInterval: form.rosterInterval,
  selfService: form.selfService,
  tableColumns: form.mapping,
  organization: form.organization,
  name: form.name,
  type: form.type,
});
