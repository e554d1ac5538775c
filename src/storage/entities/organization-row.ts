import { Column, Entity, PrimaryColumn } from 'typeorm';
import { present } from '../../syncer/present.ts';
import { organizationColumn, organizationColumns, type OrganizationValues } from './organization-columns.ts';

/** The organization, in Casdoor's table; its columns are declared in `ORGANIZATION_COLUMNS`. */
export const OrganizationRow = class OrganizationRow {} as new () => OrganizationValues;
export type OrganizationRow = OrganizationValues;

for (const [property, { type, length, key }] of organizationColumns()) {
  const options = { name: organizationColumn(property), ...present({ length }) };
  const decorate = key
    ? PrimaryColumn(type as 'varchar', options)
    : Column(type as 'varchar', { ...options, nullable: true });
  decorate(OrganizationRow.prototype as object, property);
}
Entity('organization', { synchronize: false })(OrganizationRow);
