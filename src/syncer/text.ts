/** One sentence for a person, in both languages of the product. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

/** Shorthand that keeps tables of sentences readable. */
export const text = (en: string, zh: string): Text => ({ en, zh });

/** A sentence, and what to do about it. */
export const together = (said: Text, remedy: Text): Text => text(`${said.en} ${remedy.en}`, `${said.zh}${remedy.zh}`);
