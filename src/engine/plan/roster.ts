import type { AccountLink } from '../../identity/account.ts';
import { keyOf, type ExternalId, type ExternalKey } from '../../syncer/external-id.ts';
import type { DirectoryRoster, ListedMember } from '../../syncer/syncer.ts';

/** Somebody whom the roster shows otherwise than we hold him. */
export interface Sighting {
  /** Under which he is held, if he is. */
  readonly key: ExternalKey;
  readonly id: ExternalId;
  readonly isHeld: boolean;
  /** What was found: found once more it is no news. */
  readonly sign: string;
}

/** What the roster shows otherwise than we hold it. */
export interface RosterDifference {
  /** Newcomers, movers and whoever is back: only their records tell what is to be done. */
  readonly present: readonly Sighting[];
  /** Not named, and no run took their access. */
  readonly missing: readonly Sighting[];
  /** Everybody who is held and not named. */
  readonly away: ReadonlySet<ExternalKey>;
}

/** What is known beside the roster and the links. */
export interface HeldBefore {
  /** Memberships (`ORG/<group name>`) by department; absent: memberships are nobody's concern. */
  readonly groupNames?: ReadonlyMap<ExternalKey, string>;
  /** Who was away when the roster was read last. */
  readonly away: ReadonlySet<ExternalKey>;
  /** Leavers who keep their access for a while. */
  readonly waiting: ReadonlySet<ExternalKey>;
}

/** Lays a roster beside the links, page by page. */
export class RosterComparison {
  readonly #before: HeldBefore;
  readonly #unheld: Map<ExternalKey, ListedMember>;
  readonly #members: ReadonlyMap<ExternalKey, ListedMember>;
  /** Memberships that stand for a department which a run reads: others are not the roster's to compare. */
  readonly #read: ReadonlySet<string>;
  readonly #present: Sighting[] = [];
  readonly #missing: Sighting[] = [];
  readonly #away = new Set<ExternalKey>();

  constructor({ members, groups }: DirectoryRoster, before: HeldBefore) {
    this.#before = before;
    this.#members = new Map(members.map((member) => [keyOf(member.id), member]));
    this.#unheld = new Map(this.#members);
    this.#read = new Set(groups.flatMap((id) => before.groupNames?.get(keyOf(id)) ?? []));
  }

  add(links: readonly AccountLink[]): void {
    for (const link of links) this.#addLink(link);
  }

  #addLink(link: AccountLink): void {
    const { key, externalId: id, forbiddenBy, deletedBy } = link;
    // A link whose key and id were parted by hand is of somebody whom either of them names.
    const member = this.#members.get(key) ?? this.#members.get(keyOf(id));
    if (!member) {
      this.#away.add(key);
      const isLocked = forbiddenBy !== null || deletedBy !== null;
      if (!isLocked) this.#missing.push({ key, id, isHeld: true, sign: 'away' });
      return;
    }
    this.#unheld.delete(keyOf(member.id));
    this.#unheld.delete(key);
    const sign = this.#signOf(link, member);
    if (sign !== undefined) this.#present.push({ key, id: member.id, isHeld: true, sign });
  }

  /** Undefined: as we hold him. */
  #signOf({ key, groups, forbiddenBy, deletedBy }: AccountLink, member: ListedMember): string | undefined {
    const { away, groupNames, waiting } = this.#before;
    const isOut = forbiddenBy === 'syncer' || deletedBy === 'syncer';
    if (member.groups.length > 0 && (waiting.has(key) || (isOut && away.has(key)))) return 'back';
    if (!groupNames) return undefined;
    const named = member.groups.flatMap((id) => groupNames.get(keyOf(id)) ?? []);
    const wanted = [...new Set(named)].toSorted().join(' ');
    const stands = groups
      .filter((group) => this.#read.has(group))
      .toSorted()
      .join(' ');
    return wanted === stands ? undefined : `${stands} -> ${wanted}`;
  }

  /** After the last page of links. */
  difference(): RosterDifference {
    const newcomers = [...this.#unheld].flatMap(([key, { id, groups }]) =>
      // Who is in none of the departments that are read may still be shown by a full run, one by one or by a tag.
      groups.length > 0 ? [{ key, id, isHeld: false, sign: `new ${groups.toSorted().join(' ')}` }] : [],
    );
    return { present: [...this.#present, ...newcomers], missing: this.#missing, away: this.#away };
  }
}
