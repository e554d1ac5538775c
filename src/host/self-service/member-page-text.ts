import { text, type Text } from '../../syncer/text.ts';

/** What the page of members says; `directory` is what people call the directory. */
export const PAGE = {
  title: text('Complete your data', '完善个人资料'),
  intro: (company: string, directory: Text): Text =>
    text(
      `${directory.en} does not tell ${company} how to reach you. You can do that yourself:`,
      `${directory.zh}不会向“${company}”提供您的以下资料，您可以自行提供：`,
    ),
  stepAgree: (directory: Text): Text =>
    text(`${directory.en} asks you which of it you agree to share.`, `${directory.zh}会询问您同意提供哪些资料。`),
  stepLook: text('You see here what would be stored.', '在此查看将要保存的内容。'),
  stepStore: text('Nothing is stored before you confirm.', '在您确认之前，不会保存任何内容。'),
  start: text('Continue', '继续'),
  harmless: text('You may decline. This page signs you in nowhere.', '您可以拒绝。此页面不会为您登录任何系统。'),
  look: text('Is this right?', '请确认以下内容'),
  lookFor: (userid: string): Text => text(`It goes into your account (${userid}).`, `将保存到您的账号(${userid})。`),
  before: text('Until now', '原值'),
  store: text('Save', '保存'),
  report: text('Tell an administrator', '提交给管理员'),
  leave: text('Not now', '暂不保存'),
  keptOut: text('Not saved', '不会保存'),
  nothingNew: text('Nothing is to be saved', '没有需要保存的内容'),
  nothingNewMore: text('Whatever you agreed to share is stored already.', '您同意提供的内容均已保存。'),
  stored: text('Saved', '已保存'),
  storedMore: text(
    'Thank you. Open this page again whenever something changes.',
    '感谢您的配合。资料有变动时，可再次打开此页面。',
  ),
  reportedToo: text(
    'Another account has one of the values; an administrator looks into it.',
    '其中有的值已被其他账号使用，将由管理员处理。',
  ),
  reported: text('An administrator looks into it', '已提交给管理员'),
  failed: text('That did not work', '操作未成功'),
  declined: text('Nothing was saved', '未保存任何内容'),
  missing: text('Not found', '页面不存在'),
  again: text('Begin again', '重新开始'),
  retry: text('Try again', '再试一次'),
} as const;
