import { DownOutlined, LogoutOutlined } from '@ant-design/icons';
import { useQueryClient } from '@tanstack/react-query';
import { Button, Dropdown } from 'antd';
import { useEffect, useRef, type ReactNode } from 'react';
import { Link, NavLink, Outlet, ScrollRestoration, useLocation, useNavigate } from 'react-router';
import { signOut } from '../api/calls.ts';
import { IS_MOUNTED } from '../api/place.ts';
import { useMessages } from '../language/language.ts';
import { Logo } from '../parts/logo.tsx';
import { useNotices } from '../parts/notices.ts';
import { Preferences } from './preferences.tsx';
import { useSession } from '../api/session.ts';
import './frame.css';

/** So much of the next entry is seen, which tells that there is one. */
const BESIDE = 32;

/** Header, navigation, and the page between them. */
export function Frame(): ReactNode {
  const words = useMessages();
  const { pathname } = useLocation();
  const inRuns = pathname.startsWith('/runs/');
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a phone the entries are wider than the screen: whoever is at the last one sees it.
    const active = nav.current?.querySelector('.active')?.getBoundingClientRect();
    if (!nav.current || !active) return;
    const { left, right } = nav.current.getBoundingClientRect();
    if (active.right > right) nav.current.scrollLeft += active.right - right + BESIDE;
    if (active.left < left) nav.current.scrollLeft -= left - active.left + BESIDE;
  }, [pathname]);
  return (
    <>
      <a className="skip-link" href="#content">
        {words.skipToContent}
      </a>
      <header className="frame-header">
        <div className="frame-bar">
          <Link to="/syncers" className="frame-brand">
            <Logo />
            <span>{words.product}</span>
          </Link>
          <nav ref={nav} className="frame-nav" aria-label={words.nav.label}>
            <NavLink to="/syncers" className={({ isActive }) => (isActive || inRuns ? 'active' : '')}>
              {words.nav.syncers}
            </NavLink>
            {!IS_MOUNTED && <NavLink to="/users">{words.nav.users}</NavLink>}
            {!IS_MOUNTED && <NavLink to="/groups">{words.nav.groups}</NavLink>}
            <NavLink to="/protections">{words.nav.protections}</NavLink>
            <NavLink to="/configuration">{words.nav.configuration}</NavLink>
            <NavLink to="/report">{words.nav.report}</NavLink>
            <NavLink to="/audit">{words.nav.audit}</NavLink>
            {!IS_MOUNTED && <NavLink to="/organizations">{words.nav.organizations}</NavLink>}
          </nav>
          <div className="frame-controls">
            <Preferences />
            {IS_MOUNTED ? <AccountName /> : <AccountMenu />}
          </div>
        </div>
      </header>
      <main id="content" className="frame-content" tabIndex={-1}>
        <Outlet />
      </main>
      <ScrollRestoration />
    </>
  );
}

/** Of whoever somebody else's page signed in, and signs out. */
function AccountName(): ReactNode {
  const { displayName, name } = useSession();
  return <span className="frame-account-name frame-account-alone">{displayName || name}</span>;
}

function AccountMenu(): ReactNode {
  const words = useMessages().signIn;
  const account = useSession();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const { problem } = useNotices();
  const name = account.displayName || account.name;
  const leave = async (): Promise<void> => {
    try {
      await signOut();
    } catch (error) {
      problem(error);
      return;
    }
    queries.clear();
    await navigate('/signin');
  };
  return (
    <Dropdown
      trigger={['click']}
      menu={{
        items: [
          { key: 'who', label: `${account.owner}/${account.name}`, disabled: true },
          { type: 'divider' },
          { key: 'leave', icon: <LogoutOutlined aria-hidden />, label: words.signOut, onClick: () => void leave() },
        ],
      }}
    >
      <Button type="text" aria-label={words.account(name)} className="frame-account">
        <span className="frame-account-name">{name}</span>
        <DownOutlined aria-hidden />
      </Button>
    </Dropdown>
  );
}
