import { Tooltip } from 'antd';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import type { RunCounts, RunJson } from '../../host/api.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { durationOf } from './run-brief.ts';
import './run-chart.css';

const KINDS = ['created', 'updated', 'forbidden'] as const satisfies readonly (keyof RunCounts)[];

const WIDTH = 960;
/** Of the bars, and of the line of durations below them. */
const BARS = 96;
const LINE = 28;
const BETWEEN = 14;
const WIDEST_BAR = 26;
/** A history that begins should not look like a wall. */
const FEWEST_PLACES = 24;

/**
 * A first sync of 50,000 people beside daily runs of ten would flatten the ten to nothing, so heights follow the
 * square root.
 */
const heightOf = (count: number, largest: number): number =>
  count === 0 ? 0 : Math.max(2, (Math.sqrt(count) / Math.sqrt(largest)) * BARS);

interface RunChartProps {
  /** Newest first, as the list has them. */
  readonly runs: readonly RunJson[];
}

const changed = (run: RunJson): number => KINDS.reduce((sum, kind) => sum + run.counts[kind], 0);

/** How much each of the last runs changed, and how long it took; older ones to the left. */
export function RunChart({ runs }: RunChartProps): ReactNode {
  const words = useMessages();
  const formats = useFormats();
  const shown = runs.filter(({ finishedAt, dryRun }) => finishedAt !== null && !dryRun).toReversed();
  if (shown.length < 2) return null;
  const largest = Math.max(1, ...shown.map(changed));
  const longest = Math.max(1, ...shown.map(durationOf));
  const step = WIDTH / Math.max(shown.length, FEWEST_PLACES);
  const middle = (index: number): number => (index + 0.5) * step;
  const level = (run: RunJson): number => BARS + BETWEEN + LINE - 4 - (durationOf(run) / longest) * (LINE - 8);
  const line = shown.map((run, index) => `${middle(index)},${level(run)}`).join(' ');
  return (
    <section className="panel chart" aria-labelledby="chart-title">
      <div className="spread">
        <h2 id="chart-title">{words.runs.chartTitle}</h2>
        <Legend />
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${BARS + BETWEEN + LINE}`}
        role="group"
        aria-label={words.runs.chartLabel(shown.length, formats.duration(longest))}
      >
        <line x1="0" x2={WIDTH} y1={BARS + 0.5} y2={BARS + 0.5} className="axis" />
        {shown.map((run, index) => (
          <Bar key={run.id} run={run} middle={middle(index)} step={step} height={heightOf(changed(run), largest)} />
        ))}
        <polyline points={line} className="duration" />
        {shown.map((run, index) => (
          <circle key={run.id} className="duration-point" cx={middle(index)} cy={level(run)} r="2.5" />
        ))}
      </svg>
    </section>
  );
}

function Legend(): ReactNode {
  const words = useMessages();
  return (
    <ul className="legend">
      {KINDS.map((kind) => (
        <li key={kind}>
          <span className={`swatch ${kind}`} />
          {words.counts[kind]}
        </li>
      ))}
      <li>
        <span className="swatch line" />
        {words.runs.duration}
      </li>
    </ul>
  );
}

interface BarProps {
  readonly run: RunJson;
  readonly middle: number;
  /** From one bar to the next. */
  readonly step: number;
  readonly height: number;
}

/** What one run changed, kind upon kind; the whole strip that it stands in leads to it. */
function Bar({ run, middle, step, height }: BarProps): ReactNode {
  const words = useMessages();
  const formats = useFormats();
  const total = changed(run);
  const width = Math.min(WIDEST_BAR, step * 0.7);
  const label = [
    formats.moment(run.startedAt),
    ...KINDS.filter((kind) => run.counts[kind] > 0).map((kind) => words.brief[kind](formats.number(run.counts[kind]))),
    formats.duration(durationOf(run)),
  ].join(' · ');
  let top = BARS;
  return (
    <Tooltip title={label}>
      <Link to={`/runs/${run.id}`} aria-label={label}>
        <rect x={middle - step / 2} y={0} width={step} height={BARS + BETWEEN + LINE} className="hit" />
        {KINDS.map((kind) => {
          const part = total === 0 ? 0 : (height * run.counts[kind]) / total;
          top -= part;
          return <rect key={kind} className={kind} x={middle - width / 2} y={top} width={width} height={part} />;
        })}
      </Link>
    </Tooltip>
  );
}
