import type { FormField, SyncerDefinition } from '../../syncer/definition.ts';
import type { Abilities } from '../../service/syncers/abilities.ts';
import type { Language } from '../http/language.ts';
import { component, described, FLAG, list, record, TEXT, type Schema, type Shape } from '../http/schema.ts';

const DEFAULT: Schema<NonNullable<FormField['default']>> = {};

const FORM_FIELD = record(
  {
    name: TEXT,
    label: TEXT,
    labelZh: TEXT,
    kind: TEXT as Schema<FormField['kind']>,
    required: FLAG,
    secret: FLAG,
    help: TEXT,
    helpZh: TEXT,
    multiline: FLAG,
    options: list(record({ value: TEXT, label: TEXT, labelZh: TEXT })),
    default: DEFAULT,
    listsMembers: described(FLAG, 'With it everybody can be listed, so there are roster checks'),
    asksMembers: described(
      record({ steps: list(TEXT), stepsZh: list(TEXT) }),
      'With it members can be asked to complete their own data, once these steps are done in the directory',
    ),
  },
  ['multiline', 'options', 'default', 'listsMembers', 'asksMembers'],
);

/** One input of the form of a type; its texts come in both languages. */
export type FormFieldJson = Shape<typeof FORM_FIELD>;

const DEFAULTS: Schema<Readonly<Record<string, unknown>>> = {
  type: 'object',
  description: 'What a new syncer of this type begins with',
};

/** A type of directory, with what its form is drawn from. */
export const SYNCER_TYPE = component(
  'SyncerType',
  record({
    type: TEXT,
    title: TEXT,
    fields: list(FORM_FIELD),
    defaults: DEFAULTS,
    can: described(record({ groups: FLAG, oneMember: FLAG, choices: FLAG }), 'What the type can do beside full runs'),
  }),
);
export type SyncerTypeJson = Shape<typeof SYNCER_TYPE.schema>;

/** @param pageUrl where the page is, as far as it is known: a definition cannot know where directories may call */
export function syncerTypeJson(
  { type, title, fields, callbackPath }: SyncerDefinition,
  {
    defaults,
    can,
    language,
    pageUrl,
  }: Pick<SyncerTypeJson, 'defaults'> & {
    readonly can: Abilities;
    readonly language: Language;
    readonly pageUrl: string;
  },
): SyncerTypeJson {
  const address = `/api/${callbackPath ?? ''}/`;
  const placed = (help: string): string =>
    callbackPath === undefined ? help : help.replaceAll(address, `${pageUrl}${address}`);
  const shown = fields.map((field) => ({
    ...formFieldJson(field),
    help: placed(field.help),
    helpZh: placed(field.helpZh),
  }));
  return { type, title: title[language], fields: shown, defaults, can };
}

/** Without what only the host reads. */
const formFieldJson = ({
  neverSent: _secret,
  emptyMeans: _address,
  formerly: _before,
  ...shown
}: FormField): FormFieldJson => shown;
