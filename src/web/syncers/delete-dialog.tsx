import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Radio } from 'antd';
import { useId, useState, type ReactNode } from 'react';
import type { SyncerJson } from '../../host/api.ts';
import { deleteSyncer, getSyncers, type Leavings } from '../api/calls.ts';
import { useMessages } from '../language/language.ts';
import { Dialog } from '../parts/dialog.tsx';
import { useNotices } from '../parts/notices.ts';
import './delete-dialog.css';

/** More than an organization will ever have for one company. */
const MOST_HEIRS = 100;

/** Asks what is to become of what a syncer made, and deletes it. */
export function DeleteDialog({
  syncer,
  close,
}: {
  readonly syncer: SyncerJson;
  readonly close: () => void;
}): ReactNode {
  const words = useMessages();
  const queries = useQueryClient();
  const labelId = useId();
  const { done, problem } = useNotices();
  const [choice, setChoice] = useState('keep');
  const others = useQuery({
    queryKey: ['syncers', syncer.organization, 'heirs'],
    queryFn: () => getSyncers(syncer.organization, { page: 1, pageSize: MOST_HEIRS }),
  });
  // Only who reads the same company knows the same people by the same ids.
  const heirs = (others.data?.content ?? []).filter(
    ({ name, type, user }) => name !== syncer.name && type === syncer.type && user === syncer.user,
  );
  const { mutate, isPending } = useMutation({
    mutationFn: () => deleteSyncer(syncer, leavingsOf(choice)),
    async onSuccess({ remark }) {
      close();
      done(`${words.syncers.deleted(syncer.name)} ${remark}`.trim());
      await queries.invalidateQueries({ queryKey: ['syncers'] });
    },
    onError(error) {
      close();
      problem(error);
    },
  });
  return (
    <Dialog
      title={words.syncers.deleteTitle(syncer.name)}
      confirm={words.delete}
      danger
      busy={isPending}
      onConfirm={() => mutate()}
      onCancel={close}
    >
      <p>{words.syncers.deleteText}</p>
      <p id={labelId}>{words.syncers.leavings}</p>
      <LeavingsChoice labelId={labelId} heirs={heirs} value={choice} onChange={setChoice} />
    </Dialog>
  );
}

interface LeavingsChoiceProps {
  readonly labelId: string;
  readonly heirs: readonly SyncerJson[];
  readonly value: string;
  readonly onChange: (choice: string) => void;
}

function LeavingsChoice({ labelId, heirs, value, onChange }: LeavingsChoiceProps): ReactNode {
  const words = useMessages().syncers;
  return (
    <Radio.Group
      aria-labelledby={labelId}
      className="choices"
      value={value}
      onChange={(event) => onChange(event.target.value as string)}
    >
      <Choice value="keep" label={words.leavingsKeep} help={words.leavingsKeepHelp} />
      {heirs.length === 0 && (
        <Choice value="handover:" disabled label={words.leavingsNobody} help={words.leavingsNobodyHelp} />
      )}
      {heirs.map(({ name }) => (
        <Choice
          key={name}
          value={`handover:${name}`}
          label={words.leavingsHandOver(name)}
          help={words.leavingsHandOverHelp}
        />
      ))}
      <Choice value="remove" label={words.leavingsRemove} help={words.leavingsRemoveHelp} />
    </Radio.Group>
  );
}

function leavingsOf(choice: string): Leavings {
  if (choice === 'keep' || choice === 'remove') return { leavings: choice };
  return { leavings: 'handover', handoverTo: choice.slice(choice.indexOf(':') + 1) };
}

interface ChoiceProps {
  readonly value: string;
  readonly label: string;
  readonly help: string;
  readonly disabled?: boolean;
}

const Choice = ({ value, label, help, disabled = false }: ChoiceProps): ReactNode => (
  <Radio value={value} disabled={disabled}>
    {label}
    <span className="quiet choice-help">{help}</span>
  </Radio>
);
