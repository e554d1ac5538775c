import { Tag } from 'antd';
import type { ReactNode } from 'react';
import type { ConfigurationChangeJson } from '../../host/api.ts';
import { useMessages } from '../language/language.ts';
import { linesOf } from './change-lines.ts';
import './difference.css';

const COLOURS = { add: 'green', update: 'blue', delete: 'red' } as const;

interface DifferenceProps {
  readonly label: string;
  readonly changes: readonly ConfigurationChangeJson[];
}

/** What becomes different, or became: a block per syncer and protection, a line per setting, before → after. */
export const Difference = ({ label, changes }: DifferenceProps): ReactNode => (
  <ul className="difference" aria-label={label}>
    {changes.map((change) => (
      <Changed key={`${change.kind} ${change.name}`} change={change} />
    ))}
  </ul>
);

function Changed({ change }: { readonly change: ConfigurationChangeJson }): ReactNode {
  const { configuration: words, changes: others } = useMessages();
  const { kind, name, action } = change;
  const lines = linesOf(change);
  const list = (
    <dl>
      {lines.map(({ key, before, after }) => (
        <div key={key}>
          <dt>
            <code>{key}</code>
          </dt>
          <dd>
            {action === 'delete' && after === undefined && <del>{before}</del>}
            {action !== 'delete' && action !== 'add' && (
              <>
                <del>{before ?? others.emptyValue}</del>
                <span className="quiet"> → </span>
              </>
            )}
            {action !== 'delete' && (
              // A secret is told by nothing but that it is another one.
              <ins>{before !== undefined && before === after ? words.otherSecret : (after ?? others.emptyValue)}</ins>
            )}
          </dd>
        </div>
      ))}
    </dl>
  );
  return (
    <li className={action === 'delete' ? 'difference-deleted' : undefined}>
      <div className="difference-head">
        <Tag color={COLOURS[action]} variant={action === 'delete' ? 'solid' : 'filled'}>
          {words.actions[action]}
        </Tag>
        <strong className="break">{name}</strong>
        <span className="quiet">{words.kinds[kind]}</span>
      </div>
      {action === 'delete' ? (
        <details>
          <summary>{words.settings(String(lines.length))}</summary>
          {list}
        </details>
      ) : (
        list
      )}
    </li>
  );
}
