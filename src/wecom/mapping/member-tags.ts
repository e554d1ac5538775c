import { tagId, type ExternalId } from '../../syncer/external-id.ts';
import { text } from '../../syncer/text.ts';
import { present } from '../../syncer/present.ts';
import type { GroupProfile } from '../../syncer/profile.ts';
import type { Tag } from '../directory/tags.ts';
import { departmentsTold, type Member } from '../reading/member.ts';

/** A tag as what it becomes: beside the departments, and no part of their tree. */
export class TagGroup {
  readonly profile: GroupProfile;

  constructor(profile: GroupProfile) {
    this.profile = profile;
  }
}

/** What holds them together. */
const TOP = tagId('top');
const TOP_NAME = text('WeCom tags', '企业微信标签');

/** The tags that one member carries. */
interface CarriedTags {
  readonly groups: readonly ExternalId[];
  /** Those of which nobody can tell. */
  readonly undecided: readonly ExternalId[];
  /** Undefined: of one of them nobody can tell. */
  readonly names: readonly string[] | undefined;
}

const NONE: CarriedTags = { groups: [], undecided: [], names: [] };

/** Who carries the tags that were chosen. */
export class MemberTags {
  readonly #tags: readonly Tag[];
  readonly #byUserid = new Map<string, Tag[]>();
  readonly #byDepartment = new Map<number, Tag[]>();
  readonly #partly: readonly Tag[];

  constructor(tags: readonly Tag[]) {
    this.#tags = tags;
    this.#partly = tags.filter(({ unread }) => unread !== undefined);
    for (const tag of tags) {
      for (const userid of tag.userids) push(this.#byUserid, userid, tag);
      for (const id of tag.departments) push(this.#byDepartment, id, tag);
    }
  }

  /** The groups that the tags become, the one above them first; none where no tag was chosen. */
  get groups(): readonly TagGroup[] {
    if (this.#tags.length === 0) return [];
    const top: GroupProfile = {
      externalId: TOP,
      displayName: `${TOP_NAME.zh} (${TOP_NAME.en})`,
      parent: null,
      manager: null,
    };
    const profiles = this.#tags.map(({ id, name, unread }): GroupProfile => ({
      externalId: tagId(String(id)),
      parent: TOP,
      manager: null,
      ...present({ displayName: name, unread }),
    }));
    return [top, ...profiles].map((profile) => new TagGroup(profile));
  }

  of(member: Member): CarriedTags {
    if (this.#tags.length === 0) return NONE;
    const departments = departmentsTold(member);
    const carried = new Set(this.#byUserid.get(member.userid.toLowerCase()));
    for (const id of departments ?? []) for (const tag of this.#byDepartment.get(id) ?? []) carried.add(tag);
    // Of somebody without departments nobody knows whether a tag reaches him through one.
    const doubtful = departments ? this.#partly : this.#tags.filter((tag) => tag.unread || tag.departments.size > 0);
    const undecided = doubtful.filter((tag) => !carried.has(tag));
    const found = this.#tags.filter((tag) => carried.has(tag));
    return {
      groups: found.map(groupOf),
      undecided: undecided.map(groupOf),
      names: undecided.length > 0 ? undefined : found.flatMap(({ name }) => name ?? []),
    };
  }
}

export const NO_TAGS = new MemberTags([]);

const groupOf = ({ id }: Tag): ExternalId => tagId(String(id));

function push<K>(map: Map<K, Tag[]>, key: K, tag: Tag): void {
  const known = map.get(key);
  if (known) known.push(tag);
  else map.set(key, [tag]);
}
