import type { ProfileNote } from '../../syncer/profile.ts';
import { text } from '../../syncer/text.ts';
import type { Member } from '../reading/member.ts';

/** What apps made after 2022-06-20 do not get (docs 90196, 90201): the keys are absent from every answer. */
const TITLES_ZH = {
  mobile: '手机',
  email: '邮箱',
  biz_mail: '企业邮箱',
  avatar: '头像',
  gender: '性别',
  qr_code: '个人二维码',
  address: '地址',
} as const;
const PERSONAL_FIELDS = Object.keys(TITLES_ZH) as readonly (keyof typeof TITLES_ZH)[];

const WAY_OUT = text(
  'WeCom withholds them from apps made after 2022-06-20. Stored values stay as they are; people can release their own at sign-in (OAuth scope snsapi_privateinfo, fields chosen by an administrator in 应用管理), and an app made before that date still gets them.',
  '企业微信对 2022-06-20 之后创建的应用不再返回这些字段。已存储的值保持不变；成员可在登录时自行授权(OAuth snsapi_privateinfo，由管理员在应用管理中选择字段)，在该日期之前创建的应用仍可获取。',
);

/** Notices which personal fields never came in a whole read; one member without an address says nothing. */
export class HiddenFields {
  #missing = PERSONAL_FIELDS;
  #members = 0;

  observe(member: Member): void {
    this.#members += 1;
    for (const field of this.#missing) {
      if (member[field] === undefined) continue;
      this.#missing = this.#missing.filter((key) => member[key] === undefined);
      return;
    }
  }

  /** Empty as long as nobody was seen. */
  get names(): readonly (keyof typeof TITLES_ZH)[] {
    return this.#members > 0 ? this.#missing : [];
  }

  /**
   * One note for the whole read: fields that nobody mapped are missed by nobody.
   *
   * @param fed sources of the attribute mapping
   */
  note(fed: ReadonlySet<string>): ProfileNote | undefined {
    const isMissed = (field: string): boolean => {
      // The source `email` takes the company's mailbox where there is no other address.
      return fed.has(field) || (field === 'biz_mail' && fed.has('email') && this.names.includes('email'));
    };
    const names = this.names.filter(isMissed);
    if (names.length === 0) return undefined;
    const [en, zh] = [names.join(', '), names.map((name) => `${TITLES_ZH[name]}(${name})`).join('、')];
    return {
      code: 'fields-withheld',
      message: text(`No member came with ${en}. ${WAY_OUT.en}`, `所有成员都没有返回${zh}。${WAY_OUT.zh}`),
    };
  }

  static readonly remedy = WAY_OUT;
}
