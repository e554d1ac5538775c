import { Column, Entity, PrimaryColumn } from 'typeorm';
import { present } from '../../syncer/present.ts';
import { columnOf, userColumns, type UserValues } from './user-columns.ts';

/** The account, in Casdoor's table; its columns are declared in `USER_COLUMNS`. */
export const UserRow = class UserRow {} as new () => UserValues;
export type UserRow = UserValues;

for (const [property, { type, length, key }] of userColumns()) {
  const options = { name: columnOf(property), ...present({ length }) };
  const decorate = key
    ? PrimaryColumn(type as 'varchar', options)
    : Column(type as 'varchar', { ...options, nullable: true });
  decorate(UserRow.prototype as object, property);
}
Entity('user', { synchronize: false })(UserRow);
