/** One way of a member to his page and back. */
export interface Visit {
  readonly syncerId: string;
  readonly state: string;
}

/** The visits of members, whichever host serves each of their steps. */
export interface VisitStore {
  /** What a browser keeps of a visit that it began; nobody else can make one. */
  seal(text: string, syncerId: string): string;
  /** @returns undefined for what was not sealed here, or for another syncer */
  open(sealed: string, syncerId: string): string | undefined;
  /** @returns whether nobody came back with this state before; of several at once exactly one is told so */
  begin(visit: Visit, keepMs: number): Promise<boolean>;
  /** Keeps what a member would give, until he says that it is to be stored. */
  keep(visit: Visit, member: string, content: string): Promise<void>;
  /** Takes what is kept, to store it; that counts as done. Of several at once exactly one gets it. */
  take(
    visit: Visit,
    limit: { readonly most: number; readonly withinMs: number },
  ): Promise<{ readonly content: string } | 'tooMany' | undefined>;
  /** What was taken could not be stored now: it may be taken again, and did not count. */
  putBack(visit: Visit, content: string, keepMs: number): Promise<void>;
  /** Forgets what is over. */
  prune(): Promise<void>;
}
