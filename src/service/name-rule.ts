import { fitsCharacters } from '../syncer/characters.ts';
import { text } from '../syncer/text.ts';
import { Refusal } from './refusal.ts';

const FORBIDDEN = '/?:#&%=+;';

/**
 * Names become parts of ids and URLs.
 *
 * @throws Refusal, for forbidden characters in Casdoor's words
 */
export function checkName(key: string, name: string, longest = 100): void {
  if (name === '') throw new Refusal(text(`Field '${key}' is missing.`, `缺少字段“${key}”。`));
  if (/[/?:#&%=+;]/.test(name)) {
    throw new Refusal(
      text(
        `Field '${key}' contains forbidden characters: "${FORBIDDEN}"`,
        `字段“${key}”不能包含以下字符：${FORBIDDEN}`,
      ),
    );
  }
  // Control characters, and blanks at the ends, make two names that look the same.
  if (/\p{Cc}|\p{Cf}/u.test(name) || name !== name.trim()) {
    throw new Refusal(text(`Field '${key}' contains characters that cannot be seen.`, `字段“${key}”包含不可见字符。`));
  }
  if (!fitsCharacters(name, longest)) {
    throw new Refusal(
      text(`Field '${key}' is longer than ${longest} characters.`, `字段“${key}”超过 ${longest} 个字符。`),
    );
  }
}
