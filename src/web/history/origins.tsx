import type { ReactNode } from 'react';
import { propertyKey, type FieldValue, type Origin, type OriginsJson, type UserJson } from '../../host/api.ts';
import { useMessages } from '../language/language.ts';
import { useShown } from '../run/field-changes.tsx';

interface OriginsProps {
  readonly origins: OriginsJson['origins'];
  /** Absent: its values are not known here. */
  readonly account: UserJson | undefined;
  /** What groups are called, by `ORG/GROUP`. */
  readonly titles: ReadonlyMap<string, string>;
}

/** Who wrote the values that an account has. */
export function Origins({ origins, account, titles }: OriginsProps): ReactNode {
  const messages = useMessages();
  const words = messages.history;
  const shown = useShown(titles);
  const labels: Readonly<Record<string, string>> = { ...messages.otherFields, ...messages.accountFields };
  // Whom runs leave alone is no value of his account.
  const fields = Object.entries(origins).filter(([field]) => field !== 'protection');
  const written = fields.filter(([, origin]) => origin !== 'never');
  const never = fields.filter(([, origin]) => origin === 'never').map(([field]) => labels[field] ?? field);
  return (
    <section className="panel origins" aria-labelledby="origins-title">
      <h2 id="origins-title">{words.origins}</h2>
      <dl>
        {written.map(([field, origin]) => (
          <div key={field}>
            <dt className="quiet">{labels[field] ?? field}</dt>
            <dd className="break">
              {account !== undefined && <span>{shown(valueOf(account, field))}</span>}
              <OriginMark origin={origin} />
            </dd>
          </div>
        ))}
      </dl>
      {never.length > 0 && <p className="quiet">{words.never(never.join(messages.listComma))}</p>}
    </section>
  );
}

function OriginMark({ origin }: { readonly origin: Origin }): ReactNode {
  return <span className={`origin origin-${origin}`}>{useMessages().history.from[origin]}</span>;
}

function valueOf(account: UserJson, field: string): FieldValue {
  const key = propertyKey(field);
  if (key !== undefined) return account.properties[key] ?? null;
  const value = (account as unknown as Readonly<Record<string, unknown>>)[field];
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' || typeof value === 'boolean' ? value : null;
}
