import type { Route } from '../request/route.ts';
import { leaverRoutes, type LeaverRoutesNeeds } from './leaver-routes.ts';
import { protectionRoutes, type ProtectionRoutesNeeds } from './protection-routes.ts';
import { questionRoutes, type QuestionRoutesNeeds } from './question-routes.ts';

export type DecisionCallsNeeds = LeaverRoutesNeeds & ProtectionRoutesNeeds & QuestionRoutesNeeds;

/** What people decide about members and their accounts, and who waits for what. */
export const decisionCalls = (needs: DecisionCallsNeeds): Route[] => [
  ...protectionRoutes(needs),
  ...questionRoutes(needs),
  ...leaverRoutes(needs),
];
