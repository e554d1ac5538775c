import type { ExternalKey } from '../../syncer/external-id.ts';
import { SIGN_IN_FIELDS } from '../../identity/account.ts';
import type { IdentityPage } from '../../identity/identity-store.ts';
import type { Done } from '../plan/undo.ts';
import type { RunContext } from './run-context.ts';

type SignInField = (typeof SIGN_IN_FIELDS)[number];

/** Whoever has a value: a member by his key, or an account that is nobody's of this syncer. */
type Holder = ExternalKey | typeof STRANGER;
const STRANGER = Symbol('an account that this syncer does not hold');

/** E-mail addresses and numbers that would return to an account, and that another one has by now. */
export class TakenContacts {
  readonly #context: RunContext;
  /** Everybody whose values return, by the field: what they have now, they have no more afterwards. */
  readonly #returning: Readonly<Record<SignInField, ReadonlySet<ExternalKey>>>;
  #strangers: Promise<Readonly<Record<SignInField, ReadonlySet<string>>>> | undefined;

  constructor(all: readonly Done[], context: RunContext) {
    const having = (field: SignInField): ReadonlySet<ExternalKey> =>
      new Set(all.flatMap(({ key, fields }) => (fields.has(field) ? key : [])));
    this.#returning = { email: having('email'), phone: having('phone') };
    this.#context = context;
  }

  /** @returns which of the fields of each of them must stay as they are */
  async among(page: IdentityPage, batch: readonly Done[]): Promise<ReadonlyMap<ExternalKey, ReadonlySet<string>>> {
    const email = await this.#blocked(page, batch, 'email');
    const phone = await this.#blocked(page, batch, 'phone');
    const fieldsOf = (key: ExternalKey): readonly string[] => [
      ...(email.has(key) ? ['email'] : []),
      // A number means nothing without its country.
      ...(phone.has(key) ? ['phone', 'countryCode'] : []),
    ];
    return new Map([...email, ...phone].map((key) => [key, new Set(fieldsOf(key))]));
  }

  async #blocked(page: IdentityPage, batch: readonly Done[], field: SignInField): Promise<ReadonlySet<ExternalKey>> {
    const wanted = new Map(
      batch.flatMap(({ key, fields }) => {
        const value = fields.get(field)?.before;
        return typeof value === 'string' && value !== '' ? [[key, value.toLowerCase()] as const] : [];
      }),
    );
    const blocked = new Set<ExternalKey>();
    if (wanted.size === 0) return blocked;
    const holders = await this.#holders(page, field, new Set(wanted.values()));
    // Two who exchanged theirs get them back; who stays as he is leaves nothing to another one.
    for (let before = -1; before < blocked.size;) {
      before = blocked.size;
      for (const [key, value] of wanted) {
        const leaves = (holder: Holder): boolean =>
          holder === key || (holder !== STRANGER && this.#returning[field].has(holder) && !blocked.has(holder));
        if (!(holders.get(value) ?? []).every(leaves)) blocked.add(key);
      }
    }
    return blocked;
  }

  async #holders(
    page: IdentityPage,
    field: SignInField,
    values: ReadonlySet<string>,
  ): Promise<ReadonlyMap<string, readonly Holder[]>> {
    const found = new Map<string, Holder[]>();
    const add = (value: string, holder: Holder): void => {
      found.set(value, [...(found.get(value) ?? []), holder]);
    };
    const [phones, emails] = field === 'phone' ? [[...values], []] : [[], [...values]];
    for (const { account, link } of await page.heldByContact(this.#context.scope, phones, emails)) {
      if (account?.isDeleted === false) add((account.values[field] ?? '').toLowerCase(), link.key);
    }
    const strangers = await (this.#strangers ??= this.#readStrangers());
    for (const value of values) if (strangers[field].has(value)) add(value, STRANGER);
    return found;
  }

  /** Once, for there is no index by these, and only when an address or a number is to return. */
  async #readStrangers(): Promise<Readonly<Record<SignInField, ReadonlySet<string>>>> {
    const { scope, store } = this.#context;
    const values = { email: new Set<string>(), phone: new Set<string>() };
    for await (const candidates of store.candidates(scope)) {
      for (const { account, isOurs } of candidates) {
        if (isOurs || account.isDeleted) continue;
        for (const field of SIGN_IN_FIELDS) values[field].add((account.values[field] ?? '').toLowerCase());
      }
    }
    return values;
  }
}
