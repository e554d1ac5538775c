import { createBrowserRouter, Navigate, type RouteObject } from 'react-router';
import { IS_MOUNTED, PREFIX } from './api/place.ts';
import { ConfigurationPage } from './configuration/configuration-page.tsx';
import { LeaversPage } from './decisions/leavers-page.tsx';
import { ProtectionsPage } from './decisions/protections-page.tsx';
import { QuestionsPage } from './decisions/questions-page.tsx';
import { SignedIn } from './frame/signed-in.tsx';
import { Stranded } from './frame/stranded.tsx';
import { GroupsPage } from './groups/groups-page.tsx';
import { AuditPage } from './history/audit-page.tsx';
import { HistoryPage } from './history/history-page.tsx';
import { ReportPage } from './report/report-page.tsx';
import { OrganizationsPage } from './organizations/organizations-page.tsx';
import { RunPage } from './run/run-page.tsx';
import { RunsPage } from './runs/runs-page.tsx';
import { SelfServicePage } from './self-service/self-service-page.tsx';
import { SignInPage } from './sign-in/sign-in-page.tsx';
import { SyncerPage } from './syncer-form/syncer-page.tsx';
import { SyncersPage } from './syncers/syncers-page.tsx';
import { UsersPage } from './users/users-page.tsx';

/** People and their sign-in, which are somebody else's where the page is part of his. */
const SIGN_IN: RouteObject[] = [{ path: '/signin', element: <SignInPage />, errorElement: <Stranded /> }];
const PEOPLE: RouteObject[] = [
  { path: '/users', element: <UsersPage /> },
  { path: '/groups', element: <GroupsPage /> },
  { path: '/organizations', element: <OrganizationsPage /> },
];

const PAGES: RouteObject[] = [
  ...(IS_MOUNTED ? [] : SIGN_IN),
  {
    element: <SignedIn />,
    errorElement: <Stranded />,
    children: [
      { index: true, element: <Navigate to="/syncers" replace /> },
      { path: '/syncers', element: <SyncersPage /> },
      { path: '/syncers/new', element: <SyncerPage /> },
      { path: '/syncers/:organization/:name', element: <SyncerPage /> },
      { path: '/syncers/:organization/:name/runs', element: <RunsPage /> },
      { path: '/syncers/:organization/:name/questions', element: <QuestionsPage /> },
      { path: '/syncers/:organization/:name/leavers', element: <LeaversPage /> },
      { path: '/syncers/:organization/:name/self-service', element: <SelfServicePage /> },
      { path: '/runs/:id', element: <RunPage /> },
      { path: '/protections', element: <ProtectionsPage /> },
      { path: '/configuration', element: <ConfigurationPage /> },
      { path: '/report', element: <ReportPage /> },
      { path: '/audit', element: <AuditPage /> },
      { path: '/users/:organization/:name/history', element: <HistoryPage /> },
      ...(IS_MOUNTED ? [] : PEOPLE),
      { path: '*', element: <Stranded missing /> },
    ],
  },
];

export const router = createBrowserRouter(PAGES, { basename: PREFIX === '' ? '/' : PREFIX });
