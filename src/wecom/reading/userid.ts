/** 1 to 64 bytes of letters, digits and `_ - @ .`, the first a letter or digit (doc 90195). */
export const USERID = /^[A-Za-z0-9][A-Za-z0-9_@.-]{0,63}$/;

/** The userid when it is one that accounts can be keyed by, numbers turned to text. */
export const useridOf = (value: unknown): string | undefined => {
  // A number beyond 2^53 has lost digits on the way: it would name somebody else.
  const spelt = typeof value === 'number' && Number.isSafeInteger(value) ? String(value) : value;
  return typeof spelt === 'string' && USERID.test(spelt) ? spelt : undefined;
};
