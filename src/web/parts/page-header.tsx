import { Grid } from 'antd';
import { useEffect, type ReactNode } from 'react';
import { Link } from 'react-router';
import { syncerPath } from '../api/syncer-path.ts';
import { useMessages } from '../language/language.ts';
import './page-header.css';

export interface Crumb {
  readonly to: string;
  readonly label: string;
}

interface PageHeaderProps {
  readonly title: string;
  /** Beside the title, such as a state. */
  readonly mark?: ReactNode;
  readonly lead?: ReactNode;
  /** The way here from the list of syncers leads over this one. */
  readonly syncer?: Parameters<typeof syncerPath>[0];
  readonly crumbs?: readonly Crumb[];
  /** Buttons. */
  readonly actions?: ReactNode;
}

/** Where one is, and what can be done here. Also names the browser's tab. */
export function PageHeader({ title, mark, lead, syncer, crumbs: others = [], actions }: PageHeaderProps): ReactNode {
  const { product, syncers } = useMessages();
  const over = syncer
    ? [
        { to: '/syncers', label: syncers.title },
        { to: syncerPath(syncer), label: syncer.name },
      ]
    : [];
  const crumbs: readonly Crumb[] = [...over, ...others];
  useEffect(() => {
    document.title = `${title} · ${product}`;
  }, [title, product]);
  return (
    <div className="page-header">
      <div className="page-header-text">
        {crumbs.length > 0 && (
          <nav className="crumbs" aria-label={title}>
            {crumbs.map(({ to, label }) => (
              <Link key={to} to={to}>
                {label}
              </Link>
            ))}
          </nav>
        )}
        <div className="page-title">
          <h1>{title}</h1>
          {mark}
        </div>
        {lead !== undefined && <p className="page-lead">{lead}</p>}
      </div>
      {actions !== undefined && <div className="page-actions">{actions}</div>}
    </div>
  );
}

/** A phone, or a window as narrow as one. */
export const useNarrow = (): boolean => Grid.useBreakpoint().md === false;
