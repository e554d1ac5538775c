import { decisionRoutes, type DecisionRoutesNeeds } from '../runs/decision-routes.ts';
import { nextRunsRoute, type NextRunsRouteNeeds } from '../runs/next-runs-route.ts';
import { runEventRoute, type RunEventRouteNeeds } from '../runs/run-event-route.ts';
import { runHistoryRoutes, type RunHistoryRoutesNeeds } from '../runs/run-history-routes.ts';
import { runRoutes, type RunRoutesNeeds } from '../runs/run-routes.ts';
import type { Route } from '../request/route.ts';
import { configurationRoutes, type ConfigurationRoutesNeeds } from '../configuration/configuration-routes.ts';
import { callbackRoutes, type CallbackRoutesNeeds } from './callback-routes.ts';
import { connectionTestRoute, type ConnectionTestRouteNeeds } from './connection-test-route.ts';
import { mappingTrialRoute, type MappingTrialRouteNeeds } from './mapping-trial-route.ts';
import { directoryRoutes } from './directory-routes.ts';
import { selfServiceRoute, type SelfServiceRouteNeeds } from './self-service-route.ts';
import { syncerEditRoutes, type SyncerEditRoutesNeeds } from './syncer-edit-routes.ts';
import { syncerRoutes, type SyncerRoutesNeeds } from './syncer-routes.ts';

export type SyncerCallsNeeds = SyncerRoutesNeeds &
  SyncerEditRoutesNeeds &
  ConnectionTestRouteNeeds &
  MappingTrialRouteNeeds &
  RunRoutesNeeds &
  RunHistoryRoutesNeeds &
  NextRunsRouteNeeds &
  RunEventRouteNeeds &
  DecisionRoutesNeeds &
  CallbackRoutesNeeds &
  ConfigurationRoutesNeeds &
  SelfServiceRouteNeeds;

/** Everything about syncers and their runs: what is the same wherever people and accounts are. */
export const syncerCalls = (needs: SyncerCallsNeeds): Route[] => [
  ...syncerRoutes(needs),
  ...syncerEditRoutes(needs),
  connectionTestRoute(needs),
  mappingTrialRoute(needs),
  ...runRoutes(needs),
  ...runHistoryRoutes(needs),
  nextRunsRoute(needs),
  ...directoryRoutes(needs),
  runEventRoute(needs),
  ...decisionRoutes(needs),
  ...callbackRoutes(needs),
  ...configurationRoutes(needs),
  selfServiceRoute(needs),
];
