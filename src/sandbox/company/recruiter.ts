import { englishName, LONGEST_POSITION, personName, positionTitle, streetAddress, type PersonName } from './names.ts';
import { userKey, type MemberRecord } from './member.ts';
import type { Random } from './random.ts';

const NOBODY: readonly string[] = [];
const CHINESE_PREFIXES = ['130', '133', '136', '138', '139', '150', '158', '159', '177', '186', '188', '199'];

/**
 * Every oddity comes back with this period, so that a company of a hundred people has each of them
 * and a small test need not be lucky. A prime, to keep it apart from any other rhythm.
 */
const PERIOD = 97;
const ODDITY = {
  longestPosition: 5,
  hexUserid: 7,
  mixedCaseUserid: 9,
  disabled: 11,
  dottedUserid: 13,
  mailUserid: 17,
  dashedUserid: 19,
  notActivated: 23,
  numericUserid: 29,
  emojiName: 31,
  quit: 37,
  disabledByEnableAlone: 41,
  bizMailOnly: 43,
  noContactAtAll: 47,
  fiveDepartments: 53,
  hongKong: 59,
  america: 61,
  germany: 67,
  japan: 71,
  disabledWithoutEnable: 73,
} as const;

/** Draws believable people, each userid new in the company. */
export class Recruiter {
  readonly #random: Random;
  readonly #isTaken: (key: string) => boolean;
  #serial = 0;

  constructor(random: Random, isTaken: (key: string) => boolean) {
    this.#random = random;
    this.#isTaken = isTaken;
  }

  /** Somebody new in one to five of `departments`, which must not be empty. */
  draw(departments: readonly number[]): MemberRecord {
    const random = this.#random;
    const serial = this.#serial;
    this.#serial += 1;
    const oddity = serial % PERIOD;
    const name = personName(random, oddity === ODDITY.emojiName);
    const userid = this.#userid(name, oddity, serial);
    const joined = this.#departments(departments, oddity);
    const status = this.#status(oddity);
    const local = `${name.given}.${name.family}${serial}`;
    const reachable = oddity !== ODDITY.noContactAtAll;
    const hasMail = reachable && oddity !== ODDITY.bizMailOnly && random.chance(0.85);
    return {
      serial,
      userid,
      name: name.shown,
      department: joined,
      main_department: joined[0] ?? 0,
      direct_leader: NOBODY,
      status,
      enable: this.#enable(status, oddity),
      gender: random.chance(0.03) ? undefined : random.pick(['1', '1', '2', '2', '0']),
      mobile: reachable ? this.#mobile(serial, oddity) : '',
      email: hasMail ? `${local}@acme.example` : random.chance(0.8) ? '' : undefined,
      biz_mail:
        reachable && (oddity === ODDITY.bizMailOnly || random.chance(0.6)) ? `${local}@mail.acme.example` : undefined,
      position: this.#position(oddity),
      telephone: random.chance(0.2) ? `020-${String(8_000_000 + (serial % 1_000_000))}` : '',
      alias: random.chance(0.05) ? undefined : random.chance(0.2) ? name.given : '',
      english_name: random.chance(0.3) ? englishName(random) : undefined,
      address: random.chance(0.5) ? streetAddress(random) : undefined,
      external_position: random.chance(0.1) ? positionTitle(random) : undefined,
      overrides: undefined,
    };
  }

  /** Another name than `current`, for a rename. */
  otherName(current: string): string {
    let drawn = personName(this.#random, false).shown;
    while (drawn === current) drawn = personName(this.#random, false).shown;
    return drawn;
  }

  #userid(name: PersonName, oddity: number, serial: number): string {
    const preferred = this.#spelling(name, oddity, serial);
    if (!this.#isTaken(userKey(preferred))) return preferred;
    let candidate = `${name.family}${name.given}${serial}`;
    while (this.#isTaken(userKey(candidate))) candidate = `${candidate}-${this.#random.below(1000)}`;
    return candidate;
  }

  #spelling({ family, given }: PersonName, oddity: number, serial: number): string {
    switch (oddity) {
      case ODDITY.hexUserid:
        return Array.from({ length: 4 }, () => this.#random.below(0xffff_ffff).toString(16).padStart(8, '0')).join('');
      case ODDITY.mixedCaseUserid:
        return `${capital(family)}${capital(given)}${serial}`;
      case ODDITY.dottedUserid:
        return `${given}.${family}.${serial}`;
      case ODDITY.mailUserid:
        return `${given}${serial}@acme.example`;
      case ODDITY.dashedUserid:
        return `${given}-${family}_${serial}`;
      case ODDITY.numericUserid:
        return `${200_000 + serial}`;
      default:
        return `${family}${given}`;
    }
  }

  #departments(departments: readonly number[], oddity: number): readonly number[] {
    const draw = this.#random.next();
    const wanted =
      oddity === ODDITY.fiveDepartments ? 5 : draw < 0.7 ? 1 : draw < 0.88 ? 2 : draw < 0.96 ? 3 : draw < 0.99 ? 4 : 5;
    const joined: number[] = [];
    for (let attempt = 0; joined.length < wanted && attempt < wanted * 3; attempt += 1) {
      const id = this.#random.pick(departments);
      if (!joined.includes(id)) joined.push(id);
    }
    return joined;
  }

  #status(oddity: number): number {
    switch (oddity) {
      case ODDITY.disabled:
      case ODDITY.disabledWithoutEnable:
        return 2;
      case ODDITY.notActivated:
        return 4;
      case ODDITY.quit:
        return 5;
      case ODDITY.disabledByEnableAlone:
        return 1;
      default: {
        const draw = this.#random.next();
        return draw < 0.94 ? 1 : draw < 0.98 ? 4 : 2;
      }
    }
  }

  /** Undocumented today and still on the wire for many, absent for others (doc 90201). */
  #enable(status: number, oddity: number): number | undefined {
    if (oddity === ODDITY.disabledByEnableAlone) return 0;
    if (oddity === ODDITY.disabledWithoutEnable || this.#random.chance(0.15)) return undefined;
    return status === 2 ? 0 : 1;
  }

  #mobile(serial: number, oddity: number): string {
    // 48271 shares no factor with ten: the last eight digits repeat only after 100 million people.
    const digits = String((serial * 48_271 + 12_345_678) % 100_000_000).padStart(8, '0');
    const seven = digits.slice(1);
    switch (oddity) {
      case ODDITY.hongKong:
        return `+852 94${digits.slice(2)}`;
      case ODDITY.america:
        return `+1212${2_000_000 + (Number(seven) % 7_000_000)}`;
      case ODDITY.germany:
        return `+49151${digits}`;
      case ODDITY.japan:
        return `+81901${seven}`;
      default:
        return this.#random.chance(0.03) ? '' : `${this.#random.pick(CHINESE_PREFIXES)}${digits}`;
    }
  }

  #position(oddity: number): string | undefined {
    if (oddity === ODDITY.longestPosition) return LONGEST_POSITION;
    const draw = this.#random.next();
    return draw < 0.02 ? undefined : draw < 0.1 ? '' : positionTitle(this.#random);
  }
}

function capital(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1);
}
