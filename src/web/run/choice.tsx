import { useMutation } from '@tanstack/react-query';
import { Button, type TableProps } from 'antd';
import type { ReactNode } from 'react';
import type { ChangeJson, ChangeKind, RunJson } from '../../host/api.ts';
import { getChanges } from '../api/calls.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { useNotices } from '../parts/notices.ts';

/** Numbers of the changes that are to be decided about, of a run that waits. */
export interface Chosen {
  readonly chosen: ReadonlySet<number>;
  readonly choose: (chosen: ReadonlySet<number>) => void;
}

interface ChoiceProps extends Chosen {
  readonly run: RunJson;
  readonly filter: { readonly kind: ChangeKind | undefined; readonly userid: string };
  /** How many the filter finds. */
  readonly total: number;
}

const CHOSEN_AT_ONCE = 500;

/** Chooses whatever the filter shows, on every page of it. */
export function Choice({ run, filter, total, chosen, choose }: ChoiceProps): ReactNode {
  const words = useMessages().run;
  const formats = useFormats();
  const { problem } = useNotices();
  const all = useMutation({
    mutationFn: async () => {
      const found = new Set(chosen);
      for (let page = 1; (page - 1) * CHOSEN_AT_ONCE < total; page += 1) {
        const { content } = await getChanges(run.id, { page, pageSize: CHOSEN_AT_ONCE }, { ...filter, state: 'held' });
        for (const { n } of content) found.add(n);
      }
      return found;
    },
    onSuccess: choose,
    onError: problem,
  });
  return (
    <div className="choice">
      <Button size="small" loading={all.isPending} onClick={() => all.mutate()}>
        {words.chooseAll(formats.number(total))}
      </Button>
      {chosen.size > 0 && (
        <Button size="small" type="text" onClick={() => choose(new Set())}>
          {words.chooseNone}
        </Button>
      )}
    </div>
  );
}

/** Rows of other pages stay chosen; only what waits can be. */
export const selectionOf = (
  rows: readonly ChangeJson[],
  { chosen, choose }: Chosen,
): NonNullable<TableProps<ChangeJson>['rowSelection']> => ({
  selectedRowKeys: [...chosen],
  getCheckboxProps: ({ displayName, state, userid }) => ({
    disabled: state !== 'held',
    'aria-label': displayName ?? userid,
  }),
  onChange: (keys) => {
    const shown = new Set(rows.map(({ n }) => n));
    choose(new Set([...[...chosen].filter((n) => !shown.has(n)), ...keys.map(Number).filter((n) => shown.has(n))]));
  },
});
