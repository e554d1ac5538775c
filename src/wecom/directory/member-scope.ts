import type { ScopeAnswer } from '../../syncer/syncer.ts';
import { text } from '../../syncer/text.ts';
import { MalformedMember, RosterMember, UndecidedMember, type WeComMember } from '../reading/member.ts';

export interface ScopeQuestion {
  readonly member: WeComMember;
  readonly excluded: boolean;
  /** Departments that a full run would read. */
  readonly chosen: ReadonlySet<number>;
  readonly partial: boolean;
  /** Whether the visible range of the app names this member; undefined = nobody asked, for want of an Agent ID. */
  readonly isNamed?: boolean;
}

export const EXCLUDED_BY_NAME = text(
  'The scope leaves this member out by name (excludeUsers).',
  '同步范围按 userid 排除了该成员(excludeUsers)。',
);
export const OUTSIDE_SCOPE = text('In none of the departments of the scope.', '不在同步范围内的任何部门中。');

const yes = (en: string, zh: string): ScopeAnswer => ({ inScope: true, detail: text(en, zh) });
const no = (en: string, zh: string): ScopeAnswer => ({ inScope: false, detail: text(en, zh) });

export const answerScope = ({ member, excluded, chosen, partial, isNamed }: ScopeQuestion): ScopeAnswer => {
  if (excluded) return { inScope: false, detail: EXCLUDED_BY_NAME };
  if (member instanceof MalformedMember || member instanceof RosterMember || member instanceof UndecidedMember) {
    return no('The record of this member cannot be read.', '无法读取该成员的记录。');
  }
  const found = (member.department ?? []).filter((id) => chosen.has(id));
  if (found.length > 0) {
    return yes(`In department ${found.join(', ')}, which is read.`, `位于会被读取的部门 ${found.join('、')}。`);
  }
  if (partial) return { inScope: false, detail: OUTSIDE_SCOPE };
  if (isNamed) {
    return yes('Visible one by one or by tag, and read through the Agent ID.', '单独或按标签可见，通过 AgentId 读取。');
  }
  return isNamed === false
    ? no(
        'In no visible department, and not named by the visible range of the app.',
        '不在任何可见部门，应用可见范围也未单独包含该成员。',
      )
    : no(
        'In no visible department; fill in the Agent ID to read members who are visible one by one.',
        '不在任何可见部门；如需读取单独可见的成员，请填写 AgentId。',
      );
};
