import { Tooltip } from 'antd';
import type { ReactNode } from 'react';
import type { ReportDayJson, ReportNumber } from '../../host/api.ts';
import { useFormats } from '../language/formats.ts';
import { useMessages } from '../language/language.ts';
import { stretchesOf, type Stretch } from '../history/days.ts';

/** Who came stands above the line, who left below it. */
const ABOVE = ['joiners', 'restored', 'movers'] as const satisfies readonly ReportNumber[];
const BELOW = ['leavers'] as const satisfies readonly ReportNumber[];
const CHARTED = [...ABOVE, ...BELOW];

const WIDTH = 960;
const HEIGHT = 180;
const MOST_BARS = 62;
const WIDEST_BAR = 26;
const LEAST = 2;

const sum = (stretch: Stretch, whats: readonly ReportNumber[]): number =>
  whats.reduce((total, what) => total + stretch[what], 0);

interface ReportChartProps {
  readonly days: readonly ReportDayJson[];
  readonly from: string;
  readonly to: string;
}

/** Who came, moved and left, over time; the table below has the numbers. */
export function ReportChart({ days, from, to }: ReportChartProps): ReactNode {
  const words = useMessages().report;
  const formats = useFormats();
  const stretches = stretchesOf(days, from, to, MOST_BARS);
  // A first sync of 50,000 people beside days of ten would flatten the ten to nothing: heights follow the square root.
  const up = Math.sqrt(Math.max(0, ...stretches.map((stretch) => sum(stretch, ABOVE))));
  const down = Math.sqrt(Math.max(0, ...stretches.map((stretch) => sum(stretch, BELOW))));
  if (up + down === 0) return null;
  const scale = HEIGHT / (up + down);
  const axis = up * scale;
  const step = WIDTH / Math.max(stretches.length, 1);
  const day = (date: string): string => formats.date(`${date}T12:00:00`);
  return (
    <section className="panel report-chart" aria-labelledby="chart-title">
      <div className="spread">
        <h2 id="chart-title">{words.chart}</h2>
        <ul className="legend">
          {CHARTED.map((what) => (
            <li key={what}>
              <span className={`swatch ${what}`} />
              {words.whats[what]}
            </li>
          ))}
        </ul>
      </div>
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={words.chartLabel(day(from), day(to))}
      >
        {stretches.map((stretch, index) => (
          <Bar
            key={stretch.from}
            stretch={stretch}
            label={labelOf(stretch)}
            left={index * step}
            step={step}
            axis={axis}
            scale={scale}
          />
        ))}
        <line x1="0" x2={WIDTH} y1={axis} y2={axis} className="axis" />
      </svg>
      <div className="spread quiet" aria-hidden>
        <span>{day(from)}</span>
        <span>{day(to)}</span>
      </div>
    </section>
  );

  function labelOf(stretch: Stretch): string {
    const when = stretch.from === stretch.to ? day(stretch.from) : `${day(stretch.from)} – ${day(stretch.to)}`;
    const numbers = CHARTED.filter((what) => stretch[what] > 0);
    return [when, ...numbers.map((what) => `${words.whats[what]} ${formats.number(stretch[what])}`)].join(' · ');
  }
}

interface BarProps {
  readonly stretch: Stretch;
  readonly label: string;
  readonly left: number;
  /** From one bar to the next. */
  readonly step: number;
  /** How far down the line is. */
  readonly axis: number;
  readonly scale: number;
}

function Bar({ stretch, label, left, step, axis, scale }: BarProps): ReactNode {
  const width = Math.min(WIDEST_BAR, step * 0.72);
  const x = left + (step - width) / 2;
  const parts = [...partsOf(stretch, ABOVE, scale, axis, -1), ...partsOf(stretch, BELOW, scale, axis, 1)];
  return (
    <Tooltip title={label}>
      <g>
        <rect x={left} y={0} width={step} height={HEIGHT} className="hit" />
        {parts.map(({ what, y, height }) => (
          <rect key={what} className={what} x={x} y={y} width={width} height={height} />
        ))}
      </g>
    </Tooltip>
  );
}

/** One upon the other, away from the line. */
function partsOf(stretch: Stretch, whats: readonly ReportNumber[], scale: number, axis: number, way: 1 | -1) {
  const total = sum(stretch, whats);
  const whole = total === 0 ? 0 : Math.max(LEAST, Math.sqrt(total) * scale);
  let edge = axis;
  return whats.map((what) => {
    const height = total === 0 ? 0 : (whole * stretch[what]) / total;
    const y = way === 1 ? edge : edge - height;
    edge += way * height;
    return { what, y, height };
  });
}
