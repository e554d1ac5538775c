import {
  component,
  described,
  FLAG,
  list,
  orNull,
  record,
  ref,
  TEXT,
  TEXTS,
  WHOLE,
  type Keyed,
  type Shape,
} from '../http/schema.ts';

const KEYS = {
  owner: TEXT,
  name: TEXT,
  createdTime: TEXT,
  updatedTime: TEXT,
  displayName: TEXT,
  manager: TEXT,
  contactEmail: TEXT,
  type: TEXT,
  parentId: TEXT,
  parentName: TEXT,
  isTopGroup: FLAG,
  title: TEXT,
  key: TEXT,
  haveChildren: FLAG,
  isEnabled: FLAG,
  gidNumber: WHOLE,
  properties: TEXTS,
  userCount: WHOLE,
};

const NODE = {
  ...KEYS,
  key: described(TEXT, 'Name of the group'),
  title: described(TEXT, 'What it is called'),
  users: orNull(list(TEXT)),
};

/** A node of the tree, in Casdoor's shape. */
export interface GroupNodeJson extends Keyed<typeof NODE> {
  readonly children: readonly GroupNodeJson[];
}

const CHILDREN = list(ref<GroupNodeJson>('GroupNode'));
export const GROUP_NODE = component('GroupNode', record({ ...NODE, children: CHILDREN }));

/** A group in Casdoor's JSON, with what only lists show. */
export const GROUP = component(
  'Group',
  record({ ...KEYS, children: CHILDREN, users: described(list(TEXT), 'ORG/NAME of each member') }),
);
export type GroupJson = Shape<typeof GROUP.schema>;
