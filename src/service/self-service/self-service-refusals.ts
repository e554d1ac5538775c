import { text, type Text } from '../../syncer/text.ts';
import { Refusal } from '../refusal.ts';

/** Nobody began this visit here, or it is over, or the code is good for nothing: whoever goes on sending such is guessing. */
export class VisitRefusal extends Refusal {
  override readonly name = 'Refusal';
}

/** Not now: what the member saw is kept, and he may ask for the same again. */
export class NotNow extends Refusal {
  override readonly name = 'Refusal';
}

/** Asked for too often. */
export class TooOften extends Refusal {
  override readonly name = 'Refusal';
}

/** There is no such page; which part of its address is wrong is nobody's business. */
export class NoSuchPage extends Refusal {
  override readonly name = 'Refusal';
  constructor() {
    super(
      text(
        'There is no such page. Ask your administrator for the right address.',
        '没有该页面，请向管理员索取正确的地址。',
      ),
    );
  }
}

export const NOT_BEGUN = text(
  'This page was not opened in this browser, or more than ten minutes ago. Begin again.',
  '此页面不是在当前浏览器中打开的，或已超过十分钟。请重新开始。',
);
export const USED = text(
  'This was done before. Begin again to change something.',
  '此操作已完成。如需修改，请重新开始。',
);
export const DECLINED = text('You declined. Nothing was stored.', '您已拒绝授权，未存储任何内容。');
export const TOO_OFTEN = text(
  'You have completed your data very often within an hour. Come back later.',
  '您在一小时内提交次数过多，请稍后再试。',
);
export const BUSY = text(
  'Accounts are being synced right now. Nothing is lost: tap again in a moment.',
  '正在同步账号。您的资料没有丢失，请稍后再点一次。',
);
export const NO_ANSWER = text(
  'There was no answer in time. Nothing was stored; try again in a moment. If it stays so, tell your administrator.',
  '未能及时得到响应，未存储任何内容，请稍后再试。如仍然如此，请告知管理员。',
);
export const NOT_ASKABLE = text(
  'Members of this type of syncer cannot complete their own data.',
  '该类型的同步器不支持成员自助完善资料。',
);

export const NOTHING_ASKED = text(
  'Your company asks for nothing here at present. Tell your administrator if that is wrong.',
  '企业目前没有需要您在此提供的资料。如有疑问，请告知管理员。',
);

export const STRANGER = (directory: Text): Text =>
  text(
    `You are not a member of this company in ${directory.en}, so there is nothing to complete here.`,
    `您不是该企业在${directory.zh}中的成员，无需在此完善资料。`,
  );
export const OTHER_CORP = text(
  'You belong to another company that is linked to this one. Complete your data there.',
  '您属于与本企业互联的其他企业，请在您所在的企业完善资料。',
);
export const OTHER_DIRECTORY = text(
  'Your company has connected another directory since you looked. Nothing was stored; begin again.',
  '您查看之后，企业已连接另一个通讯录，未存储任何内容。请重新开始。',
);
export const OUT_OF_SIGHT = text(
  'The app does not see you. Ask an administrator to add you to its visible range.',
  '您不在该应用的可见范围内，请联系管理员添加。',
);

/** Why a value that was given stays out. Whose account it is, is nobody's business. */
export const TAKEN = text(
  'Another account has this already. It is not stored; an administrator looks into it.',
  '该值已被其他账号使用，不会存储，将由管理员处理。',
);
export const KEPT = text(
  'Your company has entered another one. It stays; ask an administrator to change it.',
  '企业已录入其他值，保持不变。如需修改，请联系管理员。',
);
export const UNSTORABLE = text('This cannot be stored. Ask an administrator.', '该值无法存储，请联系管理员。');
