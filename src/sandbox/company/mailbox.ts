import { userKey } from './member.ts';

/** A text that an app sent to one member. */
export interface Message {
  /** As `message/send` answers userids: in lower case. */
  readonly userid: string;
  readonly content: string;
  readonly at: number;
}

/** To one member at most so many in a minute; what is more is dropped, and nobody says so (doc 90236). */
const PER_MINUTE = 30;
/** So many a day for each member whom the corp may have (doc 90236). */
const PER_DAY_AND_HEAD = 200;
const DAY_MS = 86_400_000;

/** What members got from the app. */
export class Mailbox {
  #messages: Message[] = [];

  list(): readonly Message[] {
    return [...this.#messages];
  }

  /** Whether the day's limit lets so many more through. */
  accepts(count: number, heads: number): boolean {
    const since = Date.now() - DAY_MS;
    const today = this.#messages.filter(({ at }) => at > since).length;
    return today + count <= Math.max(1, heads) * PER_DAY_AND_HEAD;
  }

  deliver(userid: string, content: string): void {
    const at = Date.now();
    const key = userKey(userid);
    const lately = this.#messages.filter((one) => one.userid === key && one.at > at - 60_000).length;
    if (lately < PER_MINUTE) this.#messages.push({ userid: key, content, at });
  }

  clear(): void {
    this.#messages = [];
  }
}
