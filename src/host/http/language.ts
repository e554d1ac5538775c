import type { Text } from '../../syncer/text.ts';

export type Language = keyof Text;

/** Chinese when it is the first language that the client names; browsers list the preferred one first. */
export const languageOf = (acceptLanguage: string | undefined): Language =>
  /^\s*zh(?:$|[-_;,\s])/i.test(acceptLanguage ?? '') ? 'zh' : 'en';

/** One sentence, and what to do about it where that is known. */
export function sentence(language: Language, message: Text, remedy?: Text | null): string {
  if (!remedy) return message[language];
  return language === 'zh' ? `${message.zh}${remedy.zh}` : `${message.en} ${remedy.en}`;
}
