import type { ReactNode } from 'react';
import { CopyButton } from '../parts/copy-button.tsx';
import './page-address.css';

/** An address that is pasted elsewhere. */
export const PageAddress = ({ address }: { readonly address: string }): ReactNode => (
  <div className="page-address">
    <code>{address}</code>
    <CopyButton size="small" text={address} />
  </div>
);
