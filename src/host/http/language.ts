import { together, type Text } from '../../syncer/text.ts';

export type Language = keyof Text;

/** Chinese when it is the first language that the client names; browsers list the preferred one first. */
export const languageOf = (acceptLanguage: string | undefined): Language =>
  /^\s*zh(?:$|[-_;,\s])/i.test(acceptLanguage ?? '') ? 'zh' : 'en';

/** One sentence, and what to do about it where that is known. */
export const sentence = (language: Language, message: Text, remedy?: Text | null): string =>
  (remedy ? together(message, remedy) : message)[language];

/** An object of the service, with one language in the place of two. */
export type InLanguage<T> = T extends Text
  ? string
  : T extends readonly (infer Entry)[]
    ? readonly InLanguage<Entry>[]
    : T extends object
      ? { readonly [Key in keyof T]: InLanguage<T[Key]> }
      : T;

const isText = (value: object): value is Text => 'en' in value && 'zh' in value;

export function inLanguage<T>(value: T, language: Language): InLanguage<T> {
  const read = (part: unknown): unknown => {
    if (Array.isArray(part)) return part.map(read);
    if (typeof part !== 'object' || part === null) return part;
    if (isText(part)) return part[language];
    return Object.fromEntries(Object.entries(part).map(([key, inner]) => [key, read(inner)]));
  };
  return read(value) as InLanguage<T>;
}
