import { PlainReply } from '../http/reply.ts';
import type { Route } from '../request/route.ts';
import type { Metrics } from './metrics.ts';

export interface HealthRoutesNeeds {
  readonly metrics: Metrics;
  /** @throws when something that the host cannot work without does not answer */
  readonly checkReady: () => Promise<void>;
}

/** Asked every few seconds, by programs that know no prefix. */
export const HEALTH_PATHS: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

const said = (text: string, status = 200): PlainReply => new PlainReply('text/plain; charset=utf-8', text, { status });

/** For load balancers and Prometheus: plain answers, no envelopes. */
export const healthRoutes = ({ metrics, checkReady }: HealthRoutesNeeds): Route[] => [
  {
    method: 'GET',
    path: '/healthz',
    operation: 'isAlive',
    rule: 'public',
    summary: 'The process is alive.',
    answers: { contentType: 'text/plain', says: 'ok' },
    answer: async () => said('ok\n'),
  },
  {
    method: 'GET',
    path: '/readyz',
    operation: 'isReady',
    rule: 'public',
    summary: 'The database (and Redis, if it is used) answers: 200, else 503.',
    answers: { contentType: 'text/plain', says: 'ready', otherwise: { 503: 'not ready' } },
    answer: async () => {
      try {
        await checkReady();
      } catch {
        return said('not ready\n', 503);
      }
      return said('ready\n');
    },
  },
  {
    method: 'GET',
    path: '/metrics',
    operation: 'getMetrics',
    rule: 'public',
    summary: 'Prometheus text.',
    answers: { contentType: 'text/plain', says: 'Metrics in the Prometheus text format' },
    answer: async () => new PlainReply(metrics.contentType, await metrics.text()),
  },
];
