import { Column, Entity, PrimaryColumn } from 'typeorm';
import { present } from '../../../syncer/present.ts';
import { columnName } from '../../text-value.ts';
import { organizationColumns, type OrganizationValues } from './organization-columns.ts';
import { userColumns, type UserValues } from './user-columns.ts';

interface ColumnKind {
  readonly type: string;
  readonly length?: number;
  readonly key?: boolean;
}

/** Makes a class the row of a table of Casdoor's, which TypeORM never changes. */
function mapCasdoor(
  row: new () => object,
  table: string,
  columns: readonly (readonly [property: string, ColumnKind])[],
): void {
  for (const [property, { type, length, key }] of columns) {
    const options = { name: columnName(property), ...present({ length }) };
    const decorate = key
      ? PrimaryColumn(type as 'varchar', options)
      : Column(type as 'varchar', { ...options, nullable: true });
    decorate(row.prototype as object, property);
  }
  Entity(table, { synchronize: false })(row);
}

/** The account, in Casdoor's table; its columns are declared in `USER_COLUMNS`. */
export const UserRow = class UserRow {} as new () => UserValues;
export type UserRow = UserValues;
mapCasdoor(UserRow, 'user', userColumns());

/** The organization, in Casdoor's table; its columns are declared in `ORGANIZATION_COLUMNS`. */
export const OrganizationRow = class OrganizationRow {} as new () => OrganizationValues;
export type OrganizationRow = OrganizationValues;
mapCasdoor(OrganizationRow, 'organization', organizationColumns());
