import type { FormField, SyncerConfig, SyncerDefinition } from '../../syncer/definition.ts';
import { isDirectoryView } from '../../syncer/directory-view.ts';
import { isGroupSyncer, isMemberLookup } from '../../syncer/syncer.ts';

/** What a type of directory can do beside full runs of its members. */
export interface Abilities {
  /** Its departments, or what it calls them, may become groups. */
  readonly groups: boolean;
  /** One member may be read alone. */
  readonly oneMember: boolean;
  /** Its departments and tags may be listed, for people who choose from them. */
  readonly choices: boolean;
}

/**
 * Connectors claim what they can by their shape, so one is opened, with values that stand for what a person has yet to
 * enter; to open one calls nobody. Where even that is refused nobody knows, and a call for what it cannot do says so.
 */
export function abilitiesOf({ fields, open }: Pick<SyncerDefinition, 'fields' | 'open'>): Abilities {
  try {
    const syncer = open(standIns(fields), { concurrency: 1 });
    return { groups: isGroupSyncer(syncer), oneMember: isMemberLookup(syncer), choices: isDirectoryView(syncer) };
  } catch {
    return { groups: true, oneMember: true, choices: true };
  }
}

const standIns = (fields: readonly FormField[]): SyncerConfig =>
  Object.fromEntries(fields.filter(({ required }) => required).map((field) => [field.name, standIn(field)]));

function standIn({ kind, default: usual, options, emptyMeans }: FormField): unknown {
  if (usual !== undefined) return usual;
  switch (kind) {
    case 'number':
      return 1;
    case 'boolean':
      return false;
    case 'select':
      return options?.[0]?.value ?? '';
    case 'url':
      return emptyMeans ?? 'https://directory.example';
    case 'departments':
    case 'tags':
    case 'users':
    case 'mapping':
      return [];
    case 'expression':
      return '';
    case 'text':
    case 'password':
      return 'x';
  }
}
