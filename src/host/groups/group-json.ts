import { component, described, FLAG, list, record, ref, TEXT, WHOLE, type Keyed, type Shape } from '../http/schema.ts';

const NODE = {
  owner: TEXT,
  key: described(TEXT, 'Name of the group'),
  title: TEXT,
  type: TEXT,
  userCount: WHOLE,
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
  record({
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
    children: CHILDREN,
    isEnabled: FLAG,
    users: described(list(TEXT), 'ORG/NAME of each member'),
    userCount: WHOLE,
  }),
);
export type GroupJson = Shape<typeof GROUP.schema>;
