import { CheckCircleFilled, MinusCircleFilled, WarningFilled } from '@ant-design/icons';
import type { ReactNode } from 'react';
import type { MappingTrialJson } from '../../../host/api.ts';
import type { Messages } from '../../language/english.ts';
import { useMessages } from '../../language/language.ts';
import './mapping-report.css';

type Field = MappingTrialJson['fields'][number];

/** What settings make of one member: who he is, whether he belongs, and each field with its steps. */
export function MappingReport({ trial }: { readonly trial: MappingTrialJson }): ReactNode {
  const words = useMessages().form.mappingTrial;
  const { member, inScope, detail, fields } = trial;
  const name = typeof member['name'] === 'string' ? member['name'] : '';
  return (
    <section className={`report ${inScope ? 'report-good' : 'report-bad'}`} aria-label={words.title}>
      <h3>
        {inScope ? (
          <CheckCircleFilled className="good" aria-hidden />
        ) : (
          <MinusCircleFilled className="bad" aria-hidden />
        )}
        {inScope ? words.inScope : words.outOfScope}
      </h3>
      <p>{detail}</p>
      <ul className="mapping-report">
        {fields.map((field) => (
          <FieldReport key={field.casdoorName} field={field} />
        ))}
      </ul>
      <details>
        <summary>{words.told(name)}</summary>
        <pre>{JSON.stringify(member, null, 2)}</pre>
      </details>
    </section>
  );
}

const titleOf = (casdoorName: string, words: Messages): string => {
  if (casdoorName === 'Name') return words.form.mappingTrial.name;
  const titles: Readonly<Record<string, string>> = words.accountFields;
  return titles[casdoorName.charAt(0).toLowerCase() + casdoorName.slice(1)] ?? casdoorName;
};

function FieldReport({ field }: { readonly field: Field }): ReactNode {
  const words = useMessages();
  const { mappingTrial } = words.form;
  const { casdoorName, before, value, steps, warning } = field;
  const shown = (text: string | null): string =>
    text === null ? mappingTrial.unknown : text === '' ? words.changes.emptyValue : text;
  const isChanged = before !== null && before !== value;
  return (
    <li>
      <strong>{titleOf(casdoorName, words)}</strong>
      <div>
        <p className="mapping-value">
          {isChanged && before !== '' && (
            <>
              <del>{before}</del> <span className="quiet">→</span>{' '}
            </>
          )}
          <ins className={value ? undefined : 'quiet'}>{shown(value)}</ins>
        </p>
        <ol>
          {steps.map(({ what, value: given }, index) => (
            // Steps have no name of their own: their place is which they are.
            <li key={index}>
              {what}: <span>{shown(given)}</span>
            </li>
          ))}
        </ol>
        {warning !== undefined && (
          <p className="mapping-warning">
            <WarningFilled aria-hidden /> {warning}
          </p>
        )}
      </div>
    </li>
  );
}
