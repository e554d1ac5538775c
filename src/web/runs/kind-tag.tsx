import { Tag } from 'antd';
import type { ReactNode } from 'react';
import type { ChangeKind } from '../../host/api.ts';
import { useMessages } from '../language/language.ts';

const TONES: Readonly<Record<ChangeKind, string>> = {
  create: 'good',
  update: 'busy',
  forbid: 'bad',
  restore: 'good',
  remove: 'bad',
  link: 'busy',
  conflict: 'caution',
  skip: 'caution',
  createGroup: 'good',
  updateGroup: 'busy',
  removeGroup: 'bad',
};

export function KindTag({ kind }: { readonly kind: ChangeKind }): ReactNode {
  const words = useMessages().changes;
  return (
    <Tag className={`mark mark-${TONES[kind]}`} variant="filled">
      {words.kinds[kind]}
    </Tag>
  );
}
