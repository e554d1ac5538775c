import type { Random } from './random.ts';

/** A person's name as shown, and its two halves in ASCII for making a userid. */
export interface PersonName {
  readonly shown: string;
  readonly family: string;
  readonly given: string;
}

type Spelling = readonly [shown: string, ascii: string];

const FAMILIES: readonly Spelling[] = [
  ['王', 'wang'],
  ['李', 'li'],
  ['张', 'zhang'],
  ['刘', 'liu'],
  ['陈', 'chen'],
  ['杨', 'yang'],
  ['黄', 'huang'],
  ['赵', 'zhao'],
  ['吴', 'wu'],
  ['周', 'zhou'],
  ['徐', 'xu'],
  ['孙', 'sun'],
  ['马', 'ma'],
  ['朱', 'zhu'],
  ['胡', 'hu'],
  ['郭', 'guo'],
  ['何', 'he'],
  ['林', 'lin'],
  ['高', 'gao'],
  ['罗', 'luo'],
  ['欧阳', 'ouyang'],
  ['司马', 'sima'],
  ['諸葛', 'zhuge'],
  ['𠮷', 'ji'],
];

const GIVENS: readonly Spelling[] = [
  ['伟', 'wei'],
  ['芳', 'fang'],
  ['娜', 'na'],
  ['敏', 'min'],
  ['静', 'jing'],
  ['丽', 'li'],
  ['强', 'qiang'],
  ['磊', 'lei'],
  ['军', 'jun'],
  ['洋', 'yang'],
  ['勇', 'yong'],
  ['艳', 'yan'],
  ['杰', 'jie'],
  ['娟', 'juan'],
  ['涛', 'tao'],
  ['明', 'ming'],
  ['超', 'chao'],
  ['秀英', 'xiuying'],
  ['建国', 'jianguo'],
  ['子涵', 'zihan'],
  ['雨桐', 'yutong'],
  ['浩然', 'haoran'],
  ['梓萱', 'zixuan'],
  ['宇轩', 'yuxuan'],
  ['思远', 'siyuan'],
  ['晓彤', 'xiaotong'],
  ['俊熙', 'junxi'],
  ['嘉怡', 'jiayi'],
  ['龘', 'da'],
  ['獄', 'yu'],
];

const ENGLISH_FAMILIES = [
  "O'Brien",
  'Smith',
  'Müller',
  'García',
  'Nguyen',
  'Tan',
  'Kowalski',
  'Sørensen',
  'Wong',
  'van Dijk',
];
const ENGLISH_GIVENS = [
  'Alice',
  'Bob',
  'Chloé',
  'David',
  'Emma',
  'Félix',
  'Grace',
  'Henry',
  'Ivy',
  'Jack',
  'Zoë',
  'Noah',
];
const EMOJI = ['🌸', '🐼', '👩‍💻', '🎉', '🚀', '👨‍👩‍👧‍👦', '☕', '🇨🇳'];

const POSITIONS = [
  '工程师',
  '高级工程师',
  '产品经理',
  '市场专员',
  '财务主管',
  '人力资源经理',
  '副股长',
  '客户成功经理',
  '测试开发工程师',
  'Software Engineer',
  'Account Manager',
  'QA & Release Lead',
  '销售总监（华南）',
];

const DEPARTMENTS: readonly Spelling[] = [
  ['研发部', 'R&D'],
  ['市场部', 'Marketing'],
  ['销售部', 'Sales'],
  ['财务部', 'Finance'],
  ['人力资源部', 'Human Resources'],
  ['客户服务部', 'Customer Service'],
  ['法务部', 'Legal'],
  ['行政部', 'Administration'],
  ['采购部', 'Purchasing'],
  ['质量部', 'Quality'],
  ['信息技术部', 'IT'],
  ['华南大区', 'South China'],
  ['华东大区', 'East China'],
  ['Overseas', 'Overseas'],
  ['数据平台组', 'Data Platform'],
  ['前端组', 'Frontend'],
  ['后端组', 'Backend'],
  ['测试组', 'Testing'],
  ['其他（待设置部门）', 'Others'],
  ['创新实验室 🚀', 'Innovation Lab'],
];

const ADDRESSES = [
  '广州市海珠区新港中路',
  '北京市海淀区中关村大街 27 号',
  '上海市浦东新区世纪大道 100 号',
  '12 Science Park Drive, Singapore',
  '',
];

const asAscii = (text: string): string =>
  text
    .normalize('NFD')
    .replaceAll(/[^A-Za-z]/g, '')
    .toLowerCase();

/** Mostly Chinese, some English, now and then an emoji: as companies in WeCom look. */
export function personName(random: Random, wantsEmoji: boolean): PersonName {
  const emoji = wantsEmoji ? random.pick(EMOJI) : '';
  if (random.chance(0.12)) {
    const family = random.pick(ENGLISH_FAMILIES);
    const given = random.pick(ENGLISH_GIVENS);
    return { shown: `${given} ${family}${emoji}`, family: asAscii(family), given: asAscii(given) };
  }
  const [family, familyAscii] = random.pick(FAMILIES);
  const [given, givenAscii] = random.pick(GIVENS);
  return { shown: `${family}${given}${emoji}`, family: familyAscii, given: givenAscii };
}

export function englishName(random: Random): string {
  return random.pick(ENGLISH_GIVENS);
}

export function positionTitle(random: Random): string {
  return random.pick(POSITIONS);
}

/** Exactly 128 characters, the most that WeCom stores. */
export const LONGEST_POSITION = '高级副总裁兼首席架构师'.repeat(12).slice(0, 128);

export function streetAddress(random: Random): string {
  return random.pick(ADDRESSES);
}

export function departmentName(random: Random): { readonly name: string; readonly english: string } {
  const [name, english] = random.pick(DEPARTMENTS);
  return { name, english };
}
