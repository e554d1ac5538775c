const MARK = 'revoked:';

/** The token of a lease once it was revoked: no longer the one that was granted, and known to have been it. */
export const revoked = (token: string): string => (token.startsWith(MARK) ? token : `${MARK}${token}`);
