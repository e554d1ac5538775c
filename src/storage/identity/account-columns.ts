import { mergedProperties, statesProperties, type Account, type NewAccount } from '../../identity/account.ts';
import type { SyncerScope } from '../../identity/identity-store.ts';
import { checkText } from '../../identity/column-limits.ts';
import { PROFILE_FIELDS, type ProfileField, type ValueField } from '../../syncer/profile.ts';
import { propertyField, propertyKey } from '../../syncer/property.ts';
import { literalOf, type Column, type Constants, type Values } from '../bulk.ts';
import { columnOf, FRESH_USER, PROVIDER_COLUMNS, type UserProperty } from '../entities/casdoor/user-columns.ts';
import type { LiveColumns } from '../live-columns.ts';
import type { RowValues } from '../session.ts';
import { asBoolean, asList, asMap, asText, asTextIn, goJson } from '../text-value.ts';

/** Columns of `user` besides the profile's and the binding. */
const OTHERS = ['owner', 'name', 'id', 'is_admin', 'is_forbidden', 'is_deleted', 'groups'] as const;

/** The map of further values. */
const PROPERTIES = columnOf('properties');

/** With any key of the map, for they are read together. */
const ALL_FIELDS: readonly ValueField[] = [...PROFILE_FIELDS, propertyField('')];

function asProperties(stored: unknown): Readonly<Record<string, string>> | null {
  const map = asMap(stored);
  return map && Object.fromEntries(Object.entries(map).map(([key, value]) => [key, asTextIn(value)]));
}

/** Which columns of `user` a sync reads and writes, for one syncer on one database. */
export class AccountColumns {
  readonly #live: LiveColumns;
  readonly #binding: string;
  readonly #fields: readonly ProfileField[];
  /** Where each column stands in a row; -1 = the table lacks it. */
  readonly #places: Readonly<Record<(typeof OTHERS)[number] | 'binding', number>>;
  readonly #firstField: number;
  /** Whether the map of further values is read, after everything else. */
  readonly #hasProperties: boolean;
  /** For SELECT. */
  readonly names: readonly string[];

  /** @param fields the profile fields that somebody will look at; default all */
  constructor(live: LiveColumns, bindingColumn: string, fields: readonly ValueField[] = ALL_FIELDS) {
    this.#live = live;
    this.#binding = bindingColumn;
    const own = fields.filter((field): field is ProfileField => propertyKey(field) === undefined);
    this.#fields = own.filter((field) => live.has('user', columnOf(field)));
    this.#hasProperties = own.length < fields.length && live.has('user', PROPERTIES);
    const others = [...OTHERS, bindingColumn].filter((column) => live.has('user', column));
    this.#firstField = others.length;
    this.names = [...others, ...this.#fields.map(columnOf), ...(this.#hasProperties ? [PROPERTIES] : [])];
    const place = (column: string): number => others.indexOf(column);
    this.#places = {
      owner: place('owner'),
      name: place('name'),
      id: place('id'),
      binding: place(bindingColumn),
      is_admin: place('is_admin'),
      is_forbidden: place('is_forbidden'),
      is_deleted: place('is_deleted'),
      groups: place('groups'),
    };
  }

  /**
   * @param row the values of `names`, in that order; a column that the table lacks reads as empty
   * @param toGroups reads a stored list, for a caller who remembers lists
   */
  toAccount(row: RowValues, toGroups: (stored: unknown) => readonly string[] = asList): Account {
    const values: Partial<Record<ProfileField, string>> = {};
    let place = this.#firstField;
    for (const field of this.#fields) values[field] = asText(row[place++]);
    const places = this.#places;
    return {
      owner: asText(row[places.owner]),
      name: asText(row[places.name]),
      id: asText(row[places.id]),
      binding: asText(row[places.binding]),
      isAdmin: asBoolean(row[places.is_admin]),
      isForbidden: asBoolean(row[places.is_forbidden]),
      isDeleted: asBoolean(row[places.is_deleted]),
      groups: toGroups(row[places.groups]),
      values,
      ...(this.#hasProperties && { properties: asProperties(row[place]) }),
    };
  }

  /** The value as it is stored, once it is sure that every database takes it. */
  text(column: string, value: string): string {
    checkText(column, value, this.#live.limit('user', column));
    return value;
  }

  /** The rows of a multi-row insert; fields that are empty in all of them become constants. */
  forInsert(
    scope: SyncerScope,
    accounts: readonly NewAccount[],
    now: string,
  ): { readonly columns: readonly Column[]; readonly constants: Constants; readonly rows: readonly Values[] } {
    const live = (name: string): boolean => this.#live.has('user', name);
    const fields = this.#fields.filter((field) => accounts.some((account) => account.values[field]));
    const columns: Column[] = [];
    const readers: ((account: NewAccount) => string | boolean)[] = [];
    const vary = (name: string, read: (account: NewAccount) => string | boolean): void => {
      if (!live(name)) return;
      columns.push({ name, type: name === 'is_forbidden' ? 'boolean' : 'text' });
      readers.push(read);
    };
    const varyText = (name: string, read: (account: NewAccount) => string): void => {
      const limit = this.#live.limit('user', name);
      vary(name, (account) => {
        const value = read(account);
        checkText(name, value, limit);
        return value;
      });
    };
    varyText('owner', () => scope.organization);
    varyText('name', (account) => account.name);
    varyText('id', (account) => account.id);
    varyText(this.#binding, (account) => account.binding);
    varyText('register_source', () => scope.source);
    vary('created_time', () => now);
    vary('updated_time', () => now);
    vary('is_forbidden', (account) => account.isForbidden);
    varyText('groups', (account) => goJson(account.groups));
    for (const field of fields) varyText(columnOf(field), (account) => account.values[field] ?? '');

    if (accounts.some(({ values }) => statesProperties(values))) {
      varyText(PROPERTIES, ({ values }) => goJson(mergedProperties({}, values)));
    }

    const varied = new Set(columns.map(({ name }) => name));
    const constants: Record<string, string> = {};
    for (const [property, value] of Object.entries({ ...FRESH_USER, registerType: 'Add Users' })) {
      const name = columnOf(property as UserProperty);
      if (live(name) && !varied.has(name)) constants[name] = literalOf(value);
    }
    for (const name of PROVIDER_COLUMNS) if (live(name) && !varied.has(name)) constants[name] = literalOf('');
    return { columns, constants, rows: accounts.map((account) => readers.map((read) => read(account))) };
  }
}
