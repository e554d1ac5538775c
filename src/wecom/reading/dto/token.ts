import { IsInt, IsOptional, Matches, Min } from './rules.ts';
import { AsInteger } from './transforms.ts';
import type { Keys } from './check.ts';

/** Answer of `gettoken` (doc 91039). */
export class TokenAnswer {
  /** 512 bytes at most by the documents; some room for a private deployment. It goes into a query, so other characters are none of a token. */
  @Matches(/^[\x21-\x7e]{1,4096}$/, { message: 'access_token is missing or not usable' })
  access_token = '';

  /** Seconds. */
  @IsOptional()
  @AsInteger()
  @IsInt({ message: 'expires_in is not a number' })
  @Min(1, { message: 'expires_in is not positive' })
  expires_in?: number;
}

export const TOKEN_KEYS: Keys<TokenAnswer> = ['access_token', 'expires_in'];
