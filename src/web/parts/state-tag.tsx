import {
  CheckCircleFilled,
  ClockCircleFilled,
  CloseCircleFilled,
  PauseCircleFilled,
  StopFilled,
  SyncOutlined,
  WarningFilled,
} from '@ant-design/icons';
import { Tag } from 'antd';
import type { ReactNode } from 'react';
import type { RunState, SyncerHealth } from '../../host/api.ts';
import { useMessages } from '../language/language.ts';

type Tone = 'good' | 'busy' | 'caution' | 'bad' | 'quiet';

interface Look {
  readonly tone: Tone;
  readonly icon: ReactNode;
}

const STATES: Readonly<Record<RunState, Look>> = {
  queued: { tone: 'busy', icon: <ClockCircleFilled aria-hidden /> },
  running: { tone: 'busy', icon: <SyncOutlined spin aria-hidden /> },
  succeeded: { tone: 'good', icon: <CheckCircleFilled aria-hidden /> },
  partial: { tone: 'caution', icon: <WarningFilled aria-hidden /> },
  held: { tone: 'caution', icon: <PauseCircleFilled aria-hidden /> },
  failed: { tone: 'bad', icon: <CloseCircleFilled aria-hidden /> },
  cancelled: { tone: 'quiet', icon: <StopFilled aria-hidden /> },
};

const HEALTH: Readonly<Record<SyncerHealth, Look>> = {
  ok: { tone: 'good', icon: <CheckCircleFilled aria-hidden /> },
  failing: { tone: 'bad', icon: <CloseCircleFilled aria-hidden /> },
  quarantined: { tone: 'caution', icon: <ClockCircleFilled aria-hidden /> },
  held: { tone: 'caution', icon: <PauseCircleFilled aria-hidden /> },
};

/** Never colour alone: the icon and the word say the same. */
const Mark = ({ look, label }: { readonly look: Look; readonly label: string }): ReactNode => (
  <Tag className={`mark mark-${look.tone}`} icon={look.icon} variant="filled">
    {label}
  </Tag>
);

export function StateTag({ state }: { readonly state: RunState }): ReactNode {
  return <Mark look={STATES[state]} label={useMessages().state[state]} />;
}

export function HealthTag({ health }: { readonly health: SyncerHealth }): ReactNode {
  return <Mark look={HEALTH[health]} label={useMessages().health[health]} />;
}

export const isActive = (state: RunState): boolean => state === 'queued' || state === 'running';
