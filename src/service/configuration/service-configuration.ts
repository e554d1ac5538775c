import type { ServiceParts } from '../assemble-service.ts';
import { actorOf, type DecisionOptions } from '../decisions/service-decisions.ts';
import { requiredWord } from '../decisions/decision-input.ts';
import { Refusal } from '../refusal.ts';
import { readFlag, readObject, wrongField } from '../syncers/field-readers.ts';
import { text } from '../../syncer/text.ts';
import type { DriftObject } from './configuration-drift.ts';
import { changesShown, type ConfigurationChangeObject } from './configuration-change.ts';
import type { ReferenceReader } from './syncer-difference.ts';

export interface CompareOptions {
  /** What the text does not name counts as to be deleted, in the organizations and of the lists that it names. */
  readonly prune?: boolean;
  /** Finds what `${env:…}` and `${file:…}` in the text name; absent: a reference is refused. */
  readonly read?: ReferenceReader;
}

export interface ApplyConfigurationOptions extends CompareOptions, DecisionOptions {
  /** What `compare` answered: where the difference is another one by now, nothing is done. */
  readonly reviewed?: readonly ConfigurationChangeObject[];
}

/** Syncers and protections as YAML that can be reviewed, moved and restored. */
export class ServiceConfiguration {
  readonly #parts: Pick<ServiceParts, 'configuration'>;

  /** @internal */
  constructor(parts: Pick<ServiceParts, 'configuration'>) {
    this.#parts = parts;
  }

  /**
   * Of one organization or of all, with `***` in place of each secret.
   *
   * @throws Refusal for what is no name
   */
  async export(organization?: string): Promise<string> {
    return this.#parts.configuration.export(organizationIn(organization), 'masked');
  }

  /**
   * What stands otherwise than the text says; nothing is changed.
   *
   * @throws Refusal that names line and column, and what to change
   */
  async compare(yaml: string, options: CompareOptions = {}): Promise<readonly ConfigurationChangeObject[]> {
    const { configuration } = this.#parts;
    const wish = optionsIn(options);
    return changesShown(await configuration.compare(await configuration.read(textIn(yaml)), wish));
  }

  /**
   * Makes it so, all of it or nothing; again it changes nothing. Never waits for a sync.
   *
   * @returns what was changed
   * @throws Refusal that names line and column, and what to change; StaleRecordError when somebody saved one of the
   *   syncers meanwhile. Nothing was stored
   */
  async apply(yaml: string, options: ApplyConfigurationOptions = {}): Promise<readonly ConfigurationChangeObject[]> {
    const { configuration } = this.#parts;
    const [wish, actor] = [optionsIn(options), actorOf({ by: options.by })];
    const { reviewed } = options;
    if (reviewed !== undefined && !Array.isArray(reviewed)) {
      throw wrongField('reviewed', 'must be what "compare" answered', '必须是 compare 返回的结果');
    }
    const wanted = await configuration.read(textIn(yaml));
    return changesShown(await configuration.apply(wanted, { ...wish, actor, ...(reviewed && { reviewed }) }));
  }

  /**
   * Of one organization, or of each in which a text was applied.
   *
   * @throws Refusal for what is no name
   */
  async drift(organization?: string): Promise<readonly DriftObject[]> {
    return this.#parts.configuration.drift(organizationIn(organization));
  }
}

/** Absent: all of them; a name that is empty is none, lest a host that lost it is shown everybody's. */
const organizationIn = (organization?: unknown): string | undefined =>
  organization === undefined ? undefined : requiredWord({ organization }, 'organization');

function optionsIn(options: CompareOptions) {
  const { prune = false, read } = readObject('options', options) as CompareOptions;
  if (read !== undefined && typeof read !== 'function') throw wrongField('read', 'must be a function', '必须是函数');
  return { prune: readFlag('prune', prune), ...(read && { read }) };
}

function textIn(yaml: unknown): string {
  if (typeof yaml === 'string') return yaml;
  throw new Refusal(text('"yaml" must be text.', '“yaml”必须是文本。'));
}
