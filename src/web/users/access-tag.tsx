import { Tag, Tooltip } from 'antd';
import type { ReactNode } from 'react';
import type { UserJson } from '../../host/api.ts';
import { useMessages } from '../language/language.ts';

/** Whether somebody may sign in, and who decided otherwise. */
export function AccessTag({ user }: { readonly user: UserJson }): ReactNode {
  const words = useMessages().users;
  const closed = user.isDeleted || user.isForbidden;
  const by = user.isDeleted ? user.deletedBy : user.forbiddenBy;
  const tone = closed ? 'bad' : 'good';
  const label = user.isDeleted ? words.deleted : user.isForbidden ? words.forbidden : words.allowed;
  return (
    <div className="access">
      <Tag className={`mark mark-${tone}`} variant="filled">
        {label}
      </Tag>
      {closed && by !== null && <span className="quiet">{by === 'person' ? words.byPerson : words.bySyncer}</span>}
      {!closed && user.isAdmin && <span className="quiet">{words.administrator}</span>}
      {!closed && !user.isAdmin && user.heldBy === '' && (
        <Tooltip title={words.localHint}>
          <span className="quiet">{words.local}</span>
        </Tooltip>
      )}
    </div>
  );
}
