import type { SettingChange } from './syncer-difference.ts';

/** What stands otherwise than a text says, or than it said. */
export interface ConfigurationChangeObject {
  readonly kind: 'syncer' | 'protection';
  /** `ORG/NAME`; of a protection whom it is about. */
  readonly name: string;
  readonly action: 'add' | 'update' | 'delete';
  readonly fields: readonly SettingChange[];
}

/** That, and where it is. */
export interface ConfigurationChange extends ConfigurationChangeObject {
  readonly organization: string;
}

/** As callers are shown them. */
export const changesShown = (changes: readonly ConfigurationChange[]): readonly ConfigurationChangeObject[] =>
  changes.map(({ kind, name, action, fields }) => ({ kind, name, action, fields }));
