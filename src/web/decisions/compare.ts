/** A value of an account, and how it compares with what the directory says. */
export interface Compared {
  readonly value: string;
  /** `unknown`: one of the two is silent. */
  readonly how: 'same' | 'different' | 'unknown';
}

/** As a person compares: neither case, nor blanks, nor how a number is written make a difference. */
export function compare(told: string, value: string, isPhone = false): Compared {
  const key = (text: string): string =>
    isPhone ? text.replace(/\D/g, '') : text.trim().normalize('NFC').toLowerCase();
  const [one, other] = [key(told), key(value)];
  if (one === '' || other === '') return { value, how: 'unknown' };
  return { value, how: one === other ? 'same' : 'different' };
}

/** What an account has beside the member's own departments makes no difference: groups are not the directory's alone. */
export function compareGroups(
  told: readonly string[],
  groups: readonly string[],
  titled: (groups: readonly string[]) => string,
): Compared {
  const value = titled(groups);
  if (told.length === 0 || groups.length === 0) return { value, how: 'unknown' };
  const has = new Set(groups);
  return { value, how: told.every((group) => has.has(group)) ? 'same' : 'different' };
}
