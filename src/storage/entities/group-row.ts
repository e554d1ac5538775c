import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The group: Casdoor's table, all sixteen columns. */
@Entity('group', { synchronize: false })
export class GroupRow {
  @PrimaryColumn('varchar', { length: 100 })
  owner!: string;

  @PrimaryColumn('varchar', { length: 100 })
  name!: string;

  @Column('varchar', { name: 'created_time', length: 100, nullable: true })
  createdTime!: string | null;

  @Column('varchar', { name: 'updated_time', length: 100, nullable: true })
  updatedTime!: string | null;

  @Column('varchar', { name: 'display_name', length: 100, nullable: true })
  displayName!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  manager!: string | null;

  @Column('varchar', { name: 'contact_email', length: 100, nullable: true })
  contactEmail!: string | null;

  @Column('varchar', { length: 100, nullable: true })
  type!: string | null;

  @Column('varchar', { name: 'parent_id', length: 100, nullable: true })
  parentId!: string | null;

  @Column('boolean', { name: 'is_top_group', nullable: true })
  isTopGroup!: boolean | null;

  @Column('varchar', { length: 255, nullable: true })
  title!: string | null;

  @Column('varchar', { length: 255, nullable: true })
  key!: string | null;

  @Column('text', { nullable: true })
  children!: string | null;

  @Column('boolean', { name: 'is_enabled', nullable: true })
  isEnabled!: boolean | null;

  @Column('int', { name: 'gid_number', nullable: true })
  gidNumber!: number | null;

  @Column('text', { nullable: true })
  properties!: string | null;
}

/** What a new group has where nothing is said of it, as Casdoor stores it. */
export const FRESH_GROUP = {
  type: 'Virtual',
  contactEmail: '',
  title: '',
  key: '',
  children: 'null',
  isEnabled: true,
  gidNumber: 0,
  properties: '{}',
} as const satisfies Partial<GroupRow>;
