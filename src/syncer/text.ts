/** One sentence for a person, in both languages of the product. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

/** Shorthand that keeps tables of sentences readable. */
export const text = (en: string, zh: string): Text => ({ en, zh });
